"""What is written into the ledger: awards and penalties with their limits, decay, what is given back, and what
inactivity takes.

A falls with what remains, but not below the floor: A' = max(min(A, floor), A - loss). Losses only grow, so A is brought
to date when an entry needs it (`settle`), and only then a `decay` entry is written. Where nobody wants the entries of
decay (`settles`), A is settled only when its floor or its maximum may cut in; `s_spare` is to the floor what the slack
is to the band.
"""

from __future__ import annotations

from rules_engine.scoring.bands import INEXACT, LEEWAY, LESS, MORE, SLOWEST, fall_rate, note_gain, note_loss
from rules_engine.scoring.codes import (
    AWARD,
    BY_CLOCK,
    BY_ITEM,
    CAUSE,
    DAY,
    DECAY,
    FIRST_ITEM,
    FLOOR,
    GIVE_BACK,
    GROUP_MAX,
    INACTIVITY,
    LIMIT,
    MAX,
    MIN,
    NO_REASON,
    PART,
    PENALTY_TAKEN,
    RETURNS,
    RULE_MAX,
    SET_TO,
)
from rules_engine.scoring.decay import expect, pend, start_decay, step_rest
from rules_engine.scoring.plan import FAR, LAW_STEPS, NONE, Inputs, Plan
from rules_engine.scoring.remains import (
    activity_at,
    degrade,
    remaining_of_group,
    remaining_of_item,
    smooth_remaining,
)
from rules_engine.scoring.state import Pending, State


def _write(
    plan: Plan,
    state: State,
    ledger: list[int],
    s: int,
    t: int,
    kind: int,
    index: int,
    nominal: int,
    effective: int,
    reason: int,
    event: int,
) -> None:
    """An entry that is no award and no decay, and its effect."""
    ledger.extend((t, s, kind, index, nominal, effective, reason, event))
    if effective != 0:
        state.s_activity[s] += effective
        by = (BY_CLOCK if kind == INACTIVITY else BY_ITEM) * CAUSE + index
        if effective > 0:
            state.s_up[s] = by
            note_gain(plan, state, s, effective)
        else:
            state.s_down[s] = by
            note_loss(plan, state, s, -effective, t)


def settle(plan: Plan, state: State, ledger: list[int], s: int, t: int) -> int:
    """Brings A of score s to date; writes the decay entry that precedes the other entries of an instant."""
    a = state.s_activity[s]
    if state.s_settled_at[s] == t:
        return a
    state.s_settled_at[s] = t
    remaining = state.s_fixed[s] + smooth_remaining(plan, state, s, t)
    loss = state.s_remaining[s] - remaining
    if loss > 0:
        state.s_remaining[s] = remaining
        if a - loss >= plan.s_floor[s]:
            change, reason = -loss, NO_REASON
        else:
            change, reason = degrade(plan, s, a, loss) - a, FLOOR
        if change != 0:
            a += change
            state.s_activity[s] = a
            ledger.extend((t, s, DECAY, -1, -loss, change, reason, -1))
    if not state.settles[0]:
        wane = fall_rate(plan, state, s, t) * MORE + SLOWEST
        state.s_noted_at[s] = t * 1.0
        state.s_wane[s] = wane
        state.s_spare[s] = a - plan.s_floor[s] - plan.s_margin[s] - abs(a) * INEXACT - LEEWAY * wane
        if state.s_low[s] != -FAR:
            value = min(a + state.s_profile[s], plan.s_max[s], state.s_cap[s])
            state.s_slack[s] = value - state.s_low[s] - plan.s_margin[s] - abs(value) * INEXACT - LEEWAY * wane
    return a


def restart_clock(plan: Plan, state: State, k: int, t: int) -> None:
    """Clock k rings some time after its activity at t, unless that goes on."""
    rings = t + plan.k_after[k]
    state.k_next[k] = rings
    state.k_asleep[k] = 0
    if rings < state.soon[0]:
        state.soon[0] = rings


def _wake_clocks(plan: Plan, state: State, s: int, t: int) -> None:
    """A of score s has risen: clocks that had nothing left to take go on with their schedule, from t on."""
    for k in range(plan.s_clocks[s], plan.s_clocks[s + 1]):
        if state.k_asleep[k]:
            state.k_asleep[k] = 0
            late = t - state.k_next[k]
            if late > 0:
                every = plan.k_every[k]
                state.k_next[k] += (late + every - 1) // every * every
            expect(state, state.k_next[k])


