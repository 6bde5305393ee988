"""Bands and peaks: when a score leaves a band, enters one, or has a new peak.

Between two entries a value can only fall; where it crosses the lower bound of a band is found to the microsecond
(`_find_crossings`) before anything is changed (`touch`).

Most instants change no band and no peak: a step of an award's decay takes a little, or nothing is near a bound. They
are told by how fast a value can fall at most, and by what is gained. At `s_noted_at` a value was above `s_low` by
`s_slack`, and loses at most `s_wane` in a microsecond by decay; what is lost or gained besides changes the slack.
What is gained takes of `s_room`, too, which is left up to the next peak or band. Only when a bound may have been passed
is the value computed.
"""

from __future__ import annotations

from rules_engine.scoring.amounts import to_reading
from rules_engine.scoring.codes import BY_NOTHING, BY_STANDING, CAUSE, DECAYED
from rules_engine.scoring.plan import FAR, NONE, Plan
from rules_engine.scoring.remains import (
    ROUNDING,
    activity_at,
    combined_total,
    highest_value,
    look_at,
    own_total,
    rest_of_item,
    smooth_remaining,
    value_at,
)
from rules_engine.scoring.state import SURE, UNSURE, State

SLOWEST = 1e-12  # micropoints in a microsecond: whatever falls slower is told to fall so fast
INEXACT = 1e-9  # far above the relative error of what is computed in doubles
LN_2 = 0.6931471805599453
NEVER = 1e18  # microseconds
HIDDEN = 1.0  # micropoints
PATIENCE = 30  # a search that takes more turns goes on by halves
LESS = 1.0 - INEXACT
LEEWAY = 1e3  # microseconds; above the error of an instant as a double
MORE = 1.0 + INEXACT


def switch_band(plan: Plan, state: State, s: int, value: int) -> int:
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
                look_at(plan, state, f, t)
            for place in range(plan.r_places[r], plan.r_places[r] + state.r_count[r]):
                rest = state.pool[place] * state.f_scale[f]
                speed = rest * (LN_2 / plan.f_period[f])
                own += speed
                if speed > 0.0:
                    drop = min(drop, (rest - (rest + ROUNDING - ROUNDING) + 0.5) / speed)
        for m in range(plan.s_items[p], plan.s_items[p] + state.s_mixed[p]):
            i = state.mixed[m]
            rest = rest_of_item(plan, state, i, t)
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
    found = above = value_at(plan, state, s, low) - bound
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
        found = value_at(plan, state, s, middle) - bound
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
    while begin < end and state.s_low[s] != -FAR and value_at(plan, state, s, end) < state.s_low[s]:
        begin = _crossing(plan, state, s, state.s_low[s], begin, end)
        band = switch_band(plan, state, s, value_at(plan, state, s, begin))
        _move(state, moves, s, begin, band, DECAYED)


def fall_rate(plan: Plan, state: State, s: int, t: int) -> float:
    """What score s, which has rules, loses at most in a microsecond from t on by continuous laws."""
    return max(smooth_remaining(plan, state, s, t), 0) * plan.s_rate[s] + max(state.s_slope[s], 0.0)


def secure(plan: Plan, state: State, s: int, t: int, value: int) -> None:
    """Notes by how much score s, worth `value` at t, is above the bound of its band, and how fast it may fall."""
    wane = 0.0
    for n in range(plan.s_leaves[s], plan.s_leaves[s + 1]):
        wane += plan.leaf_weight[n] * fall_rate(plan, state, plan.leaf_score[n], t)
    wane = wane * MORE + SLOWEST
    state.s_spare[s] -= (t - state.s_noted_at[s]) * state.s_wane[s]
    state.s_noted_at[s] = t * 1.0
    state.s_wane[s] = wane
    slack = value - state.s_low[s] - plan.s_margin[s] - abs(value) * INEXACT - LEEWAY * wane
    state.s_slack[s] = slack
    if slack < 0.0:
        state.s_room[s] = 0.0


def touch(plan: Plan, state: State, moves: list[int], s: int, t: int) -> None:
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
    value = value_at(plan, state, s, t)
    if value < state.s_low[s]:
        _find_crossings(plan, state, moves, s, t)
    if state.s_low[s] != -FAR:
        secure(plan, state, s, t, value)


def note_loss(plan: Plan, state: State, s: int, loss: int, t: int) -> bool:
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


def note_gain(plan: Plan, state: State, s: int, gain: int) -> None:
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


def room_above(plan: Plan, state: State, s: int, value: int) -> float:
    """How much score s, worth `value`, may gain at least before it enters a band or has a new peak."""
    bound = state.s_peak[s] + 1
    if state.s_high[s] < bound:
        bound = state.s_high[s]
    if plan.s_max[s] < bound or state.s_cap[s] < bound:
        return SURE
    return (bound - value - plan.s_margin[s]) * LESS


def judge(plan: Plan, state: State, moves: list[int], t: int) -> None:
    """What was touched at t may be worth a new peak or another band. Scores with rules before what is made of them."""
    dirty, parts, cap = state.dirty, plan.s_parts, state.s_cap
    low, high, peak, room = state.s_low, state.s_high, state.s_peak, state.s_room
    n = dirty[0]
    while n > 0:
        s = dirty[n]
        n -= 1
        if room[s] > 0.0:
            continue
        value = own_total(plan, state, s, t) if parts[s] == parts[s + 1] else combined_total(plan, state, s, t)
        if value > cap[s]:
            value = cap[s]
        if value < low[s] or value >= high[s]:
            band = switch_band(plan, state, s, value)
            if band != state.s_band[s]:
                _move(state, moves, s, t, band, _cause(plan, state, s, band > state.s_band[s]))
            if low[s] != -FAR:
                secure(plan, state, s, t, value)
        if value > peak[s]:
            peak[s] = highest_value(to_reading(value))
            state.s_peak_at[s] = t
        room[s] = room_above(plan, state, s, value)
    dirty[0] = 0
