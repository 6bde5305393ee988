"""Where the local days, weeks and months around instants begin, for whole columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules_engine.matching.calendar import Calendar, Period

Integers = NDArray[np.int64]
_DAY = 86_400_000_000


MOST = 100_000  # days, all of whose windows are made one after the other


def starts(calendar: Calendar, at: Integers, period: Period) -> Integers:
    """Where the windows around these instants begin, as `Calendar.window` has them, rising; last, where they end.

    Where instants lie centuries apart, what lies between two windows counts as one.
    """
    if len(at) == 0:
        return np.array([0, 1], dtype=np.int64)
    first, last = int(at.min()), int(at.max())
    if (last - first) // _DAY <= MOST:
        return _from_to(calendar, first, last, period)
    days = np.unique(at // _DAY) * _DAY
    own = [_from_to(calendar, max(day, first), min(day + _DAY - 1, last), period) for day in days.tolist()]
    return np.unique(np.concatenate(own))


def _from_to(calendar: Calendar, first: int, last: int, period: Period) -> Integers:
    begin, end = calendar.window(first, period)
    found = [begin, end]
    while found[-1] <= last:
        found.append(calendar.window(found[-1], period)[1])
    return np.array(found, dtype=np.int64)
