"""A Unomi scoring plan means the same here, missing properties included; what has no words here is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rules_engine.analysis.drafts.drafted import Drafted, DraftError
from rules_engine.analysis.drafts.unomi import draft_unomi
from rules_engine.engine import Engine
from rules_engine.model import load_text

AS_OF = "2026-06-01T00:00:00Z"


def profile(name: str, operator: str, **values: Any) -> dict[str, Any]:
    given = {"propertyName": f"properties.{name}", "comparisonOperator": operator, **values}
    return {"type": "profilePropertyCondition", "parameterValues": given}


def boolean(operator: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "booleanCondition", "parameterValues": {"operator": operator, "subConditions": list(parts)}}


def negated(part: dict[str, Any]) -> dict[str, Any]:
    return {"type": "notCondition", "parameterValues": {"subCondition": part}}


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "eventTypeCondition", "parameterValues": {"eventTypeId": kind}, **more}


def past(condition: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"type": "pastEventCondition", "parameterValues": {"eventCondition": condition, **given}}


def plan(*conditions: dict[str, Any]) -> dict[str, Any]:
    elements = [{"condition": condition, "value": 1} for condition in conditions]
    return {"itemId": "plan", "metadata": {"id": "plan", "name": "Plan"}, "elements": elements}


def score(drafted: Drafted, lead: dict[str, object], events: list[dict[str, object]] | None = None) -> float:
    loaded = load_text(drafted.files[0][1], "v1.yaml")
    assert loaded.model is not None, [finding.message for finding in loaded.diagnostics]
    result = Engine(loaded.model).score(lead, None, events or [], as_of=AS_OF)
    return result.scores["plan"].reading / 1e6


FRENCH = profile("country", "equals", propertyValue="FR")
CASES: list[tuple[dict[str, Any], dict[str, object], bool]] = [
    (FRENCH, {"country": "FR"}, True),
    (FRENCH, {}, False),
    (profile("country", "notEquals", propertyValue="FR"), {"country": "DE"}, True),
    (profile("country", "notEquals", propertyValue="FR"), {}, True),
    (profile("country", "notEquals", propertyValue="FR"), {"country": "FR"}, False),
    (negated(FRENCH), {}, True),
    (negated(negated(FRENCH)), {}, False),
    (profile("country", "in", propertyValues=["FR", "DE"]), {"country": "DE"}, True),
    (profile("country", "notIn", propertyValues=["FR", "DE"]), {"country": "DE"}, False),
    (profile("country", "notIn", propertyValues=["FR", "DE"]), {}, True),
    (profile("age", "greaterThan", propertyValueInteger=30), {"age": 31}, True),
    (negated(profile("age", "greaterThan", propertyValueInteger=30)), {"age": 30}, True),
    (negated(profile("age", "greaterThan", propertyValueInteger=30)), {}, True),
    (profile("age", "between", propertyValuesInteger=[20, 30]), {"age": 30}, True),
    (profile("age", "between", propertyValuesInteger=[20, 30]), {}, False),
    (profile("age", "exists"), {}, False),
    (profile("age", "missing"), {}, True),
    (negated(profile("age", "missing")), {"age": "x"}, True),
    (profile("title", "startsWith", propertyValue='VP "'), {"title": 'VP "Sales"'}, True),
    (profile("title", "notContains", propertyValue="chief"), {"title": "a chief"}, False),
    (boolean("or", FRENCH, profile("age", "exists")), {"country": "FR"}, True),
    (boolean("and", FRENCH, profile("age", "exists")), {"country": "FR"}, False),
    (negated(boolean("and", FRENCH, profile("title", "exists"))), {"country": "FR"}, True),
    (negated(boolean("or", FRENCH, profile("title", "exists"))), {"country": "DE"}, True),
]


@pytest.mark.parametrize(("condition", "lead", "holds"), CASES)
def test_conditions_on_the_profile(condition: dict[str, Any], lead: dict[str, object], holds: bool) -> None:
    assert score(draft_unomi(plan(condition)), lead) == (1 if holds else 0)


def view(path: str, at: str) -> dict[str, object]:
    return {"type": "view", "at": at, "attributes": {"page_path": path}}


VIEWS = [view("/pricing", "2026-05-30"), view("/pricing/large", "2026-05-31"), view("/", "2026-05-31")]
PRICES = boolean(
    "and",
    event("view"),
    {"type": "eventPropertyCondition", "parameterValues": {
        "propertyName": "pagePath", "comparisonOperator": "startsWith", "propertyValue": "/pricing"}},
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (past(PRICES, minimumEventCount=2, numberOfDays=30), True),
        (past(PRICES, minimumEventCount=3, numberOfDays=30), False),
        (past(PRICES, minimumEventCount=2, numberOfDays=1), False),
        (past(event("view"), minimumEventCount=1, maximumEventCount=2), False),
        (negated(past(event("view"), minimumEventCount=1, maximumEventCount=2)), True),
        (past(event("login"), operator="eventsNotOccurred"), True),
        (past(event("view"), operator="eventsNotOccurred"), False),
        (past(event("view")), True),
    ],
)
def test_past_events_are_tallies(condition: dict[str, Any], holds: bool) -> None:
    drafted = draft_unomi(plan(condition, past(PRICES)))
    assert score(drafted, {}, VIEWS) == (2 if holds else 1)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (
            {"type": "profileSegmentCondition", "parameterValues": {}},
            "nothing like the condition profileSegmentCondition",
        ),
        (profile("seen", "greaterThan", propertyValueDateExpr="now-1d"), "a date that moves"),
        (profile("x", "distance", propertyValue="1"), "nothing like the comparison distance"),
        (profile("age", "equals", propertyValueInteger=5), "age is compared as number here and as string elsewhere"),
        (past(event("view"), fromDate="2024-01-01"), "between two fixed dates"),
        (past({"type": "formEventCondition"}), "not named by one eventTypeCondition but by formEventCondition"),
        (past(boolean("or", event("view"), event("login"))), "one thing or another"),
        (profile("title", "matchesRegex", propertyValue="(?=a)b"), "look"),
    ],
)
def test_what_has_no_words_here_is_left_out_and_told(condition: dict[str, Any], why: str) -> None:
    drafted = draft_unomi(plan(profile("age", "equals", propertyValue="5"), condition))
    assert (drafted.rules, drafted.of) == (1, 2)
    left_out = [note.why for note in drafted.notes if note.kind == "left out"]
    assert len(left_out) == 1
    assert why in left_out[0]


def test_a_plan_may_fall_below_zero() -> None:
    document = plan(FRENCH, profile("age", "exists"))
    document["elements"][1]["value"] = -3.5
    assert score(draft_unomi(document), {"age": "x"}) == -3.5


def test_the_real_plan() -> None:
    file = Path(__file__).parents[1] / "cli" / "models" / "imports" / "unomi_score1.json"
    drafted = draft_unomi(json.loads(file.read_text()))
    assert (drafted.model, drafted.rules, drafted.of, drafted.notes) == ("score_1", 1, 1, ())
    assert score(draft_unomi({**json.loads(file.read_text()), "itemId": "plan"}), {}) == 1


def test_nothing_to_carry_over() -> None:
    with pytest.raises(DraftError, match="no element could be carried over: there is nothing like"):
        draft_unomi(plan({"type": "idsCondition"}))
    with pytest.raises(DraftError, match="no list"):
        draft_unomi({"rules": []})
