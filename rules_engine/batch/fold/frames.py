"""`Folded` as the tables of a batch: the same columns, values and order as from results lead by lead.

Gives the part of the table of scores that comes from the fold, and the tables of band changes and of ledger entries.
Labels and gates are not known to the fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch.fold.folded import Folded, LedgerColumns, MoveColumns
from rules_engine.batch.tables import ledger_schema, transitions_schema
from rules_engine.matching.prepare import Prepared
from rules_engine.model.types import Score
from rules_engine.result.names import KINDS, REASONS, cause_name, clock_name
from rules_engine.scoring.fold import DECAY, INACTIVITY
from rules_engine.scoring.plan import NONE

if TYPE_CHECKING:
    from rules_engine.batch.fold.marks import AnyInts, Ints

Bools = NDArray[np.bool_]
INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class EventColumns:
    """The ordered history of L leads: `first` [L + 1], then of each event the number of its type and its id."""

    first: Ints
    kind: Ints
    names: tuple[str, ...]  # of the types
    ids: pl.Series | None  # None where no event has one


def exact_points(amounts: Ints, known: Bools | None = None) -> pl.Series:
    """Micropoints as decimals of points with six places; null where not `known`."""
    return _exact(amounts, None if known is None else _bits(known))


def _exact(amounts: Ints, valid: pa.Buffer | None) -> pl.Series:
    """An integer and a decimal are the same bits, so nothing is computed: the upper half is the sign."""
    halves = np.empty((len(amounts), 2), dtype=np.int64)
    halves[:, 0] = amounts
    halves[:, 1] = amounts >> 63
    return _column(halves, valid, pa.decimal128(38, 6))


def instants(at: Ints, known: Bools | None = None) -> pl.Series:
    """Microseconds UTC as instants; null where NONE or not `known`."""
    there = at != NONE if known is None else (at != NONE) & known
    return _column(np.where(there, at, 0), _bits(there), pa.timestamp("us", "UTC"))


def _bits(known: Bools) -> pa.Buffer | None:
    """Which values are there, as columns in memory have it; None where all are."""
    return None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))


def _column(values: NDArray[Any], valid: pa.Buffer | None, kind: pa.DataType) -> pl.Series:
    """A column over values as they lie in memory."""
    return pl.Series(pl.from_arrow(pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])))


def _readings(amounts: Ints, valid: pa.Buffer | None) -> pl.Series:
    return _column(amounts / 1e6, valid, pa.float64())


def _chosen(names: Sequence[str | None], numbers: AnyInts, known: Bools | None = None) -> pl.Series:
    """The name of each number; null where not `known`."""
    table = pl.Series([*names, None], dtype=pl.String)
    return table.gather(numbers if known is None else np.where(known, numbers, len(names)))


def score_columns(prepared: Prepared, folded: Folded, has_value: Bools) -> dict[str, pl.Series]:
    """The columns of the table of scores from the reading of the first score to the last increase of the last.

    `has_value` is [L, S]: that the lead is in the audience and the score's `needs` holds. Exact amounts are points.
    """
    columns: dict[str, pl.Series] = {}
    for s, score in enumerate(prepared.numbering.scores):
        name, known = score.name, np.ascontiguousarray(has_value[:, s])
        valid = _bits(known)
        columns[name] = _readings(folded.reading[:, s], valid)
        if not score.combine:
            columns[f"{name}_activity"] = _exact(np.ascontiguousarray(folded.activity[:, s]), valid)
            columns[f"{name}_profile"] = _exact(np.ascontiguousarray(folded.profile[:, s]), valid)
        columns[f"{name}_total"] = _exact(np.ascontiguousarray(folded.total[:, s]), valid)
        if score.bands:
            columns[f"{name}_band"] = _chosen([level.name for level in score.bands], folded.band[:, s], known)
            columns[f"{name}_since"] = instants(np.ascontiguousarray(folded.since[:, s]), known)
        columns[f"{name}_peak"] = _readings(folded.peak[:, s], valid)
        columns[f"{name}_last_increase"] = instants(np.ascontiguousarray(folded.last_increase[:, s]), known)
    return columns


def band_codes(score: Score, band: Ints, known: Bools) -> pl.Series:
    """The band of each lead, from lowest to highest, as an `Enum`; null where not `known`."""
    names = [level.name for level in score.bands]
    table = pl.Series([*names, None], dtype=pl.Enum(names))
    return table.gather(np.where(known, band, len(names)))


def reading_columns(prepared: Prepared, readings: Ints, has_value: Bools) -> dict[str, pl.Series]:
    """Readings at one instant of `Folded.readings`, [L, S], by the name of the score."""
    scores = prepared.numbering.scores
    return {score.name: _readings(readings[:, s], _bits(has_value[:, s])) for s, score in enumerate(scores)}


def _owners(first: Ints) -> Ints:
    """The lead of each row."""
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def transitions_frame(prepared: Prepared, moves: MoveColumns, lead_ids: pl.Series, has_value: Bools) -> pl.DataFrame:
    """The table of band changes: lead by lead, each lead's by time and score; of scores that have a value."""
    lead = _owners(moves.first)
    kept = np.flatnonzero(has_value[lead, moves.score])
    kept = kept[np.lexsort((moves.score[kept], moves.at[kept], lead[kept]))]
    score = moves.score[kept]
    scores = prepared.numbering.scores
    starts = np.cumsum([0, *(len(one.bands) for one in scores)])
    bands = [level.name for one in scores for level in one.bands]
    causes, cause = np.unique(moves.cause[kept], return_inverse=True)
    columns = {
        "lead_id": lead_ids.gather(lead[kept]),
        "score": _chosen([one.name for one in scores], score),
        "at": instants(moves.at[kept]),
        "before": _chosen(bands, starts[score] + moves.before[kept]),
        "after": _chosen(bands, starts[score] + moves.after[kept]),
        "cause": _chosen([cause_name(prepared, int(code)) for code in causes], cause),
    }
    return pl.DataFrame(columns, schema=transitions_schema())


