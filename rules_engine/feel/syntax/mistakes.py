"""What is wrong with a text that is no expression, in the author's words.

Lark says at which character it stopped. `explain_mistake` looks there for what may be wrong, each a function that gives
an error or None; the first one counts. Here are the mistakes in how an expression is built: brackets and words that are
missing; commas and the dots of ranges are in `separators`, what people bring from other languages in `borrowed`,
`phrases` and `numerals`. What no function knows gets the plain answer: what was expected, and what was found.

Where a mistake can be put right, the next one is looked for behind it; when the whole reads as an expression in the
end, the help gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from rules_engine.feel import ast
from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax import borrowed, foreign, numerals, phrases, separators
from rules_engine.feel.syntax.stop import CLOSING, LAST_WORD, OPERANDS, STRINGS_AND_COMMENTS, WORD, Stop
from rules_engine.feel.syntax.walk import walk
from rules_engine.feel.syntax.words import RESERVED

_WHOLE_TEXT = re.compile(r'@?\s*"(?:[^"\\\n\r]|\\[^\n\r])*"')
_URL_PATH = re.compile(r"/[A-Za-z][\w./-]*")
_MOST_MISTAKES = 12
_LONGEST_FIX = 160

Read = Callable[[str, str], object]
"""The tree of a text by a rule of the grammar; lark's exceptions where it is none."""


def explain_mistake(text: str, problem: UnexpectedInput, read: Read, rule: str) -> FeelSyntaxError:
    """The error to raise for what lark stumbled over when it read `text` by `rule`."""
    error = _explain(text, problem, read)
    error.fix = _put_right(error.fix, read, rule)
    if error.fix and len(error.fix) <= _LONGEST_FIX and "\n" not in error.fix and error.fix not in error.help:
        error.help = f"{error.help} Here: `{error.fix}`".lstrip()
    return error


def _explain(text: str, problem: UnexpectedInput, read: Read) -> FeelSyntaxError:
    stop = _stop(text, problem, read)
    for explain in _MISTAKES:
        error = explain(stop)
        if error is not None:
            return error
    return _plain(stop)


def _put_right(text: str, read: Read, rule: str) -> str:
    """The text with all its further mistakes put right, "" where one of them cannot be or it means nothing then."""
    for _ in range(_MOST_MISTAKES):
        if not text:
            return ""
        try:
            tree = read(text, rule)
        except UnexpectedInput as problem:
            text = _explain(text, problem, read).fix
        except VisitError:
            return ""
        else:
            return text if _has_meaning(tree) else ""
    return ""


def _has_meaning(tree: object) -> bool:
    """Not so where a text or a number is used as a condition, or a function of another language is called."""
    assert isinstance(tree, ast.Node)
    return not any(
        (isinstance(part, ast.And | ast.Or) and any(isinstance(side, _CONSTANT) for side in (part.left, part.right)))
        or (isinstance(part, ast.Call) and (part.function.isupper() or _is_foreign(part.function)))
        for part in walk(tree)
    )


def _is_foreign(function: str) -> bool:
    return foreign.plain_name(function) in foreign.FUNCTIONS


_CONSTANT = (ast.StringLiteral, ast.NumberLiteral, ast.AtLiteral)


def _stop(text: str, problem: UnexpectedInput, read: Read) -> Stop:
    token = getattr(problem, "token", None)
    start = problem.pos_in_stream if token is None else token.start_pos
    if start is None or (token is not None and token.type == "$END"):
        start = len(text)
    word = WORD.match(text, start)
    end = word.end() if word else start + len(token or "x")
    if isinstance(problem, UnexpectedToken):
        expected = problem.accepts or problem.expected
    else:
        expected = getattr(problem, "allowed", None) or set()

    def tree(part: str) -> object:
        try:
            return read(part, "expression_text")
        except (UnexpectedInput, VisitError):
            return None

    return Stop(text, start, min(len(text), end), frozenset(expected), tree)


def _nothing(stop: Stop) -> FeelSyntaxError | None:
    written = STRINGS_AND_COMMENTS.sub(lambda m: "x" if m[0][0] == '"' else "", stop.text)
    if written.translate(_SPACES_WITHOUT_WIDTH).strip():
        return None
    return stop.error(
        "There is no expression here.", 'Write a condition such as lead.country = "US".', code="RE301", start=0
    )


