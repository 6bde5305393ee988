"""Events that agree in lead, instant, type and id stand in the order of all their declared attributes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rules_engine import Engine, to_points
from rules_engine.batch import score

MODEL = """
schema: 1
model: ties
version: 1
events:
  meeting: {minutes: number, no_show: boolean}
scores:
  interest:
    rules:
      first: {event: meeting, points: if event.no_show = null then 5 else 9, limit: 1}
"""
AT = "2026-09-01T10:00:00Z"


@pytest.mark.parametrize("enough", [0, 60_000], ids=["in columns", "lead by lead"])
@pytest.mark.parametrize(
    "ids",
    [
        pytest.param({}, id="without ids"),
        pytest.param({"id": [None, None, "e"]}, id="some without an id"),
        pytest.param({"id": ["d", "d", "e"]}, id="the same id"),
    ],
)
@pytest.mark.parametrize(
    ("long", "points"),
    [
        pytest.param(600.0, 9, id="an attribute that no rule reads comes first"),
        pytest.param(None, 5, id="it is the same"),
    ],
)
def test_attributes_that_no_rule_reads_order_events(
    long: float | None,
    points: int,
    ids: dict[str, list[str | None]],
    enough: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(score, "ENOUGH", enough)
    (tmp_path / "v1.yaml").write_text(MODEL)
    engine = Engine.load(tmp_path / "v1.yaml")
    columns = {"minutes": [None, long, 0.0], "no_show": [None, True, None]} | ids
    at = [AT, AT, "2026-09-01T11:00:00Z"]
    events = pl.DataFrame({"lead_id": ["a"] * 3, "type": ["meeting"] * 3, "at": at, **columns})
    alone = [
        {name: value for name, value in row.items() if name != "lead_id" and value is not None}
        for row in events.iter_rows(named=True)
    ]
    assert to_points(engine.score({}, events=alone, as_of="2026-09-02").scores["interest"].reading) == points
    found = engine.score_batch(pl.DataFrame({"lead_id": ["a"]}), events, as_of="2026-09-02")
    assert found.scores["interest"].to_list() == [points]
