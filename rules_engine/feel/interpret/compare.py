"""Equality and order of values: tables 53 and 54 of the standard.

Values of different kinds neither equal nor differ: the answer is null. Only null itself compares with everything.
"""

from __future__ import annotations

from typing import Any, TypeVar

from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import charge, within_budget
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration
from rules_engine.feel.values.calendar import SECOND

T = TypeVar("T")

_MOST_NESTED = 100


def equal(left: object, right: object, depth: int = 0) -> bool | None:
    """`left = right`"""
    if left is None or right is None:
        return left is right
    a, b = type(left), type(right)
    if a is b and (a is float or a is str or a is bool):
        return left == right
    if isinstance(left, str):
        return left == right if isinstance(right, str) else _misfit("=", left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left == right if a is b else _misfit("=", left, right)
    if isinstance(left, float | int):
        return left == right if isinstance(right, float | int) else _misfit("=", left, right)
    if a is not b:
        return _misfit("=", left, right)
    if isinstance(left, list) and isinstance(right, list):
        if left is right or depth:
            return left is right or _equal_lists(left, right, depth)
        return within_budget(lambda: _equal_lists(left, right, 0))
    if isinstance(left, dict) and isinstance(right, dict):
        if left is right or depth:
            return left is right or _equal_contexts(left, right, depth)
        return within_budget(lambda: _equal_contexts(left, right, 0))
    if isinstance(left, DateTime | Time) and isinstance(right, DateTime | Time):
        aligned = _aligned(left, right)
        return _one_is_local("=") if aligned is None else aligned[0] == aligned[1]
    if isinstance(left, Range) and isinstance(right, Range):
        return (
            left.low_closed is right.low_closed
            and left.high_closed is right.high_closed
            and equal(left.low, right.low) is True
            and equal(left.high, right.high) is True
        )
    return left == right


def _equal_lists(left: list[object], right: list[object], depth: int) -> bool | None:
    if len(left) != len(right):
        return False
    if depth > _MOST_NESTED:
        return undefined("the lists are nested too deeply to compare")
    charge(len(left))
    return all(equal(a, b, depth + 1) is True for a, b in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, object], right: dict[str, object], depth: int) -> bool | None:
    if left.keys() != right.keys():
        return False
    if depth > _MOST_NESTED:
        return undefined("the contexts are nested too deeply to compare")
    charge(len(left))
    return all(equal(value, right[key], depth + 1) is True for key, value in left.items())


def _aligned(left: DateTime | Time, right: DateTime | Time) -> tuple[int, int] | None:
    """Both as nanoseconds that compare, None where only one of them is local."""
    if left.zone is None or right.zone is None:
        return (_local(left), _local(right)) if left.zone is right.zone else None
    return _local(left) - (left.offset or 0) * SECOND, _local(right) - (right.offset or 0) * SECOND


def _local(value: DateTime | Time) -> int:
    return value.local if isinstance(value, DateTime) else value.nanos


def order(left: object, right: object) -> int | None:
    """-1, 0 or 1 as `left` comes before, with or after `right`; null where there is no order between them."""
    if left is None or right is None:
        return None
    if type(left) is DaysTimeDuration and type(right) is DaysTimeDuration:
        return (left.nanos > right.nanos) - (left.nanos < right.nanos)
    if isinstance(left, bool) or isinstance(right, bool):
        return _misfit("<", left, right)
    if isinstance(left, float | int) and isinstance(right, float | int):
        return (left > right) - (left < right)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if type(left) is type(right):
        if isinstance(left, DateTime | Time) and isinstance(right, DateTime | Time):
            aligned = _aligned(left, right)
            if aligned is None:
                return _one_is_local("<")
            return (aligned[0] > aligned[1]) - (aligned[0] < aligned[1])
        if isinstance(left, Date | DaysTimeDuration | YearsMonthsDuration):
            one_value: Any = left
            return int(one_value > right) - int(one_value < right)
    return _misfit("<", left, right)


def _one_is_local(op: str) -> T | None:
    what = "whether they are equal" if op == "=" else "which is earlier"
    return undefined(f"one has a time zone and the other has none, so nobody knows {what}")


def _misfit(op: str, left: object, right: object) -> T | None:
    what = "cannot compare {} with {}" if op == "=" else "no order of {} and {}"
    return undefined(what.format(kind(left), kind(right)))


def not_equal(left: object, right: object) -> bool | None:
    """`left != right`"""
    same = equal(left, right)
    return None if same is None else not same


def less(left: object, right: object) -> bool | None:
    """`left < right`"""
    found = order(left, right)
    return None if found is None else found < 0


def less_or_equal(left: object, right: object) -> bool | None:
    """`left <= right`"""
    found = order(left, right)
    return None if found is None else found <= 0


def greater(left: object, right: object) -> bool | None:
    """`left > right`"""
    found = order(left, right)
    return None if found is None else found > 0


def greater_or_equal(left: object, right: object) -> bool | None:
    """`left >= right`"""
    found = order(left, right)
    return None if found is None else found >= 0


def in_range(value: object, bounds: Range) -> bool | None:
    """`value in bounds`: null where the value has no order with an end."""
    low = high = True if bounds.low is not None or bounds.high is not None else None
    if bounds.low is not None:
        low = greater_or_equal(value, bounds.low) if bounds.low_closed else greater(value, bounds.low)
    if bounds.high is not None:
        high = less_or_equal(value, bounds.high) if bounds.high_closed else less(value, bounds.high)
    if low is False or high is False:
        return False
    return None if low is None or high is None else True
