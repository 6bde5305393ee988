"""Data and machines at their worst: a clear error or a correct result, never a wrong or partial file."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.columns.table import Table
from rules_engine.cli.main import run

MODEL = """schema: 1
model: m
version: 1
status: draft
fields:
  lead: {k: number}
events:
  a: {n: number}
scores:
  s: {rules: {r: {event: a, points: event.n}}, bands: {c: any, w: 3}}
"""
DATA = """schema: 1
leads: {file: leads.csv, id: lead_id}
events:
  - {file: events.csv, lead: lead_id, at: at, type: type}
"""
LEADS = "lead_id,k\nl1,1\nl2,2\n"
EVENTS = "lead_id,at,type,n\nl1,2026-01-01T00:00:00Z,a,2\nl2,2026-01-02T00:00:00Z,a,5\n"
AT = "2026-01-03T00:00:00Z"


def lay_out(folder: Path, events: str | bytes = EVENTS, leads: str = LEADS, data: str = DATA) -> None:
    (folder / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (folder / "data.yaml").write_text(data, encoding="utf-8")
    (folder / "leads.csv").write_text(leads, encoding="utf-8")
    (folder / "events.csv").write_bytes(events if isinstance(events, bytes) else events.encode())


@dataclass(frozen=True)
class Said:
    exit_code: int
    output: str
    stderr: str


def score(folder: Path, *more: str) -> Said:
    line = ["score", str(folder / "v1.yaml"), "--data", str(folder / "data.yaml"), "--as-of", "2026-02-01"]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        run([*line, "--out", str(folder / "out.csv"), *more])
    return Said(int(left.value.code or 0), out.getvalue(), err.getvalue())


def readings(folder: Path) -> dict[str, float | None]:
    found = pl.read_csv(folder / "out.csv")
    return dict(zip(found["lead_id"], found["s"], strict=True))


WAYS = [(), ("--memory", "1MB")]
GOOD = {"l1": 2.0, "l2": 5.0}


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (f"l1,{AT},a,zwei\n", "1 value of a.n read as missing: wrong type"),
        (f",{AT},a,9\n", "1 row of events rejected: no id"),
        ("l1,9999999-01-01,a,9\n", "1 row of events rejected: time not readable"),
        ("l1,0001-01-01T00:00:00Z,a,9\n", "1 row of events rejected: time out of range"),
        (f"l1,{AT},a,1e400\n", "1 value of a.n read as missing: wrong type"),
        (f"l1,{AT},,9\n", "1 row of events rejected"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_said(tmp_path: Path, way: tuple[str, ...], rows: str, said: str) -> None:
    lay_out(tmp_path, EVENTS + rows)
    done = score(tmp_path, *way)
    assert done.exit_code == 0, done.stderr
    assert said in done.output
    assert readings(tmp_path) == GOOD


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
def test_ten_thousand_undeclared_types_are_counted_in_few_lines(tmp_path: Path, way: tuple[str, ...]) -> None:
    lay_out(tmp_path, EVENTS + "".join(f"l1,{AT},kind {n},1\n" for n in range(10_000)))
    done = score(tmp_path, *way)
    assert "9,980 events of 9,980 more types ignored" in done.output
    assert done.output.count("ignored") == 21
    assert readings(tmp_path) == GOOD


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
def test_points_beyond_the_limit_stop_the_run_and_write_nothing(tmp_path: Path, way: tuple[str, ...]) -> None:
    lay_out(tmp_path, EVENTS + f"l2,{AT},a,9007199254740993\n")
    before = sorted(tmp_path.iterdir())
    done = score(tmp_path, *way)
    assert done.exit_code == 2
    assert 'Lead l2: Rule "r" of score "s"' in done.stderr
    assert "beyond the limit" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
def test_a_file_that_is_no_parquet(tmp_path: Path, way: tuple[str, ...]) -> None:
    lay_out(tmp_path, data=DATA.replace("events.csv", "events.parquet"))
    (tmp_path / "events.parquet").write_bytes(b"PAR1" + bytes(range(256)) + b"PAR1")
    done = score(tmp_path, *way)
    assert done.exit_code == 2
    assert "is not a Parquet file that can be read" in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
def test_a_parquet_file_cut_short(tmp_path: Path, way: tuple[str, ...]) -> None:
    lay_out(tmp_path, data=DATA.replace("events.csv", "events.parquet"))
    whole = tmp_path / "events.parquet"
    pq.write_table(pl.read_csv(tmp_path / "events.csv").to_arrow(), whole)
    whole.write_bytes(whole.read_bytes()[:-40])
    done = score(tmp_path, *way)
    assert done.exit_code == 2
    assert "events.parquet" in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
@pytest.mark.parametrize(
    ("events", "leads", "expected"),
    [
        ("lead_id,at,type,n\n", LEADS, {"l1": 0.0, "l2": 0.0}),
        (EVENTS, "lead_id,k\n", {}),
        (EVENTS, LEADS + "l3,7\n", GOOD | {"l3": 0.0}),
    ],
    ids=["no events", "no leads", "a lead without events"],
)
def test_next_to_no_data(
    tmp_path: Path, way: tuple[str, ...], events: str, leads: str, expected: dict[str, float]
) -> None:
    lay_out(tmp_path, events, leads)
    done = score(tmp_path, *way)
    assert done.exit_code == 0, done.stderr
    assert readings(tmp_path) == expected


@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
def test_csv_and_parquet_side_by_side(tmp_path: Path, way: tuple[str, ...]) -> None:
    lay_out(tmp_path, data=DATA + "  - {file: more.parquet, lead: lead_id, at: at, type: type}\n")
    more = pl.DataFrame({"lead_id": ["l1"], "at": [AT], "type": ["a"], "n": [10]})
    more.with_columns(pl.col("type").cast(pl.Categorical)).write_parquet(tmp_path / "more.parquet")
    done = score(tmp_path, *way)
    assert done.exit_code == 0, done.stderr
    assert readings(tmp_path) == {"l1": 12.0, "l2": 5.0}


def test_combinations_of_many_columns_stay_apart() -> None:
    """More combinations than 64 bits count: 8 columns of 500 texts."""
    rows = 1_000
    names = tuple(f"c{n}" for n in range(8))
    frame = pl.DataFrame({name: [f"{name} {row % 500}" for row in range(rows)] for name in names})
    coded = Table(rows, {name: frame[name] for name in names}).coded(names)
    assert coded is not None
    codes, distinct = coded
    there = pl.DataFrame({name: distinct.column(name).gather(codes) for name in names})
    assert_frame_equal(there, frame)


def _no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_no_room_for_what_is_written(tmp_path: Path, ending: str) -> None:
    """A file that may not grow fails as a full disk does; what was there before stays."""
    ids = "".join(f"lead {n * 7919 % 20_011},{n}\n" for n in range(4_000))
    lay_out(tmp_path, leads="lead_id,k\n" + ids)
    out = tmp_path / f"out.{ending}"
    out.write_text("before", encoding="utf-8")
    line = ["score", str(tmp_path / "v1.yaml"), "--data", str(tmp_path / "data.yaml"), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "rules_engine", *line],
        capture_output=True,
        text=True,
        preexec_fn=_no_large_files,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_text(encoding="utf-8") == "before"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".") or path.name.endswith(".part")]


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS, ids=["at once", "stream"])
def test_a_run_killed_at_any_time_leaves_the_file_of_before_or_a_whole_one(
    tmp_path: Path, way: tuple[str, ...]
) -> None:
    lay_out(tmp_path, leads="lead_id,k\n" + "".join(f"l{n},{n}\n" for n in range(20_000)))
    out = tmp_path / "out.csv"
    line = ["score", str(tmp_path / "v1.yaml"), "--data", str(tmp_path / "data.yaml"), "--out", str(out), *way]
    for tenth in range(2, 30, 2):
        out.write_text("before", encoding="utf-8")
        running = subprocess.Popen([sys.executable, "-m", "rules_engine", *line], stdout=subprocess.DEVNULL)
        time.sleep(tenth / 10)
        running.send_signal(signal.SIGKILL)
        running.wait()
        text = out.read_text(encoding="utf-8")
        assert text == "before" or text.count("\n") == 20_001


@pytest.mark.parametrize("way", [*WAYS, ("--state", "states")], ids=["at once", "stream", "state"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--tallies", "{}/out.csv"), "--out and --tallies both name"),
        (("--tallies", "{}/../{}/leads.csv"), "--tallies names"),
        (("--rejects", "{}/events.csv"), "--rejects names"),
        (("--rejects", "{}/notes.csv"), "is no rejects file of an earlier run"),
    ],
    ids=["one file for two tables", "a file that is read", "rejects over data", "rejects over another file"],
)
def test_no_file_is_lost_to_an_output(
    tmp_path: Path, way: tuple[str, ...], more: tuple[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    for name in ("out.csv", "notes.csv"):
        (tmp_path / name).write_text("mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = score(tmp_path, *way, more[0], more[1].format(tmp_path, tmp_path.name))
    assert done.exit_code == 2
    assert said in done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
