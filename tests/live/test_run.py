"""`rules run` beside a stream that goes on: lines count as they come, and nothing that was read is lost at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_engine.live import Store, open_store
from tests.live.living import T0, model_text, visit

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "v1.yaml"
    path.write_text(model_text(), encoding="utf-8")
    return path


@pytest.fixture
def running(model: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    words = ["-m", "rules_engine", "run", str(model), "--store", str(tmp_path / "leads.db"), "--events", "-"]
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def say(process: subprocess.Popen[str], *given: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(json.dumps(one) + "\n" for one in given))
    process.stdin.flush()


def wait_for(store: Store, lead: str, events: int) -> None:
    end = time.monotonic() + 60
    while len(store.history(lead)) < events:
        assert time.monotonic() < end, "the line did not come into the store"
        time.sleep(0.02)


def test_a_line_counts_before_the_next_one_comes(running: subprocess.Popen[str], tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path}/leads.db", "living")
    say(running, visit("ann", T0, id="1"))
    wait_for(store, "ann", 1)
    say(running, visit("ann", T0 + 1, id="2"))
    wait_for(store, "ann", 2)
    store.close()
    printed, _ = running.communicate(timeout=60)
    assert printed.splitlines()[:2] == ["living version 1", "2 lines: 2 new events"]
    assert running.returncode == 0


def test_asked_to_end_it_saves_what_it_has_read_and_tells(running: subprocess.Popen[str], tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path}/leads.db", "living")
    say(running, visit("ann", T0, id="1"))
    wait_for(store, "ann", 1)
    store.close()
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 0
    assert running.stdout is not None
    assert running.stdout.read().splitlines()[1] == "1 line: 1 new event"
