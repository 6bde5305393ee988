"""`next_due` where labels compute with scores: nothing changes before it, and something does at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine import Engine

DAY = 86_400_000_000
BEGIN = 1_767_225_600_000_000  # 2026-01-01
EVENTS = [{"type": kind, "at": "2026-01-01T00:00:00Z"} for kind in ("big", "small")]
MODEL = """
schema: 1
model: pair
version: 1
fields:
  lead: {limit: number}
events: {big: {}, small: {}}
labels:
  lead: {"yes": "CONDITION", "no": otherwise}
scores:
  a:
    decay: {FALLS}
    rules: {big: {event: big, points: 60}}
  b:
    decay: {half_life: 100 days}
    rules: {small: {event: small, points: 30}}
"""


@pytest.mark.parametrize("falls", ["half_life: 10 days", "linear: 100 days", "expires: 40 days"])
@pytest.mark.parametrize(
    "condition",
    [
        "score.a > score.b",
        "score.a - score.b > 10",
        "score.a + score.b < 40",
        "score.a > 2 * score.b - 10",
        "score.a / 2 > 7",
        "score.a > lead.limit",
    ],
)
def test_label_turns_over_at_next_due(tmp_path: Path, falls: str, condition: str) -> None:
    path = tmp_path / "pair.yaml"
    path.write_text(MODEL.replace("CONDITION", condition).replace("FALLS", falls))
    engine = Engine.load(path)

    def labels(at: int) -> object:
        return engine.score({"limit": 12.5}, None, EVENTS, as_of=at).labels

    due = engine.score({"limit": 12.5}, None, EVENTS, as_of=BEGIN).next_due
    first = labels(BEGIN)
    assert due is not None
    assert labels(due) != first
    assert {str(labels(at)) for at in [due - 1, *range(BEGIN, due, DAY)]} == {str(first)}
