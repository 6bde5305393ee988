"""The engine against the slow reference of section 5 on random models and histories; and what must not matter.

A disagreement prints the model file and the history that show it.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from rules_engine.engine import Engine
from rules_engine.result.types import Result
from tests.differential.compare import differences
from tests.differential.histories import HALF_DAY, Case, cases
from tests.differential.models import EVENTS, account_bodies, model_bodies
from tests.differential.running import as_yaml, load, run_engine, run_reference, shuffled, slack_of
from tests.reference.rollup import Member, account_reference

checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
short = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=1500, deadline=None, suppress_health_check=checks)


def told(body: dict[str, Any], case: Case) -> Engine:
    """The loaded engine, with the model and the history noted for a failure."""
    note(as_yaml(body))
    note(repr(case))
    return load(body)


def agree(body: dict[str, Any], case: Case) -> None:
    engine = told(body, case)
    found = differences(run_engine(engine, case), run_reference(engine, case), slack_of(engine.model))
    assert not found, "\n".join(found)


def plain(result: Result) -> dict[str, Any]:
    """A result without what depends on the input's form."""
    return {
        "scores": dict(result.scores),
        "gates": result.gates,
        "tallies": dict(result.tallies),
        "labels": dict(result.labels),
        "transitions": result.transitions,
    }


def order_does_not_matter(body: dict[str, Any], case: Case, seed: int) -> None:
    engine = told(body, case)
    noise = [{"type": "noise", "at": event["at"] + 1, "id": event.get("id")} for event in case.events[:3]]
    once = run_engine(engine, case)
    again = run_engine(engine, case, events=shuffled(case.events + noise, seed))
    assert plain(once) == plain(again)


def the_past_stays(body: dict[str, Any], case: Case, half_days: int) -> None:
    engine = told(body, case)
    earlier = case.as_of - half_days * HALF_DAY
    first, later = run_engine(engine, case, as_of=earlier), run_engine(engine, case)
    instants = [event["at"] for event in case.events if event["type"] in EVENTS and event["at"] <= case.as_of]
    if any(at <= earlier for at in instants):
        assert first.transitions == tuple(t for t in later.transitions if t.at <= earlier)
    for name, score in first.scores.items():
        past = [entry for entry in later.scores[name].ledger if entry.at <= earlier]
        # at the earlier time itself a decay entry stands that the later look has no reason for
        assert [e for e in score.ledger if e.at < earlier] == [e for e in past if e.at < earlier]
        assert [e for e in score.ledger if e.kind != "decay"] == [e for e in past if e.kind != "decay"]
    if instants and max(instants) <= earlier:
        foretold = tuple(t for t in first.forecast if t.at <= case.as_of)
        assert foretold == tuple(t for t in later.transitions if t.at > earlier)


def accounts_agree(body: dict[str, Any], members: list[Case]) -> None:
    note(as_yaml(body))
    note(repr(members))
    engine = load(body)
    as_of = max((case.as_of for case in members), default=0)
    account = members[0].account if members else {}
    people = [Member(f"lead {i}", case.lead, case.events) for i, case in enumerate(members)]
    results = [
        (member.fields, engine.score(member.fields, account, member.events, as_of=as_of, lead_id=member.id))
        for member in people
    ]
    rolled = engine.score_account(account, results, as_of=as_of)
    expected = account_reference(engine.model, account, people, as_of)
    assert set(rolled.scores) == set(expected)
    for name, score in rolled.scores.items():
        found = {"value": score.value, "band": score.band, "members": [carrier.lead_id for carrier in score.carriers]}
        assert found == expected[name]


@given(model_bodies(smooth=False), cases())
@short
def test_engine_and_reference_agree_to_the_micropoint(body: dict[str, Any], case: Case) -> None:
    agree(body, case)


@given(model_bodies(smooth=True), cases())
@short
def test_engine_and_reference_agree_on_continuous_laws(body: dict[str, Any], case: Case) -> None:
    agree(body, case)


@given(model_bodies(), cases(), st.integers(0, 1000))
@short
def test_input_order_and_undeclared_events_do_not_matter(body: dict[str, Any], case: Case, seed: int) -> None:
    order_does_not_matter(body, case, seed)


@given(model_bodies(), cases(), st.integers(0, 60))
@short
def test_a_look_at_an_earlier_time_tells_the_same_past(body: dict[str, Any], case: Case, half_days: int) -> None:
    the_past_stays(body, case, half_days)


@given(account_bodies(), st.lists(cases(), max_size=4))
@short
def test_accounts_roll_up_alike(body: dict[str, Any], members: list[Case]) -> None:
    accounts_agree(body, members)


@pytest.mark.long
@given(model_bodies(smooth=False), cases())
@long
def test_engine_and_reference_agree_to_the_micropoint_long(body: dict[str, Any], case: Case) -> None:
    agree(body, case)


@pytest.mark.long
@given(model_bodies(smooth=True), cases())
@long
def test_engine_and_reference_agree_on_continuous_laws_long(body: dict[str, Any], case: Case) -> None:
    agree(body, case)


@pytest.mark.long
@given(model_bodies(), cases(), st.integers(0, 60))
@long
def test_a_look_at_an_earlier_time_tells_the_same_past_long(body: dict[str, Any], case: Case, half_days: int) -> None:
    the_past_stays(body, case, half_days)
