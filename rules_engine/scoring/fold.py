"""The fold kernel: marks in time order in, ledger entries and band transitions out (section 5 of the language).

Written in the subset of Python that numba compiles, over flat columns: batches run it compiled, one lead runs it as it
is or compiled (`kernel`), and all give the same numbers.

Vocabulary: A is the activity part. What *remains* of an award falls by its law; A falls with it, but not below the
floor: A' = max(min(A, floor), A - loss). Losses only grow, so A is brought to date when an entry needs it (`_settle`),
and only then a `decay` entry is written. Between two entries a value can only fall; where it crosses the lower bound
of a band is found to the microsecond (`_find_crossings`) before anything is changed (`_touch`).

Most instants change no band and no peak: a step of an award's decay takes a little, or nothing is near a bound. They
are told by how fast a value can fall at most, and by what is gained. At `s_noted_at` a value was above `s_low` by
`s_slack`, and loses at most `s_wane` in a microsecond by decay; what is lost or gained besides changes the slack.
What is gained takes of `s_room`, too, which is left up to the next peak or band. Only when a bound may have been passed
is the value computed. Where nobody wants the entries of decay (`settles`), A is settled only when its floor or its
maximum may cut in; `s_spare` is to the floor what the slack is to the band.

Loops that turn once or not at all, mostly, and at each mark, are written with `while`: uncompiled, making a range costs
more than such a loop.
"""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace
from math import floor

from rules_engine.scoring.amounts import CENT, to_reading
from rules_engine.scoring.plan import (
    FAR,
    LAW_HALF_LIFE,
    LAW_LINEAR,
    LAW_STEPS,
    NONE,
    PENALTY,
    Inputs,
    Plan,
)
from rules_engine.scoring.power import halved, power_of_two
from rules_engine.scoring.state import SURE, UNSURE, Pending, State

DAY = 86_400_000_000
HALF_CENT = CENT // 2
ROUNDING = 6755399441055744.0  # 1.5 * 2^52: a double of this size has no fraction
SMALL = 1 << 50
LIGHT = float(1 << 40)  # thousands of doubles of this size have an exact sum, and are far below 2^51
MINUS_LIGHT = -LIGHT
SLOWEST = 1e-12  # micropoints in a microsecond: whatever falls slower is told to fall so fast
INEXACT = 1e-9  # far above the relative error of what is computed in doubles
LN_2 = 0.6931471805599453
NEVER = 1e18  # microseconds
HIDDEN = 1.0  # micropoints
PATIENCE = 30  # a search that takes more turns goes on by halves
LESS = 1.0 - INEXACT
LEEWAY = 1e3  # microseconds; above the error of an instant as a double
MORE = 1.0 + INEXACT

# kinds and reasons of ledger entries; the first two are those of rules, too
AWARD, SET_TO, DECAY, GIVE_BACK, PENALTY_TAKEN, INACTIVITY = 0, 1, 2, 3, 4, 5
NO_REASON, LIMIT, RULE_MAX, GROUP_MAX, MAX, MIN, FLOOR = 0, 1, 2, 3, 4, 5, 6

# causes of transitions: kind * CAUSE + index
CAUSE = 1 << 20
BY_NOTHING, BY_ITEM, BY_DECAY, BY_CLOCK, BY_STANDING, BY_GATE = 0, 1, 2, 3, 4, 5
FIRST_ITEM, DECAYED = BY_ITEM * CAUSE, BY_DECAY * CAUSE

# classes of what is pending: an award falls, something taken is given back, a daily part of a penalty
FALLS, RETURNS, PART = 0, 1, 2

# steps of an award under a continuous law: its delay ends, it has fallen to `keep`
_ENTERS, _LEAVES = -1, -2


# --- what remains ---------------------------------------------------------------------------------------------------


def _age(plan: Plan, state: State, f: int, t: int) -> None:
    """The age of the history at t in half-lives of family f."""
    age = (t - state.origin[0]) / plan.f_period[f]
    whole = age - 0.5 + ROUNDING - ROUNDING  # or one less where the age is whole: which makes no difference
    state.f_aged_at[f] = t
    state.f_whole[f] = floor(whole)
    state.f_rest[f] = whole - age
    state.f_up[f] = 0.0


