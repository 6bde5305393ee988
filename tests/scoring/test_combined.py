"""Combined scores of combined scores: totals from the deepest up, causes from the scores with rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine import Engine
from rules_engine.result.types import Result

MODEL = """
schema: 1
model: nested
version: 1
events: {visit: {}}
scores:
  whole: {combine: {half: 2, base: 1}, max: 18, bands: {low: any, high: 15}}
  half: {combine: {base: 0.5}}
  base: {decay: {half_life: 1 days}, rules: {visit: {event: visit, points: 10}}}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    return Engine.load(tmp_path / "v1.yaml")


def after(engine: Engine, as_of: str) -> Result:
    return engine.score({}, events=[{"type": "visit", "at": "2026-09-01T00:00:00Z"}], as_of=as_of)


def test_inner_totals_come_first(engine: Engine) -> None:
    totals = {name: score.total for name, score in after(engine, "2026-09-01T00:00:00Z").scores.items()}
    assert totals == {"whole": 18_000_000, "half": 5_000_000, "base": 10_000_000}  # 2 x 5 + 10 = 20, at most 18


def test_a_rise_is_caused_by_the_rule_at_the_bottom(engine: Engine) -> None:
    (rise,) = after(engine, "2026-09-01T00:00:00Z").transitions
    assert (rise.score, rise.before, rise.after, rise.cause) == ("whole", "low", "high", "visit")


def test_decay_below_crosses_the_bound_above(engine: Engine) -> None:
    fall = after(engine, "2026-09-03T00:00:00Z").transitions[-1]
    # 20 x 2^-a falls below 14.995 (reading 15.00) at a = log2(20 / 14.995) days = 0.41553 days
    assert (fall.after, fall.cause) == ("low", "decay")
    assert abs(fall.at - 1_788_220_800_000_000 - 0.41553 * 86_400e6) < 0.0001 * 86_400e6


THREE = """
schema: 1
model: three
version: 1
fields: {lead: {x: string}}
events: {visit: {}, pause: {}}
scores:
  base: {rules: {visit: {event: visit, points: 10}, here: {when: lead.x = null, points: 6}}}
  half: {combine: {base: 1}}
  whole: {combine: {half: 1}, bands: {low: any, high: 5}}
gates:
  held: {event: pause, hold: 5 days, cap: {half: 3}}
"""


def test_a_cap_of_a_combined_score_is_none_of_what_is_combined_of_it(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(THREE, encoding="utf-8")
    events = [{"type": "visit", "at": "2026-09-01T00:00:00Z"}, {"type": "pause", "at": "2026-09-02T00:00:00Z"}]
    result = Engine.load(tmp_path / "v1.yaml").score({}, events=events, as_of="2026-09-03T00:00:00Z")
    assert (result.scores["half"].reading, result.scores["whole"].reading) == (3_000_000, 16_000_000)
    assert result.transitions == ()  # at the beginning it is `high` already
