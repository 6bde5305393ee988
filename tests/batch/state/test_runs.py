"""Runs with states of many leads, through the command, give what a full run gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch import score
from rules_engine.batch.columns.score import ColumnScorer, RestingLeads, Scored
from rules_engine.batch.state import file, past, processes, run, together
from rules_engine.batch.state.advancing import Stretch
from tests.batch.state.test_state import FIRST, Place, command, history_in_parts
from tests.plugins.making import packaged

MODEL = """
schema: 1
model: together
version: 1
timezone: Europe/Paris
sales_ready: 20
audience: lead.title = null or lead.title != "nobody"
stages: [learn, buy]
fields:
  lead: {title: string, vip: boolean}
  account: {employees: number}
events:
  visit: {path: string}
  demo: {}
tallies:
  week: {event: visit, within: 7 days}
  month: {event: visit, per: month}
  now: {event: visit, per: visit}
  pages: {event: visit, distinct: event.path, within: 5 days}
  latest: {event: visit, latest: event.path, within: 6 days}
  learning: {stage: learn, within: 4 days}
scores:
  interest:
    needs: lead.title = null or lead.title != "unknown"
    decay: {half_life: 10 days}
    rules:
      visit: {stage: learn, event: visit, points: 5, limit: {times: 3, within: 7 days}}
      demo: {event: demo, points: 12, decay: {steps: {3 days: 0.5, 9 days: 0}}}
    penalties:
      away: {event: visit, when: 'event.path = "/jobs"', remove: 6, over: 8 days}
    inactivity:
      - {after: 6 days, every: 2 days, remove: 20% of score}
    bands: {cold: any, warm: 4, hot: {from: 12, until: 9}}
  fit:
    rules:
      vip: {when: lead.vip = true, points: 10}
      large: {when: account.employees >= 100, points: 3}
      busy: {when: tally.week >= 2, points: 4}
      august: {when: 'lead.title != null', points: 2, until: 2026-08-20}
    bands: {C: any, A: 5}
gates:
  applicant: {event: visit, when: 'event.path = "/jobs"', hold: 9 days, cap: {interest: 50%}}
  reader: {when: tally.month >= 3, cap: {fit: 8}}
labels:
  seen: tally.latest
  count: tally.now + tally.pages + tally.learning
  fresh:
    yes: last_increase.interest != null and now - last_increase.interest < duration("4 days")
    no: otherwise
accounts:
  best: {of: interest, combine: max, bands: {quiet: any, loud: 6}}
  mean: {of: fit, combine: mean, where: 'lead.vip = null or lead.vip'}
"""
DATA = """
schema: 1
leads: {file: leads.csv, id: lead_id, account: account_id}
accounts: {file: accounts.csv, id: account_id}
events:
  - {file: 'events*.csv', lead: lead_id, type: type, at: at}
"""
TABLES = ("out", "accounts", "tallies", "transitions")
SINCE = """
schema: 1
leads: {file: leads.csv, id: lead_id, account: account_id, valid_from: since}
accounts: {file: accounts.csv, id: account_id, valid_from: since}
events:
  - {file: 'events*.csv', lead: lead_id, type: type, at: at}
"""
DOUBLES = """
from rules_engine.hooks import Functions, hookimpl

functions = Functions()

@functions.function("twice(n: number) -> number", doc="Two of it.")
def twice(n):
    return 2 * n

@functions.function("is_top(title: string) -> boolean", doc="Whether somebody leads.")
def is_top(title):
    return title in ("VP", "CEO")

@functions.function("site(path: string) -> string", doc="What part of a site a page is in.")
def site(path):
    return path.split("/")[1]

@hookimpl
def rules_functions():
    return functions
"""
WITH_FUNCTIONS = """
schema: 1
model: doubled
version: 1
fields:
  lead: {title: string, vip: boolean}
  account: {employees: number}
events:
  visit: {path: string}
  demo: {}
tallies:
  week: {event: visit, when: 'event.path != null and site(event.path) != "jobs"', within: 7 days}
  sites: {event: visit, distinct: site(event.path), within: 5 days}
