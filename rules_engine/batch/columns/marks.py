"""What every item can do at every event, in small tables, and the pass that turns it into marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import mark_pass
from rules_engine.batch.columns.coding import NULL
from rules_engine.batch.columns.conditions import FALSE, KNOWN, POINTS_BEYOND, TRUE, UNKNOWN, Amounts, Few
from rules_engine.batch.columns.distinct import Indexes
from rules_engine.batch.columns.flat import Flat
from rules_engine.batch.columns.prepare import ColumnModel, ItemColumns
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.table import Table
from rules_engine.batch.columns.tallies import TallyRun
from rules_engine.batch.fold.marks import MarkColumns
from rules_engine.matching.between import beyond_points
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR, NONE, Plan

if TYPE_CHECKING:
    from rules_engine.batch.columns.changes import Changes

Integers = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)
MORE_ROOM = 1 << 16  # marks


@dataclass(slots=True)
class _Places:
    """Which rows of small tables the events of one type have: the places of `mark_pass`."""

    table: Table
    codes: list[Indexes] = field(default_factory=list)

    def of(self, take: Indexes | None) -> int:
        """The place that leads into a table which rows take from like this."""
        if take is None:
            return mark_pass.OWN
        if take is self.table.nowhere:
            return mark_pass.SAME
        if take is self.table.row_of_parent:
            return mark_pass.LEAD
        for n, known in enumerate(self.codes):
            if known is take:
                return mark_pass.CODED + n
        self.codes.append(take)
        return mark_pass.CODED + len(self.codes) - 1


@dataclass(frozen=True, slots=True)
class _Each:
    """The values of `each` of an item at one event type: where their codes begin, and which place leads there."""

    offset: int
    place: int


def mark_columns(
    model: ColumnModel,
    tables: Sequence[Table],
    slots: Slots,
    tallies: Mapping[str, TallyRun],
    changes: Changes,
    *,
    per_lead: bool,
) -> tuple[MarkColumns, Integers]:
    """The marks of all leads, and per item how often it fired, was unknown, was reached: [leads or 1, items, 3].

    The marks hold until the same thread makes the next ones.
    """
    prepared = model.prepared
    items = len(prepared.numbering.items)
    kinds = [kind.items if tables[k].height else () for k, kind in enumerate(model.types)]
    places = [_Places(table) for table in tables]
    outcomes = [
        [[part.few(table) for part in item.when.parts] if item.when is not None else [] for item in own]
        for own, table in zip(kinds, tables, strict=True)
    ]
    some_unknown = any(UNKNOWN in few.outcomes for own in outcomes for parts in own for few in parts)
    words = max([-(-len(own) // mark_pass.WORD) for own in kinds], default=0)
    every = np.zeros((len(kinds), words), dtype=np.uint64)
    kept_out, nominals, codes = Flat(np.uint64), Flat(np.int64), Flat(np.int32)
    kept_out.add(np.zeros(2 * words, dtype=np.uint64))  # for looks that a type does not need
    codes.add(np.zeros(1, dtype=np.int32))
    each_codes, each_at, limit_at, limit_places = _limits(model, kinds, tables, places)
    thresholds, reach_slots, reach_by = _reached(model, tallies)
    reaching = np.zeros((len(thresholds) + 1, len(kinds), words), dtype=np.uint64)
    window_at, window_first, window_per, window_starts = _windows(kinds, slots)
    blocks: list[tuple[int, ...]] = []
    looks: list[list[tuple[int, int]]] = []
    code_at: list[list[int]] = []
    clocks: list[int] = []
    block_first, clock_first = [0], [0]
    for k, own in enumerate(kinds):
        outs = _kept_out(outcomes[k], places[k], some_unknown)
        looks.append([(kept_out.add(table), place) for place, table in outs.items()])
        for n, item in enumerate(own):
            word, bit = n // mark_pass.WORD, np.uint64(1 << n % mark_pass.WORD)
            every[k, word] |= bit
            if item.prepared.reaches is not None:
                reaching[-1, k, word] |= bit
                reaching[thresholds[item.prepared.reaches, item.prepared.threshold], k, word] |= bit
            if item.points is None:
                amounts, amounts_by = np.array([item.prepared.fixed or 0]), mark_pass.SAME
            else:
                points, take = item.points.few(tables[k])
                amounts, amounts_by = _with_states(points), places[k].of(take)
            each = each_at.get((item.prepared.index, k), _Each(0, mark_pass.SAME))
            blocks.append(
                (
                    item.prepared.index,
                    nominals.add(amounts),
                    amounts_by,
                    limit_at.get(item.prepared.index, -1),
                    each.offset,
                    each.place,
                    window_at[_per(item)],
                    int(item.prepared.is_set or item.prepared.is_penalty),
                    NONE if item.prepared.starts is None else item.prepared.starts,
                    FAR if item.prepared.ends is None else item.prepared.ends,
                )
            )
        code_at.append([codes.add(column) for column in places[k].codes])
        clocks += model.types[k].index.clocks
        block_first.append(len(blocks))
        clock_first.append(len(clocks))
    code_places = _filled(code_at, 0, np.dtype(np.uint64))
    amounts_of = nominals.array()
    known = amounts_of[amounts_of > mark_pass.BEYOND]
    fixed = (
        slots.first,
        slots.at,
        slots.kind,
        np.array(block_first, dtype=np.uint64),
        np.array(blocks, dtype=mark_pass.BLOCK),
        every,
        _filled(looks, (0, mark_pass.SAME), mark_pass.LOOK),
        kept_out.array(),
        some_unknown,
        code_places,
        _filled([[1] * len(own) for own in code_at], 0, np.dtype(np.uint64)),
        codes.array(),
        amounts_of,
        each_codes,
        reaching,
        reach_slots,
        reach_by,
        slots.visit_gap,
        window_first,
        window_per,
        window_starts,
        _integers(clock_first),
        _integers(clocks),
        _integers(prepared.plan.k_after),
        items,
        _held(prepared.plan),
        per_lead,
    )
    leads, most = len(slots.first) - 1, int((np.diff(block_first) + np.diff(clock_first)).max(initial=0))
    state = mark_pass.state_at_first()
    remembered = (
        most,
        state,
        np.zeros(len(kinds), dtype=np.uint64),
        np.empty(words, dtype=np.uint64),
        np.zeros(mark_pass.CODED + code_places.shape[1], dtype=np.uint64),
        mark_pass.windows_at_first(len(window_first) - 1),
        np.full(limit_places, -1, dtype=np.int64),
        np.empty((most * slots.longest + 1, 3), dtype=np.int64),
        np.empty(len(prepared.plan.k_after), dtype=np.int64),
        np.empty(len(prepared.plan.k_after), dtype=np.uint64),
    )
    m_first, r_first = np.empty(leads + 1, dtype=np.int64), np.zeros(leads + 1, dtype=np.int64)
    counts = np.zeros((leads if per_lead else 1, items, 3), dtype=np.int64)
    room = model.room.columns
    ring = np.empty(len(room[0]) + leads + 1, dtype=np.int32)
    while (done := mark_pass.marks(*fixed, *remembered, m_first, *room, r_first, ring, counts)) < leads:
        used, seen = int(m_first[done]), int(slots.first[done])
        needed = used + most * int(slots.first[done + 1] - seen)
        # by the time the first are made it is known how many there will be, about
        size = max(needed, int(used / max(seen, 1) * slots.size * 1.05)) + MORE_ROOM
        room = model.room.columns = tuple(_larger(column, used, size) for column in room)
        ring = _larger(ring, int(r_first[done]), size + leads + 1)
    m_at, m_item, m_nominal, m_slot, m_event = (column[: m_first[-1]] for column in room)
    beyond = int(state[mark_pass.BEYOND_AT])
    if beyond >= 0:
        numbering = prepared.numbering
        raise beyond_points(prepared, numbering.item_score[beyond], numbering.items[beyond].name, POINTS_BEYOND)
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
        slot_ring=ring[: r_first[-1]],
        h_first=changes.first,
        h_at=h_at,
        h_score=h_score,
        h_profile=h_profile,
        h_cap=h_cap,
        h_up=h_up,
        h_down=h_down,
        largest=max(-int(known.min(initial=0)), int(known.max(initial=0))),
    )
    return columns, counts


def _larger(column: NDArray[Number], used: int, size: int) -> NDArray[Number]:
    """A column with what is used of it, and room for more."""
    found = np.empty(size, dtype=column.dtype)
    found[:used] = column[:used]
    return found


def _held(plan: Plan) -> Integers:
    """How many marks of an item a limit slot remembers: what has to leave a rolling window, but for the highest."""
    rolls = (np.array(plan.i_within) > 0) & (np.array(plan.i_highest) == 0)
    return np.where(rolls, np.array(plan.i_times), 0).astype(np.int64)


def _integers(values: object) -> Integers:
    return np.array(values, dtype=np.int64)


def _filled(rows: Sequence[Sequence[object]], nothing: int | tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Rows of one length, of at least one."""
    width = max([1, *(len(row) for row in rows)])
    filled = [one for row in rows for one in (*row, *[nothing] * (width - len(row)))]
    return np.array(filled, dtype=dtype).reshape(len(rows), width)