_SPACES_WITHOUT_WIDTH = dict.fromkeys(map(ord, "\u180e\u200b\ufeff"))
"""What the grammar takes for spaces, and Python does not."""


def _unseen(stop: Stop) -> FeelSyntaxError | None:
    """A sign that nobody sees and the grammar does not know, or a space without width that cuts a word in two."""
    start = stop.start
    if WORD.match(stop.found) and WORD.fullmatch(stop.text[start - 2 : start - 1]):
        start -= ord(stop.text[start - 1]) in _SPACES_WITHOUT_WIDTH
    sign = stop.text[start : start + 1]
    if not sign or sign.isprintable() or sign in "\t\n\r":
        return None
    return stop.error(
        f"A sign that cannot be seen (U+{ord(sign):04X}) stands here.",
        "Delete it: such signs come along when a text is copied. If nothing seems to be there, write the line anew.",
        code="RE300",
        start=start,
        end=start + 1,
        fix=stop.put(start, start + 1, ""),
    )


def _open_comment(stop: Stop) -> FeelSyntaxError | None:
    plain = STRINGS_AND_COMMENTS.sub(lambda m: " " * len(m[0]), stop.text)
    start = plain.find("/*")
    if not 0 <= start <= stop.start <= start + 1:
        return None
    return stop.error(
        "The comment that begins here has no end.", "Write */ where it ends.", code="RE302", start=start, end=start + 2
    )


def _open_text(stop: Stop) -> FeelSyntaxError | None:
    if stop.found[:1] not in ('"', "@"):
        return None
    if _WHOLE_TEXT.match(stop.after):
        return None
    if '"' not in stop.after:
        return stop.error('After @ a text in quotes is expected, such as @"2026-09-01".', "", code="RE302")
    curly = re.compile(r'"[^"\n]*?([”“])').match(stop.text, stop.start)
    if curly is not None:
        return stop.error(
            f'The text that begins here with a straight " ends with {curly[1]}.',
            'Write a straight " at both ends.',
            code="RE302",
            end=curly.end(),
            fix=stop.put(curly.start(1), curly.end(), '"'),
        )
    return stop.error(
        'The text that begins here has no closing ".',
        'Put a " at its end. A " inside a text is written \\", and a text stays on one line.',
        code="RE302",
        end=len(stop.text),
    )


def _spaced_signs(stop: Stop) -> FeelSyntaxError | None:
    """`> =`"""
    if stop.found == "=" and stop.before[-1:] in ("<", ">", "!") and stop.before[-1:]:
        sign = stop.before[-1] + "="
        return stop.error(
            f"{sign} is written without a space.",
            f"Write {sign}.",
            code="RE304",
            start=len(stop.before) - 1,
            fix=stop.put(len(stop.before) - 1, stop.end, sign),
        )
    return None


def _formulas(stop: Stop) -> FeelSyntaxError | None:
    """`=lead.nps > 3`, `x > +3`"""
    if stop.found == "=" and not stop.before:
        rest = stop.text[stop.end :].lstrip()
        return stop.error("An expression begins without =.", "Remove it.", code="RE304", fix=rest)
    if stop.found == "+" and stop.expected & OPERANDS == OPERANDS and re.match(r"\s*[\d.]", stop.text[stop.end :]):
        fix = stop.put(stop.start, stop.end, "")
        return stop.error("A number has no + before it.", "Remove it.", code="RE304", fix=fix)
    return None


def _half_tests(stop: Stop) -> FeelSyntaxError | None:
    """`x > 5 and < 10`"""
    previous = LAST_WORD.search(stop.before)
    if stop.found[:1] not in ("<", ">", "=") or not previous or previous[1] not in ("and", "or"):
        return None
    compared = re.search(r"(?:^|[\s(])([\w.]+(?:\([^()]*\))?)\s*[<>!=]=?[^<>=]*$", stop.text[: previous.start(1)])
    subject = None if compared is None else compared[1]
    return stop.error(
        f"What is compared is missing after “{previous[1]}”.",
        f"Name the value on both sides: x > 5 {previous[1]} x < 10.",
        code="RE300",
        fix="" if subject is None else stop.put(stop.start, stop.start, f"{subject} "),
    )


