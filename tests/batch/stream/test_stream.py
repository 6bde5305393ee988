"""Data taken piece by piece and put aside in files gives what it gives at once; nothing is left behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks import generate
from rules_engine.batch import job as jobs
from rules_engine.batch import processors as cores
from rules_engine.batch.account_table import AccountTable
from rules_engine.batch.job import Done, Job, Output, Watch, run_job
from rules_engine.batch.leads import score_leads
from rules_engine.batch.score import open_batch
from rules_engine.batch.sources import read_parquet
from rules_engine.batch.stream import files, read, run, store
from rules_engine.batch.tables import Wanted
from rules_engine.engine import ScoringError
from rules_engine.matching.history import InputError
from rules_engine.model.types import Model

RULESETS = Path(__file__).parents[3] / "rulesets"
MODEL = Path(__file__).parents[3] / "benchmarks" / "population" / "model.yaml"
SILENT = Watch(lambda _: None, lambda _more, _all: None)
TABLES = ("scores", "ledger", "transitions", "tallies", "outcomes", "snapshots", "accounts")


def first_score(model: Model) -> str:
    return next(iter(model.scores))


def streamed(job: Job, folder: Path, tables: tuple[str, ...]) -> tuple[Done, dict[str, pl.DataFrame]]:
    outputs = tuple(Output(name, folder / f"{name}.parquet", ".parquet") for name in tables)
    done = run_job(job, outputs, SILENT, rank=first_score, top=5)
    return done, {name: pl.read_parquet(folder / f"{name}.parquet") for name in tables}


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Small ranges, small pieces and hardly any memory, so that events are put aside many times."""
    spills = tmp_path / "spills"
    spills.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spills))
    monkeypatch.setattr(read, "BUCKET", 3_000)
    monkeypatch.setattr(read, "SHARE", 1e-4)
    monkeypatch.setattr(read, "LEADS_SHARE", 1e-6)
    monkeypatch.setattr(store, "TOGETHER", 2_500)
    monkeypatch.setattr(run, "ACCOUNTS", 70)
    monkeypatch.setattr(read_parquet, "PIECE", 2_000)
    return spills


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 20,000 events of 2,000 leads."""
    folder = tmp_path_factory.mktemp("population")
    generate.generate(folder, 2_000, 20_000, seed=1, text_ids=False, event_ids=True)
    return folder


@pytest.mark.parametrize(
    ("processors", "memory", "threads"),
    [
        pytest.param(1, None, 1, id="one processor"),
        pytest.param(5, None, 5, id="all processors"),
        pytest.param(64, None, 8, id="no more than find work"),
        pytest.param(5, 1, 2, id="no memory for further ones"),
        pytest.param(64, 2_000_000_000, 5, id="half of the memory for further ones"),
    ],
)
def test_as_many_threads_score_as_have_processors_and_memory(
    population: Path,
    tight: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    processors: int,
    memory: int | None,
    threads: int,
) -> None:
    asked = []

    class Threads(ThreadPoolExecutor):
        def __init__(self, max_workers: int) -> None:
            asked.append(max_workers)
            super().__init__(max_workers)

    monkeypatch.setattr(jobs, "ENOUGH", 0)
    monkeypatch.setattr(cores, "processors", lambda: processors)
    monkeypatch.setattr(run, "ThreadPoolExecutor", Threads)
    job = Job(MODEL, population / "data.yaml", as_of="2026-09-01T00:00:00Z", memory=memory)
    _, found = streamed(job, tmp_path, ("scores", "accounts"))
    assert asked == [threads]
    monkeypatch.setattr(cores, "processors", lambda: 2)
    _, expected = streamed(replace(job, memory=1), tmp_path, ("scores", "accounts"))
    for name, table in found.items():
        assert_frame_equal(table, expected[name], check_exact=True)


def test_a_stream_gives_what_lead_by_lead_gives(population: Path, tight: Path, tmp_path: Path) -> None:
    data = population / "data.yaml"
    done, found = streamed(Job(MODEL, data, memory=1, every="month"), tmp_path, TABLES)
    batch = open_batch(MODEL, data)
    wanted = Wanted(ledger=True, transitions=True, tallies=True)
    accounts = AccountTable(batch.engine, batch.data, batch.as_of)
    expected = score_leads(batch, None, wanted, accounts, next_due=False, advance=lambda _: None)
    for name in ("scores", "ledger", "transitions", "tallies", "outcomes"):
        assert_frame_equal(found[name], getattr(expected, name), check_exact=True)
    expected = replace(expected, accounts=accounts.frame())
    assert_frame_equal(found["accounts"], expected.accounts, check_exact=True)
    assert done.population == batch.summary(expected, by=first_score(batch.model), top=5)
    assert found["snapshots"]["as_of"].n_unique() > 12
    assert not list(tight.iterdir())


@pytest.mark.parametrize("name", ["online_retail", "b2b_saas", "net_promoter"])
def test_a_stream_of_a_rulesets_data(name: str, tight: Path, tmp_path: Path) -> None:
    data = RULESETS / name / "data.yaml"
    _, found = streamed(Job(RULESETS / name, data, memory=1), tmp_path, ("scores", "transitions"))
    expected = open_batch(RULESETS / name, data).run(transitions=True)
    assert_frame_equal(found["scores"], expected.scores, check_exact=True)
    assert_frame_equal(found["transitions"], expected.transitions, check_exact=True)


def test_a_stream_of_leads_and_accounts_with_a_history(tight: Path, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(
        "schema: 1\nmodel: history\nversion: 1\nstatus: draft\ntimezone: UTC\n"
        "fields:\n  lead: {title: string}\n  account: {size: number}\nevents: {visit: {}}\n"
        "scores:\n  fit:\n    rules:\n      big: {when: account.size > 50, points: 5}\n"
        "      head: {when: 'lead.title = \"head\"', points: 3}\n      visited: {event: visit, points: 1}\n"
    )
    since = {"since": ["2026-01-01", "2026-03-01"] * 3}
    people = {"id": ["2", "2", "1", "1", "3", "3"], "account": ["b", "a", "a", "a", "a", None]}
    pl.DataFrame({**people, **since, "title": ["head", None] * 3}).write_parquet(tmp_path / "leads.parquet")
    size = {"size": [10, 90, 90, 10, 20, 70]}
    pl.DataFrame({"id": ["c", "c", "b", "b", "a", "a"], **since, **size}).write_parquet(tmp_path / "accounts.parquet")
    visits = {"lead": ["1", "2", "3"], "at": ["2026-01-02", "2026-02-01", "2026-01-03"], "type": ["visit"] * 3}
    pl.DataFrame(visits).write_parquet(tmp_path / "events.parquet")
    (tmp_path / "data.yaml").write_text(
        "schema: 1\nleads: {file: leads.parquet, id: id, account: account, valid_from: since}\n"
        "accounts: {file: accounts.parquet, id: id, valid_from: since}\n"
        "events: {file: events.parquet, lead: lead, at: at, type: type}\n"
    )
    for as_of in ("2026-02-01", "2026-04-01"):
        job = Job(tmp_path / "model.yaml", tmp_path / "data.yaml", as_of=as_of, memory=1)
        _, found = streamed(job, tmp_path, ("scores",))
        expected = open_batch(tmp_path / "model.yaml", tmp_path / "data.yaml", as_of=as_of).run()
        assert_frame_equal(found["scores"], expected.scores, check_exact=True)
        assert found["scores"]["fit"].n_unique() > 1


@pytest.mark.parametrize(("share", "problem"), [(-1.0, "weighs it -1"), (2e12, "lead 1 counts for more than 9,000,")])
@pytest.mark.parametrize("tables", [("scores",), ("scores", "accounts")])
def test_a_refused_weight_is_told_whether_or_not_accounts_are_written(
    tmp_path: Path, tables: tuple[str, ...], share: float, problem: str
) -> None:
    (tmp_path / "model.yaml").write_text(
        "schema: 1\nmodel: weights\nversion: 1\nstatus: draft\ntimezone: UTC\n"
        "fields:\n  lead: {share: number}\nevents: {visit: {}}\n"
        "scores:\n  fit:\n    rules:\n      visited: {event: visit, points: 5}\n"
        "accounts:\n  all: {of: fit, combine: sum, weight: lead.share}\n"
    )
    pl.DataFrame({"id": ["1"], "account": ["a"], "share": [share]}).write_parquet(tmp_path / "leads.parquet")
    pl.DataFrame({"lead": ["1"], "at": ["2026-01-01"], "type": ["visit"]}).write_parquet(tmp_path / "events.parquet")
    (tmp_path / "data.yaml").write_text(
        "schema: 1\nleads: {file: leads.parquet, id: id, account: account}\n"
        "events: {file: events.parquet, lead: lead, at: at, type: type}\n"
    )
    with pytest.raises((InputError, ScoringError), match=problem):
        streamed(Job(tmp_path / "model.yaml", tmp_path / "data.yaml", memory=1), tmp_path, tables)


def test_what_a_run_that_was_killed_put_aside_is_removed_by_the_next(tmp_path: Path) -> None:
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    gone = tmp_path / f"{files.PREFIX}{over.pid}-x"
    mine = tmp_path / f"{files.PREFIX}{os.getpid()}-x"
    other = tmp_path / "something-else"
    for folder in (gone, mine, other):
        folder.mkdir()
    files.sweep(tmp_path)
    assert not gone.exists()
    assert mine.exists()
    assert other.exists()


def test_no_room_to_put_events_aside(tmp_path: Path) -> None:
    empty = pl.DataFrame(schema={"lead_row": pl.UInt32, "at": pl.Int64, "id": pl.String})
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    with store.EventStore({"visit": empty}, 10, 0, tmp_path) as events:
        events.add("visit", pl.DataFrame({"lead_row": [1], "at": [1], "id": [None]}, schema=empty.schema))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, allowed[1]))
        try:
            with pytest.raises(files.SpillError, match="make room there"):
                events.finish()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert not list(tmp_path.iterdir())


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.5, 3.5, 5.0])
def test_a_run_that_is_killed_leaves_no_half_of_a_file(population: Path, tmp_path: Path, seconds: float) -> None:
    out = tmp_path / "scores.parquet"
    line = [sys.executable, "-m", "rules_engine", "score", str(MODEL), "--data", str(population / "data.yaml")]
    running = subprocess.Popen([*line, "--memory", "1MB", "--out", str(out)], stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    running.send_signal(signal.SIGKILL)
    running.wait()
    if out.exists():
        assert pl.read_parquet(out).height == 2_000
