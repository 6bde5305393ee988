"""The law of decay: a number of business days as an age in calendar days.

A law is one table for all awards, so it cannot know on which day an award was made. For n business days it takes an age
after which at least n business days have passed for every award made in the years below (`wait: longest`), or for half
of the days on which one can be made (`wait: usual`). The table is the same each time it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

from rules_business_days import calendar

DAY = 86_400_000_000  # microseconds
MOST_STEPS = 400
YEARS = (2015, 2035)
LEAST_HALVINGS = 20  # 2^-20 is less than a millionth: nothing remains


def table(parameters: Mapping[str, Any]) -> Sequence[tuple[int, float]]:
    """Steps (age in microseconds, what remains), at most 400. A `ValueError` says what does not fit."""
    country, region = parameters["country"], parameters.get("region")
    days = calendar.of(country, region)
    if days is None:
        where = f"{country}, {region}" if region else country
        raise ValueError(f"no public holidays are known for {where}")
    ages = _Ages(days, parameters.get("wait", "longest"))
    return [(ages.of(count) * DAY, weight) for count, weight in _steps(parameters)]


def _steps(parameters: Mapping[str, Any]) -> list[tuple[int, float]]:
    """(business days, what remains)"""
    if "ends_after" in parameters:
        return [(parameters["ends_after"], 0.0)]
    if "left_after" in parameters:
        return sorted((int(count), float(weight)) for count, weight in parameters["left_after"].items())
    half = parameters["half_after"]
    stride = ceil(half * LEAST_HALVINGS / MOST_STEPS)
    last = half * LEAST_HALVINGS // stride
    weights = [(stride * step, 2.0 ** (-stride * step / half)) for step in range(1, last)]
    return [*weights, (stride * last, 0.0)]


class _Ages:
    """Ages in whole days for numbers of business days."""

    def __init__(self, days: calendar.Days, wait: str) -> None:
        self._days = days
        self._wait = wait
        first, last = date(YEARS[0], 1, 1), date(YEARS[1], 12, 31)
        self._starts = range(first.toordinal(), last.toordinal() + 1)
        self._counts = [days.count(date.fromordinal(start)) for start in self._starts]

    def of(self, count: int) -> int:
        """The age for so many business days."""
        ordinals = self._days.ordinals
        if self._counts[-1] + count > len(ordinals):
            raise ValueError(f"{count} business days lead past the year {calendar.LAST_YEAR}")
        ages = [ordinals[passed + count - 1] - start for passed, start in zip(self._counts, self._starts, strict=True)]
        return max(ages) if self._wait == "longest" else sorted(ages)[len(ages) // 2]
