"""Events put into ranges of leads, compiled: one count, one visit."""

from __future__ import annotations

import numpy as np

from rules_engine.batch.columns.passes import Array, compiled


@compiled
def by_range(row: Array, at: Array, leads: int, first: Array, lead: Array, instant: Array, place: Array) -> None:
    """Finds where each range of `leads` leads begins (`first`, zeros at the outset, one longer than there are ranges)
    and, range by range and else in the order given, the row of the lead within its range, the instant and the place of
    each event."""
    size = np.uint32(leads)
    for n in range(len(row)):
        first[row[n] // size + 1] += 1
    for n in range(len(first) - 1):
        first[n + 1] += first[n]
    room = first[:-1].copy()
    for n in range(len(row)):
        own = row[n] // size
        to = room[own]
        room[own] = to + 1
        lead[to] = row[n] - own * size
        instant[to] = at[n]
        place[to] = n
