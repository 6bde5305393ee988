"""A store follows instants that are only times to look again, until what they are early for happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine import Engine
from rules_engine.live import Live, open_store
from tests.live.living import DAY, Notes

BEGIN = 1_767_225_600_000_000  # 2026-01-01
MODEL = """
schema: 1
model: early
version: 1
events: {big: {}, small: {}}
scores:
  a:
    decay: {half_life: 10 days}
    rules: {big: {event: big, points: 60}}
  b:
    decay: {half_life: 100 days}
    rules: {small: {event: small, points: 30}}
labels:
  mark: {"yes": "CONDITION", "no": otherwise}
automations:
  tell: {when: label.mark = "yes", do: [{action: note, to: sales}]}
"""


@pytest.mark.parametrize(
    "condition",
    [
        "now.month = 9",  # days are tried for so long only
        "modulo(score.a, 7) - modulo(score.b, 7) = 3.333 or score.a < 1",  # uses up the looks
    ],
)
@pytest.mark.parametrize("step", [None, 7 * DAY])
def test_an_automation_fires_at_the_change_that_early_instants_lead_to(
    tmp_path: Path, condition: str, step: int | None
) -> None:
    path = tmp_path / "early.yaml"
    path.write_text(MODEL.replace("CONDITION", condition))
    engine = Engine.load(path, plugins=[Notes()], discover=False)
    events = [{"type": kind, "at": BEGIN} for kind in ("big", "small")]

    def label(at: int) -> object:
        return engine.score({}, None, events, as_of=at).labels["mark"]

    due = engine.score({}, None, events, as_of=BEGIN).next_due
    assert due is not None
    assert label(due) == label(BEGIN) == "no"  # an early one
    live = Live(engine, open_store("memory:", engine.model.name), clock=lambda: BEGIN)
    live.feed([{"lead": "ann", **event} for event in events])
    assert live.due(due - 1) == []
    end = BEGIN + 300 * DAY
    fired = []
    for now in [end] if step is None else range(BEGIN + step, end, step):
        fired += [one.at for one in live.tick(now).firings]
    first, *_ = fired
    assert label(first) == "yes"
    assert label(first - 1) == "no"
    assert {label(at) for at in range(BEGIN, first, DAY)} == {"no"}
