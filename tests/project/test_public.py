"""What a host works with: the names of the package, and what they say of mistakes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import rules_engine
from rules_engine import (
    Engine,
    InputError,
    LeadState,
    ModelError,
    NeedsHistory,
    PluginError,
    Result,
    StateOfAnotherModel,
    UnreadableState,
)

MODEL = """
schema: 1
model: m
version: 1
timezone: Europe/Paris
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
    assert str(outside(engine).explain()).splitlines() == [
        "ann as of 2026-01-01 00:00:00 (Europe/Paris), m v1",
        "  not scored: outside the audience of the model",
    ]


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


def errors(engine: Engine, folder: Path) -> Iterator[Exception]:
    """One of each kind that a host may get."""
    import polars as pl

    from rules_engine.batch.sources.errors import DataError
    from rules_engine.live import LateWithoutHistory

    state, _ = engine.advance(engine.start({}), as_of="2026-01-02")
    (folder / "v2.yaml").write_text(MODEL.replace("version: 1", "version: 2"), encoding="utf-8")
    newer = Engine.load(folder / "v2.yaml")
    for kind, call in (
        (InputError, lambda: engine.score({}, events=[{"type": "x"}], as_of="2026-01-01")),
        (ModelError, lambda: Engine.load(folder / "none.yaml")),
        (NeedsHistory, lambda: engine.advance(state, as_of="2026-01-01")),
        (StateOfAnotherModel, lambda: newer.advance(state, as_of="2026-01-03")),
        (UnreadableState, lambda: LeadState.from_bytes(b"x")),
        (DataError, lambda: engine.score_batch(pl.DataFrame({"id": [None]}), None, as_of="2026-01-01")),
    ):
        with pytest.raises(kind) as caught:
            call()
        yield caught.value
    yield PluginError("house", "function grade()", "boom")
    yield LateWithoutHistory("ann", "late event")


def test_errors_travel_to_another_process_whole(engine: Engine, tmp_path: Path) -> None:
    for error in errors(engine, tmp_path):
        for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


def score_badly(path: Path) -> None:
    Engine.load(path).score({}, events=[{"type": "x"}], as_of="2026-01-01")


def test_a_pool_of_processes_hands_an_error_back(engine: Engine, tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        done = pool.submit(score_badly, tmp_path / "v1.yaml")
        with pytest.raises(InputError, match="event 1, at: is missing"):
            done.result(timeout=120)
