"""Matching in columns gives, lead by lead, what matching one lead gives: on random models and on the rulesets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from rules_engine.batch.columns.match import match_columns
from rules_engine.batch.columns.of_data import bucket_of
from rules_engine.batch.columns.prepare import prepare_columns
from rules_engine.batch.score import open_batch
from rules_engine.engine import Engine
from rules_engine.matching.calendar import to_datetime
from rules_engine.matching.history import History, read_history
from tests.batch.columns.buckets import bucket_of_cases, match, told, told_of
from tests.differential.histories import Case, cases
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load

RULESETS = Path(__file__).parents[3] / "rulesets"
checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
short = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=1000, deadline=None, suppress_health_check=checks)


def in_audience(engine: Engine, history: History) -> bool:
    audience, constants = engine._prepared.audience, engine._prepared.constants
    scope = {"lead": history.lead, "account": history.account, "constants": constants}
    return audience is None or audience(scope) is True


def agree(body: dict[str, Any], leads: list[Case]) -> None:
    note(as_yaml(body))
    note(repr(leads))
    engine = load(body)
    matched = match_columns(prepare_columns(engine._prepared), bucket_of_cases(engine, leads))
    for lead, case in enumerate(leads):
        history = read_history(engine.model, case.lead, case.account, case.events, case.as_of, engine.zone)
        assert bool(matched.scored[lead]) == in_audience(engine, history)
        if matched.scored[lead]:
            one = match(engine._prepared, history, case.as_of)
            assert told_of(engine.model, matched, lead) == told(engine._prepared, history, one)


@short
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=5))
def test_columns_match_as_one_lead_does(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)


@pytest.mark.long
@long
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=5))
def test_columns_match_as_one_lead_does_long(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)


@pytest.mark.parametrize(("name", "every"), [("online_retail", 40), ("b2b_saas", 1), ("net_promoter", 1)])
def test_columns_match_the_rulesets_data(name: str, every: int) -> None:
    batch = open_batch(RULESETS / name, RULESETS / name / "data.yaml")
    engine = batch.engine
    as_of = np.full(batch.lead_count, batch.as_of, dtype=np.int64)
    matched = match_columns(prepare_columns(engine._prepared), bucket_of(engine.model, batch.data, as_of))
    moment = to_datetime(batch.as_of, engine.zone)
    for lead in range(0, batch.lead_count, every):
        raw = batch.data.history(batch.lead_ids()[lead], moment)
        history = read_history(engine.model, raw[0], raw[1], raw[2], batch.as_of, engine.zone)
        assert bool(matched.scored[lead]) == in_audience(engine, history)
        if matched.scored[lead]:
            one = match(engine._prepared, history, batch.as_of)
            expected = told(engine._prepared, history, one)
            found = told_of(engine.model, matched, lead)
            del expected["events"], found["events"]  # a data set holds only the attributes that are read
            assert found == expected
