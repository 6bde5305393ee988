"""`Folded` as the coded tables of a batch: the same columns, values and order as from results lead by lead.

Gives the part of the table of scores that comes from the fold, and the tables of band changes and of ledger entries.
Labels and gates are not known to the fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch.fold.folded import Folded, LedgerColumns, MoveColumns
from rules_engine.batch.series import column_of, series_of
from rules_engine.matching.prepared import Prepared
from rules_engine.records import dataclass
from rules_engine.result.names import KINDS, REASONS, cause_name, clock_name
from rules_engine.scoring.codes import DECAY, INACTIVITY
from rules_engine.scoring.plan import NONE

if TYPE_CHECKING:
    from rules_engine.batch.fold.marks import AnyInts, Ints

Bools = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)
PIECE = 4096  # leads


@dataclass(frozen=True, slots=True)
class EventColumns:
    """The ordered history of L leads: `first` [L + 1], then of each event the number of its type and its id."""

    first: Ints
    kind: Ints
    names: tuple[str, ...]  # of the types
    ids: pl.Series | None  # None where no event has one


def instants(at: Ints, known: Bools | None = None) -> pl.Series:
    """Microseconds UTC as instants; null where NONE or not `known`."""
    there = at != NONE if known is None else (at != NONE) & known
    return _column(at, _bits(there), pa.timestamp("us", "UTC"))


def _bits(known: Bools) -> pa.Buffer | None:
    """Which values are there, as columns in memory have it; None where all are."""
    return None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))


def _column(values: NDArray[Any], valid: pa.Buffer | None, kind: pa.DataType) -> pl.Series:
    """A column over values as they lie in memory."""
    return column_of(pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)]))


def _readings(amounts: Ints, valid: pa.Buffer | None) -> pl.Series:
    points = amounts.astype(np.float64)
    points /= 1e6
    return _column(points, valid, pa.float64())


def chosen(names: Sequence[str | None], numbers: AnyInts, known: Bools | None = None) -> pl.Series:
    """The name of each number, as `Enum`; null where not `known`. One name may stand under several numbers."""
    number = numbers if known is None else np.where(known, numbers, len(names))
    distinct, places = _distinct((*names, None))
    return distinct[series_of(places.take(number))]  # `gather` would make a query of it


@lru_cache(maxsize=64)
def _distinct(names: tuple[str | None, ...]) -> tuple[pl.Series, NDArray[np.uint32]]:
    """Names, each once, and a null, as `Enum`; and the place of each name among them."""
    distinct = list(dict.fromkeys(name for name in names if name is not None))
    place: dict[str | None, int] = {name: n for n, name in enumerate(distinct)}
    places = np.array([place.get(name, len(distinct)) for name in names], dtype=np.uint32)
    return pl.Series([*distinct, None], dtype=pl.Enum(distinct)), places


def score_columns(prepared: Prepared, folded: Folded, has_value: Bools) -> dict[str, pl.Series]:
    """The columns of the table of scores from the reading of the first score to the last increase of the last.

    `has_value` is [L, S]: that the lead is in the audience and the score's `needs` holds.
    """
    columns: dict[str, pl.Series] = {}
    parts = ("reading", "activity", "profile", "total", "band", "since", "peak", "last_increase")
    of = {name: by_score(getattr(folded, name)) for name in parts}
    for s, (score, known) in enumerate(zip(prepared.numbering.scores, by_score(has_value), strict=True)):
        name, valid = score.name, _bits(known)
        columns[name] = _readings(of["reading"][s], valid)
        for part in ("total",) if score.combine else ("activity", "profile", "total"):
            columns[f"{name}_{part}"] = _column(of[part][s], valid, pa.int64())
        if score.bands:
            columns[f"{name}_band"] = chosen([level.name for level in score.bands], of["band"][s], known)
            columns[f"{name}_since"] = instants(of["since"][s], known)
        columns[f"{name}_peak"] = _readings(of["peak"][s], valid)
        columns[f"{name}_last_increase"] = instants(of["last_increase"][s], known)
    return columns


def by_score(values: NDArray[Number]) -> NDArray[Number]:
    """[L, S] as [S, L]: what belongs to a score lies together. Done in pieces that fit into the processor's cache."""
    if values.flags.f_contiguous:
        return values.T
    turned = np.empty(values.shape[::-1], dtype=values.dtype)
    for first in range(0, len(values), PIECE):
        for own, column in zip(turned, values[first : first + PIECE].T, strict=True):
            own[first : first + PIECE] = column
    return turned


def reading_columns(prepared: Prepared, readings: Ints, has_value: Bools) -> dict[str, pl.Series]:
    """Readings at one instant of `Folded.readings`, [L, S], by the name of the score."""
    scores = prepared.numbering.scores
    known = by_score(has_value)
    return {
        score.name: _readings(own, _bits(k)) for score, own, k in zip(scores, by_score(readings), known, strict=True)
    }


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
        "score": chosen([one.name for one in scores], score),
        "at": instants(moves.at[kept]),
        "before": chosen(bands, starts[score] + moves.before[kept]),
        "after": chosen(bands, starts[score] + moves.after[kept]),
        "cause": chosen([cause_name(prepared, int(code)) for code in causes], cause),
    }
    return pl.DataFrame(columns)


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
        "score": chosen([one.name for one in prepared.numbering.scores], ledger.score[kept]),
        "at": instants(ledger.at[kept]),
        "kind": chosen(KINDS, kind),
        "rule": chosen([*items, *clocks], rule, kind != DECAY),
        "event_type": chosen(events.names, events.kind[place] if len(events.kind) else place, caused),
        "event_id": _ids(events, place, caused),
        "nominal": ledger.nominal[kept],
        "effective": ledger.effective[kept],
        "reason": chosen(REASONS, ledger.reason[kept]),
    }
    return pl.DataFrame(columns)


def _ids(events: EventColumns, place: Ints, caused: Bools) -> pl.Series:
    if events.ids is None or not len(events.ids):
        return pl.Series([None], dtype=pl.String).gather(np.zeros(len(place), np.int64))
    return events.ids.gather(place).set(pl.Series(~caused), None)
