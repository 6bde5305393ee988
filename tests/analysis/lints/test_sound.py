"""What lints say is impossible never happens: random models on random histories stay inside the ranges."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from rules_engine.analysis.lints.subject import Subject
from rules_engine.model.load import load_text
from tests.differential.histories import Case, cases
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load, run_engine

checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
short = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=300, deadline=None, suppress_health_check=checks)


def stays_inside(body: dict[str, Any], case: Case) -> None:
    engine = load(body)
    text = as_yaml(body)
    note(text)
    note(repr(case))
    loaded = load_text(text, "v1.yaml")
    assert loaded.model is not None
    assert loaded.root is not None
    assert loaded.names is not None
    subject = Subject(loaded.model, loaded.root, loaded.names)
    result = run_engine(engine, case)
    for name, bounds in subject.ranges.items():
        score = result.scores.get(name)
        if score is None or not score.has_value:
            continue
        assert bounds.lowest <= score.total <= bounds.highest, (name, bounds)
        if math.isfinite(bounds.highest):
            assert score.peak <= bounds.highest_reading, (name, bounds)
        reached = {level.name for level in subject.reached(loaded.model.scores[name])}
        seen = {move.after for move in result.transitions if move.score == name} | {score.band}
        assert seen - {None} <= reached, (name, bounds)


@short
@given(model_bodies(), cases())
def test_scores_stay_in_their_ranges(body: dict[str, Any], case: Case) -> None:
    stays_inside(body, case)


@pytest.mark.long
@long
@given(model_bodies(), cases())
def test_scores_stay_in_their_ranges_long(body: dict[str, Any], case: Case) -> None:
    stays_inside(body, case)
