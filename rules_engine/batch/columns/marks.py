"""Verdicts, amounts and limit values of every item at every event, flat, and the pass that turns them into marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import mark_pass
from rules_engine.batch.columns.coding import encode_parts
from rules_engine.batch.columns.conditions import TRUE, UNKNOWN, Few
from rules_engine.batch.columns.flat import Flat
from rules_engine.batch.columns.prepare import ColumnModel, ItemColumns
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.table import Table
from rules_engine.batch.columns.tallies import TallyRun
from rules_engine.batch.fold.marks import MarkColumns
from rules_engine.matching.match import ScoringError
from rules_engine.scoring.plan import FAR, NONE

if TYPE_CHECKING:
    from rules_engine.batch.columns.changes import Changes

Integers = NDArray[np.int64]


def mark_columns(
    model: ColumnModel,
    tables: Sequence[Table],
    slots: Slots,
    tallies: Mapping[str, TallyRun],
    changes: Changes,
    *,
    per_lead: bool,
) -> tuple[MarkColumns, Integers]:
    """The marks of all leads, and per item how often it fired, was unknown, was reached: [leads or 1, items, 3]."""
    prepared = model.prepared
    items = len(prepared.numbering.items)
    nominals, states = Flat(np.int64), Flat(np.uint8)
    masks, mask_first = Flat(np.uint64), []
    outcomes = [
        [item.when.few(tables[k]) if item.when is not None else None for item in kind.items] if tables[k].height else []
        for k, kind in enumerate(model.types)
    ]
    some_unknown = any(few is not None and (few.outcomes == UNKNOWN).any() for found in outcomes for few in found)
    eaches = Flat(np.int64)
    each_at = {key: eaches.add(codes) for key, codes in _each_codes(model, tables).items()}
    windows, window_at = _windows(model, slots)
    reached, reach_at = _reached(model, slots, tallies)
    blocks: list[list[int]] = []
    kind_first, clock_first, clocks = [0], [0], []
    for k, kind in enumerate(model.types):
        mask_first.append(masks.add(_masks(outcomes[k], tables[k].height, some_unknown).ravel()))
        for item in kind.items if tables[k].height else ():
            points = item.points(tables[k]) if item.points is not None else None
            if points is not None:
                states.add(points.state)
            blocks.append(
                _block(
                    item,
                    nominal=-1 if points is None else nominals.add(points.micropoints),
                    each=each_at.get((item.prepared.index, k), -1),
                    reach=reach_at.get((item.prepared.reaches, item.prepared.threshold), -1),
                    window=window_at.get(_per(item), -1),
                )
            )
        kind_first.append(len(blocks))
        clocks += kind.index.clocks
        clock_first.append(len(clocks))
    plan = prepared.plan
    (m_first, m_at, m_item, m_nominal, m_slot, m_event, r_first, ring, counts, beyond, item_beyond) = mark_pass.marks(
        slots.first,
        slots.at,
        slots.kind,
        slots.row,
        np.array(kind_first, dtype=np.int64),
        np.array(blocks, dtype=np.int64).reshape(len(blocks), mark_pass.BLOCK),
        masks.array(),
        np.array(mask_first, dtype=np.int64),
        bool(some_unknown),
        nominals.array(),
        states.array(),
        eaches.array(),
        reached,
        windows,
        np.array(clock_first, dtype=np.int64),
        np.array(clocks, dtype=np.int64),
        items,
        np.array(plan.i_times, dtype=np.int64),
        np.array(plan.i_within, dtype=np.int64),
        np.array(plan.i_highest, dtype=np.int64),
        per_lead,
    )
    if beyond >= 0:
        raise _beyond(model, item_beyond)
    h_at, h_score, h_profile, h_cap, h_up, h_down = changes.columns
    columns = MarkColumns(
        begin=changes.begin,
        profile=changes.profile,
        caps=changes.caps,
        m_first=m_first,
        m_at=m_at,
        m_item=m_item,
        m_nominal=m_nominal,
        m_slot=m_slot,
        m_event=m_event,
        r_first=r_first,
        slot_ring=ring.astype(np.int32),
        h_first=changes.first,
        h_at=h_at,
        h_score=h_score.astype(np.int32),
        h_profile=h_profile,
        h_cap=h_cap,
        h_up=h_up,
        h_down=h_down,
    )
    return columns, counts


def _masks(outcomes: Sequence[Few | None], height: int, with_unknown: bool) -> NDArray[np.uint64]:
    """[row, word]: a bit for each item of a type whose condition is true, and with them those that are unknown.

    Conditions that stand on the same small table are put together there, so that a row is looked up once.
    """
    words = -(-len(outcomes) // mark_pass.WORD)
    mask = np.zeros((height, words * (2 if with_unknown else 1)), dtype=np.uint64)
    if not height:
        return mask
    small: dict[int, tuple[Few, NDArray[np.uint64]]] = {}
    for place, few in enumerate(outcomes):
        word, bit = divmod(place, mark_pass.WORD)
        if few is None:
            mask[:, word] |= np.uint64(1 << bit)
            continue
        into = mask
        if few.take is not None:
            known = small.setdefault(id(few.take), (few, np.zeros((len(few.outcomes), mask.shape[1]), dtype=np.uint64)))
            into = known[1]
        into[:, word] |= (few.outcomes == TRUE).astype(np.uint64) << np.uint64(bit)
        if with_unknown:
            into[:, words + word] |= (few.outcomes == UNKNOWN).astype(np.uint64) << np.uint64(bit)
    for few, found in small.values():
        mask |= found[few.take]
    return mask


def _block(item: ItemColumns, *, nominal: int, each: int, reach: int, window: int) -> list[int]:
    prepared = item.prepared
    block = [0] * mark_pass.BLOCK
    block[mark_pass.B_ITEM] = prepared.index
    block[mark_pass.B_NOMINAL] = nominal
    block[mark_pass.B_FIXED] = prepared.fixed or 0
    block[mark_pass.B_EACH] = each
    block[mark_pass.B_REACH] = -1 if prepared.reaches is None else reach
    block[mark_pass.B_STARTS] = NONE if prepared.starts is None else prepared.starts
    block[mark_pass.B_ENDS] = FAR if prepared.ends is None else prepared.ends
    block[mark_pass.B_LIMIT] = int(prepared.limit is not None)
    block[mark_pass.B_WINDOW] = window
    block[mark_pass.B_ALWAYS] = int(prepared.is_set or prepared.is_penalty)
    return block


def _per(item: ItemColumns) -> str | None:
    return item.prepared.limit.per if item.prepared.limit is not None else None


def _each_codes(model: ColumnModel, tables: Sequence[Table]) -> dict[tuple[int, int], Integers]:
    """Per item and event type the codes of `each`; the same value has the same code in all types of an item."""
    found: dict[tuple[int, int], Integers] = {}
    wanted: dict[int, list[tuple[int, ItemColumns]]] = {}
    for k, kind in enumerate(model.types):
        for item in kind.items:
            if item.each is not None and tables[k].height:
                wanted.setdefault(item.prepared.index, []).append((k, item))
    for index, parts in wanted.items():
        few = [model.types[k].compiler.few(item.each, tables[k]) for k, item in parts if item.each is not None]
        codes, _ = encode_parts(few, ordered=False)
        for (k, _item), own in zip(parts, codes, strict=True):
            found[index, k] = own
    return found


def _windows(model: ColumnModel, slots: Slots) -> tuple[NDArray[np.int32], dict[str | None, int]]:
    """The numbers of the windows of limits, one row for each kind of window that the model uses."""
    used = sorted({per for kind in model.types for item in kind.items if (per := _per(item)) is not None})
    rows = [slots.window(per) for per in used]  # type: ignore[arg-type]  # they come from the limits
    table = np.stack(rows) if rows else np.zeros((0, slots.size), dtype=np.int32)
    return table, {per: n for n, per in enumerate(used)}


def _reached(
    model: ColumnModel, slots: Slots, tallies: Mapping[str, TallyRun]
) -> tuple[NDArray[np.bool_], dict[tuple[str | None, float], int]]:
    """Per tally and threshold, the slots at which the event takes the tally from below it to it or more."""
    wanted = sorted({(name, n) for kind in model.types for name, all_ in kind.index.thresholds.items() for n in all_})
    table = np.zeros((len(wanted), slots.size), dtype=np.bool_)
    for n, (name, threshold) in enumerate(wanted):
        table[n, tallies[name].reached[threshold]] = True
    return table, {key: n for n, key in enumerate(wanted)}


def _beyond(model: ColumnModel, item: int) -> ScoringError:
    numbering = model.prepared.numbering
    score = numbering.scores[numbering.item_score[item]]
    return ScoringError(
        f'Rule "{numbering.items[item].name}" of score "{score.name}": '
        "points are beyond the limit of 9,000,000,000,000 points"
    )
