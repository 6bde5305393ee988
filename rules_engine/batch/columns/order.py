"""The order of the language: each lead's events by instant, type and id, the same id once.

Events of all types are brought together lead by lead with a counting sort; only exact ties (one lead, one instant, one
type) look at ids and attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns import passes

Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Events in their order. `first[l]` is where lead l begins; `kind` numbers event types in code point order; `row`
    is the row in the table of that type."""

    first: Integers
    at: Integers
    kind: NDArray[np.int32]
    row: Integers


def order(
    leads: int,
    lead: NDArray[np.int32],
    at: Integers,
    kind: NDArray[np.int32],
    row: Integers,
    ids: Callable[[int, Integers], pl.Series] | None,
    canonical: Callable[[int, Integers], pl.Series],
) -> Ordered:
    """Orders events and leaves out the second and later of an id. `ids` is None where no event has one."""
    first, place = passes.by_lead(leads, lead)
    ties = passes.by_time(first, place, at, kind)
    if len(ties):
        _break_ties(place, lead, at, kind, row, ties, ids, canonical)
    if ids is None:
        return Ordered(first, at[place], kind[place], row[place])
    keep = _once(first, place, kind, row, ids)
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    place = place[keep]
    return Ordered(kept_before[first], at[place], kind[place], row[place])


def _break_ties(
    place: Integers,
    lead: NDArray[np.int32],
    at: Integers,
    kind: NDArray[np.int32],
    row: Integers,
    ties: Integers,
    ids: Callable[[int, Integers], pl.Series] | None,
    canonical: Callable[[int, Integers], pl.Series],
) -> None:
    """Puts events that agree in lead, instant and type in the order of their ids, then of their attributes."""
    members = place[ties]
    frame = pl.DataFrame({"slot": ties, "member": members, "lead": lead[members], "at": at[members]}).with_columns(
        pl.Series("kind", kind[members])
    )
    frame = _with_texts(frame, "id", row, ids)
    same = pl.struct("lead", "at", "kind", "id").is_duplicated()
    tied = frame.filter(same)
    frame = frame.with_columns(pl.lit(None, pl.String).alias("canonical"))
    if tied.height:
        told = _with_texts(tied, "canonical", row, canonical).select("member", "canonical")
        frame = frame.drop("canonical").join(told, on="member", how="left")
    ordered = frame.sort(["lead", "at", "kind", "id", "canonical"], nulls_last=False, maintain_order=True)
    place[frame["slot"].sort().to_numpy()] = ordered["member"].to_numpy()


def _with_texts(
    frame: pl.DataFrame, name: str, row: Integers, texts: Callable[[int, Integers], pl.Series] | None
) -> pl.DataFrame:
    if texts is None:
        return frame.with_columns(pl.lit(None, pl.String).alias(name))
    parts = [
        part.with_columns(texts(int(part["kind"][0]), row[part["member"].to_numpy()]).alias(name))
        for part in frame.partition_by("kind", maintain_order=True)
    ]
    return pl.concat(parts)


def _once(
    first: Integers,
    place: Integers,
    kind: NDArray[np.int32],
    row: Integers,
    ids: Callable[[int, Integers], pl.Series],
) -> NDArray[np.bool_]:
    """Which ordered events count: the first of an id. Hashes find candidates, the ids themselves decide."""
    hashes = np.zeros(len(place), dtype=np.uint64)
    for k in np.unique(kind).tolist():
        of_kind = np.flatnonzero(kind[place] == k)
        texts = ids(int(k), row[place[of_kind]])
        hashes[of_kind] = texts.hash().to_numpy() | np.uint64(1)
        hashes[of_kind[texts.is_null().to_numpy()]] = 0
    keep = np.ones(len(place), dtype=np.bool_)
    suspects: Integers = passes.repeated(first, hashes)
    texts_of: dict[int, object] = {}
    for k in np.unique(kind[place[suspects]]).tolist():
        slots = suspects[kind[place[suspects]] == k]
        texts_of.update(zip(slots.tolist(), ids(int(k), row[place[slots]]).to_list(), strict=True))
    seen: set[tuple[int, object]] = set()
    lead_of = np.searchsorted(first, suspects, side="right")
    for slot, lead in zip(suspects.tolist(), lead_of.tolist(), strict=True):
        identity = (lead, texts_of[slot])
        keep[slot] = identity not in seen
        seen.add(identity)
    return keep
