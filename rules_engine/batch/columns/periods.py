"""The local days, weeks and months that instants lie in, for whole columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import passes
from rules_engine.matching.calendar import Calendar, Period

Integers = NDArray[np.int64]
_DAY = 86_400_000_000


MOST = 100_000  # windows that are made one after the other


def windows(calendar: Calendar, at: Integers, period: Period) -> tuple[Integers, Integers]:
    """Begin and end of the window around each instant, as `Calendar.window` gives them."""
    if len(at) == 0:
        return at, at
    first, last = int(at.min()), int(at.max())
    if (last - first) // _DAY > MOST:
        return _of_each(calendar, at, period)
    found = [calendar.window(first, period)]
    while found[-1][1] <= last:
        found.append(calendar.window(found[-1][1], period))
    both = np.array(found, dtype=np.int64)
    starts, ends = both[:, 0].copy(), both[:, 1].copy()
    place = passes.around(starts, at)
    return starts[place], ends[place]


def _of_each(calendar: Calendar, at: Integers, period: Period) -> tuple[Integers, Integers]:
    """The same where instants lie centuries apart: only their own windows are made."""
    distinct, place = np.unique(at, return_inverse=True)
    both = np.array([calendar.window(instant, period) for instant in distinct.tolist()], dtype=np.int64)
    return both[place, 0], both[place, 1]