def _look_at(plan: Plan, state: State, f: int, t: int) -> None:
    """What the pools of family f are worth at t."""
    if state.f_aged_at[f] != t:
        _age(plan, state, f, t)
    scale = power_of_two(state.f_rest[f])
    whole = state.f_whole[f]
    if whole != state.f_exponent[f]:
        scale = halved(scale, whole - state.f_exponent[f])
    state.f_at[f] = t
    state.f_scale[f] = scale


def _rest_of_item(plan: Plan, state: State, i: int, t: int) -> float:
    """What remains at t of the awards of rule i, which has a continuous law and is in no run; not yet rounded.

    Half-life pools are told in units of 2^-exponent (of their family) as of the origin of the history, so that one
    power serves all rules of a half-life; whole half-lives are exact changes of the exponent. A linear pool is told as
    of an instant.
    """
    rest = state.i_settled[i] + state.i_waiting[i]
    if state.i_pooled[i] > 0:
        f = plan.i_family[i]
        if f >= 0:
            if state.f_at[f] != t:
                _look_at(plan, state, f, t)
            rest += state.i_pool[i] * state.f_scale[f]
        else:
            rest += state.i_pool[i] - state.i_slope[i] * ((t - state.i_pooled_at[i]) / plan.i_period[i])
    return rest


def _remaining_of_item(plan: Plan, state: State, i: int, t: int) -> int:
    """What remains at t of the positive awards of rule i, rounded once."""
    if plan.i_law[i] != LAW_HALF_LIFE and plan.i_law[i] != LAW_LINEAR:
        return state.i_fixed[i]
    place = state.i_place[i]
    if place < 0:
        return 0
    if plan.i_run[i] < 0:
        return round(_rest_of_item(plan, state, i, t))
    f = plan.i_family[i]
    if state.f_at[f] != t:
        _look_at(plan, state, f, t)
    return round(state.pool[place] * state.f_scale[f])


def _smooth(plan: Plan, state: State, s: int, t: int) -> int:
    """What remains at t of all positive awards of score s that fall continuously. The last answer is kept."""
    if state.s_smooth[s] == 0:
        return 0
    if state.s_looked_at[s] == t:
        return state.s_found[s]
    total = 0
    if state.s_remaining[s] < SMALL:
        # x + ROUNDING - ROUNDING is x rounded half-even, for what is far below 2^51; so are sums of these exact
        pool, parts = state.pool, 0.0
        r, end = plan.s_runs[s], plan.s_runs[s + 1]
        while r < end:
            count = state.r_count[r]
            if count > 0:
                f = plan.r_family[r]
                if state.f_at[f] != t:
                    _look_at(plan, state, f, t)
                unit = state.f_scale[f]
                place = plan.r_places[r]
                for n in range(place, place + count):
                    parts += pool[n] * unit + ROUNDING - ROUNDING
            r += 1
        count = state.s_mixed[s]
        if count > 0:
            mixed, first = state.mixed, plan.s_items[s]
            for n in range(first, first + count):
                parts += _rest_of_item(plan, state, mixed[n], t) + ROUNDING - ROUNDING
        total = floor(parts)
    else:
        for i in range(plan.s_items[s], plan.s_items[s + 1]):
            if state.i_place[i] >= 0:
                total += _remaining_of_item(plan, state, i, t)
    state.s_looked_at[s] = t
    state.s_found[s] = total
    return total


def _remaining_of_group(plan: Plan, state: State, s: int, g: int, t: int) -> int:
    """What remains at t of all positive awards of the rules of group g of score s."""
    members, run, family, place, fixed = plan.group_item, plan.i_run, plan.i_family, state.i_place, state.i_fixed
    pool, scale, looked_at = state.pool, state.f_scale, state.f_at
    is_small = state.s_remaining[s] < SMALL
    total = 0
    parts = 0.0
    for n in range(plan.g_items[g], plan.g_items[g + 1]):
        i = members[n]
        if place[i] < 0:
            total += fixed[i]
        elif is_small and run[i] >= 0:
            f = family[i]
            if looked_at[f] != t:
                _look_at(plan, state, f, t)
            parts += pool[place[i]] * scale[f] + ROUNDING - ROUNDING
        else:
            total += _remaining_of_item(plan, state, i, t)
    return total + floor(parts)


