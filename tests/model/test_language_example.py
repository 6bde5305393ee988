"""The example of section 2 of the language loads, and means what the text says."""

from pathlib import Path

import pytest

from rules_engine.model.load import load_model
from rules_engine.model.types import FixedPoints, Model, StepPoints, ValuePoints

DAY = 86_400_000_000
FILE = Path(__file__).parent / "language_example" / "v3.yaml"


@pytest.fixture(scope="module")
def model() -> Model:
    result = load_model(FILE)
    assert [d.message for d in result.diagnostics] == []
    assert result.model is not None
    return result.model


def test_header(model: Model) -> None:
    assert (model.name, model.version, model.status, model.timezone) == ("b2b_saas", 3, "active", "Europe/Paris")
    assert model.effective == 1_788_213_600_000_000  # midnight in Paris
    assert model.sales_ready == 100_000_000
    assert model.visit_gap == 30 * 60 * 1_000_000
    assert model.review is not None
    assert (model.review.first_days, model.review.then_days) == (60, 90)
    assert len(model.hash) == 64


def test_percents_and_floor(model: Model) -> None:
    readiness = model.scores["readiness"]
    assert (readiness.maximum, readiness.floor) == (200_000_000, 50_000_000)
    bands = [(b.name, b.start, b.until) for b in readiness.bands]
    assert bands == [("cold", None, None), ("warm", 40_000_000, None), ("sales_ready", 100_000_000, 80_000_000)]
    demo = next(r for r in readiness.event_rules if r.name == "demo")
    assert demo.points == FixedPoints(60_000_000)
    assert demo.decay is None


def test_sheet_rows_are_rules(model: Model) -> None:
    rules = [r for r in model.scores["readiness"].event_rules if r.row is not None]
    assert [r.name for r in rules][:2] == ["assets.ebook-lead-scoring", "assets.webinar-2026-05"]
    assert [r.stage for r in rules] == ["learn", "learn", "compare", "decide"]
    assert [r.points for r in rules][-1] == FixedPoints(20_000_000)
    assert rules[0].decay is not None
    assert (rules[0].decay.kind, rules[0].decay.period) == ("half_life", 180 * DAY)
    assert rules[1].note == "Recording, 40 minutes"


def test_reaches_takes_the_events_of_its_tally(model: Model) -> None:
    deep = next(r for r in model.scores["readiness"].event_rules if r.name == "deep_visit")
    assert deep.events == ("page_view",)
    assert deep.reaches is not None
    assert (deep.reaches.tally, deep.reaches.threshold) == ("sales_pages_in_visit", 4)


def test_profile_lookups(model: Model) -> None:
    size, _, market, _ = model.scores["fit"].standing_rules
    assert isinstance(size.points, StepPoints)
    assert (size.points.bounds, size.points.amounts) == ((0, 50, 500), (0, 10_000_000, 20_000_000))
    assert size.points.missing == 0
    assert isinstance(market.points, ValuePoints)
    assert market.points.values == (("US", 10_000_000), ("GB", 8_000_000))


def test_for_each_makes_a_score_for_each_value(model: Model) -> None:
    assert list(model.scores) == ["readiness", "fit", "interest_crm", "interest_analytics", "total"]
    crm = model.scores["interest_crm"]
    assert (crm.family, crm.variant) == ("interest", (("product", "crm"),))
    [rule] = crm.event_rules
    assert rule.decay is not None
    assert (rule.decay.ages, rule.decay.weights) == ((30 * DAY, 90 * DAY), (0.5, 0.0))


def test_caps_of_gates(model: Model) -> None:
    assert model.gates["job_seeker"].caps == (("readiness", 40_000_000),)
    assert [score for score, cap in model.gates["competitor"].caps] == list(model.scores)
