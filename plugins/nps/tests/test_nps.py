"""The net promoter score in a model: functions, roll-up, check, section."""

from __future__ import annotations

from pathlib import Path

import pytest
import rules_nps as plugin

from rules_engine import Engine, feel

MODEL = """
schema: 1
model: voices
version: 1
requires: {plugins: {nps: ">=1,<2"}}
fields:
  lead: {nps: BOUNDS, weight: number}
events:
  survey: {nps: {type: number, min: 0, max: 10}}
tallies:
  last_answer: {event: survey, latest: event.nps}
scores:
  answer:
    rules:
      given: {when: lead.nps != null, points: if lead.nps = null then 0 else lead.nps}
labels:
  group: nps_group(tally.last_answer)
accounts:
  loyalty: {of: answer, combine: nps, weight: if lead.weight = null then 1 else lead.weight}
"""
BOUNDED = MODEL.replace("BOUNDS", "{type: number, min: 0, max: 10}")


def load(folder: Path, text: str = BOUNDED) -> Engine:
    path = folder / "v1.yaml"
    path.write_text(text, encoding="utf-8")
    return Engine.load(path, plugins=[plugin], discover=False)


@pytest.mark.parametrize("builtin", list(plugin.functions), ids=lambda one: one.name)
def test_examples(builtin: object, tmp_path: Path) -> None:
    functions = load(tmp_path).extensions.functions
    for text, value in builtin.examples:  # type: ignore[attr-defined]
        assert feel.compile_expression(feel.parse(text), functions)({}) == feel.evaluate(value), text


@pytest.mark.parametrize(("answer", "group"), [(10, "promoter"), (8, "passive"), (6, "detractor"), (None, None)])
def test_a_label(tmp_path: Path, answer: int | None, group: str | None) -> None:
    events = [] if answer is None else [{"type": "survey", "at": "2026-01-01", "nps": answer}]
    assert load(tmp_path).score({}, events=events, as_of="2026-01-02").labels == {"group": group}


@pytest.mark.parametrize(
    ("answers", "score"),
    [([10, 9, 7, 3], 25.0), ([10, 0], 0.0), ([6], -100.0), ([], None), ([None, 9], 0.0)],
)
def test_an_account(tmp_path: Path, answers: list[int | None], score: float | None) -> None:
    """A member without an answer has the reading 0, a detractor: leave such leads out with `where`."""
    engine = load(tmp_path)
    leads: list[dict[str, object]] = [{"id": str(number), "nps": answer} for number, answer in enumerate(answers)]
    members = [(lead, engine.score(lead, as_of="2026-01-01")) for lead in leads]
    value = engine.score_account({}, members, as_of="2026-01-01").scores["loyalty"].value
    assert value == (None if score is None else score * 1_000_000)


def test_weights_count(tmp_path: Path) -> None:
    engine = load(tmp_path)
    leads: list[dict[str, object]] = [{"id": "a", "nps": 10, "weight": 3}, {"id": "b", "nps": 0}]
    members = [(lead, engine.score(lead, as_of="2026-01-01")) for lead in leads]
    assert engine.score_account({}, members, as_of="2026-01-01").scores["loyalty"].value == 50_000_000


def test_a_field_without_bounds_is_a_warning_at_its_place(tmp_path: Path) -> None:
    (found,) = load(tmp_path, MODEL.replace("BOUNDS", "number")).diagnostics
    assert found.code == "RE491"
    assert found.message.startswith("`nps` is an answer from 0 to 10")
    assert found.span is not None
    assert found.span.line == 7


def test_the_section_of_a_population() -> None:
    facts = {"labels": {"group": {"promoter": 6, "detractor": 2}, "rating": {"A": 1}, "empty": {}}}
    content = plugin.section(facts)
    assert content is not None
    assert content.rows == (("group", 6, 0, 2, 50.0),)
    assert plugin.section({"labels": {"rating": {"A": 1}}}) is None
