"""A run killed at any point leaves the old state or the new one, never a broken one; the next run goes on from it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.batch.state.test_state import Place

# Kills itself in the middle of the function named by the first argument.
KILLED = """
import importlib, os, signal, sys
place, name, *words = sys.argv[1:]
module = importlib.import_module(place)
def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, killed)
from rules_engine.cli.main import run
run(words)
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("rules_engine.batch.state.run", "bring_all_forward"),  # before anything is written
        ("rules_engine.batch.state.run", "_write"),  # outputs are written, the state is not
        ("os", "fsync"),  # the state is written, not yet in place
        ("os", "replace"),  # nothing is renamed yet
    ],
)
def test_a_killed_run_leaves_the_old_state(module: str, function: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.agree("2026-08-05")
    kept = (tmp_path / "state" / "state.parquet").read_bytes()
    place.events("2", "a,visit,2026-08-06,/pricing\nb,visit,2026-08-03,/pricing\n")
    words = ["score", "model.yaml", "--data", "data.yaml", "--as-of", "2026-08-07", "--out", "o.parquet"]
    line = [sys.executable, "-c", KILLED, module, function, *words, "--state", "state"]
    died = subprocess.run(line, cwd=tmp_path, env=os.environ, check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (tmp_path / "state" / "state.parquet").read_bytes() == kept
    assert not (tmp_path / "o.parquet").exists()
    place.agree("2026-08-07")
    assert [path.name for path in (tmp_path / "state").glob("*part*")] == []


def test_outputs_without_their_state_are_written_again(tmp_path: Path) -> None:
    """Killed between the renaming of outputs and of the state: the state is older, and the run is done once more."""
    place = Place(tmp_path)
    place.agree("2026-08-05")
    old = (tmp_path / "state" / "state.parquet").read_bytes()
    place.events("2", "a,visit,2026-08-06,/pricing\n")
    moves = tmp_path / "moves.parquet"
    assert place.run("2026-08-07", "--transitions", str(moves)).exit_code == 0
    told = pl.read_parquet(moves)
    (tmp_path / "state" / "state.parquet").write_bytes(old)
    assert place.run("2026-08-07", "--transitions", str(moves)).exit_code == 0
    assert_frame_equal(pl.read_parquet(moves), told)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.agree("2026-08-05")
    with (tmp_path / "state" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = place.run("2026-08-07")
    assert found.exit_code == 2
    assert "another run" in found.output
    shutil.rmtree(tmp_path / "state")
    place.agree("2026-08-07")
