"""All events of a bucket in the order of the language. A *slot* is a place in that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import passes, periods
from rules_engine.batch.columns.order import Ordered
from rules_engine.matching.calendar import Calendar

Integers = NDArray[np.int64]
Per = Literal["day", "week", "month", "visit"]


class Slots:
    """The ordered events, and which window each lies in."""

    def __init__(self, ordered: Ordered, kinds: int, visit_gap: int, calendar: Calendar) -> None:
        self.first, self.at, self.kind, self.row = ordered.first, ordered.at, ordered.kind, ordered.row
        self._calendar = calendar
        self._of_kind = [np.flatnonzero(self.kind == k) for k in range(kinds)]
        self._gap = visit_gap
        self._windows: dict[Per, tuple[Integers, Integers]] = {}

    @property
    def size(self) -> int:
        return len(self.at)

    def of_kind(self, k: int) -> Integers:
        """The slots of events of one type."""
        return self._of_kind[k]

    def rows_of(self, k: int) -> Integers:
        """The rows, in the table of that type, of the same events."""
        return self.row[self._of_kind[k]]

    def by_row(self, k: int, height: int, values: Callable[[Integers], Integers], missing: int) -> Integers:
        """What `values` gives for the slots of a type, in the order of the rows of its table."""
        found = np.full(height, missing, dtype=np.int64)
        found[self.rows_of(k)] = values(self._of_kind[k])
        return found

    def window(self, per: Per) -> tuple[Integers, Integers]:
        """Begin and end of the visit, day, week or month that each slot lies in."""
        if per not in self._windows:
            self._windows[per] = (
                passes.visits(self.first, self.at, self._gap)
                if per == "visit"
                else periods.windows(self._calendar, self.at, per)
            )
        return self._windows[per]

    def forget_windows(self) -> None:
        """Makes room once marks are made."""
        self._windows.clear()

    def ends(self, within: int | None, per: Per | None) -> Integers:
        """The instant at which each slot's event stops counting if nothing else happens; FAR for never."""
        if within is not None:
            return self.at + within
        if per is None:
            return np.full(self.size, passes.FAR, dtype=np.int64)
        return self.window(per)[1]
