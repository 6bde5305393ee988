"""How awards fall: by steps that are pending, or in pools from which a continuous law takes."""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace
from math import floor

from rules_engine.scoring.bands import note_loss, touch
from rules_engine.scoring.codes import FALLS
from rules_engine.scoring.plan import FAR, LAW_HALF_LIFE, LAW_LINEAR, LAW_STEPS, NONE, Plan
from rules_engine.scoring.power import halved, power_of_two
from rules_engine.scoring.remains import set_age
from rules_engine.scoring.state import Pending, State

# steps of an award under a continuous law: its delay ends, it has fallen to `keep`
_ENTERS, _LEAVES = -1, -2


def expect(state: State, t: int) -> None:
    """Something will happen by itself at t."""
    if t < state.soon[0]:
        state.soon[0] = t


def pend(
    plan: Plan,
    state: State,
    heap: list[Pending],
    t: int,
    kind: int,
    i: int,
    step: int,
    amount: int,
    start: int,
    event: int,
) -> None:
    state.sequence[0] += 1
    heappush(heap, (t, kind, state.sequence[0], i, step, amount, start, state.s_epoch[plan.i_score[i]], event))
    expect(state, t)


def start_decay(plan: Plan, state: State, heap: list[Pending], s: int, i: int, t: int, amount: int, event: int) -> None:
    state.s_remaining[s] += amount
    r, law = plan.i_run[i], plan.i_law[i]
    if r >= 0:
        f, place = plan.i_family[i], state.i_place[i]
        if state.f_aged_at[f] != t or state.f_whole[f] != state.f_exponent[f]:
            _raise_exponent(plan, state, f, t)
        if place < 0:
            place = plan.r_places[r] + state.r_count[r]
            state.r_count[r] += 1
            state.i_place[i] = place
            state.pool[place] = 0.0
            state.s_smooth[s] += 1
        if state.f_up[f] == 0.0:
            state.f_up[f] = 2.0 * power_of_two(-state.f_rest[f] - 1.0)
        state.pool[place] += amount * state.f_up[f]
        if state.s_looked_at[s] == t:
            state.s_found[s] += amount  # at this instant nothing of it has fallen
    elif law in (LAW_HALF_LIFE, LAW_LINEAR):
        if state.s_looked_at[s] == t:
            state.s_found[s] += amount
        if state.i_place[i] < 0:
            state.i_place[i] = 0
            state.mixed[plan.s_items[s] + state.s_mixed[s]] = i
            state.s_mixed[s] += 1
            state.s_smooth[s] += 1
        if law == LAW_LINEAR:
            state.s_slope[s] += amount / plan.i_period[i]
        if plan.i_delay[i] > 0:
            state.i_waiting[i] += amount
            pend(plan, state, heap, t + plan.i_delay[i], FALLS, i, _ENTERS, amount, t, event)
        else:
            _enter_pool(plan, state, heap, i, t, amount, event)
    else:
        state.i_fixed[i] += amount
        state.s_fixed[s] += amount
        if law == LAW_STEPS:
            first = plan.i_steps[i]
            pend(plan, state, heap, t + plan.step_age[first], FALLS, i, first, amount, t, event)


def _put_into_pool(plan: Plan, state: State, i: int, t: int, amount: float, entered: int) -> None:
    """Adds an award that fell from `entered` on to the pool of rule i at t; a negative amount takes one out."""
    f = plan.i_family[i]
    if f >= 0:
        age = (entered - state.origin[0]) / plan.f_period[f]
        whole = floor(age)
        scaled = amount * 2.0 * power_of_two(age - whole - 1.0)
        state.i_pool[i] += halved(scaled, state.f_exponent[f] - whole)
        return
    state.i_pool[i] -= state.i_slope[i] * ((t - state.i_pooled_at[i]) / plan.i_period[i])
    state.i_pool[i] += amount * (1.0 - (t - entered) / plan.i_period[i])
    state.i_pooled_at[i] = t
    state.i_slope[i] += amount


def _enter_pool(plan: Plan, state: State, heap: list[Pending], i: int, t: int, amount: int, event: int) -> None:
    """An award whose delay, if any, is over begins to fall."""
    if plan.i_family[i] >= 0:
        _raise_exponent(plan, state, plan.i_family[i], t)
    _put_into_pool(plan, state, i, t, amount, t)
    state.i_pooled[i] += 1
    if plan.i_end[i] != FAR:
        start = t - plan.i_delay[i]
        pend(plan, state, heap, start + plan.i_end[i], FALLS, i, _LEAVES, amount, start, event)


