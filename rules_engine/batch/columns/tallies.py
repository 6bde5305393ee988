"""Tallies of many leads: what each event adds, until when it counts, and the values that come of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns import tally_pass
from rules_engine.batch.columns.coding import NULL, Coding, encode
from rules_engine.batch.columns.conditions import BEYOND, MISSING, TRUE, numbers_of, to_micropoints
from rules_engine.batch.columns.prepare import ColumnModel, TallyColumns
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.table import Table
from rules_engine.matching.between import ScoringError
from rules_engine.model.types import Tally
from rules_engine.records import dataclass
from rules_engine.scoring.amounts import MICRO

Integers = NDArray[np.int64]
_NOTHING: Integers = np.zeros(0, dtype=np.int64)

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
    own: dict[int, NDArray[np.int32]] = {}
    worths, wanted_at = [_NOTHING], [_NOTHING]
    some_worths = bool(each_worth) or any(k not in counted or counted[k].when is not None for k in reading)
    after_first: dict[int, int] = {}
    room = 0
    for k in sorted({*counted, *reading}):
        slots_of_type = slots.of_type(k).slots
        own_worths = each_worth.get(k)
        if some_worths and own_worths is None:
            own_worths = np.full(len(slots_of_type), 0 if k in counted else tally_pass.NOT_COUNTED, dtype=np.int64)
        when = counted[k].when if k in counted else None
        if k in reading:
            if when is not None and own_worths is not None:
                own_worths = np.where(when(tables[k]) == TRUE, own_worths, tally_pass.NOT_COUNTED)
            after_first[k] = room
            wanted_at.append(np.arange(room, room + len(slots_of_type)))
            room += len(slots_of_type)
        elif when is not None:
            matching = np.flatnonzero(when(tables[k]) == TRUE)
            slots_of_type = slots_of_type[matching]
            own_worths = own_worths if own_worths is None else own_worths[matching]
        if k not in reading and reading:
            wanted_at.append(np.full(len(slots_of_type), -1, dtype=np.int64))
        own[k] = slots_of_type
        if own_worths is not None:
            worths.append(own_worths)
    rising, worth, wanted = slots.in_order(own, np.concatenate(worths), np.concatenate(wanted_at))
    values = np.full(room, empty, dtype=np.int64)
    thresholds = sorted({at for kind in model.types for at in kind.index.thresholds.get(name, ())})
    decode = _decoder(tally, coding)
    final, earliest, latest, changes_first, changes_at, changes, reached, reaches, beyond = tally_pass.tally(
        slots.first,
        slots.at,
        as_of,
        rising.view(np.uint32),
        worth,
        wanted,
        measure,
        _window(tally, slots),
        coding.count if coding is not None else 0,
        model.classes[name].up_to(slots.longest) if name in model.classes else _NOTHING,
        name in model.prepared.dynamic_tallies,
        np.array([_least(tally, decode, threshold) for threshold in thresholds], dtype=np.int64),
        values,
    )
    if beyond >= 0:
        raise _beyond(tally, worth[beyond])
    return TallyRun(
        decode=decode,
        empty=empty,
        final=final,
        earliest=earliest,
        latest=latest,
        changes_first=changes_first,
        changes_at=changes_at,
        changes=changes,
        after={k: values[start:][: tables[k].height] for k, start in after_first.items()},
        reached={at: reached[n, : reaches[n]].copy() for n, at in enumerate(thresholds)},
    )


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
) -> tuple[dict[int, Integers], Coding | None]:
    """What each row of each type adds (nothing where events are counted). Codes are those of all types together."""
    wanted = {k: (model.types[k].compiler, found.of, tables[k]) for k, found in counted.items() if found.of is not None}
    if not wanted:
        return {}, None
    if tally.measure == "sum":
        return {
            k: compiler.run(program, table, lambda column: _micro(numbers_of(column)))
            for k, (compiler, program, table) in wanted.items()
        }, None
    codes, coding = model.codings.of_parts(
        ("tally", tally.name),
        [compiler.few(program, table) for compiler, program, table in wanted.values()],
        ordered=tally.measure in ("min", "max"),
        small=tally.measure == "distinct",
    )
    return dict(zip(wanted, codes, strict=True)), coding


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
        return lambda codes: pl.Series(codes.astype(np.float64), dtype=pl.Float64)
    if coding is None:
        return lambda codes: pl.Series([None], dtype=pl.Null).new_from_index(0, len(codes))
    return coding.decode


def _points(codes: Integers) -> pl.Series:
    """Micro-units as numbers: the double nearest to the exact quotient."""
    if len(codes) and np.abs(codes).max() >= 2**53:
        return pl.Series([code / MICRO for code in codes.tolist()], dtype=pl.Float64)
    return pl.Series(codes / MICRO, dtype=pl.Float64)
