"""How the fold of many leads is run: threads, buffers, long histories, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rules_engine.batch.fold import run
from rules_engine.batch.fold.marks import MarkColumns
from rules_engine.batch.fold.run import FoldError, fold_leads
from rules_engine.engine import Engine
from tests.batch.fold.matched import OneLead, compiled, marks_of, matched_lead, plainly
from tests.differential.running import load

DAY = 86_400_000_000
BEGIN = 1_767_225_600_000_000
AS_OF = BEGIN + 400 * DAY
MODEL = {
    "schema": 1,
    "model": "m",
    "version": 1,
    "events": {"visit": {"n": "number"}, "complaint": {}},
    "scores": {
        "interest": {
            "max": 500,
            "decay": {"half_life": "30 days"},
            "rules": {
                "visit": {"event": "visit", "points": "event.n", "max": 90},
                "often": {"event": "visit", "points": 3, "limit": {"times": 2, "within": "5 days"}},
                "once": {"event": "visit", "points": 2, "decay": {"steps": {"3 days": 0.5, "9 days": 0}}},
            },
            "penalties": {
                "complaint": {
                    "event": "complaint",
                    "remove": 20,
                    "over": "10 days",
                    "decay": {"steps": {"2 days": 0.5, "4 days": 0}},
                }
            },
            "inactivity": [{"after": "10 days", "every": "2 days", "remove": "10% of score"}],
            "bands": {"cold": "any", "warm": 40, "hot": {"from": 100, "until": 80}},
        }
    },
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load(MODEL)


def lead_of(engine: Engine, events: int, seed: int) -> OneLead:
    rng = np.random.default_rng(seed)
    history = [
        {
            "type": "complaint" if rng.random() < 0.1 else "visit",
            "at": BEGIN + int(rng.integers(0, 300 * DAY)),
            "attributes": {"n": float(rng.integers(1, 9))},
        }
        for _ in range(events)
    ]
    for event in history:
        if event["type"] == "complaint":
            event["attributes"] = {}
    return matched_lead(engine, {}, None, history, AS_OF)


@pytest.fixture(scope="module")
def leads(engine: Engine) -> list[OneLead]:
    return [lead_of(engine, 3 * n % 50, n) for n in range(40)]


def folded_as(engine: Engine, leads: list[OneLead], **given: Any) -> list[dict[str, Any]]:
    folded = fold_leads(engine._prepared.plan, marks_of(leads, 1), AS_OF, ledger=True, moves=True, **given)
    return [compiled(folded, n) for n in range(len(leads))]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_changes_nothing(engine: Engine, leads: list[OneLead], threads: int) -> None:
    assert folded_as(engine, leads, threads=threads) == [plainly(engine._prepared, one) for one in leads]


def test_small_buffers_are_filled_again_and_grow(
    engine: Engine, leads: list[OneLead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BUFFER", 0)
    monkeypatch.setattr(run, "ENTRIES_OF_A_MARK", 1)
    assert folded_as(engine, leads, threads=1) == [plainly(engine._prepared, one) for one in leads]


def test_what_is_not_asked_for_is_not_there(engine: Engine, leads: list[OneLead]) -> None:
    folded = fold_leads(engine._prepared.plan, marks_of(leads, 1), AS_OF, ledger=False, moves=False)
    assert folded.ledger is None
    assert folded.moves is None
    assert folded.activity[:, 0].tolist() == [plainly(engine._prepared, one)["activity"][0] for one in leads]


def test_no_leads(engine: Engine) -> None:
    folded = fold_leads(engine._prepared.plan, marks_of([], 1), AS_OF, ledger=True, moves=True)
    assert folded.reading.shape == (0, 1)
    assert len(folded.ledger or ()) == 0


@pytest.mark.long
def test_a_lead_with_many_events(engine: Engine) -> None:
    long = [lead_of(engine, 30_000, 1), lead_of(engine, 5, 2)]
    assert folded_as(engine, long) == [plainly(engine._prepared, one) for one in long]


def refused(engine: Engine, marks: MarkColumns, **given: Any) -> None:
    fold_leads(engine._prepared.plan, marks, AS_OF, ledger=False, moves=False, **given)


def test_a_lead_that_begins_after_its_as_of_time_is_refused(engine: Engine, leads: list[OneLead]) -> None:
    marks = marks_of(leads, 1)
    late = marks.begin.copy()
    late[7] = AS_OF + 1
    with pytest.raises(FoldError, match="lead 7 of the marks: it begins"):
        refused(engine, replace(marks, begin=late))


@pytest.mark.parametrize("instants", [[5, 4], [AS_OF + 1]])
def test_snapshots_must_rise_up_to_the_as_of_time(engine: Engine, leads: list[OneLead], instants: list[int]) -> None:
    with pytest.raises(FoldError, match="lead 0 of the marks: snapshots must rise"):
        refused(engine, marks_of(leads, 1), snapshots=np.array(instants))


def test_amounts_that_do_not_fit_into_64_bits_are_refused(engine: Engine, leads: list[OneLead]) -> None:
    marks = marks_of(leads, 1)
    huge = marks.m_nominal.copy()
    huge[marks.m_first[3]] = 10**18
    with pytest.raises(FoldError, match="lead 3 of the marks: points add up"):
        refused(engine, replace(marks, m_nominal=huge, largest=int(np.abs(huge).max())))
