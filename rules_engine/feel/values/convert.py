"""Python's values ↔ FEEL's, at the border of the API.

FEEL's own are: None, bool, float, str, list, dict, and the classes of this package. `to_feel` also takes int, Decimal,
datetime's classes, tuples, other mappings, and values of other libraries that `unboxed` knows; a value of no FEEL kind
becomes None. NaN and infinities are null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.values.calendar import DAY, HOUR, MINUTE, SECOND, date_from_days
from rules_engine.feel.values.durations import DaysTimeDuration, YearsMonthsDuration
from rules_engine.feel.values.foreign import unboxed
from rules_engine.feel.values.ranges import Range
from rules_engine.feel.values.temporal import Date, DateTime, Time, Zone, date_time
from rules_engine.feel.values.zones import find_zone

_NO_NAME = (None, "", "UTC")  # UTC is the offset 0, whichever way it is written
_OWN = (str, bool, Date, Time, DateTime, DaysTimeDuration, YearsMonthsDuration)
_WHOLE = 2.0**53


_MOST_NESTED = 200
_MOST_ITEMS = 2_000_000


class _Walk:
    """Bounds a walk through a value: lists can share lists, and so be larger than any memory when walked."""

    def __init__(self) -> None:
        self.items = 0

    def enter(self, size: int, depth: int) -> None:
        self.items += size
        if depth > _MOST_NESTED or self.items > _MOST_ITEMS:
            raise FeelLimitError(f"A value has more than {_MOST_NESTED} levels or {_MOST_ITEMS:,} items.", code="RE313")


def to_feel(value: object) -> object:
    """A FEEL value for a Python one, also inside lists and mappings."""
    if value is None or type(value) in _OWN:
        return value
    return _to_feel(value, _Walk(), 0)


def _to_feel(value: object, walk: _Walk, depth: int) -> object:
    value = unboxed(value)
    if value is None or isinstance(value, _OWN):
        return value
    if isinstance(value, float | int | Decimal):
        return _number(value)
    if isinstance(value, datetime | date | time | timedelta):
        return _moment(value)
    if isinstance(value, Mapping):
        walk.enter(len(value), depth)
        return {str(key): _to_feel(item, walk, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        walk.enter(len(value), depth)
        return [_to_feel(item, walk, depth + 1) for item in value]
    if isinstance(value, Range):
        walk.enter(2, depth)
        low, high = _to_feel(value.low, walk, depth + 1), _to_feel(value.high, walk, depth + 1)
        return Range(low, high, value.low_closed, value.high_closed)
    return None


def _moment(value: datetime | date | time | timedelta) -> object:
    if isinstance(value, datetime):
        days, nanos = value.toordinal() - 719_163, _nanos(value.time())
        offset = value.utcoffset()
        seconds = None if offset is None else round(offset.total_seconds())
        if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key not in _NO_NAME:
            return DateTime(days, nanos, value.tzinfo.key, seconds)
        return date_time(days, nanos, seconds)
    if isinstance(value, date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, time):
        return Time(_nanos(value), _zone_of(value))
    return DaysTimeDuration((value.days * 86_400 + value.seconds) * SECOND + value.microseconds * 1000)


def from_feel(value: object) -> object:
    """The plain Python value; the own class stays where Python has none (years past 9999, nanoseconds, months)."""
    return _from_feel(value, _Walk(), 0)


def _from_feel(value: object, walk: _Walk, depth: int) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _WHOLE else value
    if isinstance(value, list):
        walk.enter(len(value), depth)
        return [_from_feel(item, walk, depth + 1) for item in value]
    if isinstance(value, dict):
        walk.enter(len(value), depth)
        return {key: _from_feel(item, walk, depth + 1) for key, item in value.items()}
    if isinstance(value, Range):
        walk.enter(2, depth)
        low, high = _from_feel(value.low, walk, depth + 1), _from_feel(value.high, walk, depth + 1)
        return Range(low, high, value.low_closed, value.high_closed)
    return _to_python(value)


def _to_python(value: object) -> object:
    if isinstance(value, Date):
        return date(value.year, value.month, value.day) if 1 <= value.year <= 9999 else value
    if isinstance(value, Time):
        return value if value.nanos % 1000 else _clock(value.nanos).replace(tzinfo=_tzinfo(value.zone))
    if isinstance(value, DateTime):
        year, month, day = date_from_days(value.days)
        if value.nanos % 1000 or not 1 <= year <= 9999:
            return value
        return datetime.combine(date(year, month, day), _clock(value.nanos), _tzinfo(value.zone))
    if isinstance(value, DaysTimeDuration) and value.nanos % 1000 == 0 and abs(value.nanos) <= 999_999_999 * DAY:
        return timedelta(microseconds=value.nanos // 1000)
    return value


def _number(value: float | int | Decimal) -> float | None:
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _nanos(value: time) -> int:
    return value.hour * HOUR + value.minute * MINUTE + value.second * SECOND + value.microsecond * 1000


def _clock(nanos: int) -> time:
    return time(nanos // HOUR, nanos // MINUTE % 60, nanos // SECOND % 60, nanos % SECOND // 1000)


def _zone_of(value: time) -> Zone:
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key not in _NO_NAME:
        return value.tzinfo.key
    offset = value.utcoffset()
    return None if offset is None else round(offset.total_seconds())


def _tzinfo(zone: Zone) -> timezone | ZoneInfo | None:
    if isinstance(zone, str):
        return find_zone(zone)
    return None if zone is None else timezone(timedelta(seconds=zone))
