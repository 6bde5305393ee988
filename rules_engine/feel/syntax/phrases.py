"""Words between values, as in SQL, Python and plain English: `x is not null`, `x not like "%vp%"`, `a if b else c`.

Beside `borrowed.py`, for words; the phrases themselves are in `foreign.py`.
"""

from __future__ import annotations

import re

from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax import foreign
from rules_engine.feel.syntax.stop import ANY, COMPARISON, LAST_WORD, SUM, VALUE, WORD, Stop, turned
from rules_engine.feel.syntax.words import RESERVED

_NEGATED = r"(?:(?P<negated>not|does\s+not|doesn['’]?t)\s+)?"
_FOLLOWS = re.compile(r"\s*(?:\Z|[)\],}]|(?:and|or|then|else|return|satisfies)(?!\w))", re.IGNORECASE)
"""What may stand behind an operand that `not(…)` is put around; a further operator would take it apart."""


def words(stop: Stop) -> FeelSyntaxError | None:
    if not WORD.fullmatch(stop.found):
        return None
    lower = stop.found.lower()
    known = None if "NAME" in stop.expected or "SATISFIES" in stop.expected else foreign.WORDS.get(lower)
    phrase = known is not None and lower == "not" and _phrase(stop) is not None
    if stop.found != lower and lower in RESERVED | {"not", "instance"} and not phrase:
        return _capitals(stop, stop.found, stop.start)
    previous = LAST_WORD.search(stop.before)
    before = "" if previous is None else previous[1].lower()
    if previous and before == "not" and "NAME" not in stop.expected:
        return _bare_not(stop, previous.start(1))
    if previous and before == "case" and lower == "when":
        return _case(stop, previous.start(1))
    if previous and before in RESERVED and previous[1] != before:
        return _capitals(stop, previous[1], previous.start(1))
    if lower == "is" and "NAME" not in stop.expected:
        rest = stop.text[stop.end :].lstrip().lower()
        help = next(help for pattern, help in foreign.AFTER_IS if re.match(pattern, rest))
        return stop.error("There is no “is” in FEEL.", help, code="RE304", fix=_put_right(stop))
    if known is not None:
        message, help = known
        fix = _put_right(stop)
        said = _filled(stop, help) if not fix and lower in foreign.OF_TEXT_OR_LIST else help
        return stop.error(message, said, code="RE304", fix=fix)
    if lower == "if" and "NAME" not in stop.expected and (fix := _choice_behind(stop)):
        return stop.error("The “if” comes first.", "Write if a then b else c.", code="RE304", fix=fix)
    if previous and before in foreign.QUANTIFIERS and re.match(r"\w+\s+in\b", stop.after):
        ours = foreign.QUANTIFIERS[before]
        return stop.error(
            f"There is no “{previous[1]} … in” in FEEL.",
            f"Write {ours} {stop.found} in … satisfies ….",
            code="RE304",
            start=previous.start(1),
            fix=stop.put(previous.start(1), previous.end(1), ours),
        )
    if lower not in RESERVED and stop.expected == {"IN"}:
        return stop.error(
            "After the name of an item “in” and a list are expected.", "Write some x in … satisfies ….", code="RE308"
        )
    return None


def _capitals(stop: Stop, word: str, start: int) -> FeelSyntaxError:
    """`TRUE`, `And`"""
    lower = word.lower()
    return stop.error(
        f"FEEL's words are in small letters: {word} is not one.",
        f"Write {lower}.",
        code="RE304",
        start=start,
        fix=stop.put(start, start + len(word), lower),
    )


def _bare_not(stop: Stop, start: int) -> FeelSyntaxError:
    """`not lead.optin`"""
    operand = stop.right(stop.start, COMPARISON)
    fix = ""
    if operand is not None and _FOLLOWS.match(stop.text, operand[1]):
        fix = stop.put(start, operand[1], turned(stop.text[slice(*operand)]))
    return stop.error(
        "not wants brackets around what it turns around.",
        f"Write not({stop.found} …), in small letters.",
        code="RE304",
        start=start,
        fix=fix,
    )


# --- phrases put right ----------------------------------------------------------------------------------------------


def _phrase(stop: Stop) -> tuple[re.Match[str], str] | None:
    """The phrase that begins at the place, and what is written for it."""
    for pattern, ours in foreign.PHRASES:
        found = re.compile(rf"(?:is\s+)?{_NEGATED}(?:{pattern})(?!\w)", re.IGNORECASE).match(stop.text, stop.start)
        if found is not None:
            return found, ours
    return None


