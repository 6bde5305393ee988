"""String functions (10.3.4.3), but for patterns. Positions and lengths count characters, not bytes or surrogates."""

from __future__ import annotations

from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.builtins.totals import of_constants
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import charge_text
from rules_engine.feel.limits import MAX_TEXT

GROUP = "Text"


@standard.function(
    "substring(string: string, start position: number, length?: number) -> string",
    group=GROUP,
    doc="The part of a text from a position on, counted from 1; a negative position counts from the end.",
    examples={
        'substring("foobar", 3)': '"obar"',
        'substring("foobar", 3, 3)': '"oba"',
        'substring("foobar", -2, 1)': '"a"',
        'substring("foobar", 0)': "null",
    },
    total=of_constants(),
)
def substring(string: str, start: float, length: float | None = None) -> object:
    begin = int(start)
    if begin == 0 or abs(begin) > len(string):
        return undefined("the text has no such position")
    begin = begin - 1 if begin > 0 else len(string) + begin
    if length is None:
        return string[begin:]
    return string[begin : begin + int(length)] if length >= 1 else undefined("a length is at least 1")


@standard.function(
    "string length(string: string) -> number",
    group=GROUP,
    doc="How many characters a text has.",
    examples={'string length("foo")': "3", 'string length("🐎ab")': "3"},
    total=True,
)
def string_length(string: str) -> object:
    return float(len(string))


@standard.function(
    "upper case(string: string) -> string",
    group=GROUP,
    doc="The text in capital letters.",
    examples={'upper case("aBc4")': '"ABC4"'},
    total=True,
)
def upper_case(string: str) -> object:
    return string.upper()


@standard.function(
    "lower case(string: string) -> string",
    group=GROUP,
    doc="The text in small letters.",
    examples={'lower case("aBc4")': '"abc4"'},
    total=True,
)
def lower_case(string: str) -> object:
    return string.lower()


@standard.function(
    "substring before(string: string, match: string) -> string",
    group=GROUP,
    doc='The text before the first `match`; "" if there is none.',
    examples={'substring before("foobar", "bar")': '"foo"', 'substring before("foobar", "xyz")': '""'},
    total=True,
)
def substring_before(string: str, match: str) -> object:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@standard.function(
    "substring after(string: string, match: string) -> string",
    group=GROUP,
    doc='The text after the first `match`; "" if there is none.',
    examples={'substring after("foobar", "ob")': '"ar"', 'substring after("", "a")': '""'},
    total=True,
)
def substring_after(string: str, match: str) -> object:
    return string.partition(match)[2] if match else string


@standard.function(
    "contains(string: string, match: string) -> boolean",
    group=GROUP,
    doc="Whether `match` stands anywhere in the text; capitals matter.",
    examples={'contains("foobar", "of")': "false", 'contains("foobar", "ob")': "true"},
    total=True,
)
def contains(string: str, match: str) -> object:
    return match in string


@standard.function(
    "starts with(string: string, match: string) -> boolean",
    group=GROUP,
    doc="Whether the text begins with `match`; capitals matter.",
    examples={'starts with("foobar", "fo")': "true"},
    total=True,
)
def starts_with(string: str, match: str) -> object:
    return string.startswith(match)


@standard.function(
    "ends with(string: string, match: string) -> boolean",
    group=GROUP,
    doc="Whether the text ends with `match`; capitals matter.",
    examples={'ends with("foobar", "r")': "true"},
    total=True,
)
def ends_with(string: str, match: str) -> object:
    return string.endswith(match)


@standard.function(
    "string join(list: list<string>, delimiter?: string?) -> string",
    group=GROUP,
    doc="The texts of a list in one, with `delimiter` between them. Nulls are left out.",
    examples={'string join(["a", "b", "c"], "_and_")': '"a_and_b_and_c"', 'string join(["a", null, "c"])': '"ac"'},
    total=True,
)
def string_join(texts: list[object], delimiter: str | None = None) -> object:
    parts: list[str] = []
    for text in texts:
        if isinstance(text, str):
            parts.append(text)
        elif text is not None:
            return undefined(f"string join() joins texts, not {kind(text)}")
    if sum(map(len, parts)) + len(parts) * len(delimiter or "") > MAX_TEXT:
        raise FeelLimitError(f"string join() would make a text of more than {MAX_TEXT:,} characters.", code="RE313")
    joined = (delimiter or "").join(parts)
    charge_text(joined)
    return joined
