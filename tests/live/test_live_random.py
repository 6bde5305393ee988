"""Random histories of random models, cut at random instants: the numbers of the whole history each time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from rules_engine.engine import LeadState
from tests.differential.histories import Case, cases, instants
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load, run_engine
from tests.differential.test_differential import long, short
from tests.live.same import assert_same, live_through


def lives_alike(body: dict[str, Any], case: Case, looks: list[int]) -> None:
    note(as_yaml(body))
    note(repr(case))
    note(repr(looks))
    engine = load(body)
    events = once_each(case.events)
    whole = run_engine(engine, case, events=events)
    state, result = live_through(
        engine, case.lead, case.account, events, [*sorted(look for look in looks if look < case.as_of), case.as_of]
    )
    assert_same(result, whole)
    data = state.to_bytes()
    assert LeadState.from_bytes(data).to_bytes() == data


def once_each(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the later ones of an id: a live lead forgets ids after a while, a history does not."""
    first = {}
    for event in events:
        if "id" in event and event["type"] != "undeclared":
            key = (event["at"], event["type"])
            first[event["id"]] = min(first.get(event["id"], key), key)
    kept, taken = [], set()
    for event in events:
        key = event.get("id")
        if key is None or event["type"] == "undeclared":
            kept.append(event)
        elif first[key] == (event["at"], event["type"]) and key not in taken:
            taken.add(key)
            kept.append(event)
    return kept


@given(model_bodies(), cases(), st.lists(instants(), max_size=4))
@short
def test_advances_say_what_the_whole_history_says(body: dict[str, Any], case: Case, looks: list[int]) -> None:
    lives_alike(body, case, looks)


@pytest.mark.long
@given(model_bodies(), cases(), st.lists(instants(), max_size=6))
@long
def test_advances_say_what_the_whole_history_says_long(body: dict[str, Any], case: Case, looks: list[int]) -> None:
    lives_alike(body, case, looks)
