"""Leads scored each as of its own instant: what came later is not seen, and fields are those of then."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rules_engine.batch.score import Batch, BatchError, open_batch
from rules_engine.matching.history import read_instant

MODEL = """
schema: 1
model: moments
version: 1
fields:
  lead: {title: string}
  account: {employees: number}
events:
  visit: {}
scores:
  interest:
    decay: {half_life: 30 days}
    rules:
      visit: {event: visit, points: 10}
      chief:
        when: has word(lead.title, "chief")
        points: 5
      large: {of: account.employees, at_least: {0: 0, 100: 3}}
    bands: {cold: any, warm: 15}
accounts:
  all: {of: interest, combine: sum}
"""
DATA = """
schema: 1
leads: {file: leads.csv, id: lead, account: company, valid_from: since}
accounts: {file: companies.csv, id: company, valid_from: since}
events: {file: events.csv, lead: lead, at: at, type: {value: visit}}
"""
LEADS = """lead,company,title,since
ann,acme,clerk,
ann,acme,chief,2026-03-01
bob,acme,chief,
cho,,clerk,
"""
COMPANIES = "company,employees,since\nacme,20,\nacme,200,2026-03-15\n"
EVENTS = "lead,at\nann,2026-02-01\nann,2026-03-10\nbob,2026-02-01\ncho,2026-02-01\n"


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    files = {"v1.yaml": MODEL, "data.yaml": DATA, "leads.csv": LEADS, "companies.csv": COMPANIES, "events.csv": EVENTS}
    for name, text in files.items():
        (tmp_path / name).write_text(text.lstrip(), encoding="utf-8")
    return open_batch(tmp_path / "v1.yaml", tmp_path / "data.yaml", as_of="2026-04-01")


def instant(batch: Batch, text: str) -> int:
    return read_instant(text, batch.engine.zone, "test", "at")


def test_each_lead_at_its_own_instant(batch: Batch) -> None:
    done = batch.run(moments={"bob": instant(batch, "2026-03-20"), "ann": instant(batch, "2026-02-01")})
    rows = done.scores.select("lead_id", "as_of", "interest", "interest_profile").rows()
    # ann, a clerk in February, has one visit and no decay yet; bob, a chief of a firm of 200, one of 47 days ago
    assert [(row[0], row[1].isoformat(), row[2], float(row[3])) for row in rows] == [
        ("ann", "2026-02-01T00:00:00+00:00", 10.0, 0.0),
        ("bob", "2026-03-20T00:00:00+00:00", 11.38, 8.0),
    ]


def test_a_microsecond_before_an_event_it_does_not_exist(batch: Batch) -> None:
    before = instant(batch, "2026-03-10") - 1
    done = batch.run(moments={"ann": before}, ledger=True)
    assert done.ledger.filter(pl.col("kind") == "award").height == 1
    assert int(done.scores["as_of"].cast(pl.Int64)[0]) == before


def test_without_moments_there_is_no_such_column_and_accounts_are_rolled_up(batch: Batch) -> None:
    assert "as_of" not in batch.run().scores.columns
    assert batch.run().accounts is not None


def test_accounts_are_not_rolled_up_over_different_instants(batch: Batch) -> None:
    assert batch.run(moments={"ann": instant(batch, "2026-04-01")}).accounts is None


def test_the_same_instant_for_all_is_the_ordinary_run(batch: Batch) -> None:
    moments = dict.fromkeys(batch.lead_ids(), batch.as_of)
    together, alone = batch.run(ledger=True, rules=True), batch.run(ledger=True, rules=True, moments=moments)
    assert alone.scores.drop("as_of").equals(together.scores)
    assert alone.ledger.equals(together.ledger)
    assert alone.rules.equals(together.rules)


def test_rules_tell_how_each_rule_did(batch: Batch) -> None:
    rules = batch.run(rules=True).rules
    shown = rules.filter(pl.col("lead_id") == "ann").select("rule", "kind", "outcome", "fired")
    assert shown.rows() == [
        ("visit", "event", "fired", 2),
        ("chief", "standing", "fired", 1),
        ("large", "standing", "fired", 1),
    ]
    assert rules.filter((pl.col("lead_id") == "cho") & (pl.col("rule") == "large"))["outcome"].to_list() == ["unknown"]


def test_a_moment_of_an_unknown_lead_is_said(batch: Batch) -> None:
    with pytest.raises(BatchError, match="no lead eve"):
        batch.run(moments={"eve": 0})