scores:
  interest:
    decay: {half_life: 10 days}
    rules:
      visit: {event: visit, when: 'site(event.path) = "a"', points: twice(2)}
      demo: {event: demo, points: 'if lead.title != null and is_top(lead.title) then twice(9) else 12'}
    bands: {cold: any, warm: 4, hot: 12}
  fit:
    rules:
      top: {when: lead.title != null and is_top(lead.title), points: 10}
      busy: {when: twice(tally.week) >= 4, points: 4}
gates:
  reader: {when: twice(tally.sites) >= 4, cap: {fit: 8}}
labels:
  much: twice(tally.sites) + twice(score.fit)
accounts:
  best: {of: interest, combine: max}
"""


@pytest.fixture(params=[0, 4, 200])
def in_columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any data is enough for columns, and few rows fill a part of the file of states. All leads with events have a
    state, or those with more than a few, or none."""
    monkeypatch.setattr(score, "ENOUGH", -1)
    monkeypatch.setattr(file, "ROWS", 7)
    monkeypatch.setattr(past, "SHORT", request.param)


stated = pytest.mark.parametrize("in_columns", [0], indirect=True)
kept = pytest.mark.parametrize("in_columns", [200], indirect=True)


@pytest.mark.usefixtures("in_columns")
@pytest.mark.parametrize("seed", [4, 5])
def test_a_history_split_at_random(seed: int, tmp_path: Path) -> None:
    history_in_parts(seed, tmp_path)


@stated
@pytest.mark.usefixtures("in_columns")
def test_in_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FEW": 1, "PART": 40, "processors": lambda: 2}.items():
        monkeypatch.setattr(processes, name, value)
    history_in_parts(6, tmp_path, runs=3)


class Hostile:
    """A folder with a model whose leads change by themselves in every way, and random data that comes bit by bit."""

    def __init__(self, folder: Path, seed: int, model: str = MODEL, data: str = DATA) -> None:
        self.folder, self.rng, self.files = folder, random.Random(seed), 0
        self.leads = {
            f"l{n}": [self.rng.choice(["VP", "", "unknown", "nobody", "CEO"]), self.rng.choice(["true", "false", ""])]
            for n in range(40)
        }
        (folder / "model.yaml").write_text(model)
        (folder / "data.yaml").write_text(data)
        self.companies = {f"c{n}": str(self.rng.choice([5, 200])) for n in range(6)}

    def write_fields(self) -> None:
        names = list(self.leads)
        self.rng.shuffle(names)
        rows = [f"{name},c{int(name[1:]) % 8},{','.join(self.leads[name])}" for name in names]
        (self.folder / "leads.csv").write_text("\n".join(["lead_id,account_id,title,vip", *rows, ""]))
        rows = [",".join(pair) for pair in self.companies.items()]
        (self.folder / "accounts.csv").write_text("\n".join(["account_id,employees", *rows, ""]))

    def add_events(self, count: int, first: datetime, last: datetime, leads: Sequence[str]) -> None:
        self.files += 1
        rows = []
        for _ in range(count):
            at = first + timedelta(seconds=self.rng.randint(1, int((last - first).total_seconds())))
            kind, path = self.rng.choice([("visit", "/a"), ("visit", "/b"), ("visit", "/jobs"), ("demo", "")])
            rows.append(f"{self.rng.choice(leads)},{kind},{at.isoformat()},{path}")
        (self.folder / f"events{self.files}.csv").write_text("\n".join(["lead_id,type,at,path", *rows, ""]))

    def score(self, as_of: datetime, name: str, *more: str) -> dict[str, pl.DataFrame]:
        args = ["score", str(self.folder / "model.yaml"), "--data", str(self.folder / "data.yaml")]
        args += ["--as-of", as_of.isoformat(), *more]
        paths = {table: self.folder / f"{name}-{table}.parquet" for table in TABLES}
        said = command([*args, *(word for table, path in paths.items() for word in (f"--{table}", str(path)))])
        assert said.exit_code == 0, said.output
        return {table: pl.read_parquet(path) for table, path in paths.items()}

    def agree(self, as_of: datetime, since: datetime | None, *more: str) -> None:
        found = self.score(as_of, "state", "--state", str(self.folder / "state"), *more)
        full = self.score(as_of, "full", *more)
        if since is not None:
            moves = full["transitions"]
            full["transitions"] = moves.filter(pl.col("at") > since)
        for table in TABLES:
            assert_frame_equal(found[table], full[table], check_exact=True)


