"""Time zones are those of the package `tzdata`, wherever the machine looks for its own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import tzdata

from rules_engine import Engine
from rules_engine.feel.values.zones import find_zone
from rules_engine.result.plain import result_to_dict

MODEL = """
schema: 1
model: clocks
version: 1
timezone: Europe/Paris
events: {visit: {}}
scores: {heat: {rules: {visit: {event: visit, points: 1, limit: {times: 1, per: day}}}}}
"""
PRINT_SCORE = """
import sys
from rules_engine import Engine
engine = Engine.load(sys.argv[1])
events = [{"type": "visit", "at": at} for at in ("2026-07-01T21:30:00Z", "2026-07-01T22:30:00Z")]
print(engine.score({}, events=events, as_of="2026-08-01").scores["heat"].total)
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "v1.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return path


def test_the_zones_of_the_machine_count_for_nothing(model: Path, tmp_path: Path) -> None:
    """Midnight in Paris lies between the visits; on a machine whose Paris is UTC both were of one day."""
    paris = tmp_path / "zones" / "Europe" / "Paris"
    paris.parent.mkdir(parents=True)
    utc = Path(tzdata.__file__).parent / "zoneinfo" / "UTC"
    paris.write_bytes(utc.read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", PRINT_SCORE, str(model)],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path / "zones")},
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.stdout, done.stderr) == ("2000000\n", "")


def test_results_name_the_release(model: Path) -> None:
    result = Engine.load(model).score({}, as_of="2026-08-01")
    assert result.tzdata == tzdata.IANA_VERSION
    assert json.loads(json.dumps(result_to_dict(result)))["tzdata"] == tzdata.IANA_VERSION


def test_moments_of_a_zone_can_be_pickled() -> None:
    moment = datetime(2026, 7, 1, tzinfo=find_zone("Europe/Paris"))
    assert pickle.loads(pickle.dumps(moment)) == moment
    assert pickle.loads(pickle.dumps(moment)).tzinfo is find_zone("Europe/Paris")


@pytest.mark.parametrize("name", ["localtime", "Factory", "europe/paris", "../UTC", "Europe", "", "Europe/Paris/x"])
def test_what_is_no_zone(name: str) -> None:
    assert find_zone(name) is None
