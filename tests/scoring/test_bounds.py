"""What the kernel tells by bounds is what it tells when it looks at every instant."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_engine.scoring.amounts import to_reading
from rules_engine.scoring.codes import DAY
from rules_engine.scoring.fold import begin, close, fold
from rules_engine.scoring.plan import FAR, NONE, Inputs
from rules_engine.scoring.remains import lowest_value, reading_at
from rules_engine.scoring.state import UNSURE, State, initial_state
from tests.differential.running import load

BEGIN = 1_780_000_000_000_000
HOUR = DAY // 24

LAWS: list[Any] = [
    "none",
    {"half_life": "2 days"},
    {"half_life": "30 days"},
    {"half_life": "5 days", "keep": 0.1},
    {"half_life": "3 days", "delay": "2 days"},
    {"linear": "6 days"},
    {"linear": "9 days", "keep": 0.25, "delay": "1 days"},
    {"expires": "4 days"},
    {"steps": {"1 days": 0.7, "3 days": 0.3, "8 days": 0}},
    {"every": "1 days", "lose": 0.1, "compounding": True},
]


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Models whose bands lie where their scores come by all the time."""
    rules: dict[str, Any] = {}
    laws, grouped = draw(st.sampled_from([1, 3, 6])), draw(st.booleans())
    for n, law in enumerate(draw(st.lists(st.sampled_from(LAWS), min_size=laws, max_size=laws))):
        rules[f"rule_{n}"] = {"event": "visit", "points": 1, "decay": law}
        if grouped:
            rules[f"rule_{n}"]["group"] = "some"
        if draw(st.integers(0, 3)) == 0:
            rules[f"rule_{n}"]["max"] = draw(st.sampled_from([2, 9]))
    rules["back"] = {"event": "visit", "points": -2, "decay": {"expires": "2 days"}}
    if draw(st.booleans()):
        rules["again"] = {"event": "visit", "set": draw(st.sampled_from([0, 3]))}
    own: dict[str, Any] = {
        "groups": {"some": {"max": draw(st.sampled_from([3, 6, 30]))}},
        "rules": rules,
        "penalties": {"lost": {"event": "visit", "remove": 3, "over": "3 days", "decay": {"expires": "5 days"}}},
        "inactivity": {"after": "2 days", "every": "1 days", "remove": "10% of score"},
        "bands": {"a": "any", "b": 2, "c": {"from": 5, "until": 4}, "d": 9},
    }
    if draw(st.booleans()):
        own["floor"] = draw(st.sampled_from([1, 4]))
    if draw(st.booleans()):
        own["max"] = 12
    other = {"rules": {"more": {"event": "visit", "points": 1, "decay": draw(st.sampled_from(LAWS[1:]))}}}
    whole = {"combine": {"own": 0.5, "other": 2}, "bands": {"a": "any", "b": 2, "c": {"from": 5, "until": 4}}}
    most = {"combine": {"whole": 1, "own": 0.1}, "bands": {"a": "any", "b": 3}}
    return {
        "schema": 1,
        "model": "near_bounds",
        "version": 1,
        "events": {"visit": {}},
        "scores": {"own": own, "other": other, "whole": whole, "most": most},
    }


@st.composite
def inputs_of(draw: st.DrawFn, items: int, clocks: int, scores: int) -> Inputs:
    """Marks and changes of three weeks, often at one instant, with amounts of any micropoints."""
    instants = st.integers(1, 21 * 12).map(lambda n: BEGIN + 2 * n * HOUR) | st.integers(BEGIN + 1, BEGIN + 21 * DAY)
    count = draw(st.sampled_from([4, 12, 30, 60]))  # drawn first: lists of hypothesis stop early far too often
    what = st.sampled_from([*range(items + clocks), *[0, 1, 2] * 4])
    marks = sorted(draw(st.lists(st.tuples(instants, what), min_size=count, max_size=count)))
    amounts = [draw(st.integers(1, 4_000_000) | st.sampled_from([1, 1_000_000, 2_000_000])) for _ in marks]
    changes = sorted(draw(st.lists(st.tuples(instants, st.integers(0, scores - 1)), max_size=6)))
    profiles = [draw(st.sampled_from([NONE, 0, 1_000_000, 1_995_000, -500_000])) for _ in changes]
    caps = [draw(st.sampled_from([NONE, FAR, 4_994_999, 3_000_000])) for _ in changes]
    return Inputs(
        m_at=[at for at, _ in marks],
        m_item=[item for _, item in marks],
        m_nominal=amounts,
        m_slot=[-1] * len(marks),
        m_event=list(range(len(marks))),
        slot_ring=[0],
        h_at=[at for at, _ in changes],
        h_score=[s for _, s in changes],
        h_profile=profiles,
        h_cap=caps,
        h_up=[-1] * len(changes),
        h_down=[-1] * len(changes),
    )


