"""The worked example of the docs: its tables, computed by hand, against the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_engine.analysis.compare import show_points
from rules_engine.engine import Engine
from rules_engine.matching.calendar import format_instant
from rules_engine.result.types import Result

PAGE = Path(__file__).parents[2] / "docs" / "worked-example.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```\S+(?: \S+)*? file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {match[1]: match[2] for match in BLOCK.finditer(TEXT)}


def table(first_cell: str) -> list[list[str]]:
    """The rows of the table whose header begins with `first_cell`."""
    lines = TEXT.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


DAYS = table("As of (UTC)")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("worked")
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Engine.load(folder / "worked" / "v3.yaml")


def score(engine: Engine, as_of: str) -> Result:
    who: Mapping[str, Any] = yaml.load(FILES["worked/lead.yaml"], yaml.BaseLoader)
    # BaseLoader: times stay text; numbers are made from the text here
    events = yaml.load(FILES["worked/events.yaml"], yaml.BaseLoader)
    for event in events:
        for key in ("watched", "length"):
            if key in event.get("attributes", {}):
                event["attributes"][key] = float(event["attributes"][key])
    account = {"employees": float(who["account"]["employees"])}
    return engine.score(lead=who["lead"], account=account, events=events, as_of=as_of)


@pytest.mark.parametrize("row", DAYS, ids=[row[0] for row in DAYS])
def test_day(engine: Engine, row: list[str]) -> None:
    as_of, _, activity, reading, band = row
    readiness = score(engine, as_of).scores["readiness"]
    assert show_points(readiness.activity) == show_points(int(Decimal(activity) * 1_000_000))
    assert show_points(readiness.reading) == show_points(int(Decimal(reading) * 1_000_000))
    assert readiness.band == band


def test_transitions(engine: Engine) -> None:
    result = score(engine, "2026-11-30T00:00:00Z")
    told = [[format_instant(c.at), c.before, c.after, c.cause] for c in result.transitions if c.score == "readiness"]
    assert told == table("At (UTC)")


def test_fit_and_temperature(engine: Engine) -> None:
    assert score(engine, "2026-09-01T09:00:00Z").scores["fit"].reading == 33_000_000
    assert score(engine, "2026-09-11T09:00:00Z").labels["temperature"] == "hot"
    assert score(engine, "2026-09-12T09:00:00Z").labels["temperature"] == "nurture"
    assert score(engine, "2026-11-09T09:00:00Z").labels["temperature"] == "nurture"
    assert score(engine, "2026-11-09T09:00:00.000001Z").labels["temperature"] == "cold"
