"""The proleptic Gregorian calendar for any year, and UTC offsets of named zones. Plain numbers in, plain numbers out.

Python's `datetime` ends at the years 1 and 9999; FEEL's years go from -999,999,999 to 999,999,999 (there is a year 0).
Days count from 1970-01-01.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from rules_engine.feel.values.zones import find_zone

MIN_YEAR, MAX_YEAR = -999_999_999, 999_999_999
SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
MAX_OFFSET = 14 * 3600

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def days_from_date(year: int, month: int, day: int) -> int:
    """1970-01-01 → 0. Years are counted from March, so that the leap day comes last."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def date_from_days(days: int) -> tuple[int, int, int]:
    """0 → (1970, 1, 1)"""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


_FIRST_DAY = days_from_date(1, 1, 2)
_LAST_DAY = days_from_date(9999, 12, 30)
_CYCLE = 146_097  # days of 400 years, after which calendar and weekdays repeat


@lru_cache(maxsize=65_536)
def zone_offset(name: str, days: int, second: int) -> int:
    """Seconds east of UTC of a local time (days since 1970, second of the day) in a named zone.

    An ambiguous time is the earlier instant. Years that `datetime` lacks take the rules of the same year in the
    nearest 400-year cycle it has.
    """
    zone = find_zone(name)
    if zone is None:
        return 0
    if days < _FIRST_DAY:
        days += (_FIRST_DAY - days + _CYCLE - 1) // _CYCLE * _CYCLE
    elif days > _LAST_DAY:
        days -= (days - _LAST_DAY + _CYCLE - 1) // _CYCLE * _CYCLE
    local = datetime.fromordinal(days + 719_163) + timedelta(seconds=second)
    offset = zone.utcoffset(local)
    return 0 if offset is None else round(offset.total_seconds())


def offset_at(name: str, second: int) -> int:
    """Seconds east of UTC in a named zone at an instant (seconds since 1970 UTC)."""
    zone = find_zone(name)
    if zone is None:
        return 0
    days, rest = divmod(second, 86_400)
    cycles = 0
    if days < _FIRST_DAY:
        cycles = (_FIRST_DAY - days + _CYCLE - 1) // _CYCLE
    elif days > _LAST_DAY:
        cycles = -((days - _LAST_DAY + _CYCLE - 1) // _CYCLE)
    moment = datetime.fromordinal(days + cycles * _CYCLE + 719_163) + timedelta(seconds=rest)
    offset = zone.fromutc(moment.replace(tzinfo=zone)).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def standard_offset(name: str) -> int:
    """Seconds east of UTC of a named zone without summer time: what a time without a date has."""
    zone = find_zone(name)
    if zone is None:
        return 0
    reference = datetime(1972, 12, 31, tzinfo=zone)
    offset, summer = reference.utcoffset(), reference.dst()
    return round(((offset or timedelta()) - (summer or timedelta())).total_seconds())