def _fields_in_braces(stop: Stop) -> FeelSyntaxError | None:
    """`$lead.nps`, `{{lead.nps}}`, `{lead.nps}`"""
    if stop.found == "#" and (not stop.expected & OPERANDS or re.match(r"#\s", stop.after)):
        fix = stop.put(stop.start, stop.end, "//")
        return stop.error("There is no # in FEEL.", "A comment begins with //.", code="RE304", fix=fix)
    braces = re.search(r"\{\s*(?:\{|[^\W\d]\w*\s*\.)", stop.text)
    if stop.found in ("$", "#") or (braces and braces.start() <= stop.start < braces.end()):
        field = re.compile(r"\$\{\s*([\w.]+)\s*\}|\{\{?\s*([\w.]+)\s*\}\}?|[$#]([\w.]+)").match(
            stop.text, stop.start if stop.found in ("$", "#") else braces.start() if braces else 0
        )
        named = "lead.country" if field is None else field[1] or field[2] or field[3]
        return stop.error(
            "A field is written as it is, without signs around it.",
            f"Write {named}.",
            code="RE304",
            fix="" if field is None else stop.put(field.start(), field.end(), named),
        )
    return None


def _entries(stop: Stop) -> FeelSyntaxError | None:
    if stop.expected == {"COLON"}:
        return stop.error(
            "Between the name of an entry and its value a : is missing.", "Write {name: value}.", code="RE300"
        )
    if stop.expected in ({"NAME", "STRING"}, {"NAME", "STRING", "RBRACE"}):
        help = 'Write {name: value} or {"a name": value}'
        return stop.error("The name of an entry is expected here.", f"{help}; a list stands in [1, 2].", code="RE300")
    return None


def _functions(stop: Stop) -> FeelSyntaxError | None:
    if re.search(r"\bfunction\s*\([^()]*\)\s*$", stop.before):
        return stop.error(
            "Functions cannot be defined in an expression.",
            "Use the built-in functions, or a name from define.",
            code="RE300",
        )
    return None


def _unfinished(stop: Stop) -> FeelSyntaxError | None:
    """`if` without `then` or `else`, loops and `between` without their words."""
    comma = stop.found == "," and re.search(r"\bbetween\s*[\[(][^()\[\]]*$", stop.before)
    if comma or ("AND" in stop.expected and "OR" not in stop.expected):
        ends = re.compile(r"between\s*[\[(]?\s*([\w.]+)\s*,\s*([\w.]+)\s*[\])]?").search(stop.text)
        fix = "" if ends is None else stop.put(ends.start(), ends.end(), f"between {ends[1]} and {ends[2]}")
        return stop.error("This “between” has no “and”.", "Write it whole: x between 1 and 5.", code="RE308", fix=fix)
    for token, word, form in (
        ("THEN", "then", "if … then … else …"),
        ("ELSE", "else", "if … then … else …"),
        ("RETURN", "return", "for x in … return …"),
        ("SATISFIES", "satisfies", "some x in … satisfies …"),
    ):
        if token not in stop.expected or re.search(rf"\b{word}\b", stop.after):
            continue
        if stop.start >= len(stop.text) or stop.found in RESERVED or re.match(r"[\w\"{:]", stop.found):
            opener = form.split()[0]
            if opener == "some" and re.findall(r"\b(?:some|every)\b", stop.before)[-1:] == ["every"]:
                opener, form = "every", form.replace("some", "every")
            instead = re.compile(r"\s*(?::|(?:where|do|yield)(?!\w))").match(stop.text, len(stop.before))
            return stop.error(
                f"This “{opener}” has no “{word}”.",
                f"Write it whole: {form}.",
                code="RE308",
                start=min(stop.start, len(stop.text)),
                fix="" if instead is None else stop.put(instead.start(), instead.end(), f" {word}"),
            )
    return None


