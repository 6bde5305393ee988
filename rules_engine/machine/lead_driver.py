"""One lead's fold: what is compiled around the kernel for `one_lead`. In the subset of Python that numba compiles.

A stand is told as one array of 64-bit numbers: whole ones of the state's fixed columns; its doubles; how many limit
slots there are, their columns, and for each how many counted instants there is room for; the ring of these instants;
and nine numbers for each thing that is pending. It is unpacked into `cells` and `reals` (see `driver`), and packed
again into `out`. `old_reals` and `out_reals` are the doubles in the midst of `old` and `out`.
"""

from __future__ import annotations

from heapq import heappush

from rules_engine.machine.driver import Array, Cells, Reals, make_blank
from rules_engine.machine.layout import (
    CHANGES,
    FIRST_CHANGE,
    FIRST_MARK,
    FIRST_RING,
    FULL,
    HEAP,
    HEAP_SIZE,
    LEDGER,
    MARKS,
    MOVES,
    RINGS,
)
from rules_engine.scoring.fold import begin, close, fold
from rules_engine.scoring.plan import FAR, NONE, Inputs, Plan
from rules_engine.scoring.state import Pending, State

PENDING = 9  # numbers of something pending
LARGEST = 2.0**61  # micropoints; whole numbers of 64 bits hold four times as much
DONE, TOO_SMALL, TOO_LARGE = 0, 1, 2  # a buffer is too small, points are too large
LENGTH, SOON, ENTRIES, MOVED = 0, 1, 2, 3  # what stands where in `found`


def begin_lead(
    cells: Cells,
    reals: Reals,
    plan: Plan,
    state: State,
    template: Array,
    real_template: Array,
    begin_cells: Array,
    profile_cells: Array,
    cap_cells: Array,
    out: Array,
    out_reals: Array,
    state_at: int,
    real_state_at: int,
    given: Array,
    t: int,
) -> None:
    """A lead just before its first event, at t; `given` has the profile part of each score, and then the caps."""
    scores = len(plan.s_start)
    make_blank(cells, reals, template, real_template, state_at, real_state_at, begin_cells, t)
    for s in range(scores):
        cells[profile_cells[s]] = given[s]
        cells[cap_cells[s]] = given[scores + s]
    begin(plan, state, t)
    for n in range(len(template)):
        out[n] = cells[state_at + n]
    for n in range(len(real_template)):
        out_reals[n] = reals[real_state_at + n]
    out[len(template) + len(real_template)] = 0


