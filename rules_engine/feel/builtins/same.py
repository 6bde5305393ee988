"""Sameness of values, for `is()`, and sets of values that are equal to FEEL."""

from __future__ import annotations

from collections.abc import Hashable

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.compare import equal
from rules_engine.feel.interpret.reasons import kind
from rules_engine.feel.interpret.scope import charge
from rules_engine.feel.limits import MAX_STEPS
from rules_engine.feel.values import Date, DaysTimeDuration, YearsMonthsDuration

_MOST_NESTED = 100


def same_value(one: object, other: object, depth: int = 0) -> bool:
    """The same element of the semantic domain: equal, of one kind, and with the same offset or zone."""
    if kind(one) != kind(other) or depth > _MOST_NESTED:
        return False
    if isinstance(one, list) and isinstance(other, list):
        charge(len(one))
        return len(one) == len(other) and all(same_value(a, b, depth + 1) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        charge(len(one))
        return one.keys() == other.keys() and all(
            same_value(value, other[key], depth + 1) for key, value in one.items()
        )
    return one == other


class Distinct:
    """Values already seen, by FEEL's `=`. Plain values are found at once, others by comparing with each."""

    def __init__(self) -> None:
        self._plain: set[Hashable] = set()
        self._others: list[object] = []
        self._work = 0

    def add(self, value: object) -> bool:
        """Adds a value; False if an equal one is there."""
        if value is None or isinstance(value, bool | str | float | int | Date | DaysTimeDuration | YearsMonthsDuration):
            key = (kind(value), value)
            if key in self._plain:
                return False
            self._plain.add(key)
            return True
        self._work += len(self._others)
        if self._work > MAX_STEPS:
            raise FeelLimitError(f"More than {MAX_STEPS:,} comparisons to find equal values in a list.", code="RE312")
        if any(equal(value, other) is True for other in self._others):
            return False
        self._others.append(value)
        return True
