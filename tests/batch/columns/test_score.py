"""Columns give what scoring one lead after the other gives: on random models and on the rulesets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rules_engine.batch.columns.fields import Fields
from rules_engine.batch.columns.of_data import bucket_of
from rules_engine.batch.columns.score import ColumnScorer
from rules_engine.batch.score import open_batch
from rules_engine.batch.tables import Wanted
from tests.batch.columns.buckets import ALL, bucket_of_cases, columns_agree, tables_of
from tests.differential.histories import HALF_DAY, Case, cases
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load

RULESETS = Path(__file__).parents[3] / "rulesets"
checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
short = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=400, deadline=None, suppress_health_check=checks)


def agree(body: dict[str, Any], leads: list[Case]) -> None:
    note(as_yaml(body))
    note(repr(leads))
    columns_agree(load(body), leads)


@short
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=5))
def test_columns_score_as_one_lead_after_the_other(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)


@pytest.mark.long
@long
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=5))
def test_columns_score_as_one_lead_after_the_other_long(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)


@settings(short, max_examples=40)
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=3), st.lists(st.integers(-3, 44), min_size=1, max_size=4))
def test_snapshots_are_the_readings_of_then(body: dict[str, Any], leads: list[Case], ago: list[int]) -> None:
    note(as_yaml(body))
    engine = load(body)
    latest = max(case.as_of for case in leads)
    leads = [Case(case.lead, case.account, case.events, latest) for case in leads]
    looks = tuple(sorted({latest - n * HALF_DAY for n in ago if n >= 0} | {latest}))
    ids = [f"lead {n}" for n in range(len(leads))]
    bucket = bucket_of_cases(engine, leads)
    found = ColumnScorer(engine.prepared).score(bucket, pl.Series(ids), Wanted(snapshots=looks)).tables.snapshots
    rows = iter(found.iter_rows(named=True))
    for moment in looks:
        for lead_id, case in zip(ids, leads, strict=True):
            row = next(rows)
            assert row["lead_id"] == lead_id
            result = engine.score(case.lead, case.account, case.events, as_of=moment)
            for name, score in result.scores.items():
                assert row[name] == (score.reading / 1e6 if score.has_value else None), (name, moment)
                if engine.model.scores[name].bands:
                    assert row[f"{name}_band"] == score.band


@pytest.mark.parametrize(("name", "every"), [("online_retail", 40), ("b2b_saas", 1), ("net_promoter", 1)])
def test_columns_score_the_data_of_a_ruleset(name: str, every: int) -> None:
    batch = open_batch(RULESETS / name, RULESETS / name / "data.yaml")
    engine = batch.engine
    as_of = np.full(batch.lead_count, batch.as_of, dtype=np.int64)
    ids = batch.data.leads["lead_id"]
    rows = np.arange(batch.lead_count)
    found = (
        ColumnScorer(engine.prepared)
        .score(bucket_of(Fields(engine.model, batch.data), batch.data, rows, as_of), ids, ALL)
        .tables
    )
    some = batch.lead_ids()[::every]
    results = [result for lead_id in some if (result := batch.score_lead(lead_id)) is not None]
    for table, frame in tables_of(engine, results).items():
        own = getattr(found, table)
        assert_frame_equal(own.filter(pl.col("lead_id").is_in(some)), frame, check_exact=True)