def _raise_exponent(plan: Plan, state: State, f: int, t: int) -> None:
    """Tells the pools of half-life f as of the whole half-lives at t: exact, and keeps the numbers small."""
    if state.f_aged_at[f] != t:
        set_age(plan, state, f, t)
    more = state.f_whole[f] - state.f_exponent[f]
    if more == 0:
        return
    for r in range(len(plan.r_family)):
        if plan.r_family[r] == f:
            for n in range(plan.r_places[r], plan.r_places[r] + state.r_count[r]):
                state.pool[n] = halved(state.pool[n], more)
    for s in range(len(plan.s_start)):
        for n in range(plan.s_items[s], plan.s_items[s] + state.s_mixed[s]):
            i = state.mixed[n]
            if plan.i_family[i] == f:
                state.i_pool[i] = halved(state.i_pool[i], more)
    state.f_exponent[f] = state.f_whole[f]
    state.f_at[f] = NONE


def _leave_pool(plan: Plan, state: State, i: int, t: int, amount: int, start: int) -> None:
    """The award has fallen to `keep` and stays there."""
    _put_into_pool(plan, state, i, t, -amount, start + plan.i_delay[i])
    state.i_pooled[i] -= 1
    state.i_settled[i] += amount * plan.i_keep[i]
    if plan.i_law[i] == LAW_LINEAR:
        state.s_slope[plan.i_score[i]] -= amount / plan.i_period[i]
    if state.i_pooled[i] == 0:
        state.i_pool[i] = 0.0
        state.i_slope[i] = 0.0


def step_rest(plan: Plan, i: int, step: int, amount: int) -> int:
    """What remains of a stepped award once `step` has happened; before the first step all of it."""
    if step < plan.i_steps[i]:
        return amount
    return round(amount * plan.step_weight[step])


def fall_quietly(plan: Plan, state: State, heap: list[Pending]) -> bool:
    """Lets what comes first happen if it is an award that falls and can change no band. Whether it did."""
    t, kind, sequence, i, step, amount, start, epoch, event = heap[0]
    if kind != FALLS:
        return False
    s = plan.i_score[i]
    if epoch != state.s_epoch[s]:
        heappop(heap)
        return True
    loss = _loss_of_step(plan, i, step, amount)
    if not note_loss(plan, state, s, loss, t):
        return False
    if step >= 0 and step + 1 < plan.i_steps[i + 1]:
        heapreplace(heap, (start + plan.step_age[step + 1], FALLS, sequence, i, step + 1, amount, start, epoch, event))
    else:
        heappop(heap)
    if step >= 0:
        _step_down(plan, state, s, i, loss)
    else:
        _move_pool(plan, state, heap, s, i, step, t, amount, start, event)
    return True


def _loss_of_step(plan: Plan, i: int, step: int, amount: int) -> int:
    """What an award falls by: the difference of rounded remainders."""
    if step < 0:
        return 1  # what rounding may take where it goes into a pool or leaves it
    before = amount if step == plan.i_steps[i] else round(amount * plan.step_weight[step - 1])
    return before - round(amount * plan.step_weight[step])


def _step_down(plan: Plan, state: State, s: int, i: int, loss: int) -> None:
    state.s_settled_at[s] = NONE
    state.s_totalled_at[s] = NONE
    state.i_fixed[i] -= loss
    state.s_fixed[s] -= loss
    if plan.i_group[i] >= 0:
        state.g_most[plan.i_group[i]] -= loss


def fall(plan: Plan, state: State, heap: list[Pending], moves: list[int], pending: Pending) -> None:
    """An award falls by a step; or, where it falls continuously, begins or ends to."""
    t, _, _, i, step, amount, start, _, event = pending
    s = plan.i_score[i]
    loss = _loss_of_step(plan, i, step, amount)
    touch(plan, state, moves, s, t)
    note_loss(plan, state, s, loss, t)
    if step >= 0:
        _step_down(plan, state, s, i, loss)
    else:
        _move_pool(plan, state, heap, s, i, step, t, amount, start, event)


def _move_pool(
    plan: Plan,
    state: State,
    heap: list[Pending],
    s: int,
    i: int,
    step: int,
    t: int,
    amount: int,
    start: int,
    event: int,
) -> None:
    """An award of a continuous law begins or ends to fall at t."""
    state.s_settled_at[s] = NONE
    state.s_totalled_at[s] = NONE
    state.s_looked_at[s] = NONE
    if step == _ENTERS:
        state.i_waiting[i] -= amount
        _enter_pool(plan, state, heap, i, t, amount, event)
    else:
        _leave_pool(plan, state, i, t, amount, start)
