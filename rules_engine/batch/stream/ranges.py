"""Events put into ranges of leads, compiled: one count, one visit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns.passes import ONE, Array, compiled, inlined


def by_range(
    row: NDArray[np.uint32],
    at: NDArray[np.int64],
    leads: int,
    first: NDArray[np.int64],
    lead: NDArray[Any],
    instant: NDArray[np.int64],
    place: NDArray[np.uint32],
) -> None:
    """Finds where each range of `leads` leads begins (`first`, zeros at the outset, one longer than there are ranges)
    and, range by range and else in the order given, the row of the lead within its range (of 16 bits or 32), the
    instant and the place of each event."""
    count_ranges(row, leads, first)
    put = put_narrow if lead.dtype == np.uint16 else put_wide
    put(row, at, leads, first[:-1].copy(), lead.view(f"u{lead.dtype.itemsize}"), instant, place)


@compiled("u4[] row, i8 leads, i8[] first")
def count_ranges(row: Array, leads: int, first: Array) -> None:
    """Where each range begins."""
    size = np.uint32(leads)
    for n in range(len(row)):
        first[np.uint64(row[n] // size) + ONE] += 1
    for n in range(len(first) - 1):
        first[n + 1] += first[n]


@inlined
def _put(row: Array, at: Array, leads: int, room: Array, lead: Array, instant: Array, place: Array) -> None:
    size = np.uint32(leads)
    for n in range(len(row)):
        own = row[n] // size
        to = np.uint64(room[own])
        room[own] += 1
        lead[to] = row[n] - own * size
        instant[to] = at[n]
        place[to] = n


@compiled("u4[] row, i8[] at, i8 leads, i8[] room, u2[] lead, i8[] instant, u4[] place")
def put_narrow(row: Array, at: Array, leads: int, room: Array, lead: Array, instant: Array, place: Array) -> None:
    """Puts each event where the next one of its range is to go (`room`)."""
    _put(row, at, leads, room, lead, instant, place)


@compiled("u4[] row, i8[] at, i8 leads, i8[] room, u4[] lead, i8[] instant, u4[] place")
def put_wide(row: Array, at: Array, leads: int, room: Array, lead: Array, instant: Array, place: Array) -> None:
    """The same for large ranges."""
    _put(row, at, leads, room, lead, instant, place)
