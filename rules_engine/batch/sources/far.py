"""Times and durations of Parquet files that Python has no value for: its years end at 9999.

Takes columns in their own types; tells which values lie outside, and writes such a value as text for messages.
"""

from __future__ import annotations

from datetime import date

import polars as pl

_UNITS = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # in a second
_FIRST, _END = -719_162 * 86_400, 2_932_897 * 86_400  # 0001-01-01 and 10000-01-01, in seconds since 1970
_LONGEST = 999_999_999 * 86_400  # seconds; a `timedelta` has no more
_ERA = 146_097  # days in 400 years
_1970 = date(1970, 1, 1).toordinal()


def far(values: pl.Series) -> pl.Series | None:
    """Where a value is outside what Python can hold; None if there is none such, or the column is of another type."""
    physical, bounds = values.to_physical(), _bounds(values.dtype)
    if bounds is None:
        return None
    first, last = physical.min(), physical.max()
    if not isinstance(first, int) or not isinstance(last, int) or (first >= bounds[0] and last < bounds[1]):
        return None
    return ((physical < bounds[0]) | (physical >= bounds[1])).fill_null(False)


def without_far(values: pl.Series) -> pl.Series:
    """The column with null for what is outside."""
    outside = far(values)
    return values if outside is None else values.set(outside, None)


def listed(values: pl.Series) -> list[object]:
    """The values for messages; what is outside as text."""
    outside = far(values)
    if outside is None:
        return values.to_list()
    found = values.set(outside, None).to_list()
    for row in outside.arg_true().to_list():
        found[row] = _text(int(values.to_physical()[row]), values.dtype)
    return found


def _bounds(kind: pl.DataType) -> tuple[int, int] | None:
    if kind == pl.Date:
        return _FIRST // 86_400, _END // 86_400
    if isinstance(kind, pl.Datetime):
        return _FIRST * _UNITS[kind.time_unit], _END * _UNITS[kind.time_unit]
    if isinstance(kind, pl.Duration):
        return -_LONGEST * _UNITS[kind.time_unit], _LONGEST * _UNITS[kind.time_unit]
    return None


def _text(value: int, kind: pl.DataType) -> str:
    """As ISO 8601 writes years that have more than four digits, in UTC; a duration in its unit."""
    if isinstance(kind, pl.Duration):
        return f"{value} {kind.time_unit}"
    if not isinstance(kind, pl.Datetime):
        return _day(value)
    days, seconds = divmod(value // _UNITS[kind.time_unit], 86_400)
    return f"{_day(days)} {seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _day(days: int) -> str:
    """The calendar repeats every 400 years."""
    eras, day = divmod(days + _1970, _ERA)
    near = date.fromordinal(day + _ERA)
    return f"{near.year + (eras - 1) * 400:+05}-{near.month:02}-{near.day:02}"
