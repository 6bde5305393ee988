"""Fields of leads and accounts are those of the as-of time, to the microsecond, in whatever order the rows come.

Each number tells by its digits what was read: country US 1 or GB 10, size 100 or (missing) 50, account up to 10 people
1000, more 2000, or (missing) 5000.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules_engine.batch import score
from rules_engine.batch.score import Batch, open_batch
from rules_engine.engine import Engine

MODEL = """
schema: 1
model: histories
version: 1
timezone: Europe/Paris
fields:
  lead: {country: string, size: number}
  account: {employees: number}
events: {demo: {}}
scores:
  s:
    rules:
      us: {when: 'lead.country = "US"', points: 1}
      gb: {when: 'lead.country = "GB"', points: 10}
      size: {of: lead.size, at_least: {0: 100}, missing: 50}
      people: {of: account.employees, at_least: {0: 1000, 10: 2000}, missing: 5000}
      demo: {event: demo, when: 'lead.country = "GB"', points: 10000}
"""
DATA = """
schema: 1
leads: {file: leads.csv, id: id, account: account, valid_from: since}
accounts: {file: accounts.csv, id: id, valid_from: since}
events: {file: events.csv, lead: lead, at: at, type: {value: demo}}
"""
# March begins in Paris at 23:00 UTC.
LEADS = """
id,account,since,country,size
late,a,2026-03-01,GB,1
late,a,2026-01-01,US,1
late,a,2026-02-01,,1
always,a,,US,1
always,a,2026-03-01T00:00:00,GB,
future,a,2026-09-01,US,1
exact,a,2026-02-28T23:00:00Z,US,1
equal,a,2026-02-28T23:00:00Z,US,1
equal,a,2026-03-01T00:00:00+01:00,GB,1
twice,a,,US,1
twice,a,,GB,1
moved,b,2026-01-01,US,1
moved,a,2026-03-01,US,1
moved,,2026-03-02,US,1
"""
ACCOUNTS = "id,since,employees\na,2026-03-01,50\na,2026-02-01,5\nb,,7\n"
EVENTS = "lead,at\nlate,2026-02-15\n"
MARCH = datetime(2026, 2, 28, 23, tzinfo=UTC)
# Per as-of time what each lead has; the second row of one instant is rejected, so equal and twice stay in the US.
EXPECTED = {
    datetime(2026, 1, 15, tzinfo=UTC): (5101, 5101, 5050, 5050, 5050, 5101, 1101),
    MARCH - timedelta(microseconds=1): (1100, 1101, 5050, 5050, 5050, 1101, 1101),
    MARCH: (12110, 2060, 5050, 2101, 2101, 2101, 2101),
    MARCH + timedelta(days=1): (12110, 2060, 5050, 2101, 2101, 2101, 5101),
}


@pytest.fixture(params=[score.ENOUGH, -1], ids=["lead by lead", "columns"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "ENOUGH", request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"v1.yaml": MODEL, "data.yaml": DATA, "leads.csv": LEADS, "accounts.csv": ACCOUNTS, "events.csv": EVENTS}
    for name, text in files.items():
        (tmp_path / name).write_text(text.lstrip(), encoding="utf-8")
    return tmp_path


def opened(folder: Path, as_of: datetime) -> Batch:
    return open_batch(folder / "v1.yaml", folder / "data.yaml", as_of=as_of)


@pytest.mark.parametrize("as_of", EXPECTED, ids=str)
def test_fields_are_those_of_the_as_of_time(folder: Path, as_of: datetime) -> None:
    batch = opened(folder, as_of)
    assert tuple(batch.run().scores["s"].to_list()) == EXPECTED[as_of]
    assert batch.data.fields == "as_of"
    assert batch.data.counts.rejected == {("leads", "id occurs twice"): 2}
    engine = Engine.load(folder / "v1.yaml")
    one_by_one = [batch.data.history(lead, as_of) for lead in batch.lead_ids()]
    assert [row[1:] for row in batch.data.leads_iter(as_of)] == one_by_one
    alone = [engine.score(lead, account, events, as_of=as_of) for lead, account, events in one_by_one]
    assert tuple(result.scores["s"].reading / 1_000_000 for result in alone) == EXPECTED[as_of]


def test_a_correction_that_comes_late_counts_from_the_time_it_names(folder: Path) -> None:
    with (folder / "leads.csv").open("a", encoding="utf-8") as file:
        file.write("late,a,2026-02-10,GB,\nlate,a,2025-12-01,GB,1\n")
    found = {at: opened(folder, at).run().scores["s"][0] for at in EXPECTED}
    expected = {at: row[0] for at, row in EXPECTED.items()} | {MARCH - timedelta(microseconds=1): 11060}
    assert found == expected
