"""A live lead as bytes: versioned, compact, and independent of the machine.

Four letters, then, deflated: the layout, the lengths of all that follows, a JSON text (names and values), and whole
numbers: the columns of the walk, then those of the fold (see `fold_cells`). No code can hide in it. `LAYOUT` tells what
is written, so that bytes of another layout are refused and not misread.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from hashlib import sha256
from struct import Struct, error
from typing import Any

from rules_engine.records import dataclass
from rules_engine.result.fold_cells import COLUMNS as FOLD_COLUMNS

FAMILY, MAGIC = b"LRS", b"LRS2"
_EFFORT = 1  # of zlib: three times as fast as its usual 6, and 7 % larger
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
)
COLUMNS = (
    *WALK_COLUMNS,
    "walk",  # begin, at, visit_start, last_event, events
    "ids",  # when each was met
    "gate_holds",
    "amounts",  # of standing rules
    "verdicts",  # 1, 0, -1 for unknown
    "effects",
    "tallies",  # of each tally: first and last event, how many count, how many are held
    "held_at",
)
LAYOUT = sha256(repr((MAGIC, FOLD_COLUMNS, COLUMNS)).encode()).digest()[:8]
_LENGTHS = Struct(f"<{len(COLUMNS) + 2}I")  # of the text, of each column, and of the fold's numbers
_HEAD = len(LAYOUT) + _LENGTHS.size


class UnreadableState(ValueError):  # noqa: N818 - what it is, not a fault of the program
    """Bytes that are no state of a lead, are damaged, or are of another layout: rebuild the lead from its history."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is written: `values` (JSON, FEEL values stored), columns of whole numbers by name, and the fold's numbers.

    Before the first event there are no columns but ids.
    """

    values: list[Any]
    columns: dict[str, list[int]]
    fold: array[int]


def pack(stored: Stored) -> bytes:
    """The bytes of a lead."""
    text = json.dumps(stored.values, separators=(",", ":")).encode()
    lengths, whole = [len(text)], list[int]()
    for name in COLUMNS:
        column = stored.columns.get(name, ())
        lengths.append(len(column))
        whole.extend(column)
    numbers = array("q", whole) + stored.fold
    if sys.byteorder == "big":
        numbers.byteswap()
    head = LAYOUT + _LENGTHS.pack(*lengths, len(stored.fold))
    return MAGIC + zlib.compress(b"".join((head, text, numbers.tobytes())), _EFFORT)


def unpack(data: bytes) -> Stored:
    """What `pack` was given. Raises `UnreadableState`."""
    if data[:3] != FAMILY:
        raise UnreadableState("these bytes are no state of a lead; rebuild the lead from its history")
    try:
        plain = zlib.decompress(data[4:])
        if data[:4] != MAGIC or plain[: len(LAYOUT)] != LAYOUT:
            raise UnreadableState(
                "this state was written by another version of the package; rebuild the lead from its history"
            )
        text, *lengths = _LENGTHS.unpack_from(plain, len(LAYOUT))
        numbers = array("q", plain[_HEAD + text :])
        if sys.byteorder == "big":
            numbers.byteswap()
        if len(numbers) != sum(lengths):
            raise damaged()
        at = len(numbers) - lengths.pop()
        whole, columns, begin = numbers[:at].tolist(), {}, 0
        for name, length in zip(COLUMNS, lengths, strict=True):
            columns[name] = whole[begin : begin + length]
            begin += length
        return Stored(json.loads(plain[_HEAD : _HEAD + text]), columns, numbers[at:])
    except (zlib.error, error, ValueError, KeyError, TypeError, IndexError) as fault:
        if isinstance(fault, UnreadableState):
            raise
        raise damaged() from fault


def damaged() -> UnreadableState:
    """What is said of bytes that cannot be what was written."""
    return UnreadableState("the state of this lead is damaged; rebuild the lead from its history")
