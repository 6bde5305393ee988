"""Columns give what scoring one lead after the other gives: values of every type, measure and window."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rules_engine.batch.columns.score import ColumnScorer
from rules_engine.batch.tables import Wanted
from rules_engine.engine import Engine
from tests.batch.columns.buckets import bucket_of_cases, tables_of
from tests.batch.columns.rich_models import WORDS_CSV, rich_bodies, rich_cases
from tests.differential.histories import Case
from tests.differential.running import as_yaml

checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]
short = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=250, deadline=None, suppress_health_check=checks)
ALL = Wanted(ledger=True, transitions=True, rules=True, tallies=True)


def load_rich(body: dict[str, Any]) -> Engine:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "words.csv").write_text(WORDS_CSV, encoding="utf-8")
        path = Path(folder) / "v1.yaml"
        path.write_text(as_yaml(body), encoding="utf-8")
        return Engine.load(path)


def agree(body: dict[str, Any], leads: list[Case]) -> None:
    note(as_yaml(body))
    note(repr(leads))
    engine = load_rich(body)
    ids = [f"lead {n}" for n in range(len(leads))]
    found = ColumnScorer(engine.prepared).score(bucket_of_cases(engine, leads), pl.Series(ids), ALL).tables
    results = [
        engine.score(case.lead, case.account, case.events, as_of=case.as_of, lead_id=lead_id)
        for lead_id, case in zip(ids, leads, strict=True)
    ]
    for name, frame in tables_of(engine, results).items():
        assert_frame_equal(getattr(found, name), frame, check_exact=True)


@short
@given(rich_bodies(), st.lists(rich_cases(), min_size=1, max_size=5))
def test_values_of_every_type(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)


@pytest.mark.long
@long
@given(rich_bodies(), st.lists(rich_cases(), min_size=1, max_size=5))
def test_values_of_every_type_long(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)
