"""Dates, times, and dates with times, to the nanosecond and for years of up to nine digits.

Python's `==` on these compares how they are written (what FEEL's `is()` asks); FEEL's `=` and `<` compare what they
mean and are in `interpret/operators.py`.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from rules_engine.feel.values.calendar import (
    DAY,
    HOUR,
    MAX_OFFSET,
    MAX_YEAR,
    MIN_YEAR,
    MINUTE,
    SECOND,
    date_from_days,
    days_from_date,
    month_length,
    offset_at,
    standard_offset,
    zone_offset,
)
from rules_engine.feel.values.zones import find_zone
from rules_engine.records import dataclass

Zone: TypeAlias = int | str | None
"""Seconds east of UTC, the name of an IANA zone, or None for local time."""


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """`@"2026-09-01"`"""

    year: int
    month: int
    day: int

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return days_from_date(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday."""
        return (self.days + 3) % 7 + 1

    def __str__(self) -> str:
        return f"{year_text(self.year)}-{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class Time:
    """`@"10:30:00+01:00"`: nanoseconds since midnight, and a zone."""

    nanos: int
    zone: Zone = None

    @property
    def hour(self) -> int:
        return self.nanos // HOUR

    @property
    def minute(self) -> int:
        return self.nanos // MINUTE % 60

    @property
    def seconds(self) -> int:
        return self.nanos // SECOND % 60

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC; that of a named zone is its standard time; None for local time."""
        return standard_offset(self.zone) if isinstance(self.zone, str) else self.zone

    def __str__(self) -> str:
        return clock_text(self.nanos) + zone_text(self.zone)


@dataclass(frozen=True, slots=True)
class DateTime:
    """`@"2026-09-01T10:30:00@Europe/Paris"`: local days since 1970, nanoseconds since midnight, and a zone.

    Make it with `date_time`, which fills in `offset` (seconds east of UTC, None for local time).
    """

    days: int
    nanos: int
    zone: Zone = None
    offset: int | None = field(default=None, compare=False)

    @property
    def date(self) -> Date:
        return Date(*date_from_days(self.days))

    @property
    def time(self) -> Time:
        return Time(self.nanos, self.zone)

    @property
    def local(self) -> int:
        """Nanoseconds on the local clock since 1970-01-01T00:00:00."""
        return self.days * DAY + self.nanos

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z; of a local time as if it were UTC."""
        return self.days * DAY + self.nanos - (self.offset or 0) * SECOND

    def __str__(self) -> str:
        return f"{self.date}T{clock_text(self.nanos)}{zone_text(self.zone)}"


def make_date(year: int, month: int, day: int) -> Date | None:
    """The date, or None where the calendar has none."""
    if MIN_YEAR <= year <= MAX_YEAR and 1 <= month <= 12 and 1 <= day <= month_length(year, month):
        return Date(year, month, day)
    return None


def date_of_days(days: int) -> Date | None:
    """The date so many days after 1970-01-01, or None past the last year."""
    year, month, day = date_from_days(days)
    return Date(year, month, day) if MIN_YEAR <= year <= MAX_YEAR else None


def valid_zone(zone: Zone) -> bool:
    """Whether an offset is within 14 hours, a name that of a known zone."""
    if isinstance(zone, str):
        return find_zone(zone) is not None
    return zone is None or -MAX_OFFSET <= zone <= MAX_OFFSET


def date_time(days: int, nanos: int, zone: Zone) -> DateTime:
    """The date and time at a local day and nanosecond of the day."""
    offset = zone_offset(zone, days, nanos // SECOND) if isinstance(zone, str) else zone
    return DateTime(days, nanos, zone, offset)


def from_instant(instant: int, zone: Zone) -> DateTime | None:
    """The date and time in a zone at an instant (nanoseconds since 1970 UTC), or None past the last year."""
    offset = offset_at(zone, instant // SECOND) if isinstance(zone, str) else zone
    days, nanos = divmod(instant + (offset or 0) * SECOND, DAY)
    made = DateTime(days, nanos, zone, offset)
    return made if date_of_days(made.days) is not None else None


def add_months(date: Date, months: int) -> Date | None:
    """The same day of another month, or that month's last day: 31 January and a month is 28 February."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    return Date(year, month + 1, min(date.day, month_length(year, month + 1)))


def year_text(year: int) -> str:
    return f"-{-year:04}" if year < 0 else f"{year:04}"


def clock_text(nanos: int) -> str:
    """`10:30:00.25`"""
    seconds, fraction = divmod(nanos, SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:09}".rstrip("0") if fraction else text


def zone_text(zone: Zone) -> str:
    """`Z`, `+01:00`, `@Europe/Paris` or nothing."""
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    size = abs(zone)
    seconds = f":{size % 60:02}" if size % 60 else ""
    return f"{'-' if zone < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}{seconds}"
