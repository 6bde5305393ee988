"""Tallies of many leads: what each event adds, until when it counts, and the values that come of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns import tally_pass
from rules_engine.batch.columns.coding import NULL, Coding, encode
from rules_engine.batch.columns.conditions import BEYOND, MISSING, TRUE, numbers_of, to_micropoints
from rules_engine.batch.columns.distinct import Indexes
from rules_engine.batch.columns.flat import Flat
from rules_engine.batch.columns.order import Rows
from rules_engine.batch.columns.prepare import ColumnModel, TallyColumns
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.table import Table
from rules_engine.batch.series import series_of
from rules_engine.matching.between import ScoringError
from rules_engine.model.types import Tally
from rules_engine.records import dataclass
from rules_engine.scoring.amounts import MICRO
from rules_engine.scoring.plan import NONE

Integers = NDArray[np.int64]
_Worths: TypeAlias = tuple[Integers, Indexes | None]  # and which of them each row has (None: its own)
_NOTHING: Integers = np.zeros(0, dtype=np.int64)
_NO_ROWS = np.zeros(0, dtype=np.int32)

_MEASURES = {
    "count": tally_pass.COUNT,
    "sum": tally_pass.SUM,
    "distinct": tally_pass.DISTINCT,
    "latest": tally_pass.LATEST,
    "min": tally_pass.MIN,
    "max": tally_pass.MAX,
}


@dataclass(frozen=True, slots=True)
class TallyRun:
    """A tally of all leads. Values are codes; `decode` makes them values of the language.

    `after`: per event type that reads the tally, its value after each event, by the row of the event's table.
    `reached`: per threshold of a rule, the slots, rising, whose events take the value from below it to it or more.
    `changes_at` and `changes`: when the value between events changes and to what, as far as a rule can tell, those of
    lead l from `changes_first[l]` on. `earliest`, `latest`: the first and last matching event (NONE: there is none).
    """

    decode: Callable[[Integers], pl.Series]
    counts: bool  # its values are their own codes: whole numbers from 0
    empty: int
    final: Integers
    earliest: Integers
    latest: Integers
    changes_first: Integers
    changes_at: Integers
    changes: Integers
    after: Mapping[int, Integers]
    reached: Mapping[float, Integers]

    def without_events(self) -> TallyRun:
        """What results read of it."""
        return replace(self, after={}, reached={})


def run_tallies(model: ColumnModel, tables: Sequence[Table], slots: Slots, as_of: Integers) -> dict[str, TallyRun]:
    """All tallies over events, by name."""
    return {
        name: _run(model, tally, tables, slots, as_of)
        for name, tally in model.model.tallies.items()
        if tally.stage is None
    }


def _run(model: ColumnModel, tally: Tally, tables: Sequence[Table], slots: Slots, as_of: Integers) -> TallyRun:
    name, measure = tally.name, _MEASURES[tally.measure]
    empty = 0 if measure <= tally_pass.DISTINCT else NULL
    counted = {
        k: found
        for k, kind in enumerate(model.types)
        for found in kind.tallies
        if found.tally.name == name and tables[k].height
    }
    each_worth, coding = _worths(model, tally, tables, counted)
    reading = [k for k, kind in enumerate(model.types) if name in kind.index.tallies_read]
    plain = not each_worth and all(k in counted and counted[k].when is None for k in reading)
    plain = plain and all(found.when is None for found in counted.values())
    kinds = sorted({*counted, *reading})
    worths, takes = Flat(np.int64), Flat(np.int32)
    sources = np.empty((len(kinds), 3), dtype=np.int64)
    source_of = np.full(len(model.types), -1, dtype=np.int32)
    after_first: dict[int, int] = {}
    room = 0
    for source, k in enumerate(kinds):
        source_of[k] = source
        adds, take = _adds(tables[k], counted.get(k), each_worth.get(k))
        at_take = tally_pass.OF_ROW if take is None else tally_pass.OF_ALL
        if take is not None and take is not tables[k].nowhere:
            at_take = takes.add(take)
        sources[source] = 0 if plain else worths.add(adds), at_take, room if k in reading else -1
        if k in reading:
            after_first[k] = room
            room += tables[k].height
    listed = 2 * sum(tables[k].height for k in kinds) < slots.size or len(kinds) == 1
    own = _rising([slots.of_type(k).slots for k in kinds]) if listed else _NO_ROWS
    size = len(own) if listed else slots.size
    leads = len(as_of)
    final, earliest, latest = (np.full(leads, value, dtype=np.int64) for value in (empty, NONE, NONE))
    dynamic = name in model.prepared.dynamic_tallies
    changes_first = np.zeros(leads + 1, dtype=np.int64)
    changes_at, changes = (np.empty(2 * size if dynamic else 0, dtype=np.int64) for _ in range(2))
    thresholds = sorted({at for kind in model.types for at in kind.index.thresholds.get(name, ())})
    reached = np.empty((len(thresholds), size), dtype=np.int64)
    reaches = np.zeros(len(thresholds), dtype=np.int64)
    values = np.empty(room, dtype=np.int64)
    decode = _decoder(tally, coding)
    form, length, starts = _window(tally, slots)
    beyond = tally_pass.tally(
        slots.first,
        slots.at,
        slots.kind,
        as_of,
        listed,
        own,
        source_of,
        sources,
        worths.array(),
        takes.array(),
        measure,
        form,
        length,
        starts,
        model.classes[name].up_to(slots.longest) if name in model.classes else _NOTHING,
        dynamic,
        np.array([_least(tally, decode, threshold) for threshold in thresholds], dtype=np.int64),
        np.empty((3, slots.longest), dtype=np.int64),
        np.full(coding.count if coding is not None and measure == tally_pass.DISTINCT else 0, -1, dtype=np.int64),
        np.zeros(len(kinds), dtype=np.int64),
        final,
        earliest,
        latest,
        changes_first,
        changes_at,
        changes,
        reached,
        reaches,
        values,
    )
    if beyond != NULL:
        raise _beyond(tally, beyond)
    return TallyRun(
        decode=decode,
        counts=tally.measure in ("count", "distinct"),
        empty=empty,
        final=final,
        earliest=earliest,
        latest=latest,
        changes_first=changes_first,
        changes_at=changes_at[: changes_first[-1]],
        changes=changes[: changes_first[-1]],
        after={k: values[start:][: tables[k].height] for k, start in after_first.items()},
        reached={at: reached[n, : reaches[n]].copy() for n, at in enumerate(thresholds)},
    )


def _rising(parts: Sequence[Rows]) -> Rows:
    """The slots of all parts in order."""
    return parts[0] if len(parts) == 1 else np.sort(np.concatenate([_NO_ROWS, *parts]))


def _adds(table: Table, counted: TallyColumns | None, worths: _Worths | None) -> tuple[Integers, Indexes | None]:
    """What events of a type add (NOT_COUNTED: they do not match), and which of it each row has (None: its own)."""
    if counted is None:
        return np.array([tally_pass.NOT_COUNTED]), table.nowhere
    own, take = worths or (np.zeros(1, dtype=np.int64), table.nowhere)
    if counted.when is None:
        return own, take
    few = counted.when.few(table)
    if few.take is take or take is table.nowhere:
        return np.where(few.outcomes == TRUE, own, tally_pass.NOT_COUNTED), few.take
    own = own if take is None else own.take(take, mode="clip")
    return np.where(few.rows() == TRUE, own, tally_pass.NOT_COUNTED), None


def _window(tally: Tally, slots: Slots) -> tuple[int, int, Integers]:
    """The form of its window, how long that is, and where calendar windows begin."""
    if tally.within is not None:
        return tally_pass.ROLLING, tally.within, _NOTHING
    if tally.per is None:
        return tally_pass.SINGLE, 0, _NOTHING
    if tally.per == "visit":
        return tally_pass.VISIT, slots.visit_gap, _NOTHING
    return tally_pass.CALENDAR, 0, slots.starts(tally.per)


def _worths(
    model: ColumnModel, tally: Tally, tables: Sequence[Table], counted: Mapping[int, TallyColumns]
) -> tuple[dict[int, _Worths], Coding | None]:
    """What the rows of each type add (nothing where events are counted). Codes are those of all types together."""
    wanted = {
        k: model.types[k].compiler.few(found.of, tables[k]) for k, found in counted.items() if found.of is not None
    }
    if not wanted:
        return {}, None
    if tally.measure == "sum":
        return {k: (_micro(numbers_of(values)), take) for k, (values, take) in wanted.items()}, None
    codes, coding = model.codings.of_parts(
        ("tally", tally.name),
        [values for values, _ in wanted.values()],
        ordered=tally.measure in ("min", "max"),
        small=tally.measure == "distinct",
    )
    return {k: (own, take) for (k, (_, take)), own in zip(wanted.items(), codes, strict=True)}, coding


def _micro(numbers: NDArray[np.float64]) -> Integers:
    amounts = to_micropoints(numbers)
    amounts.micropoints[amounts.state == MISSING] = NULL
    amounts.micropoints[amounts.state == BEYOND] = tally_pass.BEYOND
    return amounts.micropoints


def _beyond(tally: Tally, worth: int) -> ScoringError:
    """Sums are whole numbers of 64 bits; what could be more is refused, not wrong."""
    if worth == tally_pass.BEYOND:
        return ScoringError(f'Tally "{tally.name}": a value is beyond the limit of 9,000,000,000,000')
    return ScoringError(f'Tally "{tally.name}": its sum can go beyond 9,000,000,000,000')


def _least(tally: Tally, decode: Callable[[Integers], pl.Series], threshold: float) -> int:
    """The least code whose value is not below a threshold. Null is below; what is no number is not."""
    if tally.measure in ("count", "distinct"):
        return math.ceil(threshold)
    if tally.measure == "sum":
        code = math.floor(threshold * MICRO) - 1 - abs(math.floor(threshold * MICRO)) // 2**50
        while code / MICRO < threshold:
            code += 1
        return code
    if decode(np.array([NULL])).dtype != pl.Float64:
        return NULL + 1
    return int(encode(pl.Series([threshold], dtype=pl.Float64), ordered=True).codes[0])


def _decoder(tally: Tally, coding: Coding | None) -> Callable[[Integers], pl.Series]:
    if tally.measure == "sum":
        return _points
    if tally.measure in ("count", "distinct"):
        return lambda codes: series_of(codes.astype(np.float64))
    if coding is None:
        return lambda codes: pl.Series([None], dtype=pl.Null).new_from_index(0, len(codes))
    return coding.decode


def _points(codes: Integers) -> pl.Series:
    """Micro-units as numbers: the double nearest to the exact quotient."""
    if len(codes) and np.abs(codes).max() >= 2**53:
        return pl.Series([code / MICRO for code in codes.tolist()], dtype=pl.Float64)
    return series_of(codes / MICRO)
