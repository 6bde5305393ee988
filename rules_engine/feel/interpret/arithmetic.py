"""Arithmetic over all kinds of values: tables 57 to 59 of the standard. Null where it is not defined.

Numbers are IEEE doubles; a result that is no finite number is null.
"""

from __future__ import annotations

import math
from fractions import Fraction

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import charge_text
from rules_engine.feel.limits import MAX_TEXT
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from rules_engine.feel.values.calendar import DAY, SECOND
from rules_engine.feel.values.temporal import add_months, date_of_days, date_time, from_instant


def number_of(value: object) -> float | None:
    """The double of a number, None for anything else. A boolean is no number."""
    if type(value) is float:
        return value
    if isinstance(value, float | int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return None
    return None


# A finite number minus itself is zero; an infinity or NaN is not: what `- total == 0.0` asks below.


def finite(value: float) -> object:
    """A number, or null for what is none (an overflow, 0/0)."""
    return value if math.isfinite(value) else undefined("the result is too large for a number")


def add(left: object, right: object) -> object:
    """`left + right`"""
    if type(left) is float and type(right) is float and (total := left + right) - total == 0.0:
        return total
    if left is None or right is None:
        return None
    a, b = number_of(left), number_of(right)
    if a is not None and b is not None:
        return finite(a + b)
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise FeelLimitError(f"A text of more than {MAX_TEXT:,} characters was made by `+`.", code="RE313")
        joined = str(left) + str(right)
        charge_text(joined)
        return joined
    if isinstance(right, DaysTimeDuration):
        return _shift(left, right.nanos)
    if isinstance(left, DaysTimeDuration):
        return _shift(right, left.nanos)
    if isinstance(right, YearsMonthsDuration):
        return _shift_months(left, right.months)
    if isinstance(left, YearsMonthsDuration):
        return _shift_months(right, left.months)
    return undefined(f"cannot add {kind(left)} and {kind(right)}")


def subtract(left: object, right: object) -> object:
    """`left - right`"""
    if type(left) is float and type(right) is float and (rest := left - right) - rest == 0.0:
        return rest
    if type(left) is DateTime and type(right) is DateTime:
        return _distance(left.local, left.offset, right.local, right.offset)
    if left is None or right is None:
        return None
    a, b = number_of(left), number_of(right)
    if a is not None and b is not None:
        return finite(a - b)
    if isinstance(left, DaysTimeDuration | YearsMonthsDuration) and type(left) is not type(right):
        return undefined(f"cannot subtract {kind(right)} from {kind(left)}")
    if isinstance(right, DaysTimeDuration):
        return _shift(left, -right.nanos)
    if isinstance(right, YearsMonthsDuration):
        return _shift_months(left, -right.months)
    if isinstance(left, Time) and isinstance(right, Time):
        return _distance(left.nanos, left.offset, right.nanos, right.offset)
    if isinstance(left, Date | DateTime) and isinstance(right, Date | DateTime):
        one, other = _at_midnight(left), _at_midnight(right)
        return _distance(one.local, one.offset, other.local, other.offset)
    return undefined(f"cannot subtract {kind(right)} from {kind(left)}")


_MOST_NANOS, _MOST_MONTHS = 10**33, 10**20  # of a duration; longer than any that a text can say


def _nanoseconds(nanos: int) -> object:
    return DaysTimeDuration(nanos) if abs(nanos) <= _MOST_NANOS else undefined("the result is too long for a duration")


def _months(months: int) -> object:
    if abs(months) <= _MOST_MONTHS:
        return YearsMonthsDuration(months)
    return undefined("the result is too long for a duration")


def _at_midnight(value: Date | DateTime) -> DateTime:
    """A date among dates with times is its midnight in UTC."""
    return DateTime(value.days, 0, 0, 0) if isinstance(value, Date) else value


def _distance(left: int, left_offset: int | None, right: int, right_offset: int | None) -> object:
    if (left_offset is None) is not (right_offset is None):
        return undefined("one of the two has a time zone or offset, the other has none")
    return DaysTimeDuration(left - right - ((left_offset or 0) - (right_offset or 0)) * SECOND)


def _shift(value: object, nanos: int) -> object:
    """A point in time, or a duration, moved by a number of nanoseconds."""
    if isinstance(value, DaysTimeDuration):
        return _nanoseconds(value.nanos + nanos)
    if isinstance(value, DateTime):
        moved = from_instant(value.instant + nanos, value.zone)
        return moved if moved is not None else undefined("the result is past the last year of the calendar")
    if isinstance(value, Date):
        date = date_of_days((value.days * DAY + nanos) // DAY)
        return date if date is not None else undefined("the result is past the last year of the calendar")
    if isinstance(value, Time):
        return Time((value.nanos + nanos) % DAY, value.zone)
    return undefined(f"cannot add a days and time duration to {kind(value)}")


def _shift_months(value: object, months: int) -> object:
    if isinstance(value, YearsMonthsDuration):
        return _months(value.months + months)
    if isinstance(value, Date | DateTime):
        date = add_months(value if isinstance(value, Date) else value.date, months)
        if date is None:
            return undefined("the result is past the last year of the calendar")
        return date if isinstance(value, Date) else date_time(date.days, value.nanos, value.zone)
    return undefined(f"cannot add a years and months duration to {kind(value)}")


def multiply(left: object, right: object) -> object:
    """`left * right`"""
    if type(left) is float and type(right) is float and (product := left * right) - product == 0.0:
        return product
    if left is None or right is None:
        return None
    a, b = number_of(left), number_of(right)
    if a is not None and b is not None:
        return finite(a * b)
    if b is not None:
        return _scale(left, _exactly(b))
    if a is not None:
        return _scale(right, _exactly(a))
    return undefined(f"cannot multiply {kind(left)} by {kind(right)}")


def divide(left: object, right: object) -> object:
    """`left / right`"""
    if type(left) is float and type(right) is float and right and (share := left / right) - share == 0.0:
        return share
    if left is None or right is None:
        return None
    a, b = number_of(left), number_of(right)
    if b is not None:
        if b == 0:
            return undefined("division by zero")
        return finite(a / b) if a is not None else _scale(left, 1 / _exactly(b))
    if isinstance(left, DaysTimeDuration) and isinstance(right, DaysTimeDuration):
        return _ratio(left.nanos, right.nanos)
    if isinstance(left, YearsMonthsDuration) and isinstance(right, YearsMonthsDuration):
        return _ratio(left.months, right.months)
    return undefined(f"cannot divide {kind(left)} by {kind(right)}")


def _ratio(left: int, right: int) -> object:
    if right == 0:
        return undefined("division by a duration of zero")
    try:
        return left / right
    except OverflowError:
        return undefined("the result is too large for a number")


def _exactly(number: float) -> Fraction:
    """The number as it is written: seven tenths of ten days are seven days, and not a nanosecond less."""
    return Fraction(repr(number))


def _scale(value: object, factor: Fraction) -> object:
    """A duration times a number, cut to whole nanoseconds or whole months."""
    if isinstance(value, DaysTimeDuration):
        return _nanoseconds(int(value.nanos * factor))
    if isinstance(value, YearsMonthsDuration):
        return _months(int(value.months * factor))
    return undefined(f"cannot multiply or divide {kind(value)} by a number")


def power(left: object, right: object) -> object:
    """`left ** right`"""
    if left is None or right is None:
        return None
    a, b = number_of(left), number_of(right)
    if a is None or b is None:
        return undefined(f"cannot raise {kind(left)} to the power of {kind(right)}")
    try:
        result = a**b
    except (OverflowError, ZeroDivisionError):
        return undefined("the result is no number")
    return finite(result) if isinstance(result, float) else undefined("the result is no real number")


def negate(value: object) -> object:
    """`-value`"""
    number = number_of(value)
    if number is not None:
        return -number
    if isinstance(value, DaysTimeDuration):
        return DaysTimeDuration(-value.nanos)
    if isinstance(value, YearsMonthsDuration):
        return YearsMonthsDuration(-value.months)
    return None if value is None else undefined(f"cannot negate {kind(value)}")