def _degrade(plan: Plan, s: int, a: int, loss: int) -> int:
    low = plan.s_floor[s]
    if a < low:
        low = a
    return a - loss if a - loss > low else low


def activity_at(plan: Plan, state: State, s: int, t: int) -> int:
    """A of score s at t, where nothing but decay has happened since the last entry."""
    a = state.s_activity[s]
    if state.s_settled_at[s] != t:
        loss = state.s_remaining[s] - state.s_fixed[s] - _smooth(plan, state, s, t)
        if loss > 0:
            a = _degrade(plan, s, a, loss)
    return a


def _own_total(plan: Plan, state: State, s: int, t: int) -> int:
    """T of a score with rules: A + P, clamped. Kept until the score is touched, or for good where nothing falls."""
    a = state.s_activity[s] if state.s_settled_at[s] == t else activity_at(plan, state, s, t)
    total = a + state.s_profile[s]
    if total > plan.s_max[s]:
        total = plan.s_max[s]
    if total < plan.s_min[s]:
        total = plan.s_min[s]
    state.s_total[s] = total
    state.s_totalled_at[s] = t if state.s_smooth[s] > 0 else FAR
    return total


def total_at(plan: Plan, state: State, s: int, t: int) -> int:
    """T of score s at t: its own, or the weighted totals of its parts, clamped."""
    if plan.s_parts[s] < plan.s_parts[s + 1]:
        return combined_total(plan, state, s, t)
    kept_at = state.s_totalled_at[s]
    return state.s_total[s] if kept_at in (t, FAR) else _own_total(plan, state, s, t)


def combined_total(plan: Plan, state: State, s: int, t: int) -> int:
    """T of a combined score. A loop over those below it, deepest first: compiled code has no recursion here."""
    totals, totalled_at = state.s_total, state.s_totalled_at
    parts, part, weight = plan.s_parts, plan.part_score, plan.part_weight
    total = 0
    n, end = plan.s_combined[s], plan.s_combined[s + 1]
    while n < end:
        c = plan.combined_score[n]
        n += 1
        total, rounded = 0, 0.0
        k, last = parts[c], parts[c + 1]
        while k < last:
            p = part[k]
            kept_at = totalled_at[p]  # FAR for a part that is combined itself: it came before
            if kept_at != t and kept_at != FAR:
                _own_total(plan, state, p, t)
            share = weight[k] * totals[p]
            if MINUS_LIGHT < share < LIGHT:
                rounded += share + ROUNDING - ROUNDING  # see `_smooth`
            else:
                total += round(share)
            k += 1
        total += floor(rounded)
        if total > plan.s_max[c]:
            total = plan.s_max[c]
        if total < plan.s_min[c]:
            total = plan.s_min[c]
        totals[c] = total
    return total


def _value_at(plan: Plan, state: State, s: int, t: int) -> int:
    """min(T, cap): the reading of score s at t before it is rounded."""
    value = total_at(plan, state, s, t)
    return value if value <= state.s_cap[s] else state.s_cap[s]