def _kept_out(outcomes: Sequence[Sequence[Few]], places: _Places, some_unknown: bool) -> dict[int, NDArray[np.uint64]]:
    """Per place the words of all its rows: the bits of items that are not true there, then of those that are false.

    Each part of a condition stands in the table that decides it, so that no table is as long as there are events but
    for parts that differ from event to event.
    """
    words = -(-len(outcomes) // mark_pass.WORD)
    found: dict[int, NDArray[np.uint64]] = {}
    for n, parts in enumerate(outcomes):
        word, bit = divmod(n, mark_pass.WORD)
        for few in parts:
            place = places.of(few.take)
            if place not in found:
                found[place] = np.zeros((len(few.outcomes), words * (2 if some_unknown else 1)), dtype=np.uint64)
            found[place][:, word] |= (few.outcomes != TRUE).astype(np.uint64) << np.uint64(bit)
            if some_unknown:
                found[place][:, words + word] |= (few.outcomes == FALSE).astype(np.uint64) << np.uint64(bit)
    return {place: table.ravel() for place, table in found.items()}


def _with_states(points: Amounts) -> Integers:
    """The amounts, and where there is none, why."""
    if not points.state.any():
        return points.micropoints
    why = np.array([0, mark_pass.MISSING, mark_pass.BEYOND])
    return np.where(points.state == KNOWN, points.micropoints, why[points.state])


def _per(item: ItemColumns) -> str | None:
    return item.prepared.limit.per if item.prepared.limit is not None else None


def _limits(
    model: ColumnModel, kinds: Sequence[Sequence[ItemColumns]], tables: Sequence[Table], places: Sequence[_Places]
) -> tuple[NDArray[np.int32], dict[tuple[int, int], _Each], dict[int, int], int]:
    """A place for each value of each limit: codes of `each`, where they are by item and type, where the places of each
    item begin, and how many there are. The same value has the same code in all types of an item."""
    codes = Flat(np.int32)
    codes.add(np.zeros(1, dtype=np.int32))  # for limits without `each`
    each_at: dict[tuple[int, int], _Each] = {}
    limit_at: dict[int, int] = {}
    room = 0
    limited: dict[int, list[tuple[int, ItemColumns]]] = {}
    for k, own in enumerate(kinds):
        for item in own:
            if item.prepared.limit is not None:
                limited.setdefault(item.prepared.index, []).append((k, item))
    for index, parts in limited.items():
        limit_at[index] = room
        few = [model.types[k].compiler.few(item.each, tables[k]) for k, item in parts if item.each is not None]
        if few:
            values = [own for own, _ in few]
            found, coding = model.codings.of_parts(("limit", index), values, ordered=False, small=True)
            for (k, _item), own_codes, (_values, take) in zip(parts, found, few, strict=True):
                own_codes = np.where(own_codes == NULL, coding.count, own_codes)
                each_at[index, k] = _Each(codes.add(own_codes), places[k].of(take))
            room += coding.count
        room += 1  # for null, or all events alike
    return codes.array(), each_at, limit_at, room


def _windows(
    kinds: Sequence[Sequence[ItemColumns]], slots: Slots
) -> tuple[dict[str | None, int], Integers, NDArray[np.float64], Integers]:
    """The numbers of the windows that limits have; where the starts of each of the calendar's begin, how many of them
    there are in a microsecond, and the starts."""
    used = {per for own in kinds for item in own if item.prepared.limit and (per := item.prepared.limit.per)}
    starts = [(per, slots.starts(per)) for per in ("day", "week", "month") if per in used]
    first = np.cumsum([0, *(len(column) for _, column in starts)], dtype=np.int64)
    numbers: dict[str | None, int] = {None: mark_pass.ALWAYS, "visit": mark_pass.VISIT}
    numbers |= {per: n for n, (per, _) in enumerate(starts, start=mark_pass.CALENDAR)}
    often = np.array([(len(column) - 1) / (column[-1] - column[0]) for _, column in starts], dtype=np.float64)
    return numbers, first, often, np.concatenate([np.zeros(0, dtype=np.int64), *(column for _, column in starts)])


def _reached(
    model: ColumnModel, tallies: Mapping[str, TallyRun]
) -> tuple[dict[tuple[str, float], int], Integers, Integers]:
    """The thresholds that rules wait for, the slots at which a tally takes one of them, with END behind them, and which
    that is."""
    wanted = sorted({(name, n) for kind in model.types for name, all_ in kind.index.thresholds.items() for n in all_})
    lists = [tallies[name].reached[n] for name, n in wanted]
    slots = np.concatenate([np.zeros(0, dtype=np.int64), *lists])
    which = np.repeat(np.arange(len(wanted)), [len(column) for column in lists])
    order = np.argsort(slots, kind="stable")
    return {key: n for n, key in enumerate(wanted)}, np.append(slots[order], mark_pass.END), which[order]
