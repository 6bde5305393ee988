"""All events of a bucket that count, in the order of the language. A *slot* is a place in that order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns.order import Ordered, Rows
from rules_engine.batch.columns.periods import Windows
from rules_engine.matching.calendar import Period
from rules_engine.records import dataclass

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventsOfType:
    """The events of one type that count, in their order: their slots, leads, and rows in the table that was given."""

    slots: Rows
    leads: Rows
    rows: Rows


class Slots:
    """The ordered events. Those of each type make a table, in their order.

    `longest` is how many events a lead has at most.
    """

    def __init__(self, ordered: Ordered, visit_gap: int, windows: Windows) -> None:
        self.first, self.at, self.kind = ordered.first, ordered.at, ordered.kind
        columns = (ordered.slots, ordered.leads, ordered.rows)
        self._of_type = [
            EventsOfType(*(column[a:b] for column in columns)) for a, b in pairwise(ordered.kind_first.tolist())
        ]
        self.visit_gap = visit_gap
        self.longest = int(np.diff(self.first).max(initial=0))
        self._windows = windows
        self._starts: dict[Period, Integers] = {}

    @property
    def size(self) -> int:
        return len(self.at)

    def of_type(self, k: int) -> EventsOfType:
        """The events of one type."""
        return self._of_type[k]

    def starts(self, period: Period) -> Integers:
        """Where the days, weeks or months around events begin, and where the last of them ends."""
        if period not in self._starts:
            self._starts[period] = self._windows.starts(self.at, period)
        return self._starts[period]
