"""Roll-ups, observers, sections, actions: what they are given, and what happens when they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules_engine.engine import ModelError
from rules_engine.hooks import (
    Action,
    Check,
    Content,
    Delivery,
    Finding,
    Law,
    Member,
    Observer,
    PluginError,
    Rollup,
    Section,
    UndeliverableError,
)
from rules_engine.model.types import Model
from rules_engine.plugins import extensions_of
from rules_engine.plugins.deliveries import deliveries_of, missing_actions
from rules_engine.plugins.observe import Observers
from rules_engine.plugins.sections import build_sections
from rules_engine.result.types import Result
from tests.plugins.making import MODEL, engine, plugin

ACCOUNTS = MODEL + "accounts:\n  both: {of: s, combine: COMBINE, weight: if lead.size = null then 1 else lead.size}\n"
DELIVERY = Delivery("k", "a", "ann", datetime(2026, 1, 1, tzinfo=UTC), {"to": ["sales"]}, {"scores": {}})


# --- roll-ups


def rolled_up(folder: Path, combine: Any) -> float | None:
    made = engine(folder, [plugin(rollups=[Rollup("mine", combine)])], ACCOUNTS.replace("COMBINE", "mine"))
    events = [{"type": "demo", "at": "2026-01-01"}]
    leads = [({"id": "b", "size": 2}, events), ({"id": "a"}, events), ({"id": "c"}, [])]
    members = [(lead, made.score(lead, events=given, as_of="2026-01-02")) for lead, given in leads]
    value = made.score_account({}, members, as_of="2026-01-02").scores["both"].value
    return None if value is None else value / 1_000_000


def test_a_roll_up_sees_the_members_in_points_highest_first(tmp_path: Path) -> None:
    seen: list[Sequence[Member]] = []
    assert rolled_up(tmp_path, lambda members: seen.append(members) or 12.5) == 12.5
    assert seen == [(Member("b", 5.0, 2.0, 10.0), Member("a", 5.0, 1.0, 5.0), Member("c", 0.0, 1.0, 0.0))]


def test_a_roll_up_may_have_nothing_to_say(tmp_path: Path) -> None:
    assert rolled_up(tmp_path, lambda members: None) is None


@pytest.mark.parametrize("given", ["5", float("nan"), 1e300, True])
def test_a_roll_up_gives_points(tmp_path: Path, given: object) -> None:
    with pytest.raises(PluginError, match='plugin house, roll-up "mine": it gave'):
        rolled_up(tmp_path, lambda members: given)


def test_a_way_to_combine_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r'"maen" is no way to combine readings\. Did you mean "mean"'):
        engine(tmp_path, [], ACCOUNTS.replace("COMBINE", "maen"))
    with pytest.raises(ModelError, match='Did you mean "widest"') as caught:
        engine(tmp_path, [plugin(rollups=[Rollup("widest", lambda _: None)])], ACCOUNTS.replace("COMBINE", "wdest"))
    assert caught.value.diagnostics[0].help.endswith("or widest of a plugin.")


# --- laws


def test_a_law_that_fails_is_a_finding_with_its_place(tmp_path: Path) -> None:
    def table(parameters: Mapping[str, Any]) -> Sequence[tuple[int, float]]:
        raise RuntimeError("no calendar")

    law = Law("office", {"type": "object"}, table)
    with pytest.raises(ModelError) as caught:
        engine(tmp_path, [plugin(laws=[law])], MODEL.replace("points: 5}", "points: 5, decay: {law: office}}"))
    (found,) = caught.value.diagnostics
    assert found.message == 'The plugin "house" failed in its law "office": RuntimeError: no calendar.'
    assert found.span is not None
    assert found.span.line == 6


@pytest.mark.parametrize("step", [("5", 0.5), (1, 0.5, 2), (True, 0.5), (1, None)], ids=repr)
def test_a_law_gives_pairs_of_numbers(tmp_path: Path, step: Any) -> None:
    law = Law("office", {"type": "object"}, lambda _: [step])
    with pytest.raises(ModelError) as caught:
        engine(tmp_path, [plugin(laws=[law])], MODEL.replace("points: 5}", "points: 5, decay: {law: office}}"))
    assert f'failed in its law "office": it gave {step!r} where a step is' in str(caught.value)


@pytest.mark.parametrize(
    "schema", [{"type": "strng"}, {"$ref": "#/nowhere"}, {"$ref": "http://127.0.0.1:1/x"}], ids=str
)
def test_a_broken_schema_is_told_where_it_is_used(tmp_path: Path, schema: dict[str, Any]) -> None:
    law = Law("office", schema, lambda _: [(1, 0.0)])
    with pytest.raises(ModelError, match="the plugin's own description of them is broken"):
        engine(tmp_path, [plugin(laws=[law])], MODEL.replace("points: 5}", "points: 5, decay: {law: office}}"))


# --- checks


@pytest.mark.parametrize(
    ("part", "given"), [("span", None), ("span", "here"), ("severity", "error"), ("message", 5), ("help", None)]
)
def test_a_check_gives_whole_findings(tmp_path: Path, part: str, given: Any) -> None:
    def run(model: Model) -> list[Finding]:
        return [replace(Finding("x", model.scores["s"].span), **{part: given})]

    with pytest.raises(ModelError, match=f'"house" failed in its check "strict": the {part} of a finding is'):
        engine(tmp_path, [plugin(checks=[Check("strict", run)])])


# --- observers


def test_observers_are_told_of_results_and_band_changes(tmp_path: Path) -> None:
    told: list[object] = []
    observer = Observer(
        "log",
        scored=lambda result: told.append(result.lead_id),
        band_changed=lambda lead, move: told.append((lead, move.before, move.after)),
    )
    made = engine(tmp_path, [plugin(observers=[observer])])
    result = made.score({"id": "ann"}, events=[{"type": "demo", "at": "2026-01-01"}], as_of="2026-01-02")
    assert told == []  # scoring is a function and tells nobody
    made.observe(result)
    assert told == ["ann", ("ann", "cold", "hot")]
    told.clear()
    made.observe(result, since="2026-01-01")
    assert told == ["ann"]


def test_an_observer_cannot_change_a_result(tmp_path: Path) -> None:
    def meddle(result: Result) -> None:
        result.scores.clear()  # type: ignore[attr-defined]  # that it cannot is what is tested

    made = engine(tmp_path, [plugin(observers=[Observer("bad", scored=meddle)])])
    result = made.score({}, as_of="2026-01-02")
    with pytest.raises(PluginError, match='plugin house, observer "bad": AttributeError'):
        made.observe(result)
    assert result.scores.keys() == {"s"}


def test_all_observers_are_told_also_where_one_fails() -> None:
    told: list[str] = []

    def fail(delivery: Delivery) -> None:
        raise RuntimeError("oh")

    observers = [Observer("bad", automation_fired=fail), Observer("log", automation_fired=lambda d: told.append(d.key))]
    using = extensions_of([plugin(observers=observers)], discover=False)
    with pytest.raises(PluginError, match='observer "bad": RuntimeError: oh'):
        Observers(using.observers).automation_fired(DELIVERY)
    assert told == ["k"]


# --- actions


def deliver(code: Any) -> None:
    using = extensions_of([plugin(actions=[Action("call", {"type": "object"}, code)])], discover=False)
    assert using.actions is not None
    using.actions["call"].deliver(DELIVERY)


def test_an_action_is_given_a_copy() -> None:
    deliver(lambda delivery: delivery.parameters["to"].clear())
    assert DELIVERY.parameters == {"to": ["sales"]}


@pytest.mark.parametrize(
    ("error", "kind"), [(UndeliverableError("gone"), UndeliverableError), (OSError("later"), PluginError)]
)
def test_a_refusal_passes_and_a_failure_is_named(error: Exception, kind: type[Exception]) -> None:
    def fail(delivery: Delivery) -> None:
        raise error

    with pytest.raises(kind, match=r'gone|plugin house, action "call": OSError: later'):
        deliver(fail)


def test_without_actions_automations_are_not_checked() -> None:
    assert extensions_of([plugin(laws=[])], discover=False).actions is None


AUTOMATIONS = (
    MODEL
    + """
