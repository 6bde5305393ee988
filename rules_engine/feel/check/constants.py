"""What kind of date, time or duration a constant text is, or that it is none."""

from __future__ import annotations

import re
from datetime import date

from rules_engine.feel.types import (
    DATE,
    DAYS_TIME_DURATION,
    LOCAL_DATE_AND_TIME,
    LOCAL_TIME,
    YEARS_MONTHS_DURATION,
    ZONED_DATE_AND_TIME,
    ZONED_TIME,
    Type,
)

_DATE = re.compile(r"-?([0-9]{4,9})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[\w/+-]+)?")
_MONTHS = re.compile(r"-?P(?=[0-9])(?:[0-9]+Y)?(?:[0-9]+M)?")
_DAYS = re.compile(r"-?P(?=[0-9T])(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?")
_AMOUNT = r"[0-9]+(?:\.[0-9]+)? (?:week|day|hour|minute|second)s?"
_WORDS = re.compile(f"{_AMOUNT}(?: {_AMOUNT})*")


def kind_of_at(text: str) -> Type | None:
    """Of `@"..."`."""
    return _date(text) or _date_and_time(text) or _time(text) or _iso_duration(text)


def kind_of_call(function: str, text: str) -> Type | None:
    """Of `date("...")`, `time("...")`, `date and time("...")`, `duration("...")`."""
    match function:
        case "date":
            return _date(text)
        case "time":
            return _time(text)
        case "date and time":
            return _date_and_time(text) or (LOCAL_DATE_AND_TIME if _date(text) else None)
        case _:
            return _iso_duration(text) or (DAYS_TIME_DURATION if _WORDS.fullmatch(text.strip()) else None)


def _date(text: str) -> Type | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        date(int(found[1]) % 400 + 2000, int(found[2]), int(found[3]))
    except ValueError:
        return None
    return DATE


def _time(text: str) -> Type | None:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3]) > 59:
        return None
    return ZONED_TIME if found[4] else LOCAL_TIME


def _date_and_time(text: str) -> Type | None:
    day, letter, clock = text.partition("T")
    if not letter or _date(day) is None:
        return None
    match _time(clock):
        case None:
            return None
        case kind:
            return ZONED_DATE_AND_TIME if kind == ZONED_TIME else LOCAL_DATE_AND_TIME


def _iso_duration(text: str) -> Type | None:
    if _MONTHS.fullmatch(text):
        return YEARS_MONTHS_DURATION
    return DAYS_TIME_DURATION if _DAYS.fullmatch(text) else None