def _counts(plan: Plan, state: State, inputs: Inputs, i: int, slot: int, nominal: int, t: int) -> int:
    """What a limit leaves of an award: its nominal, a part of it (keep: highest), or NONE when it is limited away.

    A counted award is remembered.
    """
    times, within = plan.i_times[i], plan.i_within[i]
    count = state.slot_count[slot]
    kept = nominal
    if plan.i_highest[i]:
        if count > 0 and (within == 0 or state.slot_last[slot] > t - within):
            if nominal <= state.slot_best[slot]:
                return NONE
            kept = nominal - state.slot_best[slot]
        state.slot_best[slot] = nominal
        state.slot_last[slot] = t
    elif within > 0:
        first = inputs.slot_ring[slot]
        size = inputs.slot_ring[slot + 1] - first
        place = first + count % size
        if count >= times and state.ring[place] > t - within:
            return NONE
        state.ring[place] = t
    elif count >= times:
        return NONE
    state.slot_count[slot] = count + 1
    return kept


def _is_above(state: State, s: int, t: int, loss: int) -> bool:
    """Whether A of score s is surely above its floor at t, also when so much is taken."""
    return state.s_spare[s] - loss >= (t - state.s_noted_at[s]) * state.s_wane[s]


def _take(
    plan: Plan, state: State, heap: list[Pending], ledger: list[int], i: int, t: int, loss: int, event: int
) -> None:
    """Takes `loss` > 0 for penalty i, down to the floor; what was really taken may come back by steps."""
    s = plan.i_score[i]
    a = state.s_activity[s]
    if state.settles[0] or (a > plan.s_floor[s] and not _is_above(state, s, t, loss)):
        a = settle(plan, state, ledger, s, t)
    effective = degrade(plan, s, a, loss) - a
    reason = NO_REASON if effective == -loss else FLOOR
    _write(plan, state, ledger, s, t, PENALTY_TAKEN, i, -loss, effective, reason, event)
    if effective < 0 and plan.i_law[i] == LAW_STEPS:
        first = plan.i_steps[i]
        pend(plan, state, heap, t + plan.step_age[first], RETURNS, i, first, effective, t, event)


def penalize(
    plan: Plan,
    state: State,
    inputs: Inputs,
    heap: list[Pending],
    ledger: list[int],
    i: int,
    t: int,
    amount: int,
    slot: int,
    event: int,
) -> None:
    s = plan.i_score[i]
    if plan.i_share[i] >= 0.0:
        amount = round(plan.i_share[i] * max(activity_at(plan, state, s, t), 0))
    if amount <= 0:
        return
    if slot >= 0 and _counts(plan, state, inputs, i, slot, amount, t) == NONE:
        settle(plan, state, ledger, s, t)
        _write(plan, state, ledger, s, t, PENALTY_TAKEN, i, -amount, 0, LIMIT, event)
    elif plan.i_days[i] > 0:
        pend(plan, state, heap, t + DAY, PART, i, 1, amount, t, event)
    else:
        _take(plan, state, heap, ledger, i, t, amount, event)


def _end_everything(plan: Plan, state: State, s: int) -> None:
    """`set`: earlier awards, pending parts of penalties and give-backs of score s are over."""
    state.s_epoch[s] += 1
    state.s_looked_at[s] = NONE
    state.s_fixed[s] = 0
    state.s_remaining[s] = 0
    state.s_smooth[s] = 0
    state.s_mixed[s] = 0
    state.s_slope[s] = 0.0
    for r in range(plan.s_runs[s], plan.s_runs[s + 1]):
        state.r_count[r] = 0
    for i in range(plan.s_items[s], plan.s_items[s + 1]):
        state.i_place[i] = -1
        state.i_fixed[i] = 0
        state.i_waiting[i] = 0
        state.i_settled[i] = 0.0
        state.i_pool[i] = 0.0
        state.i_slope[i] = 0.0
        state.i_pooled[i] = 0
        if plan.i_group[i] >= 0:
            state.g_most[plan.i_group[i]] = 0