labels: {state: {on: band.s = "hot", off: otherwise}}
automations:
  tell: {when: label.state = "on", do: [{action: call, to: ann}, {action: note, text: [a]}]}
"""
)


def test_a_firing_gives_a_delivery_per_action_with_a_key_of_its_own(tmp_path: Path) -> None:
    made = engine(tmp_path, [], AUTOMATIONS)
    result = made.score({"id": "ann"}, events=[{"type": "demo", "at": "2026-01-01"}], as_of="2026-01-02")
    at = result.transitions[0].at
    found = deliveries_of(made.model.automations["tell"], result, at)
    assert found == deliveries_of(made.model.automations["tell"], result, at)
    assert [(name, one.key, one.parameters) for name, one in found] == [
        ("call", "tell/2026-01-01T00:00:00Z/ann", {"to": "ann"}),
        ("note", "tell#2/2026-01-01T00:00:00Z/ann", {"text": ["a"]}),
    ]
    assert found[0][1].at == datetime(2026, 1, 1, tzinfo=UTC)
    assert found[0][1].result == {
        "model": "m",
        "version": 1,
        "as_of": "2026-01-02T00:00:00Z",
        "scores": {"s": {"reading": 5.0, "band": "hot"}},
        "labels": {"state": "on"},
    }


def test_actions_that_nobody_has(tmp_path: Path) -> None:
    made = engine(tmp_path, [plugin(actions=[Action("call", {"type": "object"}, lambda _: None)])], AUTOMATIONS)
    assert [finding.code for finding in made.diagnostics] == ["RE494"]
    assert missing_actions(made.model, made.extensions) == ("note",)


# --- sections


def built(build: Any, about: str = "lead") -> list[tuple[str, str, Content]]:
    section = Section("extra", "Extra", about, build)  # type: ignore[arg-type]
    using = extensions_of([plugin(sections=[section])], discover=False)
    return [(one.name, one.title, one.content) for one in build_sections(using, "lead", lambda: {"labels": {"a": 1}})]


def test_a_section_of_a_lead() -> None:
    content = Content(text=("one",), columns=("a",), rows=((1,),))
    assert built(lambda facts: content if facts == {"labels": {"a": 1}} else None) == [("extra", "Extra", content)]
    assert built(lambda facts: None) == []
    assert built(lambda facts: content, about="population") == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("text", "a value of type str instead of a Content"),
        (Content(columns=("a",), rows=((1, 2),)), "not 1 cells"),
        (Content(columns=("a",), rows=(None,)), "not 1 cells"),  # type: ignore[arg-type]
        (Content(columns=("a",), rows=((float("nan"),),)), "a cell is nan"),
        (Content(text="one"), "its text are 'one'"),  # type: ignore[arg-type]
        (Content(columns="ab", rows=("xy",)), "its columns are 'ab'"),
    ],  # type: ignore[arg-type]
)
def test_a_section_gives_content(given: object, said: str) -> None:
    with pytest.raises(PluginError, match=f'plugin house, section "extra": .*{said}'):
        built(lambda facts: given)
