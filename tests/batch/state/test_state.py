"""Several runs that keep a state give what one run over the whole history gives."""

from __future__ import annotations

import contextlib
import io
import os
import random
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.state import processes, together
from rules_engine.batch.state import run as runs
from rules_engine.cli.main import run

RULESETS = Path(__file__).parents[3] / "rulesets"
HEAD = "lead_id,type,at,path\n"
MODEL = """
schema: 1
model: small
version: {version}
fields:
  lead: {{title: string, vip: boolean}}
events:
  visit: {{path: string}}
  demo: {{}}
  gift: {{}}
scores:
  interest:
    decay: {{half_life: 10 days}}
    rules:
      pricing: {{event: visit, when: 'event.path = "/pricing"', points: 5, limit: {{times: 2, within: 7 days}}}}
      gift: {{event: gift, points: '10 ** 14 * 100'}}
      demo: {{event: demo, points: 'if lead.vip = null then 20 else if lead.vip then 40 else 20'}}
    inactivity:
      - {{after: 10 days, remove: 50% of score}}
    bands: {{cold: any, warm: 10}}
labels:
  who: lead.title
"""
DATA = """
schema: 1
leads: {file: leads.csv, id: lead_id}
events:
  - {file: 'events*.csv', lead: lead_id, type: type, at: at}
"""
FIRST = "a,visit,2026-08-01,/pricing\nb,demo,2026-08-02,\n"


@dataclass(frozen=True)
class Said:
    exit_code: int
    output: str


def command(args: list[str]) -> Said:
    """What a command says, on both of its outputs."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as left:
        run(args)
    return Said(int(left.value.code or 0), out.getvalue())


class Place:
    """A folder with a small model, its data and its state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model(1)
        (folder / "data.yaml").write_text(DATA)
        self.leads("a,VP,\nb,,true\n")
        self.events("1", FIRST)

    def model(self, version: int) -> None:
        (self.folder / "model.yaml").write_text(MODEL.format(version=version))

    def leads(self, rows: str) -> None:
        (self.folder / "leads.csv").write_text("lead_id,title,vip\n" + rows)

    def events(self, name: str, rows: str) -> None:
        (self.folder / f"events{name}.csv").write_text(HEAD + rows)

    def run(self, as_of: str, *more: str, state: bool = True) -> Said:
        out = self.folder / ("state.parquet" if state else "full.parquet")
        args = ["score", str(self.folder / "model.yaml"), "--data", str(self.folder / "data.yaml"), "--as-of", as_of]
        args += ["--out", str(out), *(["--state", str(self.folder / "state")] if state else []), *more]
        return command(args)

    def agree(self, as_of: str) -> str:
        """Runs both ways, compares, gives what the incremental run said."""
        found, full = self.run(as_of), self.run(as_of, state=False)
        assert (found.exit_code, full.exit_code) == (0, 0), found.output + full.output
        assert_frame_equal(
            pl.read_parquet(self.folder / "state.parquet"),
            pl.read_parquet(self.folder / "full.parquet"),
            check_exact=True,
        )
        return found.output


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    found.agree("2026-08-05")
    return found


