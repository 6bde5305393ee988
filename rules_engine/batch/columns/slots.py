"""All events of a bucket in the order of the language. A *slot* is a place in that order."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import periods, tally_pass
from rules_engine.batch.columns.order import Ordered
from rules_engine.matching.calendar import Calendar, Period

Integers = NDArray[np.int64]
Per = Literal["day", "week", "month", "visit"]


class Slots:
    """The ordered events, and which window each lies in. `longest` is how many events a lead has at most."""

    def __init__(self, ordered: Ordered, visit_gap: int, calendar: Calendar) -> None:
        self.first, self.at, self.kind, self.row = ordered.first, ordered.at, ordered.kind, ordered.row
        self.visit_gap = visit_gap
        self.longest = int(np.diff(self.first).max(initial=0))
        self._calendar = calendar
        self._of_kinds: dict[frozenset[int], Integers] = {}
        self._starts: dict[Period, Integers] = {}
        self._windows: dict[Per, NDArray[np.int32]] = {}

    @property
    def size(self) -> int:
        return len(self.at)

    def of_kind(self, k: int) -> Integers:
        """The slots of events of one type."""
        return np.flatnonzero(self.kind == k)

    def of_kinds(self, kinds: frozenset[int]) -> Integers:
        """The slots of events of several types, rising."""
        if kinds not in self._of_kinds:
            wanted = np.zeros(int(self.kind.max(initial=0)) + 1, dtype=np.bool_)
            wanted[[k for k in kinds if k < len(wanted)]] = True
            self._of_kinds[kinds] = np.flatnonzero(wanted[self.kind])
        return self._of_kinds[kinds]

    def starts(self, period: Period) -> Integers:
        """Where the days, weeks or months around events begin, and where the last of them ends."""
        if period not in self._starts:
            self._starts[period] = periods.starts(self._calendar, self.at, period)
        return self._starts[period]

    def window(self, per: Per) -> NDArray[np.int32]:
        """The number of the visit, day, week or month that each slot lies in; visits are counted within their lead."""
        if per not in self._windows:
            self._windows[per] = (
                tally_pass.visits(self.first, self.at, self.visit_gap)
                if per == "visit"
                else tally_pass.around(self.starts(per), self.at)
            )
        return self._windows[per]

    def forget_windows(self) -> None:
        """Makes room once marks are made."""
        self._windows.clear()
