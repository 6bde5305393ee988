"""Rules of a HubSpot lead score mean the same here, contacts without a value included."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.analysis.drafts.drafted import Drafted, DraftError
from rules_engine.analysis.drafts.hubspot import draft_hubspot
from rules_engine.engine import Engine
from rules_engine.model import load_text


def prop(name: str, kind: str, operator: str, **operation: Any) -> dict[str, Any]:
    return {
        "filterType": "PROPERTY",
        "property": name,
        "operation": {"operationType": kind, "operator": operator, **operation},
    }


def branch(kind: str, *inside: dict[str, Any]) -> dict[str, Any]:
    filters = [one for one in inside if "filterType" in one]
    return {
        "filterBranchType": kind,
        "filters": filters,
        "filterBranches": [one for one in inside if one not in filters],
    }


def document(*branches: dict[str, Any], object_type: str = "0-1", **group: Any) -> dict[str, Any]:
    rules = [
        {"enabled": True, "configuration": {"calculation": {"type": "CONSTANT", "value": 10}, "criteria": one}}
        for one in branches
    ]
    groups = [{"groupName": "G", "ruleConfigurations": rules, **group}]
    return {"name": "S", "objectTypeId": object_type, "groupConfigs": groups}


def score(drafted: Drafted, lead: dict[str, object], events: list[dict[str, object]] | None = None) -> float:
    loaded = load_text(drafted.files[0][1], "v1.yaml")
    assert loaded.model is not None, [finding.message for finding in loaded.diagnostics]
    account = {} if loaded.model.account_fields else None
    if account is not None:
        lead, account = {}, lead
    result = Engine(loaded.model).score(lead, account, events or [], as_of="2026-06-01T00:00:00Z")
    return result.scores["s"].reading / 1e6


FRENCH = prop("country", "ENUMERATION", "IS_ANY_OF", values=["FR"])
NOT_FRENCH = prop("country", "ENUMERATION", "IS_NONE_OF", values=["FR"])
NOT_OR_UNKNOWN = prop("country", "ENUMERATION", "IS_NONE_OF", values=["FR"], includeObjectsWithNoValueSet=True)
CASES: list[tuple[dict[str, Any], dict[str, object], bool]] = [
    (FRENCH, {"country": "FR"}, True),
    (FRENCH, {}, False),
    (NOT_FRENCH, {"country": "DE"}, True),
    (NOT_FRENCH, {}, False),
    (NOT_OR_UNKNOWN, {}, True),
    (prop("size", "NUMBER", "IS_BETWEEN", lowerBound=10, upperBound=20), {"size": 20}, True),
    (prop("size", "NUMBER", "IS_LESS_THAN", value=10, includeObjectsWithNoValueSet=True), {}, True),
    (prop("title", "MULTISTRING", "CONTAINS", values=["a", "b"]), {"title": "xb"}, True),
    (prop("title", "MULTISTRING", "DOES_NOT_CONTAIN", values=["a", "b"]), {"title": "xb"}, False),
    (prop("title", "MULTISTRING", "DOES_NOT_CONTAIN", values=["a", "b"]), {"title": "x"}, True),
    (prop("optin", "BOOL", "IS_EQUAL_TO", value=True), {"optin": True}, True),
    (prop("phone", "ALL_PROPERTY", "IS_UNKNOWN"), {}, True),
    (branch("NOT_ANY", FRENCH), {}, True),
    (branch("NOT_ALL", FRENCH, prop("phone", "ALL_PROPERTY", "IS_KNOWN")), {"country": "FR"}, True),
    (branch("OR", branch("AND", FRENCH), branch("AND", prop("x", "NUMBER", "IS_EQUAL_TO", value=1))), {"x": 1}, True),
]


@pytest.mark.parametrize(("one", "lead", "holds"), CASES)
def test_filters(one: dict[str, Any], lead: dict[str, object], holds: bool) -> None:
    top = one if "filterBranchType" in one else branch("AND", one)
    assert score(draft_hubspot(document(top)), lead) == (10 if holds else 0)


def test_events_with_a_limit_of_their_group() -> None:
    seen = branch("UNIFIED_EVENTS", prop("url", "MULTISTRING", "CONTAINS", values=["/pricing"]))
    drafted = draft_hubspot(document(seen | {"eventTypeId": "4-96000", "operator": "HAS_COMPLETED"}, maxValue=15))
    view = {"type": "event_4_96000", "at": "2026-05-31", "url": "/pricing"}
    assert score(drafted, {}, [view, view, {**view, "url": "/"}]) == 15
    assert [note.kind for note in drafted.notes] == ["to do", "guessed"]


def test_companies_are_accounts() -> None:
    assert score(draft_hubspot(document(branch("AND", FRENCH), object_type="0-2")), {"country": "FR"}) == 10


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (branch("AND", {"filterType": "IN_LIST"}), "a filter of type IN_LIST"),
        (branch("ASSOCIATION", FRENCH), "nothing like a ASSOCIATION branch"),
        (branch("AND", prop("d", "TIME_POINT", "IS_AFTER")), "nothing like IS_AFTER (TIME_POINT) of d"),
        (branch("UNIFIED_EVENTS") | {"operator": "HAS_NOT_COMPLETED"}, "events that did not happen"),
        (branch("AND", FRENCH, branch("UNIFIED_EVENTS")), "an event and properties at once"),
        ({}, "no filters"),
    ],
)
def test_what_has_no_words_here_is_left_out_and_told(one: dict[str, Any], why: str) -> None:
    drafted = draft_hubspot(document(branch("AND", FRENCH), one))
    assert (drafted.rules, drafted.of) == (1, 2)
    assert why in next(note.why for note in drafted.notes if note.kind == "left out")


def test_nothing_to_carry_over() -> None:
    with pytest.raises(DraftError, match="no rule could be carried over"):
        draft_hubspot(document({}))
