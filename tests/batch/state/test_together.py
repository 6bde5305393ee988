"""Leads that rest, read off together, are what a full run says of them: on random models."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rules_engine.batch.columns.score import ColumnScorer
from rules_engine.batch.state.kept import Keeping, frame_of, rests_of
from rules_engine.batch.state.together import resting_leads
from rules_engine.engine import Engine
from tests.batch.columns.buckets import bucket_of_cases, tables_of
from tests.batch.columns.rich_models import rich_bodies, rich_cases
from tests.batch.columns.test_rich import load_rich
from tests.batch.columns.test_score import long, short
from tests.differential.histories import HALF_DAY, Case, cases, instants
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load
from tests.live.test_live_random import once_each


class Rested:
    """How many leads the random tests found resting."""

    count = 0


def rest_alike(engine: Engine, leads: list[Case], looked: int, half_days: int) -> None:
    """Leads that rest from one look to a later one have then what their whole history gives."""
    later = looked + half_days * HALF_DAY
    keeping, kept, known = Keeping(engine), {}, []
    for n, case in enumerate(leads):
        events = [event for event in once_each(case.events) if event["at"] <= looked]
        state, _ = engine.rebuild(case.lead, case.account, events, as_of=looked, lead_id=f"lead {n}")
        if (found := keeping.of(state)) is not None:
            kept[f"lead {n}"] = found
            known.append(Case(case.lead, case.account, events, later))
    rows = frame_of(engine.model, kept)
    rests = rests_of(engine.model, rows["rests"])
    until = np.minimum(rests.until, rests.tallies_until.min(axis=1, initial=2**62))
    own = np.flatnonzero(until > later)
    Rested.count += len(own)
    if not len(own):
        return
    fields = bucket_of_cases(engine, [known[n] for n in own]).leads
    resting = resting_leads(engine.model, fields, rows[own], later)
    found = ColumnScorer(engine.prepared).look(resting, rows["lead_id"].gather(own), transitions=True, tallies=True)
    whole = [
        engine.score(case.lead, case.account, case.events, as_of=later, lead_id=rows["lead_id"][int(n)])
        for n, case in ((n, known[n]) for n in own)
    ]
    expected = tables_of(engine, whole)
    since = pl.col("at") > pl.lit(looked).cast(pl.Datetime("us", "UTC"))
    for name in ("scores", "tallies", "transitions"):
        one = getattr(found.tables, name)
        other = expected[name].filter(since) if name == "transitions" else expected[name]
        assert_frame_equal(one, other, check_exact=True)


@settings(short, max_examples=60)
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=5), instants(), st.integers(0, 60))
def test_leads_rest_alike(body: dict[str, Any], leads: list[Case], looked: int, half_days: int) -> None:
    note(as_yaml(body))
    rest_alike(load(body), leads, looked, half_days)


@settings(short, max_examples=60)
@given(rich_bodies(), st.lists(rich_cases(), min_size=1, max_size=5), instants(), st.integers(0, 60))
def test_values_of_every_type_rest_alike(body: dict[str, Any], leads: list[Case], looked: int, half_days: int) -> None:
    note(as_yaml(body))
    rest_alike(load_rich(body), leads, looked, half_days)


def test_many_of_these_rested() -> None:
    if Rested.count == 0:
        test_leads_rest_alike()
    assert Rested.count > 20


@pytest.mark.long
@long
@given(model_bodies(), st.lists(cases(), min_size=1, max_size=5), instants(), st.integers(0, 900))
def test_leads_rest_alike_long(body: dict[str, Any], leads: list[Case], looked: int, half_days: int) -> None:
    note(as_yaml(body))
    rest_alike(load(body), leads, looked, half_days)


@pytest.mark.long
@long
@given(rich_bodies(), st.lists(rich_cases(), min_size=1, max_size=5), instants(), st.integers(0, 900))
def test_values_of_every_type_rest_alike_long(
    body: dict[str, Any], leads: list[Case], looked: int, half_days: int
) -> None:
    note(as_yaml(body))
    rest_alike(load_rich(body), leads, looked, half_days)


def test_points_beyond_what_compiled_code_counts_are_looked_at_alone() -> None:
    body = {
        "schema": 1,
        "model": "large",
        "version": 1,
        "events": {"gift": {"size": "number"}},
        "scores": {"worth": {"rules": {"gift": {"event": "gift", "points": "event.size"}}}},
    }
    engine = load(body)
    stands = []
    for size in (1_000_000, 3_000_000_000_000):
        gift = {"type": "gift", "at": 1, "attributes": {"size": size}}
        kept = Keeping(engine).of(engine.rebuild({}, None, [gift], as_of=2, lead_id="l")[0])
        assert kept is not None
        until = rests_of(engine.model, pl.Series([kept.rests])).until[0]
        stands.append((kept.stand is None, bool(until <= 2)))
    assert stands == [(False, False), (True, True)]
