"""The local days, weeks and months that instants lie in, for whole columns."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.matching.calendar import Calendar, Period

Integers = NDArray[np.int64]
_DAY = 86_400_000_000


def windows(calendar: Calendar, at: Integers, period: Period) -> tuple[Integers, Integers]:
    """Begin and end of the window around each instant, as `Calendar.window` gives them."""
    if len(at) == 0:
        return at, at
    starts, ends = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    open_rows = at
    while True:
        # one instant of each UTC day asks the calendar; what another window of that day holds is asked in the next turn
        days = pl.Series(open_rows // _DAY)
        sample = open_rows[days.is_first_distinct().to_numpy()]
        found = np.array([calendar.window(instant, period) for instant in sample.tolist()], dtype=np.int64)
        both = np.unique(np.concatenate([np.stack([starts, ends], axis=1), found]), axis=0)
        starts, ends = both[:, 0].copy(), both[:, 1].copy()
        place = np.searchsorted(starts, at, side="right") - 1
        outside = (place < 0) | (at >= ends[place])
        if not outside.any():
            return starts[place], ends[place]
        open_rows = at[outside]
