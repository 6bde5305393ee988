"""The compiled fold gives every number that the plain kernel gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from rules_engine.batch.fold.run import fold_leads
from rules_engine.engine import Engine
from tests.batch.fold.matched import compiled, marks_of, matched_lead, plainly
from tests.differential.histories import HALF_DAY, Case, cases
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load

checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
short = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=checks)
long = settings(max_examples=250, deadline=None, suppress_health_check=checks)
several = st.lists(cases(), min_size=1, max_size=6)


def told(body: dict[str, Any], leads: list[Case]) -> Engine:
    note(as_yaml(body))
    note(repr(leads))
    return load(body)


def same_numbers(body: dict[str, Any], leads: list[Case]) -> None:
    engine = told(body, leads)
    prepared = engine._prepared
    matched = [matched_lead(engine, one.lead, one.account, one.events, one.as_of) for one in leads]
    marks = marks_of(matched, len(prepared.numbering.scores))
    folded = fold_leads(prepared.plan, marks, np.array([one.as_of for one in leads]), ledger=True, moves=True)
    for n in range(len(leads)):
        assert compiled(folded, n) == plainly(prepared, matched[n])


@given(model_bodies(), several)
@short
def test_every_number_of_random_leads_is_that_of_the_plain_kernel(body: dict[str, Any], leads: list[Case]) -> None:
    same_numbers(body, leads)


@pytest.mark.long
@given(model_bodies(), several)
@long
def test_every_number_of_random_leads_is_that_of_the_plain_kernel_long(body: dict[str, Any], leads: list[Case]) -> None:
    same_numbers(body, leads)


def readings_of_instants(body: dict[str, Any], leads: list[Case], before: list[int]) -> None:
    engine = told(body, leads)
    prepared = engine._prepared
    as_of = max(one.as_of for one in leads)
    instants = sorted(as_of - n * HALF_DAY for n in before)
    matched = [matched_lead(engine, one.lead, one.account, one.events, as_of) for one in leads]
    marks = marks_of(matched, len(prepared.numbering.scores))
    seen = [[matched_lead(engine, one.lead, one.account, one.events, at) for at in instants] for one in leads]
    profiles = np.array([[then.profile for then in lead] for lead in seen])
    looks = np.array(instants)
    folded = fold_leads(prepared.plan, marks, as_of, ledger=True, moves=True, snapshots=looks, early_profiles=profiles)
    for n in range(len(leads)):
        assert compiled(folded, n) == plainly(prepared, matched[n])
        for k in range(len(instants)):
            assert folded.readings[n, k].tolist() == plainly(prepared, seen[n][k])["reading"]


@given(model_bodies(), several, st.lists(st.integers(0, 200), min_size=1, max_size=5))
@short
def test_readings_on_the_way_are_those_of_earlier_looks(
    body: dict[str, Any], leads: list[Case], before: list[int]
) -> None:
    readings_of_instants(body, leads, before)
