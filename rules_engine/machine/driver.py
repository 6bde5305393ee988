"""From lead to lead: what is compiled around the kernel. Like the kernel in the subset of Python that numba compiles.

It does for each lead what `rules_engine.result.run` does for one, and reads the results off. `cells` and `reals` are
the flat arrays of `layout`; `plan`, `state` and `inputs` stand for columns in them (see `flatten`), so this text runs
only after it is rewritten.
"""

from __future__ import annotations

from heapq import heappush
from typing import Any, TypeAlias

from rules_engine.machine.layout import (
    CHANGES,
    FIRST_CHANGE,
    FIRST_MARK,
    FIRST_RING,
    FULL,
    HEAP,
    LEDGER,
    MARKS,
    MOVES,
    RINGS,
)
from rules_engine.scoring.amounts import to_reading
from rules_engine.scoring.codes import AWARD
from rules_engine.scoring.fold import begin, close, fold
from rules_engine.scoring.plan import FAR, NONE, Inputs, Plan
from rules_engine.scoring.remains import activity_at, combined_total, reading_at, total_at
from rules_engine.scoring.state import Pending, State

Cells: TypeAlias = Any
Reals: TypeAlias = Any
Array: TypeAlias = Any


def make_blank(
    cells: Cells,
    reals: Reals,
    template: Array,
    real_template: Array,
    state_at: int,
    real_state_at: int,
    begin_cells: Array,
    t: int,
) -> None:
    """The state of a lead that begins at t, without limit slots, before its profile parts and caps are set."""
    for n in range(len(template)):
        cells[state_at + n] = template[n]
    for n in range(len(real_template)):
        reals[real_state_at + n] = real_template[n]
    for n in range(len(begin_cells)):
        cells[begin_cells[n]] = t


def _renew(
    cells: Cells,
    reals: Reals,
    template: Array,
    real_template: Array,
    state_at: int,
    real_state_at: int,
    begin_cells: Array,
    slot_starts: Array,
    ring_starts: Array,
    ring_size: int,
    t: int,
) -> None:
    """The same with as many limit slots as the lead has."""
    make_blank(cells, reals, template, real_template, state_at, real_state_at, begin_cells, t)
    slots = cells[RINGS] - 1
    for n in range(len(slot_starts)):
        start = slot_starts[n]
        for slot in range(slots):
            cells[start + slot] = 0
    for n in range(len(ring_starts)):
        for place in range(ring_size):
            cells[ring_starts[n] + place] = 0


def _resume(
    cells: Cells,
    reals: Reals,
    template: Array,
    real_template: Array,
    state_at: int,
    real_state_at: int,
    heap: list[Pending],
    stands: Array,
    stand_reals: Array,
    at: int,
    end: int,
) -> None:
    """The state that a stand tells (see `batch.fold.stands`), and what is pending then; without limit slots."""
    for n in range(len(template)):
        cells[state_at + n] = template[n]
    for n in range(len(real_template)):
        reals[real_state_at + n] = real_template[n]
    pairs_end = at + 1 + 2 * stands[at]
    for n in range(at + 1, pairs_end, 2):
        place = stands[n]
        if place < len(template):
            cells[state_at + place] = stands[n + 1]
        else:
            reals[real_state_at + place - len(template)] = stand_reals[n + 1]
    for p in range(pairs_end, end, 9):
        heappush(
            heap,
            (
                stands[p],
                stands[p + 1],
                stands[p + 2],
                stands[p + 3],
                stands[p + 4],
                stands[p + 5],
                stands[p + 6],
                stands[p + 7],
                stands[p + 8],
            ),
        )


def _stay(plan: Plan, state: State, lead: int, looked: int, results: Array, readings: Array) -> None:
    """The results of a lead to whom nothing ever happens: as it begins, so it stays."""
    scores = len(plan.s_start)
    for s in range(scores):
        if plan.s_parts[s] == plan.s_parts[s + 1]:
            state.s_total[s] = max(min(plan.s_start[s] + state.s_profile[s], plan.s_max[s]), plan.s_min[s])
            state.s_totalled_at[s] = FAR
    for s in range(scores):
        total = state.s_total[s] if plan.s_parts[s] == plan.s_parts[s + 1] else combined_total(plan, state, s, 0)
        value = min(total, state.s_cap[s])
        reading = to_reading(value)
        band = 0
        for b in range(plan.s_latches[s], plan.s_latches[s + 1]):
            if value >= plan.b_from[b]:
                band = b - plan.s_latches[s] + 1
        results[0, s, lead] = plan.s_start[s]
        results[1, s, lead] = state.s_profile[s]
        results[2, s, lead] = total
        results[3, s, lead] = reading
        results[4, s, lead] = state.s_cap[s]
        results[5, s, lead] = band
        results[6, s, lead] = NONE
        results[7, s, lead] = reading
        results[8, s, lead] = NONE
        results[9, s, lead] = NONE
        for look in range(looked, readings.shape[0]):
            readings[look, s, lead] = reading


