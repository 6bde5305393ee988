"""Columns give what scoring one lead after the other gives: values of every type, measure and window."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from rules_engine.engine import Engine
from tests.batch.columns.buckets import columns_agree
from tests.batch.columns.rich_models import WORDS_CSV, rich_bodies, rich_cases
from tests.differential.histories import Case
from tests.differential.running import as_yaml

checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]
short = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=250, deadline=None, suppress_health_check=checks)


def load_rich(body: dict[str, Any]) -> Engine:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "words.csv").write_text(WORDS_CSV, encoding="utf-8")
        path = Path(folder) / "v1.yaml"
        path.write_text(as_yaml(body), encoding="utf-8")
        return Engine.load(path)


def agree(body: dict[str, Any], leads: list[Case]) -> None:
    note(as_yaml(body))
    note(repr(leads))
    columns_agree(load_rich(body), leads)


@short
@given(rich_bodies(), st.lists(rich_cases(), min_size=1, max_size=5))
def test_values_of_every_type(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)


@pytest.mark.long
@long
@given(rich_bodies(), st.lists(rich_cases(), min_size=1, max_size=5))
def test_values_of_every_type_long(body: dict[str, Any], leads: list[Case]) -> None:
    agree(body, leads)
