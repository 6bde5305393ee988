"""How a value of one kind is written as one of another, where that is likely what was meant: help of many messages."""

from __future__ import annotations

import re

from rules_engine.feel import ast
from rules_engine.feel.checking.constants import kind_of_call
from rules_engine.feel.checking.wording import literal, text_of
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    TIME,
    ContextOf,
    Enumeration,
    ListOf,
    Moment,
    RangeOf,
    Type,
    plain,
)
from rules_engine.feel.values import reading
from rules_engine.feel.values.calendar import MONTHS, WEEKDAYS

# A date without its quotes, which FEEL reads as a subtraction.
DIFFERENCE = re.compile(r"(\d{4}) - (\d{2}) - (\d{2})")
# A date in another order, as text or, without quotes, as a division.
_OTHER_DATE = re.compile(r"\d{1,4} ?[./] ?\d{1,2} ?[./] ?\d{1,4}(?: .*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_EXAMPLES: dict[Type, str] = {DATE: "2026-12-31", DATE_AND_TIME: "2026-12-31T08:00:00Z"}
_EXAMPLES |= {TIME: "08:30:00", DAYS_TIME_DURATION: "30 days"}
_MADE_BY = {DATE: "date", DATE_AND_TIME: "date and time", TIME: "time", DAYS_TIME_DURATION: "duration"}


def conversion(node: ast.Node, kind: Type, wanted: Type) -> str:
    """How to write a value of the wanted kind, where it is likely what was meant."""
    have, want = plain(kind), plain(wanted)
    if isinstance(have, RangeOf) and not isinstance(want, RangeOf):
        return f"To ask whether it lies in it, write `… in {text_of(node)}`."
    if isinstance(node, ast.Or | ast.And):
        return "To ask for one of several values, write `… in (…, …)`." if want != BOOLEAN else ""
    if want == BOOLEAN and isinstance(node, ast.NumberLiteral) and node.value in (0, 1):
        return f"Write `{'true' if node.value else 'false'}`."
    if isinstance(node, ast.StringLiteral) and node.value.lower() == "null":
        return "Write `null` without quotes."
    if want in (DATE, DATE_AND_TIME) and (_OTHER_DATE.fullmatch(text_of(node).strip('"'))):
        if want == DATE and (turned := day_first(text_of(node).strip('"'))):
            return f"Write `date({literal(turned)})`."
        return f'A date is written with the year first, such as `{want}("{_EXAMPLES[want]}")`.'
    if isinstance(node, ast.StringLiteral):
        if want in (DATE, DATE_AND_TIME) and node.value.lower() in ("now", "today"):
            return "Write `now` without quotes."
        if want == NUMBER:
            return "A number is written without quotes." if _is_number(node.value) else _number_of_name(node.value)
        if want == BOOLEAN and node.value in ("true", "false"):
            return f"Write `{node.value}` without quotes."
        if want == BOOLEAN:
            return "Write `true` or `false`, without quotes."
        if want in (DATE, DATE_AND_TIME, TIME, DAYS_TIME_DURATION) and kind_of_call(_MADE_BY[want], node.value) is None:
            return f"Write it like `{_MADE_BY[want]}({literal(_EXAMPLES[want])})`."
        if want in (DATE, DATE_AND_TIME, TIME):
            return f"Write `{want}({literal(_with_zone(node.value, wanted))})`."
        if want == DAYS_TIME_DURATION:
            return f"Write `duration({literal(node.value)})`."
    if want in (DATE, DATE_AND_TIME) and (day := DIFFERENCE.fullmatch(text_of(node))):
        return f"Write `{want}({literal(_with_zone(f'{day[1]}-{day[2]}-{day[3]}', wanted))})`."
    if isinstance(wanted, Enumeration) and isinstance(node, ast.NumberLiteral):
        return f"It is one of {', '.join(map(literal, wanted.values))}."
    if want == STRING and isinstance(node, ast.NumberLiteral | ast.BooleanLiteral):
        return f'Text is written in quotes: `"{text_of(node)}"`.'
    if want == DAYS_TIME_DURATION and have == NUMBER:
        count = text_of(node) if isinstance(node, ast.NumberLiteral) else "2"
        return f'A bare number has no unit. Write a duration, for example `duration("{count} days")`.'
    if {have, want} == {DATE, DATE_AND_TIME}:
        if have == DATE_AND_TIME:
            return f"Take the date of the date and time: `date({text_of(node)})`."
        return "Take the date of the other one with `date(…)`."
    if want == STRING and not isinstance(have, ListOf | ContextOf):
        return f"Turn it into text: `string({text_of(node)})`."
    if want == NUMBER and have == STRING:
        return f'Turn it into a number: `number({text_of(node)}, null, ".")`.'
    if isinstance(have, ListOf) and not isinstance(want, ListOf):
        return f"Take one of its items, for example `{text_of(node)}[1]`, or ask with `in` or `list contains(…)`."
    return ""


def day_first(text: str) -> str:
    """`2026-01-05` of `05.01.2026`; "" of what may as well have the month first."""
    found = _DAY_FIRST.fullmatch(text)
    day = "" if found is None else f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return day if reading.read_date(day) is not None else ""


def _number_of_name(text: str) -> str:
    """What a part of a date is compared with in place of a name: `"Monday"`, `"Mar"`."""
    for names, told in ((WEEKDAYS, "Weekdays are numbers from 1, Monday, to 7"), (MONTHS, "Months are numbers")):
        for number, name in enumerate(names, 1):
            if text.strip(". ").casefold() in (name.casefold(), name[:3].casefold()):
                return f"{told}: write `{number}`."
    return ""


def _with_zone(text: str, wanted: Type) -> str:
    """A time in UTC where one with a zone is wanted, as the zone that is meant is not known."""
    moment = reading.read_date_time(text) if isinstance(wanted, Moment) and wanted.zoned else None
    return text if moment is None or moment.zone is not None else f"{moment}Z"


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).lstrip("-").isdigit()
