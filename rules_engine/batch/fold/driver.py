"""From lead to lead: what is compiled around the kernel. Like the kernel in the subset of Python that numba compiles.

It does for each lead what `rules_engine.result.run` does for one, and reads the results off. `cells` and `reals` are
the flat arrays of `layout`; `plan`, `state` and `inputs` stand for columns in them (see `flatten`), so this text runs
only after it is rewritten.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from rules_engine.batch.fold.layout import CHANGES, FIRST_CHANGE, FIRST_MARK, FIRST_RING, MARKS, RINGS
from rules_engine.scoring.fold import activity_at, begin, close, fold, reading_at, total_at
from rules_engine.scoring.plan import NONE, Inputs, Plan
from rules_engine.scoring.state import Pending, State

Cells: TypeAlias = Any
Reals: TypeAlias = Any
Array: TypeAlias = Any

UNWANTED = 4096  # numbers of a ledger that nobody wants, kept before they are thrown away


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
    """The state of a lead that begins at t, before its profile parts and caps are set."""
    for n in range(len(template)):
        cells[state_at + n] = template[n]
    for n in range(len(real_template)):
        reals[real_state_at + n] = real_template[n]
    for n in range(len(begin_cells)):
        cells[begin_cells[n]] = t
    for n in range(len(slot_starts)):
        for slot in range(cells[RINGS] - 1):
            cells[slot_starts[n] + slot] = 0
    for n in range(len(ring_starts)):
        for place in range(ring_size):
            cells[ring_starts[n] + place] = 0


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
    first: int,
    last: int,
    wants_ledger: bool,
    wants_moves: bool,
    results: Array,
    readings: Array,
    entries: Array,
    changes: Array,
) -> tuple[Array, Array]:
    """Folds the leads from `first` up to `last`, which is not one of them; gives the ledger and the moves of all.

    Writes `results` (what, lead, score) and `readings` (lead, instant, score), and how long the ledger and the moves
    are after each lead into `entries` and `changes`.
    """
    heap: list[Pending] = [(0, 0, 0, 0, 0, 0, 0, 0, 0)]
    ledger = [0]
    moves = [0]
    ledger.clear()
    moves.clear()
    scores = len(plan.s_start)
    for lead in range(first, last):
        heap.clear()
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
                readings[lead, looked, s] = reading_at(plan, state, s, snapshots[lead, looked])
            looked += 1

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
        for s in range(scores):
            cells[cap_cells[s]] = caps[lead, s]
            cells[profile_cells[s]] = profiles[lead, s]
        begin(plan, state, t)
        next_mark = 0
        next_change = 0
        while looked < snapshots.shape[1]:
            t = snapshots[lead, looked]
            next_mark, next_change = fold(plan, state, inputs, heap, ledger, moves, next_mark, next_change, t)
            for s in range(scores):
                readings[lead, looked, s] = reading_at(plan, state, s, t)
            looked += 1
        next_mark, next_change = fold(plan, state, inputs, heap, ledger, moves, next_mark, next_change, until)
        close(plan, state, ledger, moves, until)

        for s in range(scores):
            results[0, lead, s] = activity_at(plan, state, s, until)
            results[1, lead, s] = state.s_profile[s]
            results[2, lead, s] = total_at(plan, state, s, until)
            results[3, lead, s] = reading_at(plan, state, s, until)
            results[4, lead, s] = state.s_cap[s]
            results[5, lead, s] = state.s_band[s]
            results[6, lead, s] = state.s_since[s]
            results[7, lead, s] = state.s_peak[s]
            results[8, lead, s] = state.s_peak_at[s]
            latest = NONE
            for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
                latest = max(latest, state.s_increase[plan.leaf_score[n]])
            results[9, lead, s] = latest
        if not wants_ledger and len(ledger) > UNWANTED:
            ledger.clear()
        if not wants_moves and len(moves) > UNWANTED:
            moves.clear()
        entries[lead] = len(ledger)
        changes[lead] = len(moves)
    return _copied(ledger, wants_ledger), _copied(moves, wants_moves)


def _copied(numbers: list[int], wanted: bool) -> Array:
    found = np.empty(len(numbers) if wanted else 0, dtype=np.int64)
    for n in range(len(found)):
        found[n] = numbers[n]
    return found
