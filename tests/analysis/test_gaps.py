"""Proposals for what tests have not seen: they load, they pass, they show what they say; the rest is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.gaps.candidate import ago
from rules_engine.analysis.gaps.propose import Proposal, propose
from rules_engine.analysis.model_tests import load_tests, run_tests
from rules_engine.engine import Engine
from rules_engine.model.durations import DAY, HOUR, MINUTE, SECOND

REPOSITORY = Path(__file__).parents[2]
MODELS = ["tests/cli/models/small/v1.yaml", "rulesets/bank_marketing/v2.yaml", "rulesets/online_retail/v2.yaml"]
LARGE = ["rulesets/b2b_saas/v3.yaml", "rulesets/net_promoter/v1.yaml"]


def hold(engine: Engine, found: Proposal, tmp_path: Path) -> None:
    """The text is a tests file whose cases pass and see together what the proposal says they show."""
    file = tmp_path / "gaps.yaml"
    file.write_text(found.text, encoding="utf-8")
    report = run_tests(engine, load_tests(file))
    assert [outcome for outcome in report.outcomes if outcome.status != "passed"] == []
    seen = {(item.kind, item.name) for item in report.coverage.items if item.seen}
    assert {(item.kind, item.name) for item in found.covered} <= seen
    assert {(item.kind, item.name) for item in found.without}.isdisjoint(seen)


@pytest.mark.parametrize("model", [*MODELS, *(pytest.param(model, marks=pytest.mark.long) for model in LARGE)])
def test_proposals_from_nothing_cover_a_shipped_model(model: str, tmp_path: Path) -> None:
    engine = Engine.load(REPOSITORY / model)
    found = propose(engine, (), run_tests(engine, ()).coverage)
    hold(engine, found, tmp_path)
    assert found.without == ()


HARD = """\
schema: 1
model: hard
version: 1
status: draft
effective: 2026-03-01
timezone: Europe/Paris
audience: lead.status != null and lead.status != "staff"
fields:
  lead: {status: {type: string, required: true}, plan: {type: string, one_of: [free, paid]}, joined: date, age: number}
events:
  visit: {path: {type: string, required: true}, seconds: {type: number, min: 0}}
  order: {amount: number, product: string}
constants: {shops: [north, south]}
tallies:
  long_visits: {event: visit, when: event.seconds > 60, within: 7 days}
  spent: {event: order, sum: event.amount, within: 30 days}
  products: {event: order, distinct: event.product}
scores:
  a:
    rules:
      path: {event: visit, when: 'starts with(event.path, "/x/" + constants.shops[1])', points: 3}
      both:
        event: order
        when:
          - event.amount between 50 and 60
          - lead.plan = "paid"
        points: event.amount / 10
      third: {reaches: {long_visits: 3}, points: 20}
      spring: {event: order, points: 1, from: 2026-04-01, until: 2026-05-01}
      never: {event: visit, when: 'event.seconds > 10 and event.seconds < 5', points: 1}
      code: {event: visit, when: 'string length(event.path) = 37', points: 1}
    penalties:
      fast: {event: visit, when: event.seconds < 2, remove: 5}
    bands: {low: any, high: 45}
  b:
    rules:
      spender: {when: tally.spent >= 500, points: 10}
      variety: {when: tally.products >= 3, points: 10, otherwise: -1}
      adult: {of: lead.age, at_least: {0: 0, 18: 5, 65: 7}}
    bands: {c: any, b: 5, a: 20}
gates:
  free: {when: lead.plan = "free", cap: 10}
labels:
  state:
    gone: last_increase.a != null and now - last_increase.a > duration("90 days")
    fresh: last_increase.a != null
    new: otherwise
"""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Proposal]:
    file = tmp_path_factory.mktemp("hard") / "v1.yaml"
    file.write_text(HARD, encoding="utf-8")
    engine = Engine.load(file)
    return engine, propose(engine, (), run_tests(engine, ()).coverage)


def test_names_what_no_input_was_found_for(hard: tuple[Engine, Proposal], tmp_path: Path) -> None:
    engine, found = hard
    hold(engine, found, tmp_path)
    assert {(item.kind, item.name) for item in found.without} == {
        ("rule fired", "a.never"),
        ("condition true", "a.never"),
        ("rule fired", "a.code"),
        ("condition true", "a.code"),
    }
    tail = found.text.partition("# No input was found for:")[2]
    assert "rule fired a.never" in tail


@pytest.mark.long
def test_same_model_same_proposals(hard: tuple[Engine, Proposal]) -> None:
    engine, found = hard
    assert propose(engine, (), run_tests(engine, ()).coverage).text == found.text


def test_nothing_missing_nothing_proposed(hard: tuple[Engine, Proposal], tmp_path: Path) -> None:
    engine, first = hard
    file = tmp_path / "gaps.yaml"
    file.write_text(first.text, encoding="utf-8")
    tests = load_tests(file)
    again = propose(engine, tests, run_tests(engine, tests).coverage)
    assert again.cases == ()
    assert again.without == first.without


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (0, "0 days"),
        (DAY, "-1 day"),
        (3 * DAY, "-3 days"),
        (90 * MINUTE, "-90 minutes"),
        (2 * HOUR, "-2 hours"),
        (61 * SECOND, "-61 seconds"),
    ],
)
def test_a_length_of_time_before(before: int, text: str) -> None:
    assert ago(before) == text
