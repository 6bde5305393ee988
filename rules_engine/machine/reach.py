"""How large the numbers of a fold may become: whole numbers of 64 bits must hold them, sums and products on the way
included. All of them may be four times `lead_driver.LARGEST`."""

from __future__ import annotations

from rules_engine.scoring.plan import FAR, Plan


def reach_of(plan: Plan) -> tuple[float, float]:
    """What a model's own amounts may add to the amounts of a lead at most, and by how much both are multiplied."""
    growth = _growth_of(plan)
    amounts = [*map(abs, (*plan.s_start, *plan.s_margin, *plan.i_set, *plan.k_amount))]
    if any(plan.k_amount):  # inactivity takes again and again, down to the floor
        amounts += map(abs, plan.s_floor)
    # a lower clamp above 0 makes amounts larger, and so does an upper one below it; others make them smaller
    amounts += [max(low, 0) for low in plan.s_min]
    amounts += [max(-high, 0) for high in plan.s_max]
    # what is only taken from a value, once: its floor, and the bound of its band, which it is not below
    depth = [max(-bound, 0) for bound in (*plan.s_floor, *plan.b_from, *plan.b_until) if bound != -FAR]
    return max(amounts, default=0) + max(depth, default=0) / (4.0 * growth), growth


def _growth_of(plan: Plan) -> float:
    """By how much amounts are multiplied at most: by the weights of combined scores of combined scores, and by the days
    of a penalty in parts."""
    growth = [1.0] * len(plan.s_start)
    for s in range(len(growth)):
        for c in plan.combined_score[plan.s_combined[s] : plan.s_combined[s + 1]]:
            parts = range(plan.s_parts[c], plan.s_parts[c + 1])
            growth[c] = max(1.0, sum(plan.part_weight[n] * growth[plan.part_score[n]] for n in parts))
    return max([1.0, *growth, *map(float, plan.i_days)])
