"""Where the local days, weeks and months around instants begin, for whole columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules_engine.matching.calendar import Calendar, Period

Integers = NDArray[np.int64]
_DAY = 86_400_000_000


MOST = 100_000  # days, all of whose windows are made one after the other


class Windows:
    """The windows of a calendar; those that were asked for are kept. Threads may share it."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[Period, Integers] = {}

    def starts(self, at: Integers, period: Period) -> Integers:
        """Where the windows around these instants begin, as `Calendar.window` has them, rising, perhaps with others
        before and behind; last, where they end.

        Where instants lie centuries apart, what lies between two windows counts as one.
        """
        if len(at) == 0:
            return np.array([0, 1], dtype=np.int64)
        first, last = int(at.min()), int(at.max())
        if (last - first) // _DAY > MOST:
            days = np.unique(at // _DAY) * _DAY
            own = [self._from_to(max(day, first), min(day + _DAY - 1, last), period) for day in days.tolist()]
            return np.unique(np.concatenate(own))
        known = self._known.get(period)
        if known is not None and known[0] <= first and last < known[-1]:
            return known
        if known is not None and (max(last, int(known[-1])) - min(first, int(known[0]))) // _DAY <= MOST:
            first, last = min(first, int(known[0])), max(last, int(known[-1]) - 1)
        self._known[period] = self._from_to(first, last, period)
        return self._known[period]

    def _from_to(self, first: int, last: int, period: Period) -> Integers:
        begin, end = self._calendar.window(first, period)
        found = [begin, end]
        while found[-1] <= last:
            found.append(self._calendar.window(found[-1], period)[1])
        return np.array(found, dtype=np.int64)
