"""Text → dates, times and durations: the XML Schema forms that FEEL takes, with `@zone` beside offsets.

Each function gives None for a text that is not of its form.
"""

from __future__ import annotations

import re
from decimal import Decimal

from rules_engine.feel.values.calendar import DAY, HOUR, MINUTE, SECOND
from rules_engine.feel.values.durations import DaysTimeDuration, YearsMonthsDuration
from rules_engine.feel.values.temporal import Date, DateTime, Time, Zone, date_of_days, date_time, make_date, valid_zone

_DATE_FORM = r"(-?(?:[0-9]{4}|[1-9][0-9]{4,8}))-([0-9]{2})-([0-9]{2})"
_ZONE_FORM = r"(Z|z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]+)?"
_TIME_FORM = rf"([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}})(?:\.([0-9]+))?{_ZONE_FORM}"
_DATE = re.compile(_DATE_FORM)
_TIME = re.compile(_TIME_FORM)
_DATE_TIME = re.compile(f"{_DATE_FORM}T{_TIME_FORM}")
_DAYS_TIME = re.compile(
    r"(-?)P(?=.)(?:([0-9]+)D)?(?:T(?=.)(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]+))?S)?)?", re.DOTALL
)
_YEARS_MONTHS = re.compile(r"(-?)P(?=.)(?:([0-9]+)Y)?(?:([0-9]+)M)?", re.DOTALL)
_WORDS = re.compile(r"\s*(?:[0-9]+(?:\.[0-9]+)?\s*[A-Za-z]+\s*)+", re.ASCII)
_WORD = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)")
_UNITS = {"week": 7 * DAY, "day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND}

_MOST_DIGITS = 18  # of one part of a duration: beyond it no date could take it anyway


def read_date(text: str) -> Date | None:
    """`2026-09-01`"""
    found = _DATE.fullmatch(text)
    return make_date(int(found[1]), int(found[2]), int(found[3])) if found else None


def read_time(text: str) -> Time | None:
    """`10:30:00`, `10:30:00.5Z`, `10:30:00+01:00`, `10:30:00@Europe/Paris`; `24:00:00` is `00:00:00`."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    clock = _clock(found[1], found[2], found[3], found[4])
    zone = _zone(found[5])
    return Time(clock % DAY, zone) if clock is not None and valid_zone(zone) else None


def read_date_time(text: str) -> DateTime | None:
    """`2026-09-01T10:30:00Z`; a date alone is its midnight, and `T24:00:00` that of the next day."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        date = read_date(text)
        return date_time(date.days, 0, None) if date else None
    date = make_date(int(found[1]), int(found[2]), int(found[3]))
    clock = _clock(found[4], found[5], found[6], found[7])
    zone = _zone(found[8])
    if date and clock == DAY:
        date, clock = date_of_days(date.days + 1), 0
    return date_time(date.days, clock, zone) if date and clock is not None and valid_zone(zone) else None


def read_days_time(text: str) -> DaysTimeDuration | None:
    """`P60D`, `-PT1.5S`"""
    found = _DAYS_TIME.fullmatch(text)
    if found is None or any(part and len(part) > _MOST_DIGITS for part in found.groups()[1:5]):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:5])
    nanos = days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + _fraction(found[6])
    return DaysTimeDuration(-nanos if found[1] else nanos)


def read_years_months(text: str) -> YearsMonthsDuration | None:
    """`P1Y6M`"""
    found = _YEARS_MONTHS.fullmatch(text)
    if found is None or any(part and len(part) > _MOST_DIGITS for part in found.groups()[1:]):
        return None
    months = int(found[2] or 0) * 12 + int(found[3] or 0)
    return YearsMonthsDuration(-months if found[1] else months)


def read_duration(text: str) -> DaysTimeDuration | YearsMonthsDuration | None:
    """Either kind, in the ISO form."""
    return read_years_months(text) or read_days_time(text)


def read_words(text: str) -> DaysTimeDuration | None:
    """`60 days`, `2 hours 30 minutes`: weeks, days, hours, minutes and seconds, to the microsecond. No months."""
    if len(text) > 100 or not _WORDS.fullmatch(text):
        return None
    nanos = Decimal(0)
    for amount, unit in _WORD.findall(text):
        size = _UNITS.get(unit.lower().removesuffix("s"))
        if size is None:
            return None
        nanos += Decimal(amount) * size
    return DaysTimeDuration(int(nanos)) if nanos % 1000 == 0 else None


def read_at(text: str) -> object:
    """What stands in `@"…"`: a date, a time, a date and time or a duration; None if it is none of them."""
    if _DATE_TIME.fullmatch(text):
        return read_date_time(text)
    return read_date(text) or read_time(text) or read_duration(text)


def _clock(hour: str, minute: str, second: str, fraction: str | None) -> int | None:
    """Nanoseconds since midnight: fewer than a day has, or, for 24:00:00, just as many."""
    if (hour, minute, second) == ("24", "00", "00") and not (fraction or "").strip("0"):
        return DAY
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    return int(hour) * HOUR + int(minute) * MINUTE + int(second) * SECOND + _fraction(fraction)


def _fraction(digits: str | None) -> int:
    """Nanoseconds of the digits after the point; finer ones are cut off."""
    return int(digits[:9].ljust(9, "0")) if digits else 0


def _zone(text: str | None) -> Zone:
    if text is None:
        return None
    if text in ("Z", "z"):
        return 0
    if text[0] == "@":
        return text[1:]
    parts = [int(part) for part in text[1:].split(":")]
    if parts[1] > 59 or (len(parts) > 2 and parts[2] > 59):
        return 99 * 3600  # refused as out of bounds
    seconds = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)
    return -seconds if text[0] == "-" else seconds
