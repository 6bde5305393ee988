"""Tallies of many leads: what each event adds, until when it counts, and the values that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns import passes
from rules_engine.batch.columns.coding import NULL, Coding, encode_parts
from rules_engine.batch.columns.conditions import BEYOND, KNOWN, TRUE, numbers_of, to_micropoints
from rules_engine.batch.columns.prepare import ColumnModel, TallyColumns
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.table import Table
from rules_engine.matching.match import ScoringError
from rules_engine.model.types import Tally
from rules_engine.scoring.amounts import MICRO

Integers = NDArray[np.int64]

_MEASURES = {
    "count": passes.COUNT,
    "sum": passes.SUM,
    "distinct": passes.DISTINCT,
    "latest": passes.LATEST,
    "min": passes.MIN,
    "max": passes.MAX,
}


@dataclass(frozen=True, slots=True)
class TallyRun:
    """A tally of all leads. Values are codes; `decode` makes them values of the language.

    `after`, `before`: per slot, where asked for. `changes`: rows instant, value at which the value between events
    changes, those of lead l from `changes_first[l]` on. `earliest`, `latest`: the first and last matching event (NONE:
    there is none).
    """

    decode: Callable[[Integers], pl.Series]
    empty: int
    after: Integers
    before: Integers
    final: Integers
    earliest: Integers
    latest: Integers
    changes_first: Integers
    changes: Integers

    def without_slots(self) -> TallyRun:
        """What results read of it."""
        nothing = np.zeros(0, dtype=np.int64)
        return replace(self, after=nothing, before=nothing)


def run_tallies(
    model: ColumnModel, tables: Sequence[Table], slots: Slots, as_of: Integers, at_events: frozenset[str]
) -> Mapping[str, TallyRun]:
    """All tallies over events. `at_events` are those whose values at events are wanted."""
    dynamic = model.prepared.dynamic_tallies
    return {
        name: _run(model, tally, tables, slots, as_of, name in at_events, name in dynamic)
        for name, tally in model.model.tallies.items()
        if tally.stage is None
    }


def _run(
    model: ColumnModel,
    tally: Tally,
    tables: Sequence[Table],
    slots: Slots,
    as_of: Integers,
    every_slot: bool,
    changes: bool,
) -> TallyRun:
    hit = np.zeros(slots.size, dtype=np.bool_)
    payload = np.full(slots.size, NULL, dtype=np.int64)
    parts = [
        (k, found)
        for k, kind in enumerate(model.types)
        for found in kind.tallies
        if found.tally.name == tally.name and tables[k].height
    ]
    worth, coding = _payloads(model, tally, tables, parts)
    for (k, found), own in zip(parts, worth, strict=True):
        rows = slots.rows_of(k)
        matches = np.ones(len(rows), dtype=np.bool_) if found.when is None else found.when(tables[k])[rows] == TRUE
        hit[slots.of_kind(k)] = matches
        payload[slots.of_kind(k)] = own[rows]
    if tally.measure == "sum":
        _refuse_large(tally, payload)
    after, before, final, earliest, latest, changes_first, rows = passes.tally(
        slots.first,
        slots.at,
        hit,
        payload,
        slots.ends(tally.within, tally.per),
        _MEASURES[tally.measure],
        coding.count if coding is not None else 0,
        as_of,
        every_slot,
        changes,
    )
    empty = 0 if tally.measure in ("count", "sum", "distinct") else NULL
    return TallyRun(_decoder(tally, coding), empty, after, before, final, earliest, latest, changes_first, rows)


def _payloads(
    model: ColumnModel, tally: Tally, tables: Sequence[Table], parts: list[tuple[int, TallyColumns]]
) -> tuple[list[Integers], Coding | None]:
    """What each row of each type adds. Codes are those of all types together."""
    if tally.of is None:
        return [np.zeros(tables[k].height, dtype=np.int64) for k, _ in parts], None
    wanted = [(model.types[k].compiler, found.of, tables[k]) for k, found in parts if found.of is not None]
    if tally.measure == "sum":
        return [
            compiler.run(program, table, lambda column: _micro(tally, numbers_of(column)))
            for compiler, program, table in wanted
        ], None
    if not wanted:
        return [], None
    return encode_parts(
        [compiler.few(program, table) for compiler, program, table in wanted],
        ordered=tally.measure in ("min", "max"),
        small=tally.measure == "distinct",
    )


def _refuse_large(tally: Tally, payload: Integers) -> None:
    """Sums are whole numbers of 64 bits; what could be more is refused, not wrong."""
    if float(np.abs(np.where(payload == NULL, 0, payload).astype(np.float64)).sum()) > 9e18:
        raise ScoringError(f'Tally "{tally.name}": its sum can go beyond 9,000,000,000,000')


def _micro(tally: Tally, numbers: NDArray[np.float64]) -> Integers:
    amounts = to_micropoints(numbers)
    if (amounts.state == BEYOND).any():
        raise ScoringError(f'Tally "{tally.name}": a value is beyond the limit of 9,000,000,000,000')
    return np.where(amounts.state == KNOWN, amounts.micropoints, NULL)


def _decoder(tally: Tally, coding: Coding | None) -> Callable[[Integers], pl.Series]:
    if tally.measure == "sum":
        return _points
    if tally.measure in ("count", "distinct"):
        return lambda codes: pl.Series(codes.astype(np.float64), dtype=pl.Float64)
    if coding is None:
        return lambda codes: pl.Series([None], dtype=pl.Null).new_from_index(0, len(codes))
    return coding.decode


def _points(codes: Integers) -> pl.Series:
    """Micro-units as numbers: the double nearest to the exact quotient."""
    if len(codes) and np.abs(codes).max() >= 2**53:
        return pl.Series([code / MICRO for code in codes.tolist()], dtype=pl.Float64)
    return pl.Series(codes / MICRO, dtype=pl.Float64)
