"""What is stored of a lead's run: walk, fold and sums as JSON values and columns of whole numbers, and back to a run.

Limit slots whose window has gone by are left out. `state_bytes` makes bytes of it.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

from rules_engine.matching.prepared import Prepared, StandingValue
from rules_engine.matching.stored import from_stored, to_stored
from rules_engine.matching.tallies import RunningTally, running_tally
from rules_engine.matching.walk import SlotKey, Walk, new_walk
from rules_engine.result.fold_cells import FoldCells, Slots
from rules_engine.result.run import Run, Sums, sums_of
from rules_engine.result.state_bytes import WALK_COLUMNS, Stored, damaged
from rules_engine.scoring.plan import NONE


def stored_of(prepared: Prepared, cells: FoldCells, run: Run) -> Stored:
    """What is stored of a run."""
    walk, fold = _without_old_slots(prepared, run.walk, cells, cells.of(run.stand))
    sums = sums_of(prepared, run)
    tallies = [
        tally.current(walk.at, walk) if tally.head < len(tally.held_at) else tally
        for tally in [*walk.tallies, *sums.stages]
    ]
    tally_numbers, held_at = _tally_columns(tallies)
    columns = {name: getattr(walk, name) for name in WALK_COLUMNS} | {
        "walk": [walk.begin, walk.at, walk.visit_start, walk.last_event, walk.events],
        "gate_holds": [int(holds) for holds in walk.gate_holds],
        "amounts": [value.amount for value in walk.standing],
        "verdicts": [-1 if value.verdict is None else int(value.verdict) for value in walk.standing],
        "effects": sums.effects,
        "tallies": tally_numbers,
        "held_at": held_at,
    }
    seen = [  # a tally that falls is not looked at while that does not matter
        tally.value(walk.at, walk) if known.falls else value
        for tally, known, value in zip(tallies, prepared.tallies, walk.seen, strict=False)
    ]
    values: list[object] = [
        [to_stored(value) for value in seen],
        [to_stored(key) for key in sorted(walk.slots, key=walk.slots.__getitem__)] if walk.slots else [],
        {i: sorted(paths) for i, paths in sorted(walk.missing.items())},
        {n: value.missing for n, value in enumerate(walk.standing) if value.missing},
        {t: found for t, tally in enumerate(tallies) if (found := _tally_values(tally)) is not None},
    ]
    return Stored(values, columns, fold)


def _tally_columns(tallies: list[RunningTally]) -> tuple[list[int], list[int]]:
    """First and last event, how many count and how many are held, of each; and when all that is held was met."""
    found: list[int] = []
    held_at: list[int] = []
    for tally in tallies:
        first, last = (NONE if at is None else at for at in (tally.first, tally.last))
        held = tally.held_at[tally.head :]
        found += (first, last, tally.count, len(held))
        held_at += held
    return found, held_at


def _tally_values(tally: RunningTally) -> list[object] | None:
    """What else a tally knows, where it is not nothing."""
    if not (tally.sum or tally.distinct or tally.head < len(tally.held)):
        return None
    held = [to_stored(value) for value in tally.held[tally.head :]]
    return [tally.sum, held, [[to_stored(key), count] for key, count in tally.distinct.items()]]


def run_from(prepared: Prepared, cells: FoldCells, stored: Stored) -> Run | None:
    """The run behind what `stored_of` gave, None before the first event. Raises `UnreadableState`."""
    columns = stored.columns
    if not stored.fold:
        return None
    try:
        seen, slots, missing, missing_standing, more = stored.values
        if len(columns["walk"]) != 5 or len(stored.fold) <= cells.fixed:
            raise damaged()
        walk = new_walk(prepared, 0)
        walk.begin, walk.at, walk.visit_start, walk.last_event, walk.events = columns["walk"]
        walk.seen = [from_stored(value) for value in seen]
        walk.missing = {int(i): frozenset(paths) for i, paths in missing.items()}
        verdicts = [None if verdict < 0 else bool(verdict) for verdict in columns["verdicts"]]
        walk.standing = [
            StandingValue(amount, verdict, ()) for amount, verdict in zip(columns["amounts"], verdicts, strict=True)
        ]
        for n, paths in missing_standing.items():
            walk.standing[int(n)] = walk.standing[int(n)]._replace(missing=tuple(paths))
        walk.slots = {from_stored(key): slot for slot, key in enumerate(slots)}
        for name in WALK_COLUMNS:
            setattr(walk, name, columns[name])
        walk.slot_room = cells.slots(stored.fold).rooms
        walk.gate_holds = [bool(holds) for holds in columns["gate_holds"]]
        stages = [running_tally("count", stage.window) for stage in prepared.stages]
        _put_tallies([*walk.tallies, *stages], columns, more)
        stand = cells.stand(prepared.kernel, stored.fold, walk.at)
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise damaged() from fault
    return Run(prepared.kernel, walk, Sums(columns["effects"], stages), walk.at, stand, (stand, [], []))


def _put_tallies(tallies: list[RunningTally], columns: dict[str, list[int]], more: dict[str, Any]) -> None:
    at, held_at = 0, columns["held_at"]
    numbers = iter(columns["tallies"])
    for tally, (first, last, count, held) in zip(tallies, zip(*[numbers] * 4, strict=True), strict=True):
        if first != NONE:
            tally.first, tally.last, tally.count = first, last, count
            tally.held_at = held_at[at : at + held]
            at += held
    for t, (total, values, distinct) in more.items():
        tally = tallies[int(t)]
        tally.sum = total
        tally.held = [from_stored(value) for value in values]
        tally.distinct = {from_stored(key): count for key, count in distinct}


def _without_old_slots(prepared: Prepared, walk: Walk, cells: FoldCells, fold: array[int]) -> tuple[Walk, array[int]]:
    """Both without the limit slots whose window has gone by: no later event can ask for them."""
    if not walk.slots:
        return walk, fold
    slots = cells.slots(fold)
    starts = slots.starts()
    kept = [(key, n) for key, n in walk.slots.items() if not _is_old(prepared, walk, slots, key, n, starts)]
    if len(kept) == len(walk.slots):
        return walk, fold
    numbers = [slot for _, slot in kept]
    slots = slots.only(numbers)
    return (
        replace(
            walk,
            slots={key: n for n, (key, _) in enumerate(kept)},
            slot_items=[walk.slot_items[slot] for slot in numbers],
            slot_uses=[walk.slot_uses[slot] for slot in numbers],
            slot_room=slots.rooms,
        ),
        cells.with_slots(fold, slots),
    )


def _is_old(prepared: Prepared, walk: Walk, slots: Slots, key: SlotKey, slot: int, starts: list[int]) -> bool:
    item = prepared.numbering.items[walk.slot_items[slot]]
    limit = item.limit
    if limit is None:
        return True
    if limit.per == "visit":
        return isinstance(key, tuple) and key[2] != walk.visit_start
    if limit.per is not None:
        return isinstance(key, tuple) and key[2] != prepared.calendar.window(walk.at, limit.per)[0]
    if limit.within is None:
        return False
    counted = slots.ring[starts[slot] : starts[slot + 1]]
    last = slots.last[slot] if limit.keep_highest else max(counted, default=0)
    return slots.count[slot] == 0 or last <= walk.at - limit.within
