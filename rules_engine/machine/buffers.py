"""Lists as buffers: what the kernel appends to and its heap, over arrays whose lengths stand in `cells`.

What is put into a full buffer is lost, and `cells[FULL]` says so: the lead is folded again with more room.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from rules_engine.machine.layout import FULL, HEAP, HEAP_SIZE
from rules_engine.scoring.state import Pending

Array: TypeAlias = Any

WIDTH = 8  # numbers of something pending
REST = 6  # those that do not order it
PLACE_BITS, CLASS_BITS = 30, 61
PLACE = (1 << PLACE_BITS) - 1
SEQUENCE = (1 << CLASS_BITS - PLACE_BITS) - 1


def put_5(cells: Array, buffer: Array, length: int, a: int, b: int, c: int, d: int, e: int) -> None:
    """Appends five numbers to a buffer that is wanted."""
    n = cells[length]
    if n + 5 > cells[length + 1]:
        cells[FULL] |= cells[length + 1] > 0
        return
    buffer[n] = a
    buffer[n + 1] = b
    buffer[n + 2] = c
    buffer[n + 3] = d
    buffer[n + 4] = e
    cells[length] = n + 5


def put_8(
    cells: Array, buffer: Array, length: int, a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int
) -> None:
    """Appends eight numbers to a buffer that is wanted."""
    n = cells[length]
    if n + 8 > cells[length + 1]:
        cells[FULL] |= cells[length + 1] > 0
        return
    buffer[n] = a
    buffer[n + 1] = b
    buffer[n + 2] = c
    buffer[n + 3] = d
    buffer[n + 4] = e
    buffer[n + 5] = f
    buffer[n + 6] = g
    buffer[n + 7] = h
    cells[length] = n + 8


# What is pending: a heap of two numbers each, the instant and what orders things within one (class, sequence, and where
# the rest of it is); then the rest, six numbers each. Behind the end of the heap stand the places that are free.


def row_of(cells: Array, heap: Array, n: int) -> Pending:
    """The n-th of what is pending."""
    order = heap[2 * n + 1]
    at = 2 * cells[HEAP_SIZE] + REST * (order & PLACE)
    return (
        heap[2 * n],
        order >> CLASS_BITS,
        (order >> PLACE_BITS) & SEQUENCE,
        heap[at],
        heap[at + 1],
        heap[at + 2],
        heap[at + 3],
        heap[at + 4],
        heap[at + 5],
    )


def push(cells: Array, heap: Array, pending: Pending) -> None:
    """`heappush` into a buffer."""
    n = cells[HEAP]
    if n >= cells[HEAP_SIZE]:
        cells[FULL] = 1
        return
    cells[HEAP] = n + 1
    place = heap[2 * n + 1] & PLACE
    at = 2 * cells[HEAP_SIZE] + REST * place
    heap[at], heap[at + 1], heap[at + 2] = pending[3], pending[4], pending[5]
    heap[at + 3], heap[at + 4], heap[at + 5] = pending[6], pending[7], pending[8]
    t = pending[0]
    order = (pending[1] << CLASS_BITS) | (pending[2] << PLACE_BITS) | place
    while n > 0:
        parent = (n - 1) >> 1
        if heap[2 * parent] < t or (heap[2 * parent] == t and heap[2 * parent + 1] < order):
            break
        heap[2 * n], heap[2 * n + 1] = heap[2 * parent], heap[2 * parent + 1]
        n = parent
    heap[2 * n], heap[2 * n + 1] = t, order


def pop(cells: Array, heap: Array) -> None:
    """`heappop` from a buffer."""
    place = heap[1] & PLACE
    size = cells[HEAP] - 1
    cells[HEAP] = size
    _sink(heap, size, heap[2 * size], heap[2 * size + 1])
    heap[2 * size + 1] = place


def replace(cells: Array, heap: Array, pending: Pending) -> None:
    """`heapreplace` in a buffer."""
    place = heap[1] & PLACE
    at = 2 * cells[HEAP_SIZE] + REST * place
    heap[at], heap[at + 1], heap[at + 2] = pending[3], pending[4], pending[5]
    heap[at + 3], heap[at + 4], heap[at + 5] = pending[6], pending[7], pending[8]
    _sink(heap, cells[HEAP], pending[0], (pending[1] << CLASS_BITS) | (pending[2] << PLACE_BITS) | place)


def _sink(heap: Array, size: int, t: int, order: int) -> None:
    """Puts something in the place of the first of so many."""
    n = 0
    child = 1
    while child < size:
        other = child + 1
        if other < size and (
            heap[2 * other] < heap[2 * child]
            or (heap[2 * other] == heap[2 * child] and heap[2 * other + 1] < heap[2 * child + 1])
        ):
            child = other
        if t < heap[2 * child] or (t == heap[2 * child] and order < heap[2 * child + 1]):
            break
        heap[2 * n], heap[2 * n + 1] = heap[2 * child], heap[2 * child + 1]
        n = child
        child = 2 * n + 1
    heap[2 * n], heap[2 * n + 1] = t, order
