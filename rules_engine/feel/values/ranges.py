"""A range of numbers, texts, dates, times or durations."""

from __future__ import annotations

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """`[1..5)`. An end of None is open to all values on that side, as in `(> 5)`."""

    low: object
    high: object
    low_closed: bool
    high_closed: bool