def _brackets(stop: Stop) -> FeelSyntaxError | None:
    """A bracket that is not closed, or closed by another kind."""
    at_end = stop.start >= len(stop.text)
    if not at_end and stop.found not in (")", "]", "}"):
        return None
    start = stop.opening()
    if start is None:
        if at_end:
            return None
        return stop.error(f"This {stop.found} closes nothing.", "Remove it, or open its bracket before.", code="RE305")
    closing = CLOSING[stop.text[start]]
    if not at_end and stop.found == closing:
        return None
    if closing not in {_SIGN_OF.get(name, "") for name in stop.expected}:
        return None
    message = f"The {stop.text[start]} is not closed."
    if not at_end:
        message = f"The {stop.text[start]} is closed by {stop.found}."
    return stop.error(
        message,
        f"Write {closing} where it ends.",
        code="RE305",
        start=start,
        end=start + 1 if at_end else stop.end,
        fix="" if at_end else stop.put(stop.start, stop.end, closing),
    )


_SIGN_OF = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}


def _reserved(stop: Stop) -> FeelSyntaxError | None:
    if stop.found in RESERVED and "NAME" in stop.expected:
        return stop.error(
            f"“{stop.found}” is a word of the language; a value is missing before it, or it is used as a name.",
            "Write the missing value, or choose another name.",
            code="RE309",
        )
    return None


_MISTAKES: tuple[Callable[[Stop], FeelSyntaxError | None], ...] = (
    _nothing,
    _unseen,
    _open_comment,
    numerals.dates,
    borrowed.regexes,
    separators.listed,
    numerals.numbers,
    separators.half_ranges,
    _open_text,
    borrowed.templates,
    borrowed.quotes,
    borrowed.sql_comments,
    borrowed.lambdas,
    borrowed.signs,
    phrases.words,
    _spaced_signs,
    numerals.currencies,
    numerals.units,
    borrowed.methods,
    _formulas,
    separators.last_commas,
    separators.bare_ranges,
    _half_tests,
    _fields_in_braces,
    separators.empty_brackets,
    _entries,
    _functions,
    _unfinished,
    separators.stray_commas,
    _brackets,
    _reserved,
)


def _plain(stop: Stop) -> FeelSyntaxError:
    at_end = stop.start >= len(stop.text)
    what = "the expression ends" if at_end else f"there is “{stop.found}”"
    if stop.expected & OPERANDS == OPERANDS:
        path = _URL_PATH.match(stop.after)
        help = f'A text stands in double quotes: "{path[0]}".' if path else ""
        behind = LAST_WORD.search(stop.before) or re.search(r"([<>!=]=|\*\*|[-+*/<>=])$", stop.before)
        if not help and behind and (behind[1] in RESERVED or not behind[1].isalnum()):
            help = f"What belongs behind {behind[1]} is missing."
        return stop.error(f"A value is expected here (a name, a number, a text, …), but {what}.", help, code="RE300")
    if stop.expected == {"NAME"}:
        return stop.error(f"A name is expected here, but {what}.", "", code="RE300")
    if "FIELD" in stop.expected:
        return stop.error(f"After the dot a name is expected, but {what}.", "", code="RE300")
    if at_end:
        return stop.error("The expression ends too early.", "", code="RE300")
    if WORD.fullmatch(stop.found) or stop.found[:1].isdigit() or stop.found[:1] in '"([{':
        return stop.error(
            f"An operator is missing before “{stop.found}”.",
            _between(stop),
            code="RE300",
        )
    return stop.error(f"“{stop.found}” cannot stand here.", "", code="RE300")


_NEXT_ENTRY = re.compile(r'(?:[^\W\d]\w*|"[^"]*")\s*:')


def _between(stop: Stop) -> str:
    """What is to stand between two values that follow each other."""
    opening = stop.opening()
    if opening is not None and stop.text[opening] == "{" and _NEXT_ENTRY.match(stop.after):
        return "Write a comma between two entries: {name: value, other: value}."
    if stop.before[-1:].isdigit() and WORD.fullmatch(stop.found) and stop.found not in RESERVED:
        return 'A number has no unit: write it alone, or a length of time such as duration("30 days").'
    if opening is not None:
        return "Write a comma between two values of a function or a list, or an operator such as =, and, or, +."
    return "Write an operator such as =, and, or, + between the two values. Names have no spaces."