def _put_right(stop: Stop) -> str:
    """The whole text with the phrase at the place written as in FEEL; "" where that is not sure."""
    phrase = _phrase(stop)
    if phrase is None:
        found = re.compile(r"is(?:\s+(?P<negated>not))?(?!\w)", re.IGNORECASE).match(stop.text, stop.start)
        if found is None:
            return ""
        ours = "{x} != {y}" if found["negated"] else "{x} = {y}"
    else:
        found, ours = phrase
        if found["negated"]:
            ours = foreign.OPPOSITES.get(ours, f"not({ours})")
    left = stop.left(VALUE if "modulo" in ours or "/" in ours else SUM)
    if left is None:
        return ""
    subject, end, said = stop.text[slice(*left)], found.end(), ""
    if "{y}" in ours or "{like}" in ours:
        operand = _two(stop, end) if "between" in ours else stop.text_or_value(end, tests=" in " in ours)
        if operand is None:
            return ""
        said, end = operand
    if "{like}" in ours:
        if said[:1] != '"':
            return ""
        ours = ours.replace("{like}", _like(subject, said[1:-1], "ilike" in found[0].lower()))
    return stop.put(left[0], end, ours.replace("{x}", subject).replace("{y}", said))


def _two(stop: Stop, start: int) -> tuple[str, int] | None:
    """`1 and 5` behind “between”."""
    low = stop.right(start)
    joined = None if low is None else re.compile(r"\s+and(?!\w)", re.IGNORECASE).match(stop.text, low[1])
    high = None if joined is None else stop.right(joined.end())
    if low is None or high is None:
        return None
    return f"{stop.text[slice(*low)]} and {stop.text[slice(*high)]}", high[1]


def _like(subject: str, pattern: str, any_case: bool) -> str:
    """What SQL's `like` asks, where % stands for any text and _ for any character."""
    core = pattern.strip("%")
    if re.search(r"[%_\\]", core):
        parts = [{"%": ".*", "_": "."}.get(sign, re.sub(r"([.?*+|^$(){}\[\]\\])", r"\\\\\1", sign)) for sign in pattern]
        flags = ', "is"' if any_case else ', "s"'
        return f'matches({subject}, "^{"".join(parts)}$"{flags})'
    if any_case:
        subject, core = f"lower case({subject})", core.lower()
    starts, ends = pattern[:1] != "%", pattern[-1:] != "%"
    if starts and ends:
        return f'{subject} = "{core}"'
    function = "starts with" if starts else "ends with" if ends else "contains"
    return f'{function}({subject}, "{core}")'


def _filled(stop: Stop, help: str) -> str:
    """The help with the author's own operands for x and "…", where they can be read."""
    left = stop.left()
    found = re.compile(r"(?:(?:not|does\s+not|doesn['’]?t)\s+)?\w+(?:\s+of(?!\w))?", re.IGNORECASE).match(
        stop.text, stop.start
    )
    operand = None if found is None else stop.text_or_value(found.end())
    if left is not None:
        subject = stop.text[slice(*left)]
        help = re.sub(r"(?<!\w)x(?!\w)", lambda _: subject, help)
    if operand is not None:
        text = operand[0].removeprefix("(").removesuffix(")") if operand[0][:1] == "(" else operand[0]
        help = help.replace('"…"', text)
    return help


# --- choices --------------------------------------------------------------------------------------------------------


def _choice_behind(stop: Stop) -> str:
    """`a if b else c`"""
    then = stop.left(ANY)
    condition = stop.right(stop.end, ANY)
    if then is None or condition is None:
        return ""
    word = re.compile(r"\s*else(?!\w)").match(stop.text, condition[1])
    otherwise = None if word is None else stop.right(word.end(), ANY)
    if otherwise is None:
        return ""
    parts = [stop.text[slice(*part)] for part in (condition, then, otherwise)]
    return stop.put_choice(then[0], otherwise[1], "if {} then {} else {}".format(*parts))


def _case(stop: Stop, start: int) -> FeelSyntaxError:
    """`CASE WHEN a THEN b ELSE c END`"""
    word = re.compile(r'"(?:[^"\\\n\r]|\\[^\n\r])*"|(?<!\w)(when|then|else|end)(?!\w)', re.IGNORECASE)
    said, last, end = "", stop.end, 0
    ours = {"when": " else if ", "then": " then ", "else": " else ", "end": ""}
    named = [found for found in word.finditer(stop.text, stop.end) if found[1]]
    for found in named:
        said += stop.text[last : found.start()].strip() + ours[found[1].lower()]
        last = found.end()
        if found[1].lower() == "end":
            end = found.end()
            break
    has_else = any(found[1].lower() == "else" for found in named)
    made = f"if {said}{'' if has_else else ' else null'}"
    return stop.error(
        "There is no “case … when” in FEEL.",
        "Write if … then … else …, and else if … for a further case.",
        code="RE304",
        start=start,
        fix=stop.put_choice(start, end, made) if end else "",
    )
