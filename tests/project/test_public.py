"""What a host works with: the names of the package, and what they say of mistakes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import rules_engine
from rules_engine import Engine, ModelError, Result

MODEL = """
schema: 1
model: m
version: 1
fields: {lead: {country: string}}
audience: lead.country = "FR"
events: {demo: {}}
scores: {s: {rules: {demo: {event: demo, points: 5}}}}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    path = tmp_path / "v1.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return Engine.load(path)


@pytest.mark.parametrize("name", rules_engine.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(rules_engine, name) is not None


def test_any_other_name_is_not() -> None:
    with pytest.raises(AttributeError, match="'scores'"):
        rules_engine.scores  # type: ignore[attr-defined]  # noqa: B018


def outside(engine: Engine) -> Result:
    result = engine.score({"id": "ann", "country": "DE"}, as_of="2026-01-01")
    assert not result.scored
    return result


def test_a_lead_outside_the_audience_is_explained(engine: Engine) -> None:
    assert str(outside(engine).explain()).splitlines()[1:] == ["  not scored: outside the audience of the model"]


def test_also_where_its_result_came_from_another_process(engine: Engine) -> None:
    result = outside(engine)
    assert pickle.loads(pickle.dumps(result)).explain() == result.explain()


def test_a_scored_result_of_another_process_says_that_it_cannot(engine: Engine) -> None:
    result = pickle.loads(pickle.dumps(engine.score({"country": "FR"}, as_of="2026-01-01")))
    with pytest.raises(ValueError, match="came from another process"):
        result.explain()


def test_a_file_is_not_taken_for_another_version(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no version 2 of this model") as caught:
        Engine.load(tmp_path / "v1.yaml", version=2)
    assert [finding.code for finding in caught.value.diagnostics] == ["RE407"]
    assert Engine.load(tmp_path / "v1.yaml", version=1).model.version == engine.model.version
