"""The state of one lead's fold at an instant: flat columns, so that it can be compiled, copied and stored."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from operator import attrgetter
from typing import TypeAlias

from rules_engine.scoring.plan import FAR, NONE, Inputs, Plan

# Something that will happen by itself: (instant, class, sequence, item, step, amount, start, epoch, event). Classes
# give the order of the language within an instant: 0 decay, 1 give-back, 2 part of a penalty.
Pending: TypeAlias = tuple[int, int, int, int, int, int, int, int, int]


UNSURE, SURE = -1e30, 1e30  # below and above every amount


@dataclass(slots=True)
class State:
    """Columns by score (`s_`), run (`r_`), item (`i_`), half-life (`f_`), group (`g_`), clock (`k_`), latch (`b_`) and
    limit slot."""

    s_activity: list[int]  # A after the last entry
    s_remaining: list[int]  # what remained of all positive awards then
    s_settled_at: list[int]  # when A was last brought to date; NONE when something has fallen by a step since
    s_fixed: list[int]  # what remains now of awards that do not fall continuously
    s_looked_at: list[int]  # an instant, and what was found to remain then of the others; NONE when that has changed
    s_found: list[int]
    s_totalled_at: list[int]  # the same for the total of a score that is not combined; FAR: at any instant, or combined
    s_total: list[int]  # of a combined score: scratch
    s_epoch: list[int]  # counts `set`; pending things of an older epoch are void
    s_profile: list[int]
    s_cap: list[int]
    s_checked: list[int]  # the last instant at which the score was touched; band crossings are known up to there
    s_known: list[int]  # the last instant at which something fell and no band could change
    s_up: list[int]  # cause of a rise at the current instant, see `fold.cause`
    s_down: list[int]
    s_other_up: list[int]  # the same from standing rules and gates
    s_other_down: list[int]
    s_low: list[int]  # below this value, not yet rounded, a latch turns; -FAR where none can
    s_high: list[int]  # from this value on a latch turns; FAR where none can
    s_room: list[float]  # how much can be gained before the value may reach `s_high` or a new peak
    s_noted_at: list[float]  # an instant
    s_wane: list[float]  # what continuous laws can take in a microsecond from then on, at most
    s_slack: list[float]  # by how much the value is above `s_low`, at least, but for what they take
    s_spare: list[float]  # by how much A is above the floor, likewise
    s_slope: list[float]  # what linear laws can take in a microsecond, those included whose delay still runs
    s_band: list[int]
    s_since: list[int]
    s_peak: list[int]  # the highest value, not yet rounded, that has the highest reading so far
    s_peak_at: list[int]
    s_increase: list[int]  # last award with a positive effect
    s_smooth: list[int]  # how many rules with a continuous law have had awards
    s_mixed: list[int]  # how many of them are in no run; `mixed` lists them from s_items on
    mixed: list[int]
    r_count: list[int]  # how many rules of the run have had awards; their pools lie at its first places
    pool: list[float]  # as of the origin, in units of f_exponent
    i_place: list[int]  # of a rule in a run: where its pool is; of others: 0; -1 before the first award
    i_fixed: list[int]
    i_waiting: list[int]  # awards whose delay still runs
    i_settled: list[float]  # awards that have fallen to `keep`
    i_pool: list[float]  # of rules in no run, the falling rest: as in `pool`, linear ones as of pooled_at
    i_slope: list[float]  # linear: the awards in the pool
    i_pooled: list[int]  # how many awards are in the pool
    i_pooled_at: list[int]
    g_most: list[int]  # the awards of a group do not remain worth more
    k_next: list[int]
    k_asleep: list[int]  # 1: the last tick took nothing
    b_on: list[int]
    slot_count: list[int]
    slot_last: list[int]
    slot_best: list[int]
    ring: list[int]
    origin: list[int]  # one instant: the beginning of the history, from which half-lives are counted
    f_aged_at: list[int]  # per half-life: an instant, and the age of the history then in whole half-lives
    f_whole: list[int]
    f_rest: list[float]  # the whole ones less the age
    f_exponent: list[int]  # in what units of 2^-exponent the pools of the half-life are told
    f_at: list[int]  # an instant, and what one of these units is worth then
    f_scale: list[float]
    f_up: list[float]  # how many of them a micropoint is that begins to fall at f_aged_at; 0.0: not asked yet
    dirty: list[int]  # how many scores are touched at the current instant, then which
    sequence: list[int]  # one number
    soon: list[int]  # one instant: before it nothing happens by itself
    settles: list[int]  # one number; 1: A is settled before each entry, as a ledger wants it; 0: where it matters


def initial_state(plan: Plan, inputs: Inputs, profile: list[int], caps: list[int], begin: int) -> State:
    """The state just before the first event, at `begin`, with the profile parts and caps that hold then."""
    scores, items, families = len(plan.s_start), len(plan.i_score), len(plan.f_period)
    clocks, latches = len(plan.k_score), len(plan.b_from)
    slots = max(len(inputs.slot_ring) - 1, 0)
    return State(
        s_activity=list(plan.s_start),
        s_remaining=[0] * scores,
        s_settled_at=[NONE] * scores,
        s_fixed=[0] * scores,
        s_looked_at=[NONE] * scores,
        s_found=[0] * scores,
        s_totalled_at=_never_totalled(plan),
        s_total=[0] * scores,
        s_epoch=[0] * scores,
        s_profile=list(profile),
        s_cap=list(caps),
        s_checked=[begin] * scores,
        s_known=[begin] * scores,
        s_up=[0] * scores,
        s_down=[0] * scores,
        s_other_up=[0] * scores,
        s_other_down=[0] * scores,
        s_low=[-FAR] * scores,
        s_high=[FAR] * scores,
        s_room=[0.0] * scores,
        s_noted_at=[0.0] * scores,
        s_wane=[0.0] * scores,
        s_slack=[SURE] * scores,
        s_spare=[UNSURE] * scores,
        s_slope=[0.0] * scores,
        s_band=[0] * scores,
        s_since=[NONE] * scores,
        s_peak=[NONE] * scores,
        s_peak_at=[NONE] * scores,
        s_increase=[NONE] * scores,
        s_smooth=[0] * scores,
        s_mixed=[0] * scores,
        mixed=[0] * items,
        r_count=[0] * len(plan.r_family),
        pool=[0.0] * plan.r_places[-1],
        i_place=[-1] * items,
        i_fixed=[0] * items,
        i_waiting=[0] * items,
        i_settled=[0.0] * items,
        i_pool=[0.0] * items,
        i_slope=[0.0] * items,
        i_pooled=[0] * items,
        i_pooled_at=[0] * items,
        g_most=[0] * len(plan.g_max),
        k_next=[FAR] * clocks,
        k_asleep=[0] * clocks,
        b_on=[0] * latches,
        slot_count=[0] * slots,
        slot_last=[0] * slots,
        slot_best=[0] * slots,
        ring=[0] * (inputs.slot_ring[-1] if inputs.slot_ring else 0),
        origin=[begin],
        f_aged_at=[NONE] * families,
        f_at=[NONE] * families,
        f_whole=[0] * families,
        f_rest=[0.0] * families,
        f_exponent=[0] * families,
        f_scale=[1.0] * families,
        f_up=[0.0] * families,
        dirty=[0] * (scores + 1),
        sequence=[0],
        soon=[FAR],
        settles=[1],
    )


def _never_totalled(plan: Plan) -> list[int]:
    return [NONE if first == end else FAR for first, end in pairwise(plan.s_parts)]


_COLUMNS = attrgetter(*(column.name for column in fields(State)))


def copy_state(state: State) -> State:
    """An independent copy, for looking ahead and for going on."""
    return State(*map(list.copy, _COLUMNS(state)))


def without_notes(plan: Plan, state: State) -> State:
    """A closed state without the notes that only save work, which depend on how often it was looked at before."""
    return replace(
        state,
        s_known=state.s_checked,
        s_noted_at=[0.0] * len(state.s_noted_at),
        s_wane=[0.0] * len(state.s_wane),
        s_slack=[SURE if low == -FAR else UNSURE for low in state.s_low],
        s_spare=[UNSURE] * len(state.s_spare),
        s_room=[0.0] * len(state.s_room),
        s_totalled_at=_never_totalled(plan),
        s_total=[0] * len(state.s_total),
        g_most=[0 if most == FAR else most for most in plan.g_max],
        dirty=[0] * len(state.dirty),
        soon=[NONE],
    )
