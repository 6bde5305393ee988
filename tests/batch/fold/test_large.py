"""Amounts near the ends of 64 bits: compiled folds give what the plain one gives, or refuse, but never wrap around."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.engine import Engine, ScoringError
from tests.batch.columns.buckets import columns_agree
from tests.differential.histories import Case
from tests.differential.running import load

DAY = 86_400_000_000
T0 = 1_790_000_000_000_000
AS_OF = T0 + 40 * DAY
BANDS = {"low": "any", "high": 10}
GIFT = {"gift": {"event": "gift", "points": "event.n"}}
LATER = {"when": "tally.calls > 0", "points": 9e12}  # a standing rule that is true from the first call on


def body(scores: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": 1,
        "model": "large",
        "version": 1,
        "fields": {"lead": {"wealth": "number", "is_known": "boolean"}},
        "audience": "lead.is_known",
        "events": {"gift": {"n": "number"}, "call": {}},
        "tallies": {"calls": {"event": "call"}},
        "scores": scores,
    }


def lead(*gifts: float, wealth: float = 0, is_known: bool = True) -> Case:
    events = [{"type": "gift", "at": T0 + n * DAY, "attributes": {"n": gift}} for n, gift in enumerate(gifts)]
    events.append({"type": "call", "at": T0 + 20 * DAY})
    return Case({"wealth": wealth, "is_known": is_known}, {}, events, AS_OF)


CHAIN = {
    "a": {"rules": GIFT, "bands": BANDS},
    "b": {"combine": {"a": 1000}, "bands": BANDS},
    "c": {"combine": {"b": 1000}, "bands": BANDS},
    "d": {"combine": {"c": 1000}, "bands": BANDS},
}
HOUR_BY_HOUR = {"after": "1 day", "remove": 9e12, "every": "1 day"}
TOO_LARGE = [
    pytest.param(CHAIN, (1e5, 2e5), id="weights of weights"),
    pytest.param({"a": {"rules": {**GIFT, "s": LATER}, "bands": BANDS}}, (2e12, 1e11), id="a standing rule, later"),
    pytest.param(
        {"a": {"max": 100, "rules": {**GIFT, "s": LATER, "again": LATER}, "bands": BANDS}},
        (2, 100),
        id="standing rules that pass 64 bits together",
    ),
    pytest.param(
        {"a": {"floor": -9e12, "min": -9e12, "rules": GIFT, "inactivity": HOUR_BY_HOUR, "bands": BANDS}},
        (2, 100),
        id="inactivity far below",
    ),
    pytest.param(
        {"a": {"min": 9e12, "start": 9e12, "rules": GIFT, "bands": {"low": "any", "high": -9e12}}},
        (2, 100),
        id="from one end to the other",
    ),
    pytest.param(
        {"a": {"min": 2e12, "start": 2e12, "rules": GIFT}, "b": {"combine": {"a": 3}, "bands": BANDS}},
        (2, 100),
        id="a lower clamp, times three",
    ),
    pytest.param(
        {"a": {"rules": GIFT, "bands": BANDS}, "b": {"combine": {"a": 9e12}, "bands": BANDS}}, (1, 2), id="a weight"
    ),
]


def told(engine: Engine, case: Case) -> list[Any] | str:
    try:
        result = engine.score(case.lead, case.account, case.events, as_of=case.as_of)
    except ScoringError as error:
        return str(error)
    return [(one.activity, one.profile, one.total, one.reading, one.band, one.ledger) for one in result.scores.values()]


@pytest.mark.parametrize(("scores", "gifts"), TOO_LARGE)
def test_too_large_for_64_bits(scores: dict[str, Any], gifts: tuple[float, ...]) -> None:
    plain, case = load(body(scores)), lead(*gifts)
    assert told(Engine(plain.model, compiled=True), case) == told(plain, case)
    with pytest.raises(ScoringError, match="Lead lead 0: points add up to more than can be counted exactly"):
        columns_agree(plain, [case])


@pytest.mark.parametrize(
    "scores",
    [
        {"a": {"max": 9e12, "rules": {"gift": {**GIFT["gift"], "max": 9e12}}, "bands": {"low": "any", "high": 9e12}}},
        {"a": {"min": -9e12, "rules": GIFT, "bands": BANDS}, "b": {"combine": {"a": 0.5}}, "c": {"combine": {"b": 2}}},
    ],
    ids=["clamps that nothing reaches", "weights that shrink"],
)
def test_large_and_within_64_bits(scores: dict[str, Any]) -> None:
    plain, case = load(body(scores)), lead(1e10, -9e9, 1e9)
    assert told(Engine(plain.model, compiled=True), case) == told(plain, case)
    columns_agree(plain, [case, lead(1), lead()])


ONE_GIFT = {"a": {"rules": GIFT, "bands": BANDS}}
BEYOND = [  # one lead above 4.6e12 points
    pytest.param(ONE_GIFT, (3e12, 2e12), "a", id="awards"),
    pytest.param({"a": {"rules": {"worth": {"when": "lead.wealth > 0", "points": 5e12}}}}, (), "a", id="profile"),
    pytest.param({**ONE_GIFT, "b": {"combine": {"a": 2}}}, (1e12, 2e12), "b", id="combined"),
    pytest.param({"a": {"max": 8e12, "rules": GIFT}}, (5e12,), "a", id="below its max"),
    pytest.param(
        {"a": {"rules": {**GIFT, "lost": {"event": "call", "set": 0}}, "bands": BANDS}}, (5e12,), "a", id="once"
    ),
]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("scores", "gifts", "named"), BEYOND)
def test_one_lead_beyond_what_is_counted(
    scores: dict[str, Any], gifts: tuple[float, ...], named: str, compiled: bool
) -> None:
    case = lead(*gifts, wealth=1)
    engine = Engine(load(body(scores)).model, compiled=compiled)
    assert told(engine, case) == f'Score "{named}": points add up to more than can be counted exactly'


def test_one_lead_that_its_max_keeps_within() -> None:
    found = told(load(body({"a": {"max": 100, "rules": GIFT, "bands": BANDS}})), lead(5e12, 6e12))
    assert found[0][:3] == (100_000_000, 0, 100_000_000)


WORTH = {"a": {"rules": {"worth": {"when": "lead.wealth > 0", "points": "lead.wealth"}}, "bands": BANDS}}


def test_the_lead_whose_points_are_too_large_is_named() -> None:
    with pytest.raises(ScoringError, match="Lead lead 2:"):
        columns_agree(load(body(WORTH)), [lead(wealth=5), lead(), lead(wealth=4e12), lead()])


def test_a_lead_that_is_not_scored_is_in_nobodys_way() -> None:
    columns_agree(load(body(WORTH)), [lead(wealth=5), lead(), lead(wealth=4e12, is_known=False), lead()])
