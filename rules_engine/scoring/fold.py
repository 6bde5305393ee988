"""The fold kernel: marks in time order in, ledger entries and band transitions out (section 5 of the language).

Written in the subset of Python that numba compiles, over flat columns: batches run it compiled, one lead runs it as it
is, so both give the same numbers. It stays one module because numba's cache does not see edits in modules it calls.

Vocabulary: A is the activity part. What *remains* of an award falls by its law; A falls with it, but not below the
floor: A' = max(min(A, floor), A - loss). Losses only grow, so A is brought to date when an entry needs it (`_settle`),
and only then a `decay` entry is written. Between two entries a reading can only fall; where it crosses the lower bound
of a band is found by bisection to the microsecond (`_find_crossings`) before anything is changed (`_touch`).
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import floor

from rules_engine.scoring.plan import (
    FAR,
    LAW_HALF_LIFE,
    LAW_LINEAR,
    LAW_STEPS,
    NONE,
    PENALTY,
    SET,
    Inputs,
    Plan,
)
from rules_engine.scoring.power import halved, power_of_two
from rules_engine.scoring.state import Pending, State

DAY = 86_400_000_000
ROUNDING = 6755399441055744.0  # 1.5 * 2^52: a double of this size has no fraction
SMALL = 1 << 50

# kinds and reasons of ledger entries
AWARD, SET_TO, DECAY, GIVE_BACK, PENALTY_TAKEN, INACTIVITY = 0, 1, 2, 3, 4, 5
NO_REASON, LIMIT, RULE_MAX, GROUP_MAX, MAX, MIN, FLOOR = 0, 1, 2, 3, 4, 5, 6

# causes of transitions: kind * CAUSE + index
CAUSE = 1 << 20
BY_NOTHING, BY_ITEM, BY_DECAY, BY_CLOCK, BY_STANDING, BY_GATE = 0, 1, 2, 3, 4, 5

# classes of what is pending: an award falls, something taken is given back, a daily part of a penalty
FALLS, RETURNS, PART = 0, 1, 2

# steps of an award under a continuous law: its delay ends, it has fallen to `keep`
_ENTERS, _LEAVES = -1, -2


# --- what remains ---------------------------------------------------------------------------------------------------


def _look_at(plan: Plan, state: State, f: int, t: int) -> None:
    """The age of the history at t in half-lives of family f: whole ones, and 2^-rest; and what its pools are worth."""
    age = (t - state.origin[0]) / plan.f_period[f]
    whole = floor(age)
    down = power_of_two(whole - age)
    state.f_at[f] = t
    state.f_whole[f] = whole
    state.f_down[f] = down
    state.f_scale[f] = halved(down, whole - state.f_exponent[f])


def _pool_value(plan: Plan, state: State, i: int, t: int) -> float:
    """What remains of the pool of rule i, not yet rounded.

    Half-life pools are told in units of 2^-exponent (of their family) as of the origin of the history, so that one
    power serves all rules of a half-life; whole half-lives are exact changes of the exponent. A linear pool is told as
    of an instant.
    """
    f = plan.i_family[i]
    if f >= 0:
        if state.f_at[f] != t:
            _look_at(plan, state, f, t)
        return state.i_pool[i] * state.f_scale[f]
    return state.i_pool[i] - state.i_slope[i] * ((t - state.i_pooled_at[i]) / plan.i_period[i])


def _remaining_of_item(plan: Plan, state: State, i: int, t: int) -> int:
    """What remains at t of the positive awards of rule i, rounded once."""
    if plan.i_law[i] != LAW_HALF_LIFE and plan.i_law[i] != LAW_LINEAR:
        return state.i_fixed[i]
    rest = state.i_settled[i] + state.i_waiting[i]
    if state.i_pooled[i] > 0:
        rest += _pool_value(plan, state, i, t)
    return round(rest)


def _remaining(plan: Plan, state: State, s: int, t: int) -> int:
    """What remains at t of all positive awards of score s. The last answer is kept: an instant asks several times."""
    if state.s_looked_at[s] == t:
        return state.s_found[s]
    total = state.s_fixed[s]
    count = state.s_smooth[s]
    if count > 0:
        first = plan.s_items[s]
        smooth, family = state.smooth, plan.i_pure
        if state.s_remaining[s] < SMALL:
            # x + ROUNDING - ROUNDING is x rounded half-even, for what is far below 2^51; so are sums of these exact
            pool, scale, looked_at = state.i_pool, state.f_scale, state.f_at
            parts = 0.0
            last, unit = -1, 0.0
            for n in range(first, first + count):
                i = smooth[n]
                f = family[i]
                if f < 0:
                    total += _remaining_of_item(plan, state, i, t)
                    continue
                if f != last:
                    if looked_at[f] != t:
                        _look_at(plan, state, f, t)
                    last, unit = f, scale[f]
                parts += pool[i] * unit + ROUNDING - ROUNDING
            total += int(parts)
        else:
            for n in range(first, first + count):
                total += _remaining_of_item(plan, state, smooth[n], t)
    state.s_looked_at[s] = t
    state.s_found[s] = total
    return total


def _remaining_of_group(plan: Plan, state: State, s: int, g: int, t: int) -> int:
    """What remains at t of all positive awards of the rules of group g of score s."""
    members, family, fixed, used = plan.group_item, plan.i_pure, state.i_fixed, state.i_smooth
    pool, scale, looked_at = state.i_pool, state.f_scale, state.f_at
    is_small = state.s_remaining[s] < SMALL
    total = 0
    parts = 0.0
    for n in range(plan.g_items[g], plan.g_items[g + 1]):
        i = members[n]
        if used[i]:
            f = family[i]
            if f >= 0 and is_small:
                if looked_at[f] != t:
                    _look_at(plan, state, f, t)
                parts += pool[i] * scale[f] + ROUNDING - ROUNDING
            else:
                total += _remaining_of_item(plan, state, i, t)
        else:
            total += fixed[i]
    return total + int(parts)


def _degrade(plan: Plan, s: int, a: int, loss: int) -> int:
    low = plan.s_floor[s]
    if a < low:
        low = a
    return a - loss if a - loss > low else low


def activity_at(plan: Plan, state: State, s: int, t: int) -> int:
    """A of score s at t, where nothing but decay has happened since the last entry."""
    loss = state.s_remaining[s] - _remaining(plan, state, s, t)
    if loss <= 0:
        return state.s_activity[s]
    return _degrade(plan, s, state.s_activity[s], loss)


def _clamped(plan: Plan, s: int, total: int) -> int:
    if total > plan.s_max[s]:
        total = plan.s_max[s]
    if total < plan.s_min[s]:
        total = plan.s_min[s]
    return total


def _own_total(plan: Plan, state: State, s: int, t: int) -> int:
    """T of a score with rules: A + P, clamped. Kept until something changes, or for good where nothing falls."""
    kept_at = state.s_totalled_at[s]
    if kept_at == t or kept_at == FAR:  # noqa: SIM109 - a tuple would be made each time
        return state.s_total[s]
    a = state.s_activity[s]
    found = state.s_found[s] if state.s_looked_at[s] == t else _remaining(plan, state, s, t)
    loss = state.s_remaining[s] - found
    if loss > 0:
        a = _degrade(plan, s, a, loss)
    total = a + state.s_profile[s]
    if total > plan.s_max[s]:
        total = plan.s_max[s]
    if total < plan.s_min[s]:
        total = plan.s_min[s]
    state.s_total[s] = total
    state.s_totalled_at[s] = t if state.s_smooth[s] > 0 else FAR
    return total


def total_at(plan: Plan, state: State, s: int, t: int) -> int:
    """T of score s at t: its own, or the weighted totals of its parts, clamped.

    A loop over the combined scores below it, deepest first: compiled code has no recursion here.
    """
    if plan.s_parts[s] == plan.s_parts[s + 1]:
        return _own_total(plan, state, s, t)
    for n in range(plan.s_combined[s], plan.s_combined[s + 1]):
        c = plan.combined_score[n]
        total = 0
        for k in range(plan.s_parts[c], plan.s_parts[c + 1]):
            p = plan.part_score[k]
            is_plain = plan.s_parts[p] == plan.s_parts[p + 1]
            total += round(plan.part_weight[k] * (_own_total(plan, state, p, t) if is_plain else state.s_total[p]))
        state.s_total[c] = _clamped(plan, c, total)
    return state.s_total[s]


def _value_at(plan: Plan, state: State, s: int, t: int) -> int:
    """min(T, cap): the reading of score s at t before it is rounded."""
    is_plain = plan.s_parts[s] == plan.s_parts[s + 1]
    value = _own_total(plan, state, s, t) if is_plain else total_at(plan, state, s, t)
    return value if value <= state.s_cap[s] else state.s_cap[s]


def _to_reading(value: int) -> int:
    """Half-even to two decimals, in micropoints."""
    cents = value // 10_000
    rest = value - cents * 10_000
    if rest > 5_000 or (rest == 5_000 and cents & 1):
        cents += 1
    return cents * 10_000


def reading_at(plan: Plan, state: State, s: int, t: int) -> int:
    """R of score s at t: min(T, cap), half-even to two decimals, in micropoints."""
    return _to_reading(_value_at(plan, state, s, t))


# --- bands ----------------------------------------------------------------------------------------------------------


def _highest_band(plan: Plan, state: State, s: int) -> int:
    first = plan.s_latches[s]
    for b in range(plan.s_latches[s + 1] - 1, first - 1, -1):
        if state.b_on[b]:
            return b - first + 1
    return 0


def _switch(plan: Plan, state: State, s: int, reading: int) -> int:
    """Sets the latches of score s for a reading; gives the band that is on then.

    Notes between which values, not yet rounded, no latch can turn.
    """
    low, high = -FAR, FAR
    for b in range(plan.s_latches[s], plan.s_latches[s + 1]):
        if state.b_on[b]:
            if reading < plan.b_until[b]:
                state.b_on[b] = 0
        elif reading >= plan.b_from[b]:
            state.b_on[b] = 1
        if state.b_on[b]:
            if plan.b_until[b] > low:
                low = plan.b_until[b]
        elif plan.b_from[b] < high:
            high = plan.b_from[b]
    state.s_low[s] = low if low == -FAR else low + 5_001
    state.s_high[s] = high if high == FAR else high - 5_001
    return _highest_band(plan, state, s)


def _move(state: State, moves: list[int], s: int, t: int, band: int, cause: int) -> None:
    if band != state.s_band[s]:
        moves.extend((t, s, state.s_band[s], band, cause))
        state.s_band[s] = band
        state.s_since[s] = t


def _next_bound(plan: Plan, state: State, s: int) -> int:
    """The highest lower bound of the latches that are on, -FAR when nothing can fall."""
    bound = -FAR
    for b in range(plan.s_latches[s], plan.s_latches[s + 1]):
        if state.b_on[b] and plan.b_until[b] > bound:
            bound = plan.b_until[b]
    return bound


def _find_crossings(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
    """Records the bands that decay alone made score s leave after `s_checked` and before t.

    The reading at t, which the instant will need anyway, rules most cases out.
    """
    bound = _next_bound(plan, state, s)
    if bound == -FAR or reading_at(plan, state, s, t) >= bound:
        return
    begin, end = state.s_checked[s], t - 1
    while begin < end:
        if bound == -FAR or reading_at(plan, state, s, end) >= bound:
            break
        low, high = begin, end  # reading is >= bound at low, below it at high
        while high - low > 1:
            middle = (low + high) // 2
            if reading_at(plan, state, s, middle) < bound:
                high = middle
            else:
                low = middle
        band = _switch(plan, state, s, reading_at(plan, state, s, high))
        _move(state, moves, s, high, band, BY_DECAY * CAUSE)
        begin = high
        bound = _next_bound(plan, state, s)


def _touch(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
    """Must be called before anything of score s changes at t; it will be judged at the end of the instant."""
    if state.s_checked[s] == t:
        return
    for n in range(plan.s_dependents[s], plan.s_dependents[s + 1]):
        if state.s_checked[plan.dependents[n]] != t:
            _touch_one(plan, state, moves, plan.dependents[n], t)
    _touch_one(plan, state, moves, s, t)


def _touch_one(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
    low = state.s_low[s]
    if low != -FAR and _value_at(plan, state, s, t) < low:
        _find_crossings(plan, state, moves, s, t)
    state.s_checked[s] = t
    state.s_up[s] = BY_NOTHING
    state.s_down[s] = BY_NOTHING
    state.s_other_up[s] = BY_NOTHING
    state.s_other_down[s] = BY_NOTHING
    dirty = state.dirty
    count = dirty[0] + 1
    dirty[0] = count
    dirty[count] = s


def _last_entry(plan: Plan, state: State, s: int, rise: bool) -> int:
    """The last entry of the instant with the sign of the change; of a combined score, among its leaves in order."""
    found = BY_NOTHING
    for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
        p = plan.leaf_score[n]
        if state.s_checked[p] == state.s_checked[s]:
            by = state.s_up[p] if rise else state.s_down[p]
            if by != BY_NOTHING:
                found = by
    return found


def _last_standing(plan: Plan, state: State, s: int, rise: bool) -> int:
    """The same for standing rules whose contribution changed."""
    found = BY_NOTHING
    for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
        p = plan.leaf_score[n]
        if state.s_checked[p] == state.s_checked[s]:
            by = state.s_other_up[p] if rise else state.s_other_down[p]
            if by // CAUSE == BY_STANDING:
                found = by
    return found


def _cause(plan: Plan, state: State, s: int, rise: bool) -> int:
    """An entry, else a standing rule, else a gate of the score itself, else decay."""
    found = _last_entry(plan, state, s, rise)
    if found == BY_NOTHING:
        found = _last_standing(plan, state, s, rise)
    if found == BY_NOTHING:
        found = state.s_other_up[s] if rise else state.s_other_down[s]
    return found if found != BY_NOTHING else BY_DECAY * CAUSE


def _judge(plan: Plan, state: State, moves: list[int], t: int) -> None:
    dirty, lows, highs, peaks = state.dirty, state.s_low, state.s_high, state.s_peak
    for n in range(1, dirty[0] + 1):
        s = dirty[n]
        value = _value_at(plan, state, s, t)
        peak = peaks[s]
        if lows[s] <= value <= highs[s] and value < peak - 5_000:
            continue  # too far from every bound for rounding to matter
        reading = _to_reading(value)
        if reading > peak:
            peaks[s] = reading
            state.s_peak_at[s] = t
        if lows[s] <= value <= highs[s]:
            continue
        band = _switch(plan, state, s, reading)
        if band != state.s_band[s]:
            _move(state, moves, s, t, band, _cause(plan, state, s, band > state.s_band[s]))
    dirty[0] = 0


# --- entries --------------------------------------------------------------------------------------------------------


def _write(
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
    ledger.extend((t, s, kind, index, nominal, effective, reason, event))
    if effective != 0:
        state.s_totalled_at[s] = NONE
        by = (BY_CLOCK if kind == INACTIVITY else BY_ITEM) * CAUSE + index
        if effective > 0:
            state.s_up[s] = by
        else:
            state.s_down[s] = by


def _settle(plan: Plan, state: State, ledger: list[int], s: int, t: int) -> int:
    """Brings A of score s to date; writes the decay entry that precedes the other entries of an instant."""
    a = state.s_activity[s]
    remaining = state.s_found[s] if state.s_looked_at[s] == t else _remaining(plan, state, s, t)
    loss = state.s_remaining[s] - remaining
    if loss <= 0:
        return a
    state.s_remaining[s] = remaining
    change = _degrade(plan, s, a, loss) - a
    if change != 0:
        a += change
        state.s_activity[s] = a
        state.s_totalled_at[s] = NONE
        state.s_down[s] = BY_DECAY * CAUSE
        ledger.extend((t, s, DECAY, -1, -loss, change, NO_REASON if change == -loss else FLOOR, -1))
    return a


def _wake(plan: Plan, state: State, k: int, t: int) -> None:
    """A has risen: a clock that had nothing left to take goes on with its schedule, from t on."""
    state.k_asleep[k] = 0
    late = t - state.k_next[k]
    if late > 0:
        every = plan.k_every[k]
        state.k_next[k] += (late + every - 1) // every * every


def _restart_clock(plan: Plan, state: State, k: int, t: int) -> None:
    state.k_next[k] = t + plan.k_after[k]
    state.k_asleep[k] = 0


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


def _pend(
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


def _take(
    plan: Plan, state: State, heap: list[Pending], ledger: list[int], i: int, t: int, loss: int, event: int
) -> None:
    """Takes `loss` > 0 for penalty i, down to the floor; what was really taken may come back by steps."""
    s = plan.i_score[i]
    a = _settle(plan, state, ledger, s, t)
    effective = _degrade(plan, s, a, loss) - a
    _write(state, ledger, s, t, PENALTY_TAKEN, i, -loss, effective, NO_REASON if effective == -loss else FLOOR, event)
    state.s_activity[s] = a + effective
    if effective < 0 and plan.i_law[i] == LAW_STEPS:
        first = plan.i_steps[i]
        _pend(plan, state, heap, t + plan.step_age[first], RETURNS, i, first, effective, t, event)


def _penalize(
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
        state.i_void[i] += 1
        return
    if slot >= 0 and _counts(plan, state, inputs, i, slot, amount, t) == NONE:
        _settle(plan, state, ledger, s, t)
        _write(state, ledger, s, t, PENALTY_TAKEN, i, -amount, 0, LIMIT, event)
    elif plan.i_days[i] > 0:
        _pend(plan, state, heap, t + DAY, PART, i, 1, amount, t, event)
    else:
        _take(plan, state, heap, ledger, i, t, amount, event)


def _end_everything(plan: Plan, state: State, s: int) -> None:
    """`set`: earlier awards, pending parts of penalties and give-backs of score s are over."""
    state.s_epoch[s] += 1
    state.s_looked_at[s] = NONE
    state.s_totalled_at[s] = NONE
    state.s_fixed[s] = 0
    state.s_remaining[s] = 0
    state.s_smooth[s] = 0
    for i in range(plan.s_items[s], plan.s_items[s + 1]):
        state.i_fixed[i] = 0
        state.i_waiting[i] = 0
        state.i_settled[i] = 0.0
        state.i_pool[i] = 0.0
        state.i_slope[i] = 0.0
        state.i_pooled[i] = 0
        state.i_smooth[i] = 0


def _award(
    plan: Plan,
    state: State,
    inputs: Inputs,
    heap: list[Pending],
    ledger: list[int],
    i: int,
    t: int,
    nominal: int,
    slot: int,
    event: int,
) -> None:
    """An award of event rule i (or its `set`), by the steps 1 to 3 of the language."""
    s = plan.i_score[i]
    is_set = plan.i_kind[i] == SET
    if is_set:
        nominal = plan.i_set[i] - activity_at(plan, state, s, t)
        if nominal == 0:
            _settle(plan, state, ledger, s, t)
            _end_everything(plan, state, s)
            return
    if nominal > 0:
        for k in range(plan.s_clocks[s], plan.s_clocks[s + 1]):
            if plan.k_default[k]:
                state.k_next[k] = t + plan.k_after[k]
                state.k_asleep[k] = 0
    effective, reason = nominal, NO_REASON
    if slot >= 0:
        effective = _counts(plan, state, inputs, i, slot, nominal, t)
        if effective != nominal:
            reason = LIMIT
        if effective == NONE:
            _settle(plan, state, ledger, s, t)
            _write(state, ledger, s, t, SET_TO if is_set else AWARD, i, nominal, 0, LIMIT, event)
            return
    a = _settle(plan, state, ledger, s, t)
    if effective > 0 and not is_set:
        if plan.i_max[i] != FAR:
            room = max(plan.i_max[i] - _remaining_of_item(plan, state, i, t), 0)
            if effective > room:
                effective, reason = room, RULE_MAX
        g = plan.i_group[i]
        if g >= 0 and plan.g_max[g] != FAR:
            room = max(plan.g_max[g] - _remaining_of_group(plan, state, s, g, t), 0)
            if effective > room:
                effective, reason = room, GROUP_MAX
    if a + effective > plan.s_max[s]:
        effective, reason = plan.s_max[s] - a, MAX
    if a + effective < plan.s_min[s]:
        effective, reason = plan.s_min[s] - a, MIN
    ledger.extend((t, s, SET_TO if is_set else AWARD, i, nominal, effective, reason, event))
    state.s_activity[s] = a + effective
    if effective > 0:
        state.s_totalled_at[s] = NONE
        state.s_up[s] = BY_ITEM * CAUSE + i
        state.s_increase[s] = t
        for k in range(plan.s_clocks[s], plan.s_clocks[s + 1]):
            if state.k_asleep[k]:
                _wake(plan, state, k, t + 1)
    elif effective < 0:
        state.s_totalled_at[s] = NONE
        state.s_down[s] = BY_ITEM * CAUSE + i
    if is_set:
        _end_everything(plan, state, s)
    elif effective > 0:
        _start_decay(plan, state, heap, i, t, effective, event)
    elif effective < 0 and plan.i_law[i] == LAW_STEPS:
        first = plan.i_steps[i]
        _pend(plan, state, heap, t + plan.step_age[first], RETURNS, i, first, effective, t, event)


# --- decay ----------------------------------------------------------------------------------------------------------


def _start_decay(plan: Plan, state: State, heap: list[Pending], i: int, t: int, amount: int, event: int) -> None:
    s = plan.i_score[i]
    state.s_remaining[s] += amount
    if state.s_looked_at[s] == t:
        state.s_found[s] += amount  # at this instant nothing of it has fallen
    law = plan.i_law[i]
    if law in (LAW_HALF_LIFE, LAW_LINEAR):
        if not state.i_smooth[i]:
            state.i_smooth[i] = 1
            state.smooth[plan.s_items[s] + state.s_smooth[s]] = i
            state.s_smooth[s] += 1
        f = plan.i_pure[i]
        if f >= 0 and state.f_at[f] == t and state.f_whole[f] == state.f_exponent[f]:
            # what `_enter_pool` does in the most frequent case
            age = (t - state.origin[0]) / plan.f_period[f]
            state.i_pool[i] += amount * 2.0 * power_of_two(age - state.f_whole[f] - 1.0)
            state.i_pooled[i] += 1
        elif plan.i_delay[i] > 0:
            state.i_waiting[i] += amount
            _pend(plan, state, heap, t + plan.i_delay[i], FALLS, i, _ENTERS, amount, t, event)
        else:
            _enter_pool(plan, state, heap, i, t, amount, event)
        return
    state.i_fixed[i] += amount
    state.s_fixed[s] += amount
    if law == LAW_STEPS:
        first = plan.i_steps[i]
        _pend(plan, state, heap, t + plan.step_age[first], FALLS, i, first, amount, t, event)


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
    f = plan.i_family[i]
    if f >= 0:
        if state.f_at[f] != t:
            _look_at(plan, state, f, t)
        if state.f_whole[f] != state.f_exponent[f]:
            _raise_exponent(plan, state, f)
    _put_into_pool(plan, state, i, t, amount, t)
    state.i_pooled[i] += 1
    if plan.i_end[i] != FAR:
        start = t - plan.i_delay[i]
        _pend(plan, state, heap, start + plan.i_end[i], FALLS, i, _LEAVES, amount, start, event)


def _raise_exponent(plan: Plan, state: State, f: int) -> None:
    """Tells the pools of half-life f as of the whole half-lives last looked at: exact, and keeps the numbers small."""
    more = state.f_whole[f] - state.f_exponent[f]
    for i in range(len(plan.i_family)):
        if plan.i_family[i] == f and state.i_pool[i] != 0.0:
            state.i_pool[i] = halved(state.i_pool[i], more)
    state.f_exponent[f] = state.f_whole[f]
    state.f_scale[f] = state.f_down[f]


def _leave_pool(plan: Plan, state: State, i: int, t: int, amount: int, start: int) -> None:
    """The award has fallen to `keep` and stays there."""
    _put_into_pool(plan, state, i, t, -amount, start + plan.i_delay[i])
    state.i_pooled[i] -= 1
    state.i_settled[i] += amount * plan.i_keep[i]
    if state.i_pooled[i] == 0:
        state.i_pool[i] = 0.0
        state.i_slope[i] = 0.0


def _step_rest(plan: Plan, i: int, step: int, amount: int) -> int:
    """What remains of a stepped award once `step` has happened; before the first step all of it."""
    if step < plan.i_steps[i]:
        return amount
    return round(amount * plan.step_weight[step])


def _fall(plan: Plan, state: State, heap: list[Pending], pending: Pending) -> None:
    t, _, sequence, i, step, amount, start, epoch, event = pending
    state.s_looked_at[plan.i_score[i]] = NONE
    state.s_totalled_at[plan.i_score[i]] = NONE
    if step == _ENTERS:
        state.i_waiting[i] -= amount
        _enter_pool(plan, state, heap, i, t, amount, event)
    elif step == _LEAVES:
        _leave_pool(plan, state, i, t, amount, start)
    else:
        change = _step_rest(plan, i, step, amount) - _step_rest(plan, i, step - 1, amount)
        state.i_fixed[i] += change
        state.s_fixed[plan.i_score[i]] += change
        if step + 1 < plan.i_steps[i + 1]:
            heappush(heap, (start + plan.step_age[step + 1], FALLS, sequence, i, step + 1, amount, start, epoch, event))


def _give_back(plan: Plan, state: State, heap: list[Pending], ledger: list[int], pending: Pending) -> None:
    t, _, sequence, i, step, amount, start, epoch, event = pending
    part = _step_rest(plan, i, step, amount) - _step_rest(plan, i, step - 1, amount)
    s = plan.i_score[i]
    if part > 0:
        a = _settle(plan, state, ledger, s, t)
        effective = min(part, plan.s_max[s] - a)
        _write(state, ledger, s, t, GIVE_BACK, i, part, effective, NO_REASON if effective == part else MAX, event)
        state.s_activity[s] = a + effective
        if effective > 0:
            for k in range(plan.s_clocks[s], plan.s_clocks[s + 1]):
                if state.k_asleep[k]:
                    _wake(plan, state, k, t)
    if step + 1 < plan.i_steps[i + 1]:
        heappush(heap, (start + plan.step_age[step + 1], RETURNS, sequence, i, step + 1, amount, start, epoch, event))


def _share_of_days(total: int, part: int, days: int) -> int:
    product = total * part
    quotient = product // days
    rest = product - quotient * days
    if 2 * rest > days or (2 * rest == days and quotient & 1):
        quotient += 1
    return quotient


def _take_part(plan: Plan, state: State, heap: list[Pending], ledger: list[int], pending: Pending) -> None:
    t, _, sequence, i, part, amount, start, epoch, event = pending
    days = plan.i_days[i]
    loss = _share_of_days(amount, part, days) - _share_of_days(amount, part - 1, days)
    if loss > 0:
        _take(plan, state, heap, ledger, i, t, loss, event)
    if part < days:
        heappush(heap, (start + (part + 1) * DAY, PART, sequence, i, part + 1, amount, start, epoch, event))


def _tick(plan: Plan, state: State, ledger: list[int], k: int, t: int) -> None:
    s = plan.k_score[k]
    state.k_next[k] = t + plan.k_every[k] if plan.k_every[k] > 0 else FAR
    a = activity_at(plan, state, s, t)
    loss = plan.k_amount[k] if plan.k_share[k] < 0.0 else round(plan.k_share[k] * max(a, 0))
    effective = _degrade(plan, s, a, loss) - a if loss > 0 else 0
    if effective == 0:
        state.k_asleep[k] = 1 if plan.k_every[k] > 0 else 0
        return
    _settle(plan, state, ledger, s, t)
    _write(state, ledger, s, t, INACTIVITY, k, -loss, effective, NO_REASON if effective == -loss else FLOOR, -1)
    state.s_activity[s] = a + effective


# --- the fold -------------------------------------------------------------------------------------------------------


def begin(plan: Plan, state: State, t: int) -> None:
    """Judges the initial bands and peaks at t, before anything has happened; they are no transitions."""
    for s in range(len(plan.s_start)):
        reading = reading_at(plan, state, s, t)
        state.s_peak[s] = reading
        state.s_band[s] = _switch(plan, state, s, reading)


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
    at_of_mark, item_of_mark, score_of_item, checked = inputs.m_at, inputs.m_item, plan.i_score, state.s_checked
    while True:
        t = at_of_mark[next_mark] if next_mark < marks else FAR
        if next_change < changes and inputs.h_at[next_change] < t:
            t = inputs.h_at[next_change]
        if len(heap) > 0 and heap[0][0] < t:
            t = heap[0][0]
        for k in range(clocks):
            if not state.k_asleep[k] and state.k_next[k] < t:
                t = state.k_next[k]
        if t > until:
            return next_mark, next_change

        while len(heap) > 0 and heap[0][0] == t:
            pending = heappop(heap)
            s = score_of_item[pending[3]]
            if pending[7] != state.s_epoch[s]:
                continue
            if checked[s] != t:
                _touch(plan, state, moves, s, t)
            if pending[1] == FALLS:
                _fall(plan, state, heap, pending)
            elif pending[1] == RETURNS:
                _give_back(plan, state, heap, ledger, pending)
            else:
                _take_part(plan, state, heap, ledger, pending)
        for k in range(clocks):
            if state.k_next[k] == t and not state.k_asleep[k]:
                _touch(plan, state, moves, plan.k_score[k], t)
                _tick(plan, state, ledger, k, t)
        while next_mark < marks and at_of_mark[next_mark] == t:
            i, nominal = item_of_mark[next_mark], inputs.m_nominal[next_mark]
            slot, event = inputs.m_slot[next_mark], inputs.m_event[next_mark]
            next_mark += 1
            if i >= items:
                _restart_clock(plan, state, i - items, t)
                continue
            s = score_of_item[i]
            if checked[s] != t:
                _touch(plan, state, moves, s, t)
            if plan.i_kind[i] == PENALTY:
                _penalize(plan, state, inputs, heap, ledger, i, t, nominal, slot, event)
            else:
                _award(plan, state, inputs, heap, ledger, i, t, nominal, slot, event)
        while next_change < changes and inputs.h_at[next_change] == t:
            s = inputs.h_score[next_change]
            _touch(plan, state, moves, s, t)
            if inputs.h_profile[next_change] != NONE:
                state.s_totalled_at[s] = NONE
                state.s_profile[s] = inputs.h_profile[next_change]
            if inputs.h_cap[next_change] != NONE:
                state.s_cap[s] = inputs.h_cap[next_change]
            if inputs.h_up[next_change] != BY_NOTHING:
                state.s_other_up[s] = inputs.h_up[next_change]
            if inputs.h_down[next_change] != BY_NOTHING:
                state.s_other_down[s] = inputs.h_down[next_change]
            next_change += 1
        if state.dirty[0] > 0:
            _judge(plan, state, moves, t)


def close(plan: Plan, state: State, ledger: list[int], moves: list[int], t: int) -> None:
    """Brings every score to date at t: the closing decay entries, and crossings up to t."""
    for s in range(len(plan.s_start)):
        if state.s_checked[s] != t:
            _touch_one(plan, state, moves, s, t)
    for s in range(len(plan.s_start)):
        _settle(plan, state, ledger, s, t)
    _judge(plan, state, moves, t)
