"""The fold kernel: marks in time order in, ledger entries and band transitions out (section 5 of the language).

Written in the subset of Python that numba compiles, over flat columns: batches run it compiled, one lead runs it as it
is or compiled (`kernel`), and all give the same numbers. This module walks through time; what happens at an instant
stands in those below it: `entries` (what is written), `decay` (how awards fall), `bands` (bands and peaks), `remains`
(what a score is worth).

Vocabulary: A is the activity part, P the profile part, T the total. What *remains* of an award falls by its law, and A
falls with it. Each score is touched before something of it changes at an instant, and judged when all has changed.

Loops that turn once or not at all, mostly, and at each mark, are written with `while`: uncompiled, making a range costs
more than such a loop.
"""

from __future__ import annotations

from heapq import heappop, heapreplace

from rules_engine.scoring.amounts import to_reading
from rules_engine.scoring.bands import judge, note_gain, note_loss, room_above, secure, switch_band, touch
from rules_engine.scoring.codes import BY_NOTHING, DAY, FALLS, PART, RETURNS
from rules_engine.scoring.decay import fall, fall_quietly
from rules_engine.scoring.entries import award, give_back, penalize, restart_clock, settle, take_part, tick
from rules_engine.scoring.plan import FAR, NONE, PENALTY, Inputs, Plan
from rules_engine.scoring.remains import highest_value, value_at
from rules_engine.scoring.state import UNSURE, Pending, State


def begin(plan: Plan, state: State, t: int) -> None:
    """Judges the initial bands and peaks at t, before anything has happened; they are no transitions."""
    for s in range(len(plan.s_start)):
        value = value_at(plan, state, s, t)
        state.s_peak[s] = highest_value(to_reading(value))
        state.s_band[s] = switch_band(plan, state, s, value)
        state.s_room[s] = room_above(plan, state, s, value)
        if state.s_low[s] != -FAR:
            secure(plan, state, s, t, value)


def _happen(
    plan: Plan, state: State, heap: list[Pending], ledger: list[int], moves: list[int], clocks: int, t: int
) -> None:
    """What happens at t by itself: awards fall, things are given back and taken, clocks tick."""
    while len(heap) > 0 and heap[0][0] == t:
        pending = heap[0]
        kind, i = pending[1], pending[3]
        s = plan.i_score[i]
        if pending[7] != state.s_epoch[s]:
            heappop(heap)
            continue
        _go_on(plan, heap, pending)
        if kind == FALLS:
            fall(plan, state, heap, moves, pending)
            continue
        touch(plan, state, moves, s, t)
        if kind == RETURNS:
            give_back(plan, state, ledger, pending)
        else:
            take_part(plan, state, heap, ledger, pending)
    for k in range(clocks):
        if state.k_next[k] == t and not state.k_asleep[k]:
            touch(plan, state, moves, plan.k_score[k], t)
            tick(plan, state, ledger, k, t)


def _go_on(plan: Plan, heap: list[Pending], pending: Pending) -> None:
    """Puts the next step or part in the place of what comes first; takes it away where there is none."""
    _, kind, sequence, i, step, amount, start, epoch, event = pending
    if kind == PART:
        if step < plan.i_days[i]:
            heapreplace(heap, (start + (step + 1) * DAY, PART, sequence, i, step + 1, amount, start, epoch, event))
            return
    elif step >= 0 and step + 1 < plan.i_steps[i + 1]:
        heapreplace(heap, (start + plan.step_age[step + 1], kind, sequence, i, step + 1, amount, start, epoch, event))
        return
    heappop(heap)


def _next_by_itself(plan: Plan, state: State, heap: list[Pending], clocks: int, until: int) -> int:
    """The next instant, up to and with `until`, at which something happens by itself; a later one if nothing does.

    What falls before without changing a band has fallen then.
    """
    t = FAR
    k = 0
    while k < clocks:
        if not state.k_asleep[k] and state.k_next[k] < t:
            t = state.k_next[k]
        k += 1
    last = until if until < t else t
    while len(heap) > 0 and heap[0][0] <= last and fall_quietly(plan, state, heap):
        pass
    if len(heap) > 0 and heap[0][0] < t:
        t = heap[0][0]
    return t


