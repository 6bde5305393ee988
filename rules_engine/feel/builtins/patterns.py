"""String functions that take patterns (10.3.4.3). `feel/patterns/` has the language of patterns."""

from __future__ import annotations

from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.builtins.totals import of_constants
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.interpret.scope import charge_text
from rules_engine.feel.limits import MAX_TEXT
from rules_engine.feel.patterns import Pattern, PatternError, compile_pattern

GROUP = "Text"


def _compiled(pattern: str, flags: str | None) -> Pattern | None:
    try:
        return compile_pattern(pattern, flags or "")
    except PatternError as problem:
        return undefined(f"the pattern {pattern!r} cannot be read: {problem}")


@standard.function(
    "matches(input: string, pattern: string, flags?: string?) -> boolean",
    group=GROUP,
    doc="Whether a pattern occurs in the text. Flags: `i` capitals do not matter, `s` dot takes line ends, "
    "`m` ^ and $ at every line, `x` spaces in the pattern are left out.",
    examples={
        'matches("foobar", "^fo*b")': "true",
        'matches("/Pricing/eu", "^/pricing(/|$)", "i")': "true",
        'matches("foobar", "(")': "null",
    },
    total=of_constants(0),
)
def matches(text: str, pattern: str, flags: str | None = None) -> object:
    compiled = _compiled(pattern, flags)
    return None if compiled is None else compiled.matches(text)


@standard.function(
    "replace(input: string, pattern: string, replacement: string, flags?: string?) -> string",
    group=GROUP,
    doc="The text with every match of a pattern replaced; `$1` in the replacement is what the first group found.",
    examples={
        'replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")': '"[1=ab][2=]cd"',
        'replace("banana", "a", "o")': '"bonono"',
        'replace("abc", "x*", "-")': "null",
    },
    total=of_constants(0, 2),
)
def replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> object:
    compiled = _compiled(pattern, flags)
    if compiled is None:
        return None
    if compiled.matches_nothing():
        return undefined("the pattern matches an empty text")
    made = compiled.replace(text, replacement)
    if len(made) > MAX_TEXT:
        raise FeelLimitError(f"replace() would make a text of more than {MAX_TEXT:,} characters.", code="RE313")
    charge_text(made)
    return made


@standard.function(
    "split(string: string, delimiter: string) -> list<string>",
    group=GROUP,
    doc="The parts of a text between the matches of a pattern.",
    examples={'split("John Doe", "\\\\s")': '["John", "Doe"]', 'split("a;b;c;;", ";")': '["a", "b", "c", "", ""]'},
    total=of_constants(0),
)
def split(text: str, delimiter: str) -> object:
    compiled = _compiled(delimiter, None)
    if compiled is None:
        return None
    if compiled.matches_nothing():
        return undefined("the pattern matches an empty text")
    return compiled.split(text)
