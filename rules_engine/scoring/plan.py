"""The numbers of a model as flat columns: what the fold kernel reads. Built once per model, never changed.

An *item* is an event rule or a penalty; items are numbered score by score, a score's event rules first and then its
penalties, both in file order, so that item order within one event is the order of the language. All columns are plain
lists here and become arrays for the compiled kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

NONE = -(2**62)  # "no value" for instants and optional amounts that may be negative
FAR = 2**62  # after every instant; above every amount

LAW_NONE, LAW_HALF_LIFE, LAW_LINEAR, LAW_STEPS = 0, 1, 2, 3
RULE, SET, PENALTY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Plan:
    """Columns by score (`s_`), run (`r_`), item (`i_`), half-life (`f_`), group (`g_`), clock (`k_`), latch (`b_`).

    A *run* is the event rules of a score that have the same half-life, without delay and keep. The pools of a run lie
    side by side at its places.
    """

    s_start: list[int]
    s_min: list[int]
    s_max: list[int]  # FAR when there is none
    s_floor: list[int]
    s_items: list[int]  # first item; s_items[s + 1] is one past the last
    s_runs: list[int]
    s_rate: list[float]  # what a micropoint under a half-life can lose in a microsecond, at most
    s_margin: list[int]  # micropoints by which rounding may move the total
    s_clocks: list[int]
    s_latches: list[int]  # latches above the first band
    s_parts: list[int]  # range into part_*: components of a combined score
    s_combined: list[int]  # range into combined_score: the combined scores it needs, deepest first, itself last
    s_leaves: list[int]  # range into leaf_score: the scores with rules that it is made of, in order; or itself
    s_dependents: list[int]  # range into dependents: combined scores that read this one
    part_score: list[int]
    part_weight: list[float]
    combined_score: list[int]
    leaf_score: list[int]
    leaf_weight: list[float]  # what a point of the leaf is worth in the combined score
    dependents: list[int]
    dependent_weight: list[float]  # what a point of the score is worth in this combined one
    dependent_share: list[float]  # the same where the combined one is made of scores with rules alone; else 0.0

    r_family: list[int]
    r_places: list[int]  # first place; r_places[r + 1] is one past the last

    i_score: list[int]
    i_kind: list[int]  # RULE, SET or PENALTY
    i_max: list[int]  # FAR when there is none
    i_group: list[int]  # -1 when there is none
    i_law: list[int]
    i_period: list[float]
    i_rate: list[float]  # what a micropoint of an award can lose in a microsecond by a continuous law, a little more
    i_family: list[int]  # which half-life; -1 for other laws
    i_run: list[int]  # for half-lives without delay and keep, whose pool is all that remains; else -1
    i_keep: list[float]
    i_delay: list[int]
    i_end: list[int]  # age at which a continuous law stops falling, delay included; FAR for never
    i_steps: list[int]  # range into step_*
    i_times: list[int]  # limit: at most so many; 0 for no limit
    i_within: list[int]  # rolling window of the limit; 0 for none
    i_highest: list[int]  # 1 for keep: highest
    i_set: list[int]  # target of a SET
    i_share: list[float]  # PENALTY: share of max(A, 0); -1.0 when an amount
    i_days: list[int]  # PENALTY: daily parts; 0 for at once
    f_period: list[float]  # the half-lives of the model
    step_age: list[int]  # delay included
    step_weight: list[float]

    g_max: list[int]  # FAR when there is none
    g_full: list[int]  # up to so much the awards may be worth at most before it is looked at what they are worth
    g_items: list[int]  # range into group_item
    group_item: list[int]

    k_score: list[int]
    k_after: list[int]
    k_every: list[int]  # 0 for once
    k_amount: list[int]
    k_share: list[float]  # -1.0 when an amount
    k_default: list[int]  # 1: awards with nominal > 0 are activity; 0: RESET marks are

    b_from: list[int]  # the lowest value, not yet rounded, whose reading turns the latch on
    b_until: list[int]  # the lowest whose reading leaves it on; -FAR for every one


@dataclass(slots=True)
class Inputs:
    """What one lead's history is worth, in time order.

    A *mark* is an award, a set, a penalty or (item = number of items + clock) the activity of an inactivity clock. The
    nominal of the latter is for how long activity goes on, without a pause in which the clock would ring.
    Changes (`h_`) are instants at which a profile part or a cap takes a new value.
    """

    m_at: list[int]
    m_item: list[int]
    m_nominal: list[int]
    m_slot: list[int]  # limit slot, -1 without a limit
    m_event: list[int]
    slot_ring: list[int]  # range into the ring of counted instants, for rolling limits
    h_at: list[int]
    h_score: list[int]
    h_profile: list[int]  # NONE when unchanged
    h_cap: list[int]  # NONE when unchanged, FAR for no cap
    h_up: list[int]  # cause of a rise: >= 0 standing rule, <= -2 gate (-2 - g), -1 nothing
    h_down: list[int]
