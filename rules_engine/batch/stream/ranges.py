"""Events put into ranges of leads, compiled: one count, one visit."""

from __future__ import annotations

import numpy as np

from rules_engine.batch.columns.passes import Array, compiled


@compiled
def by_range(row: Array, at: Array, leads: int, ranges: int) -> tuple[Array, Array, Array, Array]:
    """Where each range of `leads` leads begins, and range by range, else in the order given: the row of the lead
    within its range, the instant, and the place of each event."""
    first = np.zeros(ranges + 1, np.int64)
    range_of = np.empty(len(row), np.uint32)
    for n in range(len(row)):
        own = row[n] // np.uint32(leads)
        range_of[n] = own
        first[own + 1] += 1
    for n in range(ranges):
        first[n + 1] += first[n]
    room = first[:-1].copy()
    lead = np.empty(len(row), np.int32)
    instant = np.empty(len(row), np.int64)
    place = np.empty(len(row), np.uint32)
    for n in range(len(row)):
        to = room[range_of[n]]
        room[range_of[n]] += 1
        lead[to] = row[n] - range_of[n] * np.uint32(leads)
        instant[to] = at[n]
        place[to] = n
    return first, lead, instant, place