def lowest_value(reading: int) -> int:
    """The lowest value, not yet rounded, whose reading is at least so high."""
    cents = -(-reading // CENT)
    return cents * CENT - HALF_CENT + (cents & 1)  # a half goes to the even one


def _highest_value(reading: int) -> int:
    """The highest value, not yet rounded, whose reading this is."""
    return reading + HALF_CENT - (reading // CENT & 1)


def reading_at(plan: Plan, state: State, s: int, t: int) -> int:
    """R of score s at t: min(T, cap), half-even to two decimals, in micropoints."""
    return to_reading(_value_at(plan, state, s, t))


# --- bands ----------------------------------------------------------------------------------------------------------


def _switch(plan: Plan, state: State, s: int, value: int) -> int:
    """Sets the latches of score s for a value; gives the band that is on then. Notes where they turn next."""
    low, high, band = -FAR, FAR, 0
    first = plan.s_latches[s]
    for b in range(first, plan.s_latches[s + 1]):
        until, begins = plan.b_until[b], plan.b_from[b]
        if value >= (until if state.b_on[b] else begins):
            state.b_on[b] = 1
            band = b - first + 1
            if until > low:
                low = until
        else:
            state.b_on[b] = 0
            if begins < high:
                high = begins
    state.s_high[s] = high
    state.s_room[s] = 0.0
    if low != state.s_low[s]:
        state.s_low[s] = low
        state.s_slack[s] = SURE if low == -FAR else UNSURE
    return band


def _move(state: State, moves: list[int], s: int, t: int, band: int, cause: int) -> None:
    if band != state.s_band[s]:
        moves.extend((t, s, state.s_band[s], band, cause))
        state.s_band[s] = band
        state.s_since[s] = t


def _descent(plan: Plan, state: State, s: int, t: int) -> tuple[float, float]:
    """About how fast score s falls at t, and when the next of its rules is rounded to a micropoint less.

    In micropoints per microsecond, and microseconds from t on.
    """
    rate, drop = 0.0, NEVER
    for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
        p = plan.leaf_score[n]
        if state.s_smooth[p] == 0 or activity_at(plan, state, p, t) <= plan.s_floor[p]:
            continue
        own = 0.0
        for r in range(plan.s_runs[p], plan.s_runs[p + 1]):
            f = plan.r_family[r]
            if state.r_count[r] > 0 and state.f_at[f] != t:
                _look_at(plan, state, f, t)
            for place in range(plan.r_places[r], plan.r_places[r] + state.r_count[r]):
                rest = state.pool[place] * state.f_scale[f]
                speed = rest * (LN_2 / plan.f_period[f])
                own += speed
                if speed > 0.0:
                    drop = min(drop, (rest - (rest + ROUNDING - ROUNDING) + 0.5) / speed)
        for m in range(plan.s_items[p], plan.s_items[p] + state.s_mixed[p]):
            i = state.mixed[m]
            rest = _rest_of_item(plan, state, i, t)
            f = plan.i_family[i]
            if f >= 0:
                speed = state.i_pool[i] * state.f_scale[f] * (LN_2 / plan.f_period[f]) if state.i_pooled[i] > 0 else 0.0
            else:
                speed = state.i_slope[i] / plan.i_period[i]
            own += speed
            if speed > 0.0:
                drop = min(drop, (rest - (rest + ROUNDING - ROUNDING) + 0.5) / speed)
        rate += plan.leaf_weight[n] * own
    return rate + SLOWEST, drop


def _crossing(plan: Plan, state: State, s: int, bound: int, begin: int, end: int) -> int:
    """The first instant after `begin` at which score s is worth less than `bound`; at `end` it is."""
    low, high = begin, end
    found = above = _value_at(plan, state, s, low) - bound
    rate, is_near, stride, turns = 0.0, False, 1.0, 0
    while high - low > 1:
        turns += 1
        if found >= 0 and turns < PATIENCE:
            rate, drop = _descent(plan, state, s, low)
            step = stride * (found - HIDDEN) / rate
            is_near = found <= HIDDEN or low + step >= high
            middle = low + int(min(drop if is_near else step, NEVER)) + 1
        if turns >= PATIENCE or (is_near and stride > 1.0):
            middle = (low + high) // 2
        elif found < 0:
            middle = high - 1 - (0 if is_near else int((HIDDEN - found) / rate))
            is_near = False
        middle = min(max(middle, low + 1), high - 1)
        found = _value_at(plan, state, s, middle) - bound
        if found < 0:
            high = middle
        else:
            low = middle
            stride = 2.0 * stride if found == above and found > HIDDEN else 1.0  # a cap may hide that it falls
            above = found
    return high


def _find_crossings(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
    """Records the bands that decay alone made score s leave before t, since it was last looked at."""
    begin, end = max(state.s_checked[s], state.s_known[s]), t - 1
    while begin < end and state.s_low[s] != -FAR and _value_at(plan, state, s, end) < state.s_low[s]:
        begin = _crossing(plan, state, s, state.s_low[s], begin, end)
        band = _switch(plan, state, s, _value_at(plan, state, s, begin))
        _move(state, moves, s, begin, band, DECAYED)


def _rate(plan: Plan, state: State, s: int, t: int) -> float:
    """What score s, which has rules, loses at most in a microsecond from t on by continuous laws."""
    return max(_smooth(plan, state, s, t), 0) * plan.s_rate[s] + max(state.s_slope[s], 0.0)


def _secure(plan: Plan, state: State, s: int, t: int, value: int) -> None:
    """Notes by how much score s, worth `value` at t, is above the bound of its band, and how fast it may fall."""
    wane = 0.0
    for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
        wane += plan.leaf_weight[n] * _rate(plan, state, plan.leaf_score[n], t)
    wane = wane * MORE + SLOWEST
    state.s_spare[s] -= (t - state.s_noted_at[s]) * state.s_wane[s]
    state.s_noted_at[s] = t * 1.0
    state.s_wane[s] = wane
    slack = value - state.s_low[s] - plan.s_margin[s] - abs(value) * INEXACT - LEEWAY * wane
    state.s_slack[s] = slack
    if slack < 0.0:
        state.s_room[s] = 0.0


def _touch(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
    """Must be called before anything of score s changes at t; it will be judged at the end of the instant."""
    checked = state.s_checked
    if checked[s] == t:
        return
    dirty, slack, wane, noted_at = state.dirty, state.s_slack, state.s_wane, state.s_noted_at
    now = t * 1.0  # doubles are reckoned with several times faster
    count = dirty[0]
    n, end = plan.s_dependents[s], plan.s_dependents[s + 1]
    while n < end:
        d = plan.dependents[n]
        n += 1
        if checked[d] != t:
            if slack[d] < (now - noted_at[d]) * wane[d]:
                _check(plan, state, moves, d, t)
            checked[d] = t
            count += 1
            dirty[count] = d
    if slack[s] < (now - noted_at[s]) * wane[s]:
        _check(plan, state, moves, s, t)
    checked[s] = t
    state.s_totalled_at[s] = NONE
    state.s_up[s] = state.s_down[s] = BY_NOTHING
    count += 1
    dirty[count] = s
    dirty[0] = count


def _check(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
    """Records what bands decay made score s leave before t, and notes how safe it is from then on."""
    value = _value_at(plan, state, s, t)
    if value < state.s_low[s]:
        _find_crossings(plan, state, moves, s, t)
    if state.s_low[s] != -FAR:
        _secure(plan, state, s, t, value)


def _lose(plan: Plan, state: State, s: int, loss: int, t: int) -> bool:
    """Score s loses something at t otherwise than by a continuous law: its value is safe for less time.

    Whether neither its band nor that of a score combined of it can change until then.
    """
    now = t * 1.0
    slack = state.s_slack[s] - loss
    state.s_slack[s] = slack
    state.s_spare[s] -= loss
    is_still = slack >= (now - state.s_noted_at[s]) * state.s_wane[s]
    if is_still:
        state.s_known[s] = t
    else:
        state.s_room[s] = 0.0
    n, end = plan.s_dependents[s], plan.s_dependents[s + 1]
    while n < end:
        d = plan.dependents[n]
        slack = state.s_slack[d] - loss * plan.dependent_weight[n] - plan.s_margin[d]
        state.s_slack[d] = slack
        if slack >= (now - state.s_noted_at[d]) * state.s_wane[d]:
            state.s_known[d] = t
        else:
            state.s_room[d] = 0.0
            is_still = False
        n += 1
    return is_still


def _gain(plan: Plan, state: State, s: int, gain: int) -> None:
    """Score s is worth so much more: there is less room up to where its peak is passed, or a band entered."""
    room = state.s_room
    room[s] -= gain
    n, end = plan.s_dependents[s], plan.s_dependents[s + 1]
    while n < end:
        room[plan.dependents[n]] -= gain * plan.dependent_weight[n]
        n += 1


def _last_entry(plan: Plan, state: State, s: int, rise: bool) -> int:
    """The last entry of the instant with the sign of the change; of a combined score, among its leaves in order.

    Decay is none of these: what it took up to now has been told, and how often it is written depends on who looks.
    """
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
        by = state.s_other_up[p] if rise else state.s_other_down[p]
        if by // CAUSE == BY_STANDING:
            found = by
    return found


def _cause(plan: Plan, state: State, s: int, rise: bool) -> int:
    """An entry that is not decay, else a standing rule, else a gate of the score itself, else decay."""
    found = _last_entry(plan, state, s, rise)
    if found == BY_NOTHING:
        found = _last_standing(plan, state, s, rise)
    if found == BY_NOTHING:
        found = state.s_other_up[s] if rise else state.s_other_down[s]
    return found if found != BY_NOTHING else DECAYED


def _room_above(plan: Plan, state: State, s: int, value: int) -> float:
    """How much score s, worth `value`, may gain at least before it enters a band or has a new peak."""
    bound = state.s_peak[s] + 1
    if state.s_high[s] < bound:
        bound = state.s_high[s]
    if plan.s_max[s] < bound or state.s_cap[s] < bound:
        return SURE
    return (bound - value - plan.s_margin[s]) * LESS


def _judge(plan: Plan, state: State, moves: list[int], t: int) -> None:
    """What was touched at t may be worth a new peak or another band. Scores with rules before what is made of them."""
    dirty, parts, cap = state.dirty, plan.s_parts, state.s_cap
    low, high, peak, room = state.s_low, state.s_high, state.s_peak, state.s_room
    n = dirty[0]
    while n > 0:
        s = dirty[n]
        n -= 1
        if room[s] > 0.0:
            continue
        value = _own_total(plan, state, s, t) if parts[s] == parts[s + 1] else combined_total(plan, state, s, t)
        if value > cap[s]:
            value = cap[s]
        if value < low[s] or value >= high[s]:
            band = _switch(plan, state, s, value)
            if band != state.s_band[s]:
                _move(state, moves, s, t, band, _cause(plan, state, s, band > state.s_band[s]))
            if low[s] != -FAR:
                _secure(plan, state, s, t, value)
        if value > peak[s]:
            peak[s] = _highest_value(to_reading(value))
            state.s_peak_at[s] = t
        room[s] = _room_above(plan, state, s, value)
    dirty[0] = 0


# --- entries --------------------------------------------------------------------------------------------------------


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
            _gain(plan, state, s, effective)
        else:
            state.s_down[s] = by
            _lose(plan, state, s, -effective, t)


def _settle(plan: Plan, state: State, ledger: list[int], s: int, t: int) -> int:
    """Brings A of score s to date; writes the decay entry that precedes the other entries of an instant."""
    a = state.s_activity[s]
    if state.s_settled_at[s] == t:
        return a
    state.s_settled_at[s] = t
    remaining = state.s_fixed[s] + _smooth(plan, state, s, t)
    loss = state.s_remaining[s] - remaining
    if loss > 0:
        state.s_remaining[s] = remaining
        if a - loss >= plan.s_floor[s]:
            change, reason = -loss, NO_REASON
        else:
            change, reason = _degrade(plan, s, a, loss) - a, FLOOR
        if change != 0:
            a += change
            state.s_activity[s] = a
            ledger.extend((t, s, DECAY, -1, -loss, change, reason, -1))
    if not state.settles[0]:
        wane = _rate(plan, state, s, t) * MORE + SLOWEST
        state.s_noted_at[s] = t * 1.0
        state.s_wane[s] = wane
        state.s_spare[s] = a - plan.s_floor[s] - plan.s_margin[s] - abs(a) * INEXACT - LEEWAY * wane
        if state.s_low[s] != -FAR:
            value = min(a + state.s_profile[s], plan.s_max[s], state.s_cap[s])
            state.s_slack[s] = value - state.s_low[s] - plan.s_margin[s] - abs(value) * INEXACT - LEEWAY * wane
    return a


def _expect(state: State, t: int) -> None:
    """Something will happen by itself at t."""
    if t < state.soon[0]:
        state.soon[0] = t


def _restart_clock(plan: Plan, state: State, k: int, t: int) -> None:
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
            _expect(state, state.k_next[k])


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
    _expect(state, t)


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
        a = _settle(plan, state, ledger, s, t)
    effective = _degrade(plan, s, a, loss) - a
    reason = NO_REASON if effective == -loss else FLOOR
    _write(plan, state, ledger, s, t, PENALTY_TAKEN, i, -loss, effective, reason, event)
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
        _write(plan, state, ledger, s, t, PENALTY_TAKEN, i, -amount, 0, LIMIT, event)
    elif plan.i_days[i] > 0:
        _pend(plan, state, heap, t + DAY, PART, i, 1, amount, t, event)
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


def _award(
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
        _settle(plan, state, ledger, s, t)
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
                rings = t + plan.k_after[k]  # as `_restart_clock` does
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
            room = max(plan.i_max[i] - _remaining_of_item(plan, state, i, t), 0)
            if effective > room:
                effective, reason = room, RULE_MAX
        g = plan.i_group[i]
        if g >= 0:
            if state.g_most[g] + effective > plan.g_full[g]:
                state.g_most[g] = _remaining_of_group(plan, state, s, g, t)
                room = max(plan.g_max[g] - state.g_most[g], 0)
                if effective > room:
                    effective, reason = room, GROUP_MAX
            state.g_most[g] += effective
    after = a + effective
    if not is_settled and (after > plan.s_max[s] or (after > plan.s_floor[s] and not _is_above(state, s, t, 0))):
        a = _settle(plan, state, ledger, s, t)
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
        state.s_room[s] -= effective  # as in `_gain`
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
            _start_decay(plan, state, heap, s, i, t, effective, event)
    elif effective < 0:
        state.s_down[s] = FIRST_ITEM + i
        _lose(plan, state, s, -effective, t)
        if kind == AWARD and plan.i_law[i] == LAW_STEPS:
            first = plan.i_steps[i]
            _pend(plan, state, heap, t + plan.step_age[first], RETURNS, i, first, effective, t, event)
    if kind == SET_TO:
        _end_everything(plan, state, s)


# --- decay ----------------------------------------------------------------------------------------------------------


def _start_decay(
    plan: Plan, state: State, heap: list[Pending], s: int, i: int, t: int, amount: int, event: int
) -> None:
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
            _pend(plan, state, heap, t + plan.i_delay[i], FALLS, i, _ENTERS, amount, t, event)
        else:
            _enter_pool(plan, state, heap, i, t, amount, event)
    else:
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
    if plan.i_family[i] >= 0:
        _raise_exponent(plan, state, plan.i_family[i], t)
    _put_into_pool(plan, state, i, t, amount, t)
    state.i_pooled[i] += 1
    if plan.i_end[i] != FAR:
        start = t - plan.i_delay[i]
        _pend(plan, state, heap, start + plan.i_end[i], FALLS, i, _LEAVES, amount, start, event)


def _raise_exponent(plan: Plan, state: State, f: int, t: int) -> None:
    """Tells the pools of half-life f as of the whole half-lives at t: exact, and keeps the numbers small."""
    if state.f_aged_at[f] != t:
        _age(plan, state, f, t)
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


def _step_rest(plan: Plan, i: int, step: int, amount: int) -> int:
    """What remains of a stepped award once `step` has happened; before the first step all of it."""
    if step < plan.i_steps[i]:
        return amount
    return round(amount * plan.step_weight[step])


def _fall_quietly(plan: Plan, state: State, heap: list[Pending]) -> bool:
    """Lets what comes first happen if it is an award that falls and can change no band. Whether it did."""
    t, kind, sequence, i, step, amount, start, epoch, event = heap[0]
    if kind != FALLS:
        return False
    s = plan.i_score[i]
    if epoch != state.s_epoch[s]:
        heappop(heap)
        return True
    loss = _loss_of_step(plan, i, step, amount)
    if not _lose(plan, state, s, loss, t):
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


def _fall(plan: Plan, state: State, heap: list[Pending], moves: list[int], pending: Pending) -> None:
    """An award falls by a step; or, where it falls continuously, begins or ends to."""
    t, _, _, i, step, amount, start, _, event = pending
    s = plan.i_score[i]
    loss = _loss_of_step(plan, i, step, amount)
    _touch(plan, state, moves, s, t)
    _lose(plan, state, s, loss, t)
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


def _give_back(plan: Plan, state: State, ledger: list[int], pending: Pending) -> None:
    t, _, _, i, step, amount, _, _, event = pending
    part = _step_rest(plan, i, step, amount) - _step_rest(plan, i, step - 1, amount)
    s = plan.i_score[i]
    if part > 0:
        a = _settle(plan, state, ledger, s, t)
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


def _take_part(plan: Plan, state: State, heap: list[Pending], ledger: list[int], pending: Pending) -> None:
    t, _, _, i, part, amount, _, _, event = pending
    days = plan.i_days[i]
    loss = _share_of_days(amount, part, days) - _share_of_days(amount, part - 1, days)
    if loss > 0:
        _take(plan, state, heap, ledger, i, t, loss, event)


def _tick(plan: Plan, state: State, ledger: list[int], k: int, t: int) -> None:
    s = plan.k_score[k]
    state.k_next[k] = t + plan.k_every[k] if plan.k_every[k] > 0 else FAR
    a = state.s_activity[s]
    if a > plan.s_floor[s]:  # else there is nothing to take, and decay takes nothing either
        a = activity_at(plan, state, s, t)
    loss = plan.k_amount[k] if plan.k_share[k] < 0.0 else round(plan.k_share[k] * max(a, 0))
    effective = _degrade(plan, s, a, loss) - a if loss > 0 else 0
    if effective == 0:
        state.k_asleep[k] = 1 if plan.k_every[k] > 0 else 0
        return
    _settle(plan, state, ledger, s, t)
    reason = NO_REASON if effective == -loss else FLOOR
    _write(plan, state, ledger, s, t, INACTIVITY, k, -loss, effective, reason, -1)


# --- the fold -------------------------------------------------------------------------------------------------------


def begin(plan: Plan, state: State, t: int) -> None:
    """Judges the initial bands and peaks at t, before anything has happened; they are no transitions."""
    for s in range(len(plan.s_start)):
        value = _value_at(plan, state, s, t)
        state.s_peak[s] = _highest_value(to_reading(value))
        state.s_band[s] = _switch(plan, state, s, value)
        state.s_room[s] = _room_above(plan, state, s, value)
        if state.s_low[s] != -FAR:
            _secure(plan, state, s, t, value)


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
            _fall(plan, state, heap, moves, pending)
            continue
        _touch(plan, state, moves, s, t)
        if kind == RETURNS:
            _give_back(plan, state, ledger, pending)
        else:
            _take_part(plan, state, heap, ledger, pending)
    for k in range(clocks):
        if state.k_next[k] == t and not state.k_asleep[k]:
            _touch(plan, state, moves, plan.k_score[k], t)
            _tick(plan, state, ledger, k, t)


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
    while len(heap) > 0 and heap[0][0] <= last and _fall_quietly(plan, state, heap):
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
                _restart_clock(plan, state, i - items, t + nominal)
                continue
            s, kind = score_of_item[i], kind_of_item[i]
            if checked[s] != t:
                _touch(plan, state, moves, s, t)
            if kind == PENALTY:
                _penalize(plan, state, inputs, heap, ledger, i, t, nominal, slot, event)
            else:
                _award(plan, state, inputs, heap, ledger, kind, s, i, t, nominal, slot, event)
        first_change = next_change
        while change_at == t:
            s = inputs.h_score[next_change]
            _touch(plan, state, moves, s, t)
            if plan.s_parts[s] < plan.s_parts[s + 1]:
                state.s_totalled_at[s] = FAR
            if inputs.h_profile[next_change] != NONE:
                gain = inputs.h_profile[next_change] - state.s_profile[s]
                if gain > 0:
                    _gain(plan, state, s, gain)
                else:
                    _lose(plan, state, s, -gain, t)
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
            _judge(plan, state, moves, t)
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
            _touch(plan, state, moves, s, t)
    for s in range(len(plan.s_start)):
        if state.s_remaining[s] != 0:
            _settle(plan, state, ledger, s, t)
        state.s_settled_at[s] = t
        if state.s_checked[s] != t:
            state.s_checked[s] = t
            state.s_up[s] = state.s_down[s] = BY_NOTHING
    _judge(plan, state, moves, t)
