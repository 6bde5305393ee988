"""Small numbers for distinct values, compiled. It stands alone because of numba's cache on disk, like `mark_pass`."""

from __future__ import annotations

import numpy as np

from rules_engine.batch.columns.passes import Array, compiled


@compiled
def dense(codes: Array, total: int) -> tuple[Array, Array]:
    """A row that has each distinct code (below `total`), and the place of each row's code among them."""
    place_of = np.full(total, -1, np.int32)
    places = np.empty(len(codes), np.int32)
    rows = np.empty(min(total, len(codes)), np.int64)
    count = 0
    for n in range(len(codes)):
        place = place_of[codes[n]]
        if place < 0:
            place = count
            place_of[codes[n]] = place
            rows[place] = n
            count += 1
        places[n] = place
    return rows[:count].copy(), places


@compiled
def places(codes: Array, place_of: Array) -> tuple[Array, bool]:
    """The place of each row's code, and whether all have one."""
    found = np.empty(len(codes), np.int32)
    for n in range(len(codes)):
        found[n] = place_of[codes[n]] if codes[n] < len(place_of) else -1
        if found[n] < 0:
            return found, False
    return found, True
