"""All events of a bucket that count, in the order of the language. A *slot* is a place in that order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import passes
from rules_engine.batch.columns.order import Ordered
from rules_engine.batch.columns.periods import Windows
from rules_engine.matching.calendar import Period
from rules_engine.records import dataclass

Integers = NDArray[np.int64]
Rows = NDArray[np.int32]
_NONE: Rows = np.zeros(0, dtype=np.int32)


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

    def __init__(self, ordered: Ordered, kinds: int, visit_gap: int, windows: Windows) -> None:
        self.first, self.at, self.kind = ordered.first, ordered.at, ordered.kind
        kind_first, *columns, self.row = passes.by_kind(ordered.first, ordered.kind, ordered.row, kinds)
        self._of_type = [EventsOfType(*(column[a:b] for column in columns)) for a, b in pairwise(kind_first.tolist())]
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

    def in_order(self, parts: Mapping[int, Rows], *columns: NDArray[Any]) -> list[NDArray[Any]]:
        """The slots of some events of several types, rising in each, as all of them rise; and columns that go along,
        of as many rows or of none."""
        of_type = [parts.get(k, _NONE) for k in range(len(self._of_type))]
        slots = np.concatenate([_NONE, *of_type])
        together = [slots, *columns]
        if sum(len(part) > 0 for part in of_type) <= 1:
            return together
        if len(slots) == self.size and not any(len(column) for column in columns):
            return [np.arange(self.size, dtype=np.int32), *columns]
        order = passes.in_order(slots, self.size)
        return [column[order] if len(column) else column for column in together]

    def starts(self, period: Period) -> Integers:
        """Where the days, weeks or months around events begin, and where the last of them ends."""
        if period not in self._starts:
            self._starts[period] = self._windows.starts(self.at, period)
        return self._starts[period]