def award(
    plan: Plan,
    state: State,
    inputs: Inputs,
    heap: list[Pending],
    ledger: list[int],
    kind: int,
    s: int,
    i: int,
    t: int,
    nominal: int,
    slot: int,
    event: int,
) -> None:
    """An award of event rule i of score s (or its `set`, by `kind`), by the steps 1 to 3 of the language."""
    is_settled = state.s_settled_at[s] == t
    if not is_settled and (state.settles[0] or nominal <= 0 or kind == SET_TO):
        settle(plan, state, ledger, s, t)
        is_settled = True
    a = state.s_activity[s]
    if kind == SET_TO:
        nominal = plan.i_set[i] - a
        if nominal == 0:
            _end_everything(plan, state, s)
            return
    sleepers = False
    if nominal > 0:
        k, end = plan.s_clocks[s], plan.s_clocks[s + 1]
        while k < end:
            if plan.k_default[k]:
                rings = t + plan.k_after[k]  # as `restart_clock` does
                state.k_next[k] = rings
                state.k_asleep[k] = 0
                if rings < state.soon[0]:
                    state.soon[0] = rings
            elif state.k_asleep[k]:
                sleepers = True
            k += 1
    effective, reason = nominal, NO_REASON
    if slot >= 0:
        effective = _counts(plan, state, inputs, i, slot, nominal, t)
        if effective == NONE:
            ledger.extend((t, s, kind, i, nominal, 0, LIMIT, event))
            return
        if effective != nominal:
            reason = LIMIT
    if effective > 0 and kind == AWARD:
        if plan.i_max[i] != FAR:
            room = max(plan.i_max[i] - remaining_of_item(plan, state, i, t), 0)
            if effective > room:
                effective, reason = room, RULE_MAX
        g = plan.i_group[i]
        if g >= 0:
            if state.g_most[g] + effective > plan.g_full[g]:
                state.g_most[g] = remaining_of_group(plan, state, s, g, t)
                room = max(plan.g_max[g] - state.g_most[g], 0)
                if effective > room:
                    effective, reason = room, GROUP_MAX
            state.g_most[g] += effective
    after = a + effective
    if not is_settled and (after > plan.s_max[s] or (after > plan.s_floor[s] and not _is_above(state, s, t, 0))):
        a = settle(plan, state, ledger, s, t)
        after = a + effective
    if after > plan.s_max[s]:
        after, reason = plan.s_max[s], MAX
    if after < plan.s_min[s]:
        after, reason = plan.s_min[s], MIN
    effective = after - a
    ledger.extend((t, s, kind, i, nominal, effective, reason, event))
    state.s_activity[s] = after
    if effective > 0:
        state.s_up[s] = FIRST_ITEM + i
        state.s_increase[s] = t
        state.s_room[s] -= effective  # as in `note_gain`
        surely, wane = effective * LESS, effective * plan.i_rate[i]
        state.s_slack[s] += surely
        state.s_spare[s] += surely
        state.s_wane[s] += wane
        is_whole = after + state.s_profile[s] <= plan.s_max[s] and state.s_profile[s] >= 0
        n, end = plan.s_dependents[s], plan.s_dependents[s + 1]
        while n < end:
            d, weight = plan.dependents[n], plan.dependent_weight[n]
            state.s_room[d] -= effective * weight
            state.s_wane[d] += wane * weight
            if is_whole:  # T has risen by as much
                state.s_slack[d] += surely * plan.dependent_share[n]
            n += 1
        if sleepers:
            _wake_clocks(plan, state, s, t + 1)
        if kind == AWARD:
            start_decay(plan, state, heap, s, i, t, effective, event)
    elif effective < 0:
        state.s_down[s] = FIRST_ITEM + i
        note_loss(plan, state, s, -effective, t)
        if kind == AWARD and plan.i_law[i] == LAW_STEPS:
            first = plan.i_steps[i]
            pend(plan, state, heap, t + plan.step_age[first], RETURNS, i, first, effective, t, event)
    if kind == SET_TO:
        _end_everything(plan, state, s)


def give_back(plan: Plan, state: State, ledger: list[int], pending: Pending) -> None:
    t, _, _, i, step, amount, _, _, event = pending
    part = step_rest(plan, i, step, amount) - step_rest(plan, i, step - 1, amount)
    s = plan.i_score[i]
    if part > 0:
        a = settle(plan, state, ledger, s, t)
        effective = min(part, plan.s_max[s] - a)
        reason = NO_REASON if effective == part else MAX
        _write(plan, state, ledger, s, t, GIVE_BACK, i, part, effective, reason, event)
        if effective > 0:
            _wake_clocks(plan, state, s, t)


def _share_of_days(total: int, part: int, days: int) -> int:
    product = total * part
    quotient = product // days
    rest = product - quotient * days
    if 2 * rest > days or (2 * rest == days and quotient & 1):
        quotient += 1
    return quotient


def take_part(plan: Plan, state: State, heap: list[Pending], ledger: list[int], pending: Pending) -> None:
    t, _, _, i, part, amount, _, _, event = pending
    days = plan.i_days[i]
    loss = _share_of_days(amount, part, days) - _share_of_days(amount, part - 1, days)
    if loss > 0:
        _take(plan, state, heap, ledger, i, t, loss, event)


def tick(plan: Plan, state: State, ledger: list[int], k: int, t: int) -> None:
    s = plan.k_score[k]
    state.k_next[k] = t + plan.k_every[k] if plan.k_every[k] > 0 else FAR
    a = state.s_activity[s]
    if a > plan.s_floor[s]:  # else there is nothing to take, and decay takes nothing either
        a = activity_at(plan, state, s, t)
    loss = plan.k_amount[k] if plan.k_share[k] < 0.0 else round(plan.k_share[k] * max(a, 0))
    effective = degrade(plan, s, a, loss) - a if loss > 0 else 0
    if effective == 0:
        state.k_asleep[k] = 1 if plan.k_every[k] > 0 else 0
        return
    settle(plan, state, ledger, s, t)
    reason = NO_REASON if effective == -loss else FLOOR
    _write(plan, state, ledger, s, t, INACTIVITY, k, -loss, effective, reason, -1)
