"""A live lead as bytes: versioned, compact, and independent of the machine.

Four letters, then, deflated: a JSON text (names and values) with its length, the whole numbers and the doubles of all
columns. No code can hide in it. The columns are those of `Walk` and `State`; `LAYOUT` tells their names, so that bytes
of another layout are refused and not misread.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from dataclasses import fields
from hashlib import sha256
from typing import Any

from rules_engine.matching.stored import from_stored, to_stored
from rules_engine.records import dataclass
from rules_engine.scoring.state import State

MAGIC = b"LRS1"
_PENDING = 9  # numbers in what is pending
_EFFORT = 1  # of zlib: three times as fast as its usual 6, and 7 % larger
_STATE = tuple((column.name, "float" in str(column.type)) for column in fields(State))
WALK_COLUMNS = (
    "types",
    "fired",
    "unknown",
    "reached",
    "ends",
    "gate_until",
    "caps",
    "capped_by",
    "slot_items",
    "slot_uses",
    "slot_room",
)
LAYOUT = sha256(repr((MAGIC, _STATE, WALK_COLUMNS)).encode()).hexdigest()[:8]


class UnreadableState(ValueError):  # noqa: N818 - what it is, not a fault of the program
    """Bytes that are no state of a lead, are damaged, or are of another layout: rebuild the lead from its history."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is written: `values` (JSON once FEEL values are stored), and columns of whole numbers by name."""

    values: dict[str, Any]
    columns: dict[str, list[int]]
    state: dict[str, list[Any]]
    heap: list[tuple[int, ...]]


def pack(stored: Stored) -> bytes:
    """The bytes of a lead."""
    names = sorted(stored.columns)
    whole: list[int] = []
    real: list[float] = []
    lengths: list[int] = []
    for name in names:
        lengths.append(len(stored.columns[name]))
        whole.extend(stored.columns[name])
    for name, is_real in _STATE:
        column = stored.state.get(name, [])
        lengths.append(len(column))
        (real if is_real else whole).extend(column)
    for pending in stored.heap:
        whole.extend(pending)
    head = {"layout": LAYOUT, "names": names, "heap": len(stored.heap), "values": stored.values}
    text = json.dumps(head, separators=(",", ":"), default=to_stored).encode()
    numbers = _bytes_of(array("q", [len(text), len(lengths), *lengths]))
    return MAGIC + zlib.compress(numbers + text + _bytes_of(array("q", whole)) + _bytes_of(array("d", real)), _EFFORT)


def unpack(data: bytes) -> Stored:
    """What `pack` was given. Raises `UnreadableState`."""
    if data[:4] != MAGIC:
        raise UnreadableState("these bytes are no state of a lead; rebuild the lead from its history")
    try:
        return _unpacked(zlib.decompress(data[4:]))
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        if isinstance(error, UnreadableState):
            raise
        raise UnreadableState("the state of this lead is damaged; rebuild the lead from its history") from error


def _unpacked(plain: bytes) -> Stored:
    size, count = _array("q", plain[:16])
    lengths = _array("q", plain[16 : 16 + 8 * count])
    at = 16 + 8 * count
    head = json.loads(plain[at : at + size])
    if head["layout"] != LAYOUT:
        raise UnreadableState(
            "this state was written by another version of the package; rebuild the lead from its history"
        )
    at += size
    names = head["names"]
    reals = sum(n for n, (_, is_real) in zip(lengths[len(names) :], _STATE, strict=True) if is_real)
    whole = _array("q", plain[at : len(plain) - 8 * reals]).tolist()
    real = _array("d", plain[len(plain) - 8 * reals :]).tolist()
    at_whole = at_real = 0
    columns: dict[str, list[int]] = {}
    for name, n in zip(names, lengths, strict=False):
        columns[name] = whole[at_whole : at_whole + n]
        at_whole += n
    state: dict[str, list[Any]] = {}
    for (name, is_real), n in zip(_STATE, lengths[len(names) :], strict=True):
        if is_real:
            state[name] = real[at_real : at_real + n]
            at_real += n
        else:
            state[name] = whole[at_whole : at_whole + n]
            at_whole += n
    heap = [tuple(whole[at_whole + _PENDING * k : at_whole + _PENDING * (k + 1)]) for k in range(head["heap"])]
    if at_whole + _PENDING * len(heap) != len(whole):
        raise UnreadableState("the state of this lead is damaged; rebuild the lead from its history")
    return Stored(head["values"], columns, state, heap)


def _bytes_of(numbers: array[Any]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _array(code: str, data: bytes) -> array[Any]:
    numbers: array[Any] = array(code, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


__all__ = ["Stored", "UnreadableState", "from_stored", "pack", "to_stored", "unpack"]
