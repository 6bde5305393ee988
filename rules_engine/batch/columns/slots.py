"""All events of a bucket that count, in the order of the language. A *slot* is a place in that order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import passes, periods
from rules_engine.batch.columns.order import Ordered
from rules_engine.matching.calendar import Calendar, Period

Integers = NDArray[np.int64]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EventsOfType:
    """The events of one type that count, in their order: their slots, leads, and rows in the table that was given."""

    slots: Rows
    leads: Rows
    rows: Rows


class Slots:
    """The ordered events. Those of each type make a table, in their order; `row` is the row of each slot in its own.

    `longest` is how many events a lead has at most.
    """

    def __init__(self, ordered: Ordered, kinds: int, visit_gap: int, calendar: Calendar) -> None:
        self.first, self.at, self.kind = ordered.first, ordered.at, ordered.kind
        first, *columns, self.row = passes.by_kind(ordered.first, ordered.kind, ordered.row, kinds)
        self._of_type = [EventsOfType(*(column[a:b] for column in columns)) for a, b in pairwise(first.tolist())]
        self.visit_gap = visit_gap
        self.longest = int(np.diff(self.first).max(initial=0))
        self._calendar = calendar
        self._of_several: dict[frozenset[int], Rows] = {}
        self._starts: dict[Period, Integers] = {}

    @property
    def size(self) -> int:
        return len(self.at)

    def of_type(self, k: int) -> EventsOfType:
        """The events of one type."""
        return self._of_type[k]

    def of_types(self, kinds: frozenset[int]) -> Rows:
        """The slots of events of several types, rising."""
        if kinds not in self._of_several:
            if len(kinds) == 1:
                self._of_several[kinds] = self._of_type[min(kinds)].slots
            else:
                wanted = np.zeros(len(self._of_type), dtype=np.int64)
                wanted[list(kinds)] = 1
                size = sum(len(self._of_type[k].slots) for k in kinds)
                self._of_several[kinds] = passes.of_kinds(self.kind, wanted, size)
        return self._of_several[kinds]

    def starts(self, period: Period) -> Integers:
        """Where the days, weeks or months around events begin, and where the last of them ends."""
        if period not in self._starts:
            self._starts[period] = periods.starts(self._calendar, self.at, period)
        return self._starts[period]
