"""The order of the language: each lead's events by instant, type and id, the same id once.

Events of all types are brought together lead by lead with a counting sort; only exact ties (one lead, one instant, one
type) look at ids and attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns import passes
from rules_engine.records import dataclass
from rules_engine.scoring.plan import NONE

Integers: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = Callable[[int, NDArray[np.int32]], pl.Series]  # of rows of the table of a kind


@dataclass(frozen=True, slots=True)
class Ordered:
    """Events in their order. `first[l]` is where lead l begins; `kind` numbers event types in code point order; `row`
    is the row in the table of that type."""

    first: Integers
    at: Integers
    kind: NDArray[np.uint16]
    row: NDArray[np.int32]


def order(
    scored: NDArray[np.bool_],
    as_of: Integers,
    lead: NDArray[np.int32],
    at: Integers,
    kind_first: Integers,
    ids: Texts | None,
    canonical: Texts,
) -> Ordered:
    """Orders the events up to the as-of time of leads that are scored; leaves out the second and later of an id.

    Events come type by type, those of kind k from `kind_first[k]` on. `ids` is None where no event has one.
    """
    first, events = passes.by_lead(np.where(scored, as_of, NONE), lead.view(np.uint32), at, kind_first)
    instant, kind, row, ties = passes.by_time(first, events)
    if len(ties):
        _break_ties(Ordered(first, instant, kind, row), ties, ids, canonical)
    if ids is None:
        return Ordered(first, instant, kind, row)
    keep = _once(first, kind, row, ids)
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    return Ordered(kept_before[first], instant[keep], kind[keep], row[keep])


def _break_ties(events: Ordered, ties: Integers, ids: Texts | None, canonical: Texts) -> None:
    """Puts events that agree in lead, instant and type in the order of their ids, then of their attributes."""
    lead = np.searchsorted(events.first, ties, side="right")
    own = {"lead": lead, "at": events.at[ties], "kind": events.kind[ties], "row": events.row[ties]}
    frame = _with_texts(pl.DataFrame(own), "id", ids)
    same = pl.struct("lead", "at", "kind", "id").is_duplicated()
    tied = frame.filter(same)
    frame = frame.with_columns(pl.lit(None, pl.String).alias("canonical"))
    if tied.height:
        told = _with_texts(tied, "canonical", canonical).select("kind", "row", "canonical")
        frame = frame.drop("canonical").join(told, on=["kind", "row"], how="left")
    ordered = frame.sort(["lead", "at", "kind", "id", "canonical"], nulls_last=False, maintain_order=True)
    events.row[ties] = ordered["row"].to_numpy()


def _with_texts(frame: pl.DataFrame, name: str, texts: Texts | None) -> pl.DataFrame:
    if texts is None:
        return frame.with_columns(pl.lit(None, pl.String).alias(name))
    parts = [
        part.with_columns(texts(int(part["kind"][0]), part["row"].to_numpy()).alias(name))
        for part in frame.partition_by("kind", maintain_order=True)
    ]
    return pl.concat(parts)


def _once(first: Integers, kind: NDArray[np.uint16], row: NDArray[np.int32], ids: Texts) -> NDArray[np.bool_]:
    """Which ordered events count: the first of an id. Hashes find candidates, the ids themselves decide."""
    hashes = np.zeros(len(kind), dtype=np.uint64)
    for k in np.unique(kind).tolist():
        of_kind = np.flatnonzero(kind == k)
        texts = ids(int(k), row[of_kind])
        hashes[of_kind] = texts.hash().to_numpy() | np.uint64(1)
        hashes[of_kind[texts.is_null().to_numpy()]] = 0
    keep = np.ones(len(kind), dtype=np.bool_)
    suspects: Integers = passes.repeated(first, hashes)
    texts_of: dict[int, object] = {}
    for k in np.unique(kind[suspects]).tolist():
        slots = suspects[kind[suspects] == k]
        texts_of.update(zip(slots.tolist(), ids(int(k), row[slots]).to_list(), strict=True))
    seen: set[tuple[int, object]] = set()
    lead_of = np.searchsorted(first, suspects, side="right")
    for slot, lead in zip(suspects.tolist(), lead_of.tolist(), strict=True):
        identity = (lead, texts_of[slot])
        keep[slot] = identity not in seen
        seen.add(identity)
    return keep