def test_new_files_alone_are_read(place: Place) -> None:
    place.events("2", "a,visit,2026-08-06,/pricing\n")
    expected = place.run("2026-08-20", state=False)
    old = place.folder / "events1.csv"
    seen = old.stat()
    old.write_bytes(b"?" * seen.st_size)  # no event could be read here; name, size and time say that it is as it was
    os.utime(old, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert place.run("2026-08-20").exit_code == expected.exit_code == 0
    own, full = (pl.read_parquet(place.folder / name) for name in ("state.parquet", "full.parquet"))
    assert_frame_equal(own, full, check_exact=True)


def test_time_alone_goes_on(place: Place) -> None:
    assert "anew" not in place.agree("2026-09-05")


def test_changes_of_band_are_told_once(place: Place) -> None:
    """Also by the runs that find a lead's state as it was before the last one."""
    told = []
    for as_of in ("2026-08-08", "2026-08-11", "2026-08-13", "2026-08-14", "2026-09-20"):
        assert place.run(as_of, "--transitions", str(place.folder / "moves.parquet")).exit_code == 0
        told.append(pl.read_parquet(place.folder / "moves.parquet"))
    assert place.run("2026-09-20", "--transitions", str(place.folder / "all.parquet"), state=False).exit_code == 0
    moves = pl.read_parquet(place.folder / "all.parquet")
    first = pl.lit("2026-08-05T00:00:00Z").str.to_datetime(time_zone="UTC")
    assert moves.filter(pl.col("at") > first).height == 1
    assert_frame_equal(pl.concat(told), moves.filter(pl.col("at") > first), check_exact=True)


def test_an_event_before_the_last_run_but_after_anything_that_happened_rebuilds_nobody(place: Place) -> None:
    place.agree("2026-08-08")
    place.events("2", "a,visit,2026-08-07,/pricing\n")
    assert "anew" not in place.agree("2026-08-09")


def test_a_late_event_rebuilds_its_lead_alone(place: Place) -> None:
    place.events("2", "a,visit,2026-08-03,/pricing\nb,visit,2026-08-06,/pricing\n")
    assert "1 lead scored anew from the whole history: late event" in place.agree("2026-08-07")


def test_a_changed_file_rebuilds_the_leads_that_it_touches(place: Place) -> None:
    place.events("1", FIRST.replace("a,visit,2026-08-01", "a,visit,2026-07-01"))
    assert "1 lead scored anew from the whole history: events of the past changed" in place.agree("2026-08-07")


def test_a_file_that_grew_rebuilds_nobody(place: Place) -> None:
    place.events("1", FIRST + "a,visit,2026-08-06,/pricing\n")
    assert "anew" not in place.agree("2026-08-07")


def test_a_field_that_the_past_depends_on_rebuilds_its_lead(place: Place) -> None:
    place.leads("a,CEO,\nb,,\n")
    assert "1 lead scored anew from the whole history: changed fields" in place.agree("2026-08-07")


def test_events_after_the_moment_are_met_later(place: Place) -> None:
    place.events("2", "a,demo,2026-08-09,\n")
    place.agree("2026-08-07")
    place.agree("2026-08-10")
    place.agree("2026-08-30")


def test_a_lead_that_comes_after_its_events_has_its_past(place: Place) -> None:
    place.events("2", "c,demo,2026-08-06,\n")
    place.agree("2026-08-07")
    place.leads("a,VP,\nb,,true\nc,,\nd,,\n")
    assert "new, may have a past" in place.agree("2026-08-08")
    place.agree("2026-08-09")


def test_a_lead_that_leaves_and_comes_back(place: Place) -> None:
    place.leads("a,VP,\n")
    place.agree("2026-08-07")
    place.leads("b,,true\na,VP,\n")
    place.agree("2026-08-08")


def test_history_that_is_gone_is_told_and_leaves_the_state(place: Place) -> None:
    kept = (place.folder / "state" / "state.parquet").read_bytes()
    (place.folder / "events1.csv").unlink()
    place.events("2", "a,visit,2026-08-06,/pricing\n")
    place.events("3", "b,visit,2026-08-04,/pricing\n")
    found = place.run("2026-08-07")
    assert found.exit_code == 2
    assert "events1.csv cannot be found any more" in found.output
    assert (place.folder / "state" / "state.parquet").read_bytes() == kept


def test_history_that_is_gone_is_not_missed_where_nobody_needs_it(place: Place) -> None:
    expected = place.run("2026-08-07", state=False)
    (place.folder / "events1.csv").unlink()
    place.events("2", "b,visit,2026-08-06,/other\n")
    assert place.run("2026-08-07").exit_code == expected.exit_code == 0
    columns = pl.col("lead_id", "interest_activity")
    own = pl.read_parquet(place.folder / "state.parquet").select(columns)
    assert_frame_equal(own, pl.read_parquet(place.folder / "full.parquet").select(columns), check_exact=True)


@pytest.mark.parametrize(
    ("as_of", "version", "words"),
    [("2026-08-04", 1, "the state is of 2026-08-05"), ("2026-08-07", 2, "is of small v1, and this run has small v2")],
)
def test_a_state_that_cannot_go_on(place: Place, as_of: str, version: int, words: str) -> None:
    place.model(version)
    found = place.run(as_of)
    assert found.exit_code == 2
    assert words in " ".join(found.output.split())


def test_another_model_after_the_state_is_made_anew(place: Place) -> None:
    place.model(2)
    assert place.run("2026-08-07", "--rebuild-state").exit_code == 0
    place.agree("2026-08-08")


@pytest.mark.parametrize("damage", [b"", b"PAR1 and nothing else"])
def test_a_damaged_state_is_refused(place: Place, damage: bytes) -> None:
    (place.folder / "state" / "state.parquet").write_bytes(damage)
    found = place.run("2026-08-07")
    assert found.exit_code == 2
    assert "--rebuild-state" in found.output


def test_many_leads_with_few_new_events_are_read_off_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, asked = Place(tmp_path), []
    place.agree("2026-08-05")
    monkeypatch.setattr(runs, "MANY", 2)
    found = together.next_together
    monkeypatch.setattr(runs, "next_together", lambda *given: asked.append(given) or found(*given))
    place.events("2", "b,visit,2026-08-06,/pricing\n")
    place.agree("2026-08-07")
    assert len(asked) == 1


# --- real data ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_a_history_split_at_random(seed: int, tmp_path: Path) -> None:
    """The events of a ruleset come in files; most by time, some late."""
    history_in_parts(seed, tmp_path)


def test_in_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The leads that need their history are scored by the process that has it, the others in parts by two more."""
    for name, value in {"FEW": 1, "PART": 150, "processors": lambda: 2}.items():
        monkeypatch.setattr(processes, name, value)
    history_in_parts(3, tmp_path, runs=2)


def test_what_goes_wrong_in_another_process_is_told_as_always(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (tmp_path / "state" / "state.parquet").read_bytes()
    place.leads("a,VP,\nb,,true\nc,,\n")
    place.events("2", "c,gift,2026-08-06,\n")
    told = place.run("2026-08-07")
    for name, value in {"FEW": 1, "PART": 1, "processors": lambda: 2}.items():
        monkeypatch.setattr(processes, name, value)
    assert place.run("2026-08-07") == told
    assert told.exit_code == 2
    assert "gift" in told.output
    assert (tmp_path / "state" / "state.parquet").read_bytes() == kept


def history_in_parts(seed: int, tmp_path: Path, runs: int = 5) -> None:
    """Comes in as many files, and after each it is scored with the state of the last run and in full."""
    rng = random.Random(seed)
    source = RULESETS / "b2b_saas"
    events = pl.read_csv(source / "data" / "events.csv", infer_schema=False)
    (tmp_path / "data").mkdir()
    for name in ("leads.csv", "accounts.csv"):
        (tmp_path / "data" / name).write_bytes((source / "data" / name).read_bytes())
    text = (source / "data.yaml").read_text()
    (tmp_path / "data.yaml").write_text(text.replace("data/events.csv", "data/events*.csv"))
    cuts = sorted(rng.sample(sorted(events["at"].to_list()), runs - 1))
    late = {row for row in range(events.height) if rng.random() < 0.02}
    day = pl.Series([sum(at > cut for cut in cuts) + (row in late) for row, at in enumerate(events["at"])])
    moves: list[pl.DataFrame] = []
    for number, as_of in enumerate([*cuts, "2026-12-01T00:00:00Z"]):
        own = events.filter((day == number) | ((day >= runs) & (number == runs - 1)))
        own.write_csv(tmp_path / "data" / f"events{number}.csv")
        found = {}
        for name in ("state", "full"):
            tables = {
                table: tmp_path / f"{name}-{table}.parquet" for table in ("out", "accounts", "tallies", "outcomes")
            }
            args = ["score", str(source / "v3.yaml"), "--data", str(tmp_path / "data.yaml"), "--as-of", as_of]
            args += [arg for table, path in tables.items() for arg in (f"--{table}", str(path))]
            if name == "state":
                args += ["--state", str(tmp_path / "kept"), "--transitions", str(tmp_path / "moves.parquet")]
            said = command(args)
            assert said.exit_code == 0, said.output
            found[name] = {table: pl.read_parquet(path) for table, path in tables.items()}
        for table, expected in found["full"].items():
            assert_frame_equal(found["state"][table], expected, check_exact=True)
        moves.append(pl.read_parquet(tmp_path / "moves.parquet"))
    assert any(part.height for part in moves[1:])


@pytest.mark.long
def test_one_file_of_purchases_looked_at_again_and_again(tmp_path: Path) -> None:
    """Most of the file lies after each moment, so each run reads it anew and compares; nobody is scored anew."""
    folder = RULESETS / "online_retail"
    base = ["score", str(folder), "--version", "2", "--data", str(folder / "data.yaml"), "--top", "0"]
    for as_of in ("2011-03-01", "2011-06-15", "2011-09-01"):
        out = ["--as-of", as_of, "--out", str(tmp_path / "state.parquet")]
        said = command([*base, *out, "--state", str(tmp_path / "kept")])
        assert said.exit_code == 0, said.output
        assert "anew" not in said.output
    assert command([*base, "--as-of", "2011-09-01", "--out", str(tmp_path / "full.parquet")]).exit_code == 0
    found, full = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("state", "full"))
    assert_frame_equal(found, full, check_exact=True)