def rested(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many leads each part had that was read off from where their folds stand."""
    found, look = [], ColumnScorer.look

    def counted(self: ColumnScorer, resting: RestingLeads, *given: Any, **more: Any) -> Scored:
        found.append(len(resting.as_of))
        return look(self, resting, *given, **more)

    monkeypatch.setattr(ColumnScorer, "look", counted)
    return found


@pytest.mark.usefixtures("in_columns")
def test_leads_of_a_model_with_functions_of_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(packaged(tmp_path / "site", "doubles", DOUBLES))
    resting = rested(monkeypatch)
    go_through(Hostile(tmp_path, 4, WITH_FUNCTIONS))
    assert (sum(resting) > 20) == (past.SHORT == 0)


class WithHistories(Hostile):
    """Fields of leads and accounts are others from some day on."""

    def write_fields(self) -> None:
        rows = [f"{name},c{int(name[1:]) % 8},{','.join(own)}," for name, own in self.leads.items()]
        rows += [f"{name},c{int(name[1:]) % 7},CEO,true,2026-08-{12 + int(name[1:]) % 19}" for name in self.leads]
        (self.folder / "leads.csv").write_text("\n".join(["lead_id,account_id,title,vip,since", *rows, ""]))
        rows = [f"{name},{size}," for name, size in self.companies.items()] + ["c1,120,2026-08-14"]
        (self.folder / "accounts.csv").write_text("\n".join(["account_id,employees,since", *rows, ""]))


@pytest.mark.usefixtures("in_columns")
def test_leads_with_histories_of_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resting = rested(monkeypatch)
    go_through(WithHistories(tmp_path, 5, data=SINCE))
    assert (sum(resting) > 20) == (past.SHORT == 0)


def go_through(place: Hostile) -> None:
    """Several runs, with new events, late ones, and none."""
    names = list(place.leads)
    now, since = datetime(2026, 8, 10, tzinfo=UTC), None
    place.write_fields()
    place.add_events(70, datetime(2026, 7, 20, tzinfo=UTC), now, names[:30])
    for step in range(6):
        place.agree(now, since)
        since, now = now, now + timedelta(hours=place.rng.choice([1, 20, 60, 150]))
        if step % 2:
            place.add_events(6, since - timedelta(days=3 if step == 3 else 0), now, names[20:])


@pytest.mark.usefixtures("in_columns")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_leads_that_change_by_themselves(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New, late and later events, changed fields, leads that come and go, times without anything; and runs that are
    broken off."""
    place, alone = Hostile(tmp_path, seed), []
    scored = together.only

    def only(stretch: Stretch, lead_ids: list[str]) -> Stretch:
        alone.append(len(lead_ids))
        return scored(stretch, lead_ids)

    monkeypatch.setattr(together, "only", only)
    names = list(place.leads)
    now, since = datetime(2026, 8, 10, tzinfo=UTC), None
    place.add_events(60, datetime(2026, 7, 20, tzinfo=UTC), now, names[:30])
    for step in range(9):
        if step in (3, 6):
            place.leads[names[step]][0] = "CEO"  # nothing of the past depends on it but standing rules
            place.companies["c1"] = str(50 * step)
        if step == 4:
            place.leads[f"l{50 + step}"] = ["new", ""]
            del place.leads[names[5]]
        place.write_fields()
        if step == 5:  # a run that is broken off leaves the old state
            with monkeypatch.context() as patched:
                patched.setattr(run, "_basis", broken)
                with pytest.raises(AssertionError):
                    place.score(now, "state", "--state", str(tmp_path / "state"))
        place.agree(now, since, *(["--next-due"] if step == 7 else []))
        since, now = now, now + timedelta(hours=place.rng.choice([1, 20, 60, 150, 400]))
        if step % 3 != 2:
            first = since - timedelta(days=3) if step == 4 else since
            place.add_events(6, first, now + timedelta(hours=5 if step == 1 else 0), [*place.leads][20:])
    assert min(alone[1:]) < len(names) // 2  # most rested at times


def broken(*_: object) -> None:
    raise OSError("the disk is gone")


@pytest.mark.usefixtures("in_columns")
def test_fields_that_nothing_past_depends_on_are_read_anew(tmp_path: Path) -> None:
    """A label reads the title; the lead would else rest."""
    place = Place(tmp_path)
    place.agree("2026-08-05")
    place.leads("a,CEO,\nb,,true\n")
    assert "anew" not in place.agree("2026-08-07")
    found = pl.read_parquet(tmp_path / "state.parquet").filter(pl.col("lead_id") == "a")
    assert found["label_who"].to_list() == ["CEO"]


@pytest.mark.usefixtures("in_columns")
def test_a_lead_without_events_needs_no_history(tmp_path: Path) -> None:
    """Its first event may lie before the last run: nothing had been counted."""
    place = Place(tmp_path)
    place.leads("a,VP,\nb,,true\nc,,\n")
    place.agree("2026-08-05")
    place.events("2", "c,visit,2026-08-03,/pricing\n")
    assert "anew" not in place.agree("2026-08-07")


@kept
@pytest.mark.usefixtures("in_columns")
def test_files_of_kept_events_are_not_missed(tmp_path: Path) -> None:
    """Not even where an event comes late, or a field changes on which the past depends."""
    place = Place(tmp_path)
    place.agree("2026-08-05")
    place.events("2", "b,visit,2026-08-01,/pricing\na,visit,2026-08-06,/pricing\n")
    place.leads("a,VP,\nb,,false\n")
    assert place.run("2026-08-07", state=False).exit_code == 0
    (tmp_path / "events1.csv").unlink()
    assert place.run("2026-08-07").exit_code == 0
    one, other = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("state", "full"))
    assert_frame_equal(one, other, check_exact=True)


