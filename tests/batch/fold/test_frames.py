"""Tables read off the fold are those of results lead by lead: the same schema, values and order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from polars.testing import assert_frame_equal

from rules_engine.batch.fold.frames import EventColumns, ledger_frame, score_columns, transitions_frame
from rules_engine.batch.fold.run import fold_leads
from rules_engine.batch.fold.tallies import effects, stage_tallies
from rules_engine.batch.score import open_batch
from rules_engine.batch.tables import decoded_frame, exact_of
from rules_engine.engine import Engine
from rules_engine.matching.history import History
from rules_engine.result.types import Result
from tests.batch.fold.lead_by_lead import ledger_of, scores_of, transitions_of
from tests.batch.fold.matched import marks_of, matched_lead
from tests.batch.fold.test_fold import Case, model_bodies, several, short, told

RULESETS = Path("rulesets")
Lead = tuple[str, dict[str, Any], dict[str, Any] | None, list[Any]]


def same_tables(engine: Engine, leads: Sequence[Lead], as_of: Sequence[int]) -> None:
    prepared = engine._prepared
    found = [matched_lead(engine, *lead[1:], as_of=at) for lead, at in zip(leads, as_of, strict=True)]
    results = [
        engine.score(fields, account, events, as_of=at, lead_id=lead_id)
        for (lead_id, fields, account, events), at in zip(leads, as_of, strict=True)
    ]
    marks = marks_of(found, len(prepared.numbering.scores))
    folded = fold_leads(prepared.plan, marks, np.array(as_of), ledger=True, moves=True)
    assert folded.ledger is not None
    assert folded.moves is not None
    scored = np.array([result.scored for result in results])
    has_value = np.array([one.has_value for one in found]).reshape(len(leads), -1)
    has_value &= scored[:, None]
    ids = pl.Series([lead[0] for lead in leads], dtype=pl.String)
    events = events_of(engine, [one.history for one in found])
    coded = {
        "scores": pl.DataFrame(score_columns(prepared, folded, has_value)),
        "transitions": transitions_frame(prepared, folded.moves, ids, has_value),
        "ledger": ledger_frame(prepared, folded.ledger, ids, scored, events),
    }
    tables = {name: decoded_frame(frame, exact_of(name, engine.model)) for name, frame in coded.items()}
    assert_frame_equal(tables["scores"], scores_of(engine.model, results))
    assert_frame_equal(tables["transitions"], transitions_of(results))
    assert_frame_equal(tables["ledger"], ledger_of(results))
    tallies = stage_tallies(prepared, folded.ledger, folded.as_of)
    changed = effects(folded.ledger, len(prepared.numbering.items))
    for n, result in enumerate(results):
        if result.scored:
            assert {name: tally[n] for name, tally in tallies.items()} == {
                name: result.tallies[name] for name in tallies
            }
            assert changed[n].tolist() == effects_of(engine, result)


def effects_of(engine: Engine, result: Result) -> list[int]:
    numbering = engine._prepared.numbering
    by_rule = {(name, rule.rule): rule.effective for name, score in result.scores.items() for rule in score.rules}
    return [
        by_rule[numbering.scores[s].name, item.name]
        for item, s in zip(numbering.items, numbering.item_score, strict=True)
    ]


def events_of(engine: Engine, histories: Sequence[History]) -> EventColumns:
    names = tuple(engine.model.events)
    flat = [event for history in histories for event in history.events]
    return EventColumns(
        first=np.cumsum([0, *(len(history.events) for history in histories)]),
        kind=np.array([names.index(event.type) for event in flat], dtype=np.int64),
        names=names,
        ids=pl.Series([event.id for event in flat], dtype=pl.String),
    )


@given(model_bodies(), several)
@short
def test_tables_of_random_leads(body: dict[str, Any], leads: list[Case]) -> None:
    engine = told(body, leads)
    named = [(f"lead {n}", one.lead, one.account, one.events) for n, one in enumerate(leads)]
    same_tables(engine, named, [one.as_of for one in leads])


def ruleset_leads(name: str, step: int) -> tuple[Engine, list[Lead], int]:
    """Every `step`-th lead of a shipped ruleset's data."""
    folder = RULESETS / name
    batch = open_batch(folder, folder / "data.yaml", as_of="2012-01-01" if name == "bank_marketing" else None)
    leads = [lead for n, lead in enumerate(batch.data.leads_iter()) if n % step == 0]
    return batch.engine, leads, batch.as_of


@pytest.mark.parametrize("name", ["b2b_saas", "bank_marketing", "net_promoter", "online_retail"])
def test_tables_of_shipped_rulesets(name: str) -> None:
    engine, leads, as_of = ruleset_leads(name, 20)
    same_tables(engine, leads, [as_of] * len(leads))


@pytest.mark.long
@pytest.mark.parametrize("name", ["b2b_saas", "bank_marketing", "net_promoter", "online_retail"])
def test_tables_of_all_leads_of_shipped_rulesets(name: str) -> None:
    engine, leads, as_of = ruleset_leads(name, 1)
    same_tables(engine, leads, [as_of] * len(leads))
