"""The order of the language: each lead's events by instant, type and id, the same id once.

Events of all types are brought together lead by lead with a counting sort; only exact ties (one lead, one instant, one
type) look at ids and attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns import order_pass
from rules_engine.records import dataclass
from rules_engine.scoring.plan import NONE

Integers: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = NDArray[np.int32]
Booleans: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = Callable[[int, Rows], pl.Series]  # of rows of the table of a kind


@dataclass(frozen=True, slots=True)
class Ordered:
    """Events in their order, and kind by kind. Kinds number event types in code point order.

    `first[l]` is where lead l begins; `at` and `kind` are those of each slot. The events of kind k, in their order, are
    those from `kind_first[k]` on: `slots`, `leads`, and `rows` in the table of that type.
    """

    first: Integers
    at: Integers
    kind: NDArray[np.uint16]
    kind_first: Integers
    slots: Rows
    leads: Rows
    rows: Rows


def order(
    scored: Booleans, as_of: Integers, parts: Sequence[tuple[Rows, Integers]], ids: Texts | None, canonical: Texts
) -> Ordered:
    """Orders the events up to the as-of time of leads that are scored; leaves out the second and later of an id.

    A part is the leads and instants of the events of one type. `ids` is None where no event has one.
    """
    until = np.where(scored, as_of, NONE)
    given = [(lead.view(np.uint32), at) for lead, at in parts]
    count = np.zeros(len(until), dtype=np.uint32)
    kind_first = _firsts(np.array([order_pass.count_by_lead(until, lead, at, count) for lead, at in given]))
    first = _firsts(count)
    size, longest = int(first[-1]), int(count.max(initial=0))
    place = first[:-1].astype(np.uint32)
    events = np.empty(2 * size, dtype=np.int64)
    for k, (lead, at) in enumerate(given):
        order_pass.put_by_lead(until, lead, at, k, place, events)
    at, kind = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.uint16)
    slots, leads, rows = (np.empty(size, dtype=np.int32) for _ in range(3))
    ties = np.empty((2, size), dtype=np.int64)
    own, ends = np.empty(2 * longest, dtype=np.int64), np.empty(longest + 1, dtype=np.int64)
    tied = order_pass.by_time(first, events, own, ends, kind_first[:-1].copy(), at, kind, slots, leads, rows, ties)
    found = Ordered(first, at, kind, kind_first, slots, leads, rows)
    if tied:
        _break_ties(found, ties[0, :tied], ties[1, :tied], ids, canonical)
    return found if ids is None else _once(found, longest, ids)


def _firsts(counts: NDArray[np.integer[Any]] | Booleans) -> Integers:
    """Where each begins, and the last ends, when all stand one after the other."""
    found = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=found[1:])
    return found


def _break_ties(events: Ordered, ties: Integers, places: Integers, ids: Texts | None, canonical: Texts) -> None:
    """Puts events that agree in lead, instant and type in the order of their ids, then of their attributes."""
    lead = np.searchsorted(events.first, ties, side="right")
    own = {"lead": lead, "at": events.at[ties], "kind": events.kind[ties], "row": events.rows[places]}
    frame = _with_texts(pl.DataFrame(own), "id", ids)
    same = pl.struct("lead", "at", "kind", "id").is_duplicated()
    tied = frame.filter(same)
    frame = frame.with_columns(pl.lit(None, pl.String).alias("canonical"))
    if tied.height:
        told = _with_texts(tied, "canonical", canonical).select("kind", "row", "canonical")
        frame = frame.drop("canonical").join(told, on=["kind", "row"], how="left")
    ordered = frame.sort(["lead", "at", "kind", "id", "canonical"], nulls_last=False, maintain_order=True)
    events.rows[places] = ordered["row"].to_numpy()


def _with_texts(frame: pl.DataFrame, name: str, texts: Texts | None) -> pl.DataFrame:
    if texts is None:
        return frame.with_columns(pl.lit(None, pl.String).alias(name))
    parts = [
        part.with_columns(texts(int(part["kind"][0]), part["row"].to_numpy()).alias(name))
        for part in frame.partition_by("kind", maintain_order=True)
    ]
    return pl.concat(parts)


def _once(events: Ordered, longest: int, ids: Texts) -> Ordered:
    """Those events that count: the first of an id. Hashes find candidates, the ids themselves decide."""
    hashes = np.zeros(len(events.at), dtype=np.uint64)
    own = [slice(int(a), int(b)) for a, b in zip(events.kind_first, events.kind_first[1:], strict=False)]
    for k, part in enumerate(own):
        texts = ids(k, events.rows[part])
        hashes[events.slots[part]] = np.where(
            texts.is_null().to_numpy(), np.uint64(0), texts.hash().to_numpy() | np.uint64(1)
        )
    suspect = np.zeros(len(hashes), dtype=np.bool_)
    table = np.empty(1 << (2 * longest).bit_length(), dtype=np.int32)
    order_pass.repeated(events.first, hashes, table, suspect)
    suspects = np.flatnonzero(suspect)
    texts_of: dict[int, object] = {}
    for k, part in enumerate(own):
        chosen = suspect[events.slots[part]]
        texts_of.update(
            zip(events.slots[part][chosen].tolist(), ids(k, events.rows[part][chosen]).to_list(), strict=True)
        )
    keep = np.ones(len(hashes), dtype=np.bool_)
    seen: set[tuple[int, object]] = set()
    lead_of = np.searchsorted(events.first, suspects, side="right")
    for slot, lead in zip(suspects.tolist(), lead_of.tolist(), strict=True):
        identity = (lead, texts_of[slot])
        keep[slot] = identity not in seen
        seen.add(identity)
    return events if keep.all() else _chosen(events, keep)


def _chosen(events: Ordered, keep: Booleans) -> Ordered:
    """Those of the slots that are kept."""
    kept_before, chosen = _firsts(keep), keep[events.slots]
    return Ordered(
        kept_before[events.first],
        events.at[keep],
        events.kind[keep],
        _firsts(chosen)[events.kind_first],
        kept_before[events.slots[chosen]].astype(np.int32),
        events.leads[chosen],
        events.rows[chosen],
    )