def bring_lead(
    cells: Cells,
    reals: Reals,
    plan: Plan,
    state: State,
    inputs: Inputs,
    heap: list[Pending],
    ledger: list[int],
    moves: list[int],
    slot_cells: Array,
    out: Array,
    out_reals: Array,
    found: Array,
    room_of_marks: int,
    room_of_changes: int,
    room_of_slots: int,
    room_of_ring: int,
    ring_at: int,
    state_at: int,
    fixed: int,
    real_state_at: int,
    bounds: Array,
    given: Array,
    old: Array,
    old_reals: Array,
    marked: int,
    changed: int,
    rooms: int,
    regrown: int,
    until: int,
    again: int,
) -> int:
    """Brings a stand up to and with `until`.

    `given` has so many marks and changes, one after the other, and the room of so many limit slots: of the new ones, or
    of all where old ones have `regrown`. Gives
    `TOO_SMALL` where a buffer is: then nothing that was written is of use. `TOO_LARGE` where points may add up to more
    than `LARGEST`: `bounds` are the most of the model's own, and by how much they may be multiplied.
    """
    slots_at = fixed + len(old_reals)
    before = old[slots_at]
    rooms_at = slots_at + 1 + before * len(slot_cells)
    at = rooms_at + before
    rooms_from = 0 if regrown != 0 else before
    after = rooms_from + rooms
    changes_at = 5 * marked
    given_rooms_at = changes_at + 6 * changed
    if after > room_of_slots or marked > room_of_marks or changed > room_of_changes:
        return TOO_SMALL

    cells[FIRST_MARK] = 0
    cells[FIRST_RING] = 0
    cells[FIRST_CHANGE] = 0
    cells[MARKS] = marked
    cells[RINGS] = after + 1
    cells[CHANGES] = changed

    # the stand
    for n in range(fixed):
        cells[state_at + n] = old[n]
    for n in range(len(old_reals)):
        reals[real_state_at + n] = old_reals[n]
    for column in range(len(slot_cells)):
        for slot in range(before):
            cells[slot_cells[column] + slot] = old[slots_at + 1 + column * before + slot]
        for slot in range(before, after):
            cells[slot_cells[column] + slot] = 0
    ring = 0
    for slot in range(after):
        # a slot whose room grows was not full and has never wrapped around: its instants lie in order from its start
        had = old[rooms_at + slot] if slot < before else 0
        room = given[given_rooms_at + slot - rooms_from] if slot >= rooms_from else had
        if ring + room > room_of_ring:
            return TOO_SMALL
        inputs.slot_ring[slot] = ring
        for n in range(had):
            cells[ring_at + ring + n] = old[at + n]
        for n in range(had, room):
            cells[ring_at + ring + n] = 0
        at += had
        ring += room
    inputs.slot_ring[after] = ring
    pending = (len(old) - at) // PENDING
    if pending > cells[HEAP_SIZE]:
        return TOO_SMALL
    cells[HEAP] = 0
    cells[FULL] = 0
    cells[LEDGER] = 0
    cells[MOVES] = 0
    most = bounds[0]
    for n in range(pending):
        p = at + n * PENDING
        most += abs(old[p + 5] * 1.0)
        heappush(
            heap,
            (old[p], old[p + 1], old[p + 2], old[p + 3], old[p + 4], old[p + 5], old[p + 6], old[p + 7], old[p + 8]),
        )

    # what has happened
    items = len(plan.i_score)
    for n in range(marked):
        inputs.m_at[n] = given[5 * n]
        inputs.m_item[n] = given[5 * n + 1]
        inputs.m_nominal[n] = given[5 * n + 2]
        inputs.m_slot[n] = given[5 * n + 3]
        inputs.m_event[n] = given[5 * n + 4]
        if given[5 * n + 1] < items:  # of a clock the nominal is a time
            most += abs(given[5 * n + 2] * 1.0)
    for n in range(changed):
        inputs.h_at[n] = given[changes_at + 6 * n]
        inputs.h_score[n] = given[changes_at + 6 * n + 1]
        inputs.h_profile[n] = given[changes_at + 6 * n + 2]
        inputs.h_cap[n] = given[changes_at + 6 * n + 3]
        inputs.h_up[n] = given[changes_at + 6 * n + 4]
        inputs.h_down[n] = given[changes_at + 6 * n + 5]
        if given[changes_at + 6 * n + 2] != NONE:
            most += abs(given[changes_at + 6 * n + 2] * 1.0)
    for s in range(len(plan.s_start)):
        most += abs(state.s_activity[s] * 1.0) + abs(state.s_remaining[s] * 1.0)
        most += abs(state.s_fixed[s] * 1.0) + abs(state.s_profile[s] * 1.0)
        if again != 0 and state.s_checked[s] == until:
            state.s_checked[s] = until - 1
    if not most * bounds[1] < LARGEST:
        return TOO_LARGE

    fold(plan, state, inputs, heap, ledger, moves, 0, 0, until)
    close(plan, state, ledger, moves, until)

    # the stand anew
    pending = len(heap)
    length = slots_at + 1 + after * (len(slot_cells) + 1) + ring + pending * PENDING
    if cells[FULL] != 0 or length > len(out):
        return TOO_SMALL
    for n in range(fixed):
        out[n] = cells[state_at + n]
    for n in range(len(out_reals)):
        out_reals[n] = reals[real_state_at + n]
    out[slots_at] = after
    at = slots_at + 1
    for column in range(len(slot_cells)):
        for slot in range(after):
            out[at + slot] = cells[slot_cells[column] + slot]
        at += after
    for slot in range(after):
        out[at + slot] = inputs.slot_ring[slot + 1] - inputs.slot_ring[slot]
    at += after
    for n in range(ring):
        out[at + n] = cells[ring_at + n]
    at += ring
    soon = FAR
    if pending > 0:
        soon = heap[0][0]
    for n in range(pending):
        row = heap[n]
        p = at + n * PENDING
        out[p], out[p + 1], out[p + 2], out[p + 3], out[p + 4] = row[0], row[1], row[2], row[3], row[4]
        out[p + 5], out[p + 6], out[p + 7], out[p + 8] = row[5], row[6], row[7], row[8]
    for k in range(len(plan.k_score)):
        if state.k_asleep[k] == 0 and state.k_next[k] < soon:
            soon = state.k_next[k]
    found[LENGTH] = length
    found[SOON] = soon
    found[ENTRIES] = cells[LEDGER]
    found[MOVED] = cells[MOVES]
    return DONE