def fold_range(
    cells: Cells,
    reals: Reals,
    plan: Plan,
    state: State,
    inputs: Inputs,
    template: Array,
    real_template: Array,
    state_at: int,
    real_state_at: int,
    begin_cells: Array,
    profile_cells: Array,
    cap_cells: Array,
    slot_starts: Array,
    ring_starts: Array,
    begins: Array,
    profiles: Array,
    caps: Array,
    m_first: Array,
    r_first: Array,
    h_first: Array,
    as_of: Array,
    snapshots: Array,
    early: Array,
    stands: Array,
    stand_reals: Array,
    stand_first: Array,
    first: int,
    last: int,
    settles: int,
    results: Array,
    readings: Array,
    kept: Array,
    entries: Array,
    changes: Array,
    heap: list[Pending],
    ledger: list[int],
    moves: list[int],
) -> int:
    """Folds the leads from `first` up to `last`, which is not one of them, or up to one for which a buffer is full.

    Where `stand_first` says where the stand of each lead begins in `stands` (and `stand_reals`, the same bits), leads
    go on from there; they have no marks and no snapshots. Where `kept` has a number per item, only awards of the items
    whose number is not 0 stay in the ledger. Gives the first lead that is not done. Writes `results` (what, score,
    lead) and `readings` (instant, score, lead), and how long the ledger and the moves are after each lead into
    `entries` and `changes`.
    """
    scores = len(plan.s_start)
    for lead in range(first, last):
        cells[HEAP] = 0
        entered = cells[LEDGER]
        moved = cells[MOVES]
        t = begins[lead]
        until = as_of[lead]
        cells[FIRST_MARK] = m_first[lead]
        cells[MARKS] = m_first[lead + 1] - m_first[lead]
        cells[FIRST_RING] = r_first[lead]
        cells[RINGS] = r_first[lead + 1] - r_first[lead]
        cells[FIRST_CHANGE] = h_first[lead]
        cells[CHANGES] = h_first[lead + 1] - h_first[lead]
        ring_size = 0
        if cells[RINGS] > 0:
            ring_size = inputs.slot_ring[cells[RINGS] - 1]

        looked = 0
        while looked < snapshots.shape[1] and snapshots[lead, looked] < t:
            # not begun then: nothing has happened, and the profile parts are those of the moment
            _renew(
                cells,
                reals,
                template,
                real_template,
                state_at,
                real_state_at,
                begin_cells,
                slot_starts,
                ring_starts,
                ring_size,
                snapshots[lead, looked],
            )
            for s in range(scores):
                cells[cap_cells[s]] = caps[lead, s]
                cells[profile_cells[s]] = early[lead, looked, s] if early.shape[0] > 0 else profiles[lead, s]
            for s in range(scores):
                readings[looked, s, lead] = reading_at(plan, state, s, snapshots[lead, looked])
            looked += 1

        resumes = stand_first.shape[0] > 0
        is_quiet = not resumes and cells[MARKS] == 0 and cells[CHANGES] == 0  # as many leads are
        if resumes:
            _resume(
                cells,
                reals,
                template,
                real_template,
                state_at,
                real_state_at,
                heap,
                stands,
                stand_reals,
                stand_first[lead],
                stand_first[lead + 1],
            )
        elif not is_quiet:
            _renew(
                cells,
                reals,
                template,
                real_template,
                state_at,
                real_state_at,
                begin_cells,
                slot_starts,
                ring_starts,
                ring_size,
                t,
            )
        if not resumes:
            for s in range(scores):
                cells[cap_cells[s]] = caps[lead, s]
                cells[profile_cells[s]] = profiles[lead, s]
        if is_quiet:
            _stay(plan, state, lead, looked, results, readings)
            entries[lead] = cells[LEDGER]
            changes[lead] = cells[MOVES]
            continue
        state.settles[0] = settles
        if not resumes:
            begin(plan, state, t)
        next_mark = 0
        next_change = 0
        while looked < snapshots.shape[1]:
            t = snapshots[lead, looked]
            next_mark, next_change = fold(plan, state, inputs, heap, ledger, moves, next_mark, next_change, t)
            for s in range(scores):
                readings[looked, s, lead] = reading_at(plan, state, s, t)
            looked += 1
        fold(plan, state, inputs, heap, ledger, moves, next_mark, next_change, until)
        close(plan, state, ledger, moves, until)

        for s in range(scores):
            results[0, s, lead] = activity_at(plan, state, s, until)
            results[1, s, lead] = state.s_profile[s]
            total = total_at(plan, state, s, until)
            results[2, s, lead] = total
            results[3, s, lead] = to_reading(min(total, state.s_cap[s]))
            results[4, s, lead] = state.s_cap[s]
            results[5, s, lead] = state.s_band[s]
            results[6, s, lead] = state.s_since[s]
            results[7, s, lead] = to_reading(state.s_peak[s])
            results[8, s, lead] = state.s_peak_at[s]
            latest = NONE
            for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
                latest = max(latest, state.s_increase[plan.leaf_score[n]])
            results[9, s, lead] = latest
        if cells[FULL]:
            cells[LEDGER] = entered
            cells[MOVES] = moved
            return lead
        if kept.shape[0] > 0:
            keep_awards(cells, ledger, entered, kept)
        entries[lead] = cells[LEDGER]
        changes[lead] = cells[MOVES]
    return last


def keep_awards(cells: Array, buffer: Array, start: int, kept: Array) -> None:
    """Leaves only awards of some items among the entries from `start` on."""
    n = start
    for entry in range(start, cells[LEDGER], 8):
        if buffer[entry + 2] == AWARD and kept[buffer[entry + 3]] != 0:
            for k in range(8):
                buffer[n + k] = buffer[entry + k]
            n += 8
    cells[LEDGER] = n