@kept
@pytest.mark.usefixtures("in_columns")
def test_changed_events_of_leads_whose_events_are_kept_are_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.agree("2026-08-05")
    place.events("1", FIRST.replace("/pricing", "/other"))
    assert "1 lead scored anew from the whole history: events of the past changed" in place.agree("2026-08-07")


@pytest.mark.parametrize("in_columns", [2], indirect=True)
@pytest.mark.usefixtures("in_columns")
def test_a_lead_has_a_state_once_its_events_are_many(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.agree("2026-08-05")
    for day, has_state in ((6, False), (7, True), (8, True)):
        place.events(str(day), f"a,visit,2026-08-0{day - 1}T12:00,/pricing\n")
        assert "anew" not in place.agree(f"2026-08-0{day}")
        rows = pl.read_parquet(tmp_path / "state" / "state.parquet").sort("lead_id")
        assert rows["state"].is_not_null().to_list() == [has_state, False]
        assert rows["past.visit"].list.len().fill_null(0).to_list() == [0 if has_state else 2, 0]


@kept
@pytest.mark.usefixtures("in_columns")
def test_kept_events_stay_where_leads_are_looked_at_one_by_one(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.agree("2026-08-05")
    place.events("2", "a,visit,2026-08-06,/pricing\n")
    for has_state in (True, False):
        assert place.run("2026-08-07", "--next-due", state=has_state).exit_code == 0
    one, other = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("state", "full"))
    assert_frame_equal(one, other, check_exact=True)
    rows = pl.read_parquet(tmp_path / "state" / "state.parquet").sort("lead_id")
    assert rows["past.visit"].list.len().to_list() == [2, 0]
    assert rows["state"].null_count() == 2
    place.agree("2026-08-08")


@pytest.mark.usefixtures("in_columns")
def test_states_of_another_layout_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(file, "LAYOUT", file.LAYOUT - 1)
        place.agree("2026-08-05")
    found = place.run("2026-08-07")
    assert found.exit_code == 2
    assert "of another layout" in found.output
    assert "--rebuild-state" in found.output