def ledger_frame(
    prepared: Prepared, ledger: LedgerColumns, lead_ids: pl.Series, scored: Bools, events: EventColumns
) -> pl.DataFrame:
    """The table of ledger entries: lead by lead, each lead's score by score, in the order they were made."""
    lead = _owners(ledger.first)
    kept = np.flatnonzero(scored[lead])
    kept = kept[np.lexsort((ledger.score[kept], lead[kept]))]  # a stable sort
    lead, kind, index = lead[kept], ledger.kind[kept], ledger.index[kept]
    items = [item.name for item in prepared.numbering.items]
    clocks = [clock_name(prepared, k) for k in range(len(prepared.numbering.clocks))]
    rule = np.where(kind == INACTIVITY, index + len(items), index)
    event = ledger.event[kept]
    caused = event >= 0
    place = np.where(caused, events.first[lead] + event, 0)
    columns: dict[str, Any] = {
        "lead_id": lead_ids.gather(lead),
        "score": _chosen([one.name for one in prepared.numbering.scores], ledger.score[kept]),
        "at": instants(ledger.at[kept]),
        "kind": _chosen(KINDS, kind),
        "rule": _chosen([*items, *clocks], rule, kind != DECAY),
        "event_type": _chosen(events.names, events.kind[place] if len(events.kind) else place, caused),
        "event_id": _ids(events, place, caused),
        "nominal": exact_points(ledger.nominal[kept]),
        "effective": exact_points(ledger.effective[kept]),
        "reason": _chosen(REASONS, ledger.reason[kept]),
    }
    exact = dict.fromkeys(("nominal", "effective"), pl.Decimal(38, 6))
    return pl.DataFrame(columns, schema=ledger_schema() | exact)


def _ids(events: EventColumns, place: Ints, caused: Bools) -> pl.Series:
    if events.ids is None or not len(events.ids):
        return pl.Series([None], dtype=pl.String).gather(np.zeros(len(place), np.int64))
    return events.ids.gather(place).set(pl.Series(~caused), None)
