"""What is wrong with a text that is no expression, in the author's words.

Lark says at which character it stopped. `explain_mistake` looks there for what people bring from other languages
(`==`, `&&`, `'text'`, `x is null`, …), each a function below that gives an error or None; the first one counts. What no
function knows gets the plain answer: what was expected, and what was found. The words of other languages are in
`foreign.py`; here is one list of small functions, whose order counts, so they stay together though they are many.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lark.exceptions import UnexpectedInput, UnexpectedToken

from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax import foreign
from rules_engine.feel.syntax.words import RESERVED
from rules_engine.records import dataclass

_STRINGS_AND_COMMENTS = re.compile(r'"(?:[^"\\\n\r]|\\[^\n\r])*"|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/')
_WORD = re.compile(r"[^\W\d]\w*")
_LAST_WORD = re.compile(r"([^\W\d]\w*)\s*$")
_WHOLE_TEXT = re.compile(r'@?\s*"(?:[^"\\\n\r]|\\[^\n\r])*"')
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.]*$")
_URL_PATH = re.compile(r"/[A-Za-z][\w./-]*")
_METHOD = re.compile(r"([^\W\d][\w.]*)\.([^\W\d]\w*)$")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPERANDS = frozenset({"NAME", "NUMBER", "STRING"})


@dataclass(frozen=True, slots=True)
class Stop:
    """Where reading stopped: the text, the place, what could have followed."""

    text: str
    start: int
    end: int
    expected: frozenset[str]

    @property
    def before(self) -> str:
        return self.text[: self.start].rstrip()

    @property
    def after(self) -> str:
        return self.text[self.start :]

    @property
    def found(self) -> str:
        """The word or sign at the place, "" at the end."""
        return self.text[self.start : self.end]

    def error(self, message: str, help: str, *, code: str, start: int = -1, end: int = -1) -> FeelSyntaxError:
        start = self.start if start < 0 else start
        return FeelSyntaxError(message, start=start, end=self.end if end < 0 else end, help=help, code=code)


def explain_mistake(text: str, problem: UnexpectedInput) -> FeelSyntaxError:
    """The error to raise for what lark stumbled over."""
    stop = _stop(text, problem)
    for explain in _MISTAKES:
        error = explain(stop)
        if error is not None:
            return error
    return _plain(stop)


def _stop(text: str, problem: UnexpectedInput) -> Stop:
    token = getattr(problem, "token", None)
    start = problem.pos_in_stream if token is None else token.start_pos
    if start is None or (token is not None and token.type == "$END"):
        start = len(text)
    word = _WORD.match(text, start)
    end = word.end() if word else start + len(token or "x")
    if isinstance(problem, UnexpectedToken):
        expected = problem.accepts or problem.expected
    else:
        expected = getattr(problem, "allowed", None) or set()
    return Stop(text, start, min(len(text), end), frozenset(expected))


def _nothing(stop: Stop) -> FeelSyntaxError | None:
    if _STRINGS_AND_COMMENTS.sub(lambda m: "x" if m[0][0] == '"' else "", stop.text).strip():
        return None
    return stop.error(
        "There is no expression here.", 'Write a condition such as lead.country = "US".', code="RE301", start=0
    )


def _open_comment(stop: Stop) -> FeelSyntaxError | None:
    plain = _STRINGS_AND_COMMENTS.sub(lambda m: " " * len(m[0]), stop.text)
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
    return stop.error(
        'The text that begins here has no closing ".',
        'Put a " at its end. A " inside a text is written \\", and a text stays on one line.',
        code="RE302",
        end=len(stop.text),
    )


def _quotes(stop: Stop) -> FeelSyntaxError | None:
    mark = stop.found[:1]
    if not mark or mark not in "'`“”„‘’«»":
        return None
    close = {"“": "”", "„": "“", "‘": "’", "«": "»"}.get(mark, mark)
    end = stop.text.find(close, stop.start + 1)
    inside = stop.text[stop.start + 1 : end] if end > 0 else "text"
    return stop.error(
        f"A text stands in straight double quotes, not in {mark}.",
        f'Write "{inside}".' if len(inside) < 60 else 'Write "…".',
        code="RE303",
        end=end + 1 if end > 0 else -1,
    )


def _signs(stop: Stop) -> FeelSyntaxError | None:
    for back in (2, 1, 0):  # `==` was read as `=` before it stopped at the second one
        start = stop.start - back
        for sign, ours in foreign.SIGNS.items():
            if start >= 0 and len(sign) > back and stop.text.startswith(sign, start):
                return stop.error(
                    f"There is no {sign} in FEEL.",
                    f"Write {ours} instead of {sign}.",
                    code="RE304",
                    start=start,
                    end=start + len(sign),
                )
    if stop.found == "!":
        return stop.error("There is no ! in FEEL.", "Write not(…) around the condition.", code="RE304")
    if stop.found == "%":
        return stop.error(
            "A percent cannot stand in an expression.",
            "Write the share as a number, such as 0.3; for what remains of a division write modulo(a, b).",
            code="RE304",
        )
    if stop.found == "?" and not stop.expected & _OPERANDS:
        return stop.error("There is no a ? b : c in FEEL.", "Write if a then b else c.", code="RE304")
    if stop.found == ";":
        return stop.error("An expression has no ;.", "Write one expression, without ; at its end.", code="RE304")
    return None


def _words(stop: Stop) -> FeelSyntaxError | None:
    if not _WORD.fullmatch(stop.found):
        return None
    lower = stop.found.lower()
    if stop.found != lower and lower in RESERVED | {"not", "instance"}:
        return stop.error(
            f"FEEL's words are in small letters: {stop.found} is not one.", f"Write {lower}.", code="RE304"
        )
    previous = _LAST_WORD.search(stop.before)
    if previous and previous[1].lower() == "not" and "NAME" not in stop.expected:
        return stop.error(
            "not wants brackets around what it turns around.",
            f"Write not({stop.found} …), in small letters.",
            code="RE304",
            start=previous.start(1),
        )
    if previous and previous[1].lower() in RESERVED and previous[1] != previous[1].lower():
        small = previous[1].lower()
        return stop.error(
            f"FEEL's words are in small letters: {previous[1]} is not one.",
            f"Write {small}.",
            code="RE304",
            start=previous.start(1),
        )
    if lower == "is" and "NAME" not in stop.expected:
        rest = stop.text[stop.end :].lstrip().lower()
        help = next(help for pattern, help in foreign.AFTER_IS if re.match(pattern, rest))
        return stop.error("There is no “is” in FEEL.", help, code="RE304")
    known = foreign.WORDS.get(lower)
    if known and "NAME" not in stop.expected and "SATISFIES" not in stop.expected:
        message, help = known
        return stop.error(message, help, code="RE304")
    if previous and previous[1].lower() in foreign.QUANTIFIERS and re.match(r"\w+\s+in\b", stop.after):
        ours = foreign.QUANTIFIERS[previous[1].lower()]
        return stop.error(
            f"There is no “{previous[1]} … in” in FEEL.",
            f"Write {ours} {stop.found} in … satisfies ….",
            code="RE304",
            start=previous.start(1),
        )
    if lower not in RESERVED and stop.expected == {"IN"}:
        return stop.error(
            "After the name of an item “in” and a list are expected.", "Write some x in … satisfies ….", code="RE308"
        )
    return None


def _dates(stop: Stop) -> FeelSyntaxError | None:
    """`2026-09-01T10:00` reads as a subtraction up to the T."""
    started = _DATE.search(stop.text[: stop.start] + "0")
    if (started and stop.found[:1] in ("T", "Z")) or (
        re.search(r"[0-9]{2}$", stop.before) and re.match(r":[0-9]{2}", stop.after)
    ):
        return stop.error(
            'A date or time stands in @"…".', 'Write @"2026-09-01" or @"2026-09-01T10:00:00Z".', code="RE300"
        )
    return None


def _spaced_signs(stop: Stop) -> FeelSyntaxError | None:
    """`> =`"""
    if stop.found == "=" and stop.before[-1:] in ("<", ">", "!") and stop.before[-1:]:
        sign = stop.before[-1] + "="
        return stop.error(
            f"{sign} is written without a space.", f"Write {sign}.", code="RE304", start=len(stop.before) - 1
        )
    return None


def _commas(stop: Stop) -> FeelSyntaxError | None:
    if stop.found == "," and re.search(r"[0-9]$", stop.before) and re.match(r",[0-9]", stop.after):
        return stop.error(
            "A comma cannot stand in a number.", "Write 1000 for a thousand and 1.5 for one and a half.", code="RE300"
        )
    return None


def _listed(stop: Stop) -> FeelSyntaxError | None:
    """`x in "a", "b"`"""
    if stop.found != "," or not re.search(r"\bin\s+[^()\[\]{}]*$", stop.before):
        return None
    return stop.error(
        "Several values after “in” stand in brackets.", 'Write x in ("a", "b") or x in (1, 2).', code="RE300"
    )


def _half_tests(stop: Stop) -> FeelSyntaxError | None:
    """`x > 5 and < 10`"""
    previous = _LAST_WORD.search(stop.before)
    if stop.found[:1] not in ("<", ">", "=") or not previous or previous[1] not in ("and", "or"):
        return None
    return stop.error(
        f"What is compared is missing after “{previous[1]}”.",
        f"Name the value on both sides: x > 5 {previous[1]} x < 10.",
        code="RE300",
    )


def _empty_brackets(stop: Stop) -> FeelSyntaxError | None:
    """`lead.tags[]`"""
    if stop.found != "]" or stop.before[-1:] != "[" or "RSQB" in stop.expected:
        return None
    return stop.error(
        "Between [ and ] a condition or a position is missing.",
        'Write [item = "vip"] for the items that are so, [1] for the first one, or count(…) for their number.',
        code="RE300",
        start=len(stop.before) - 1,
    )


def _last_commas(stop: Stop) -> FeelSyntaxError | None:
    """`("US", "GB",)`"""
    if stop.found not in (")", "]", "}") or stop.before[-1:] != ",":
        return None
    return stop.error(
        f"After the last value, before {stop.found}, stands no comma.",
        "Remove it.",
        code="RE300",
        start=len(stop.before) - 1,
        end=len(stop.before),
    )


def _stray_commas(stop: Stop) -> FeelSyntaxError | None:
    """`x = "a", "b"`, `x = ("a", "b")`, `if(a, b, c)`"""
    if stop.found != ",":
        return None
    if re.search(r"\bif\s*\([^()]*$", stop.before):
        return stop.error("An if is written with words, not as a function.", "Write if a then b else c.", code="RE304")
    if re.search(r"(?<![<>])=\s*\(?[^()\[\]{}=]*$", stop.before):
        return stop.error(
            "A value equals one value, not several.", 'To ask for one of several, write x in ("a", "b").', code="RE300"
        )
    return stop.error(
        "A comma stands between the values of a function, of a list or after “in” only.",
        'Write a list in [ ], such as ["a", "b"]; join conditions with and, or.',
        code="RE300",
    )


def _fields_in_braces(stop: Stop) -> FeelSyntaxError | None:
    """`$lead.nps`, `{{lead.nps}}`, `{lead.nps}`"""
    if stop.found == "#" and not stop.expected & _OPERANDS:
        return stop.error("There is no # in FEEL.", "A comment begins with //.", code="RE304")
    braces = re.search(r"\{\s*(?:\{|[^\W\d]\w*\s*\.)", stop.text)
    if stop.found in ("$", "#") or (braces and braces.start() <= stop.start < braces.end()):
        return stop.error("A field is written as it is, without signs around it.", "Write lead.country.", code="RE304")
    return None


def _bare_ranges(stop: Stop) -> FeelSyntaxError | None:
    """`x in 1..5`"""
    if not stop.after.startswith("..") or not re.search(r"\bin\s+[^()\[\]{}]*$", stop.before):
        return None
    return stop.error("A range stands in brackets.", "Write x in [1..5].", code="RE300", end=stop.start + 2)


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
    if "AND" in stop.expected and "OR" not in stop.expected:
        return stop.error("This “between” has no “and”.", "Write it whole: x between 1 and 5.", code="RE308")
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
            return stop.error(
                f"This “{opener}” has no “{word}”.",
                f"Write it whole: {form}.",
                code="RE308",
                start=min(stop.start, len(stop.text)),
            )
    return None


def _brackets(stop: Stop) -> FeelSyntaxError | None:
    """A bracket that is not closed, or closed by another kind."""
    at_end = stop.start >= len(stop.text)
    if not at_end and stop.found not in (")", "]", "}"):
        return None
    plain = _STRINGS_AND_COMMENTS.sub(lambda m: " " * len(m[0]), stop.text[: stop.start])
    opened: list[int] = []
    for at, sign in enumerate(plain):
        if sign in _CLOSING:
            opened.append(at)
        elif sign in ")]}" and opened:
            opened.pop()
    if not opened:
        if at_end:
            return None
        return stop.error(f"This {stop.found} closes nothing.", "Remove it, or open its bracket before.", code="RE305")
    start = opened[-1]
    closing = _CLOSING[stop.text[start]]
    if not at_end and stop.found == closing:
        return None
    if closing not in {_SIGN_OF.get(name, "") for name in stop.expected}:
        return None
    message = f"The {stop.text[start]} is not closed."
    if not at_end:
        message = f"The {stop.text[start]} is closed by {stop.found}."
    return stop.error(
        message, f"Write {closing} where it ends.", code="RE305", start=start, end=start + 1 if at_end else stop.end
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
    _open_comment,
    _open_text,
    _quotes,
    _signs,
    _words,
    _dates,
    _spaced_signs,
    _listed,
    _commas,
    _last_commas,
    _bare_ranges,
    _half_tests,
    _fields_in_braces,
    _empty_brackets,
    _entries,
    _functions,
    _unfinished,
    _stray_commas,
    _brackets,
    _reserved,
)


def _plain(stop: Stop) -> FeelSyntaxError:
    at_end = stop.start >= len(stop.text)
    what = "the expression ends" if at_end else f"there is “{stop.found}”"
    if stop.expected & _OPERANDS == _OPERANDS:
        path = _URL_PATH.match(stop.after)
        help = f'A text stands in double quotes: "{path[0]}".' if path else ""
        return stop.error(f"A value is expected here (a name, a number, a text, …), but {what}.", help, code="RE300")
    if stop.expected == {"NAME"}:
        return stop.error(f"A name is expected here, but {what}.", "", code="RE300")
    if "FIELD" in stop.expected:
        return stop.error(f"After the dot a name is expected, but {what}.", "", code="RE300")
    if at_end:
        return stop.error("The expression ends too early.", "", code="RE300")
    if _WORD.fullmatch(stop.found) or stop.found[:1].isdigit() or stop.found[:1] in '"([{':
        return stop.error(
            f"An operator is missing before “{stop.found}”.",
            _between(stop),
            code="RE300",
        )
    return stop.error(f"“{stop.found}” cannot stand here.", "", code="RE300")


def _between(stop: Stop) -> str:
    """What is to stand between two values that follow each other."""
    if stop.found == "(" and (method := _METHOD.search(stop.before)):
        ours = foreign.METHODS.get(method[2].replace("_", "").lower())
        if ours is not None:
            ours = re.sub(r"(\(|`)…", rf"\g<1>{method[1]}", ours).replace("`", "")
            return f"A function stands before its values: write {ours}."
        return f"A function stands before its values: {method[2]}({method[1]}, …)."
    if stop.before[-1:].isdigit() and _WORD.fullmatch(stop.found) and stop.found not in RESERVED:
        return 'A number has no unit: write it alone, or a length of time such as duration("30 days").'
    plain = _STRINGS_AND_COMMENTS.sub(lambda m: " " * len(m[0]), stop.text[: stop.start])
    if sum(plain.count(sign) for sign in "([{") > sum(plain.count(sign) for sign in ")]}"):
        return "Write a comma between two values of a function or a list, or an operator such as =, and, or, +."
    return "Write an operator such as =, and, or, + between the two values. Names have no spaces."