def fold(
    plan: Plan,
    state: State,
    inputs: Inputs,
    heap: list[Pending],
    ledger: list[int],
    moves: list[int],
    next_mark: int,
    next_change: int,
    until: int,
) -> tuple[int, int]:
    """Runs the state up to and with `until`; gives the positions of the next mark and change.

    Appends to `ledger` eight numbers per entry (at, score, kind, item or clock, nominal, effective, reason, event) and
    to `moves` five per band transition (at, score, band before, band after, cause).
    """
    marks, changes, items = len(inputs.m_at), len(inputs.h_at), len(plan.i_score)
    clocks = len(plan.k_score)
    at_of_mark, item_of_mark, nominal_of_mark = inputs.m_at, inputs.m_item, inputs.m_nominal
    slot_of_mark, event_of_mark, at_of_change = inputs.m_slot, inputs.m_event, inputs.h_at
    score_of_item, kind_of_item = plan.i_score, plan.i_kind
    checked, soon, dirty = state.s_checked, state.soon, state.dirty
    mark_at = at_of_mark[next_mark] if next_mark < marks else FAR
    change_at = at_of_change[next_change] if next_change < changes else FAR
    while True:
        t = mark_at if mark_at < change_at else change_at
        if soon[0] <= t:
            soon[0] = _next_by_itself(plan, state, heap, clocks, t if t < until else until)
            if soon[0] < t:
                t = soon[0]
            if soon[0] == t <= until:
                _happen(plan, state, heap, ledger, moves, clocks, t)
        if t > until:
            return next_mark, next_change
        while mark_at == t:
            i, nominal = item_of_mark[next_mark], nominal_of_mark[next_mark]
            slot, event = slot_of_mark[next_mark], event_of_mark[next_mark]
            next_mark += 1
            mark_at = at_of_mark[next_mark] if next_mark < marks else FAR
            if i >= items:
                restart_clock(plan, state, i - items, t + nominal)
                continue
            s, kind = score_of_item[i], kind_of_item[i]
            if checked[s] != t:
                touch(plan, state, moves, s, t)
            if kind == PENALTY:
                penalize(plan, state, inputs, heap, ledger, i, t, nominal, slot, event)
            else:
                award(plan, state, inputs, heap, ledger, kind, s, i, t, nominal, slot, event)
        first_change = next_change
        while change_at == t:
            s = inputs.h_score[next_change]
            touch(plan, state, moves, s, t)
            if plan.s_parts[s] < plan.s_parts[s + 1]:
                state.s_totalled_at[s] = FAR
            if inputs.h_profile[next_change] != NONE:
                gain = inputs.h_profile[next_change] - state.s_profile[s]
                if gain > 0:
                    note_gain(plan, state, s, gain)
                else:
                    note_loss(plan, state, s, -gain, t)
                state.s_profile[s] = inputs.h_profile[next_change]
            if inputs.h_cap[next_change] != NONE:
                state.s_cap[s] = inputs.h_cap[next_change]
                state.s_room[s] = 0.0
                if state.s_low[s] != -FAR:
                    state.s_slack[s] = UNSURE
            if inputs.h_up[next_change] != BY_NOTHING:
                state.s_other_up[s] = inputs.h_up[next_change]
            if inputs.h_down[next_change] != BY_NOTHING:
                state.s_other_down[s] = inputs.h_down[next_change]
            next_change += 1
            change_at = at_of_change[next_change] if next_change < changes else FAR
        if dirty[0] > 0:
            judge(plan, state, moves, t)
        while first_change < next_change:
            state.s_other_up[inputs.h_score[first_change]] = BY_NOTHING
            state.s_other_down[inputs.h_score[first_change]] = BY_NOTHING
            first_change += 1


def close(plan: Plan, state: State, ledger: list[int], moves: list[int], t: int) -> None:
    """Brings every score to date at t: the closing decay entries, and crossings up to t.

    Nothing falls of a score whose awards are worth nothing; those combined of others are touched with these.
    """
    for s in range(len(plan.s_start)):
        if state.s_remaining[s] != 0:
            touch(plan, state, moves, s, t)
    for s in range(len(plan.s_start)):
        if state.s_remaining[s] != 0:
            settle(plan, state, ledger, s, t)
        state.s_settled_at[s] = t
        if state.s_checked[s] != t:
            state.s_checked[s] = t
            state.s_up[s] = state.s_down[s] = BY_NOTHING
    judge(plan, state, moves, t)
