"""What remains of awards at an instant, and what a score is worth then: its activity, its total and its reading.

Nothing that counts changes here; what was found is kept for who asks at the same instant.
"""

from __future__ import annotations

from math import floor

from rules_engine.scoring.amounts import CENT, to_reading
from rules_engine.scoring.plan import FAR, LAW_HALF_LIFE, LAW_LINEAR, Plan
from rules_engine.scoring.power import halved, power_of_two
from rules_engine.scoring.state import State

HALF_CENT = CENT // 2
ROUNDING = 6755399441055744.0  # 1.5 * 2^52: a double of this size has no fraction
SMALL = 1 << 50
LIGHT = float(1 << 40)  # thousands of doubles of this size have an exact sum, and are far below 2^51
MINUS_LIGHT = -LIGHT


def set_age(plan: Plan, state: State, f: int, t: int) -> None:
    """The age of the history at t in half-lives of family f."""
    age = (t - state.origin[0]) / plan.f_period[f]
    whole = age - 0.5 + ROUNDING - ROUNDING  # or one less where the age is whole: which makes no difference
    state.f_aged_at[f] = t
    state.f_whole[f] = floor(whole)
    state.f_rest[f] = whole - age
    state.f_up[f] = 0.0


def look_at(plan: Plan, state: State, f: int, t: int) -> None:
    """What the pools of family f are worth at t."""
    if state.f_aged_at[f] != t:
        set_age(plan, state, f, t)
    scale = power_of_two(state.f_rest[f])
    whole = state.f_whole[f]
    if whole != state.f_exponent[f]:
        scale = halved(scale, whole - state.f_exponent[f])
    state.f_at[f] = t
    state.f_scale[f] = scale


def rest_of_item(plan: Plan, state: State, i: int, t: int) -> float:
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
                look_at(plan, state, f, t)
            rest += state.i_pool[i] * state.f_scale[f]
        else:
            rest += state.i_pool[i] - state.i_slope[i] * ((t - state.i_pooled_at[i]) / plan.i_period[i])
    return rest


def remaining_of_item(plan: Plan, state: State, i: int, t: int) -> int:
    """What remains at t of the positive awards of rule i, rounded once."""
    if plan.i_law[i] != LAW_HALF_LIFE and plan.i_law[i] != LAW_LINEAR:
        return state.i_fixed[i]
    place = state.i_place[i]
    if place < 0:
        return 0
    if plan.i_run[i] < 0:
        return round(rest_of_item(plan, state, i, t))
    f = plan.i_family[i]
    if state.f_at[f] != t:
        look_at(plan, state, f, t)
    return round(state.pool[place] * state.f_scale[f])


def smooth_remaining(plan: Plan, state: State, s: int, t: int) -> int:
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
                    look_at(plan, state, f, t)
                unit = state.f_scale[f]
                place = plan.r_places[r]
                for n in range(place, place + count):
                    parts += pool[n] * unit + ROUNDING - ROUNDING
            r += 1
        count = state.s_mixed[s]
        if count > 0:
            mixed, first = state.mixed, plan.s_items[s]
            for n in range(first, first + count):
                parts += rest_of_item(plan, state, mixed[n], t) + ROUNDING - ROUNDING
        total = floor(parts)
    else:
        for i in range(plan.s_items[s], plan.s_items[s + 1]):
            if state.i_place[i] >= 0:
                total += remaining_of_item(plan, state, i, t)
    state.s_looked_at[s] = t
    state.s_found[s] = total
    return total


def remaining_of_group(plan: Plan, state: State, s: int, g: int, t: int) -> int:
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
                look_at(plan, state, f, t)
            parts += pool[place[i]] * scale[f] + ROUNDING - ROUNDING
        else:
            total += remaining_of_item(plan, state, i, t)
    return total + floor(parts)


def degrade(plan: Plan, s: int, a: int, loss: int) -> int:
    low = plan.s_floor[s]
    if a < low:
        low = a
    return a - loss if a - loss > low else low


def activity_at(plan: Plan, state: State, s: int, t: int) -> int:
    """A of score s at t, where nothing but decay has happened since the last entry."""
    a = state.s_activity[s]
    if state.s_settled_at[s] != t:
        loss = state.s_remaining[s] - state.s_fixed[s] - smooth_remaining(plan, state, s, t)
        if loss > 0:
            a = degrade(plan, s, a, loss)
    return a


def own_total(plan: Plan, state: State, s: int, t: int) -> int:
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
    return state.s_total[s] if kept_at in (t, FAR) else own_total(plan, state, s, t)


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
                own_total(plan, state, p, t)
            share = weight[k] * totals[p]
            if MINUS_LIGHT < share < LIGHT:
                rounded += share + ROUNDING - ROUNDING  # see `smooth_remaining`
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


def value_at(plan: Plan, state: State, s: int, t: int) -> int:
    """min(T, cap): the reading of score s at t before it is rounded."""
    value = total_at(plan, state, s, t)
    return value if value <= state.s_cap[s] else state.s_cap[s]


def lowest_value(reading: int) -> int:
    """The lowest value, not yet rounded, whose reading is at least so high."""
    cents = -(-reading // CENT)
    return cents * CENT - HALF_CENT + (cents & 1)  # a half goes to the even one


def highest_value(reading: int) -> int:
    """The highest value, not yet rounded, whose reading this is."""
    return reading + HALF_CENT - (reading // CENT & 1)


def reading_at(plan: Plan, state: State, s: int, t: int) -> int:
    """R of score s at t: min(T, cap), half-even to two decimals, in micropoints."""
    return to_reading(value_at(plan, state, s, t))
