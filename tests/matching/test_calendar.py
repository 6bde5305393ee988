"""Calendar windows at the ends of the years that Python knows: exports write "never" as the end of 9999."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules_engine import Engine
from rules_engine.matching.calendar import Calendar, Period
from rules_engine.matching.history import read_instant
from rules_engine.result.run import LAST_INSTANT

ZONES = ["UTC", "Asia/Tokyo", "America/New_York"]
ENDS = ["0001-01-01T00:00:00Z", "0001-01-01T12:00:00Z", "9999-11-30T23:30:00Z", "9999-12-01T00:00:00Z"]
ENDS += ["9999-12-30T12:00:00Z", "9999-12-31T23:59:59.999999Z"]
MODEL = """
schema: 1
model: far
version: 1
events: {view: {}}
tallies:
  month: {event: view, per: month}
labels:
  late: {"yes": "tally.month >= 2 and date(now) > date(2026, 1, 1)", "no": otherwise}
scores:
  s:
    rules:
      view: {event: view, points: 5, limit: {times: 1, per: month}}
      often: {when: tally.month >= 2, points: 3}
    bands: {cold: any, warm: 8}
"""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period", ["day", "week", "month"])
@pytest.mark.parametrize("at", ENDS)
def test_each_instant_lies_in_a_window(at: str, period: Period, zone: str) -> None:
    calendar = Calendar(ZoneInfo(zone))
    instant = read_instant(at, calendar.zone, "test", "at")
    begin, end = calendar.window(instant, period)
    assert begin <= instant < end
    assert calendar.window(instant, period) == (begin, end)
    if end <= LAST_INSTANT:
        assert calendar.window(end, period)[0] == end


def test_a_lead_of_december_9999(tmp_path: Path) -> None:
    (tmp_path / "far.yaml").write_text(MODEL, encoding="utf-8")
    events = [{"type": "view", "at": f"9999-12-{day:02}T10:00:00Z"} for day in (3, 31)]
    result = Engine.load(tmp_path / "far.yaml").score({}, None, events, as_of="9999-12-31T12:00:00Z")
    assert (result.scores["s"].reading, result.labels["late"], result.next_due) == (8_000_000, "yes", None)