def told(plan: Any, state: State, ledger: list[int], moves: list[int], t: int) -> list[Any]:
    """All numbers that a fold gives; moves in time order, as whoever reads them orders them."""
    rows = sorted(tuple(moves[n : n + 5]) for n in range(0, len(moves), 5))
    readings = [reading_at(plan, state, s, t) for s in range(len(plan.s_start))]
    columns = (state.s_activity, state.s_band, state.s_since, state.s_peak, state.s_peak_at, state.s_increase)
    return [ledger, rows, readings, *columns, state.b_on, state.k_asleep]


def folded(plan: Any, inputs: Inputs, until: int, *, looking: bool, settles: int = 1) -> list[Any]:
    """The fold; `looking`: instant by instant, with nothing known from before about how long a score is safe."""
    scores = len(plan.s_start)
    state = initial_state(plan, inputs, [0] * scores, [FAR] * scores, BEGIN)
    state.settles = [settles]
    begin(plan, state, BEGIN)
    heap: list[Any] = []
    ledger: list[int] = []
    moves: list[int] = []
    mark = change = 0
    while looking:
        nexts = [*inputs.m_at[mark : mark + 1], *inputs.h_at[change : change + 1], *(p[0] for p in heap[:1])]
        nexts += [at for at, asleep in zip(state.k_next, state.k_asleep, strict=True) if not asleep]
        t = min(nexts, default=FAR)
        if t > until:
            break
        state.s_slack = [
            slack if low == -FAR else UNSURE for slack, low in zip(state.s_slack, state.s_low, strict=True)
        ]
        state.s_room = [0.0] * scores
        state.g_most = list(plan.g_max)
        mark, change = fold(plan, state, inputs, heap, ledger, moves, mark, change, t)
    fold(plan, state, inputs, heap, ledger, moves, mark, change, until)
    close(plan, state, ledger, moves, until)
    return told(plan, state, ledger, moves, until)


@given(bodies(), st.data(), st.integers(1, 60))
@settings(max_examples=60)
def test_bounds_tell_what_looking_tells(body: dict[str, Any], data: st.DataObject, days: int) -> None:
    plan = load(body).prepared.plan
    inputs = data.draw(inputs_of(len(plan.i_score), len(plan.k_score), len(plan.s_start)))
    until = BEGIN + days * DAY
    assert folded(plan, inputs, until, looking=False) == folded(plan, inputs, until, looking=True)


@given(bodies(), st.data(), st.integers(1, 60))
@settings(max_examples=60)
def test_nothing_but_the_ledger_changes_where_scores_are_settled_less_often(
    body: dict[str, Any], data: st.DataObject, days: int
) -> None:
    plan = load(body).prepared.plan
    inputs = data.draw(inputs_of(len(plan.i_score), len(plan.k_score), len(plan.s_start)))
    until = BEGIN + days * DAY
    _, *others = folded(plan, inputs, until, looking=False, settles=0)
    assert others == folded(plan, inputs, until, looking=False)[1:]


@given(st.integers(-(10**9), 10**9), st.integers(-20_000, 20_000))
def test_the_lowest_value_of_a_reading_rounds_to_it_and_none_below_does(bound: int, near: int) -> None:
    lowest = lowest_value(bound)
    assert to_reading(lowest) >= bound > to_reading(lowest - 1)
    assert (to_reading(bound + near) >= bound) == (bound + near >= lowest)
