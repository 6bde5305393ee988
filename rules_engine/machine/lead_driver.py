"""One lead's fold: what is compiled around the kernel for `one_lead`. In the subset of Python that numba compiles.

A stand is told as two arrays. `old` has the fold's whole numbers: the state's fixed columns, those of limit slots, the
ring, and nine numbers for each thing that is pending. `old_reals` has its doubles. They are unpacked into `cells` and
`reals` (see `driver`), and packed again, whole numbers into `out`, while the doubles are left where they are.
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
    HEAP_SIZE,
    LEDGER,
    MARKS,
    MOVES,
    RINGS,
)
from rules_engine.scoring.fold import begin, close, fold
from rules_engine.scoring.plan import FAR, NONE, Inputs, Plan
from rules_engine.scoring.state import Pending, State

Cells: TypeAlias = Any
Reals: TypeAlias = Any
Array: TypeAlias = Any

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
    state_at: int,
    real_state_at: int,
    profile: Array,
    caps: Array,
    t: int,
) -> None:
    """A lead just before its first event, at t: the state into `out` and the doubles of `reals`."""
    for n in range(len(template)):
        cells[state_at + n] = template[n]
    for n in range(len(real_template)):
        reals[real_state_at + n] = real_template[n]
    for n in range(len(begin_cells)):
        cells[begin_cells[n]] = t
    for s in range(len(plan.s_start)):
        cells[profile_cells[s]] = profile[s]
        cells[cap_cells[s]] = caps[s]
    begin(plan, state, t)
    for n in range(len(template)):
        out[n] = cells[state_at + n]


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
    old: Array,
    old_reals: Array,
    old_starts: Array,
    starts: Array,
    marks: Array,
    changes: Array,
    until: int,
    again: int,
) -> int:
    """Brings a stand up to and with `until`.

    `starts` says where the room of each limit slot begins and where the last ends, `old_starts` where it did. Gives
    `TOO_SMALL` where a buffer is: then nothing that was written is of use. `TOO_LARGE` where points may add up to more
    than `LARGEST`: `bounds` are the most of the model's own, and by how much they may be multiplied.
    """
    before, after = len(old_starts) - 1, len(starts) - 1
    marked, changed = len(marks) // 5, len(changes) // 6
    at = fixed + before * len(slot_cells)
    pending = (len(old) - at - old_starts[before]) // PENDING
    if after > room_of_slots or starts[after] > room_of_ring or marked > room_of_marks or changed > room_of_changes:
        return TOO_SMALL
    if pending > cells[HEAP_SIZE]:
        return TOO_SMALL

    # the stand
    for n in range(fixed):
        cells[state_at + n] = old[n]
    for n in range(len(old_reals)):
        reals[real_state_at + n] = old_reals[n]
    for column in range(len(slot_cells)):
        for slot in range(before):
            cells[slot_cells[column] + slot] = old[fixed + column * before + slot]
        for slot in range(before, after):
            cells[slot_cells[column] + slot] = 0
    for slot in range(after):
        # a slot whose room grows was not full and has never wrapped around: its instants lie in order from its start
        first, had = ring_at + starts[slot], 0
        if slot < before:
            had = old_starts[slot + 1] - old_starts[slot]
            for n in range(had):
                cells[first + n] = old[at + old_starts[slot] + n]
        for n in range(had, starts[slot + 1] - starts[slot]):
            cells[first + n] = 0
    at += old_starts[before]
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
    cells[FIRST_MARK] = 0
    cells[FIRST_RING] = 0
    cells[FIRST_CHANGE] = 0
    cells[MARKS] = marked
    cells[RINGS] = after + 1
    cells[CHANGES] = changed
    items = len(plan.i_score)
    for n in range(after + 1):
        inputs.slot_ring[n] = starts[n]
    for n in range(marked):
        inputs.m_at[n] = marks[5 * n]
        inputs.m_item[n] = marks[5 * n + 1]
        inputs.m_nominal[n] = marks[5 * n + 2]
        inputs.m_slot[n] = marks[5 * n + 3]
        inputs.m_event[n] = marks[5 * n + 4]
        if marks[5 * n + 1] < items:  # of a clock the nominal is a time
            most += abs(marks[5 * n + 2] * 1.0)
    for n in range(changed):
        inputs.h_at[n] = changes[6 * n]
        inputs.h_score[n] = changes[6 * n + 1]
        inputs.h_profile[n] = changes[6 * n + 2]
        inputs.h_cap[n] = changes[6 * n + 3]
        inputs.h_up[n] = changes[6 * n + 4]
        inputs.h_down[n] = changes[6 * n + 5]
        if changes[6 * n + 2] != NONE:
            most += abs(changes[6 * n + 2] * 1.0)
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
    length = fixed + after * len(slot_cells) + starts[after] + pending * PENDING
    if cells[FULL] != 0 or length > len(out):
        return TOO_SMALL
    for n in range(fixed):
        out[n] = cells[state_at + n]
    at = fixed
    for column in range(len(slot_cells)):
        for slot in range(after):
            out[at + slot] = cells[slot_cells[column] + slot]
        at += after
    for n in range(starts[after]):
        out[at + n] = cells[ring_at + n]
    at += starts[after]
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
