"""Labels and explanations where the clock of the time zone shows the year 0 or 10000."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules_engine import Engine
from rules_engine.matching.calendar import local_text, moment_at
from rules_engine.matching.history import read_instant
from tests.batch.columns.buckets import columns_agree
from tests.differential.histories import Case
from tests.differential.running import load

MODEL = """
schema: 1
model: ends
version: 1
timezone: {zone}
events: {{view: {{}}}}
tallies:
  views: {{event: view}}
labels:
  year: date(now).year
  hour: now.hour
  idle: last.views != null and now - last.views >= duration("1 hour")
scores:
  s: {{rules: {{view: {{event: view, when: event.at.hour >= 0, points: 5}}}}, bands: {{cold: any, warm: 5}}}}
"""
ENDS = [
    # New York was 4 h 56 min 2 s behind then
    ("America/New_York", "0001-01-01T02:00:00Z", "0001-01-01T03:00:00Z", 0, 22, "0000-12-31 22:03:58"),
    ("Asia/Tokyo", "9999-12-31T20:00:00Z", "9999-12-31T21:00:00Z", 10000, 6, "10000-01-01 06:00:00"),
]


@pytest.mark.parametrize(("zone", "at", "as_of", "year", "hour", "shown"), ENDS)
def test_local_years_0_and_10000(
    zone: str, at: str, as_of: str, year: int, hour: int, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "ends.yaml").write_text(MODEL.format(zone=zone), encoding="utf-8")
    result = Engine.load(tmp_path / "ends.yaml").score({}, None, [{"type": "view", "at": at}], as_of=as_of)
    assert (result.labels, result.scores["s"].band) == ({"year": year, "hour": hour, "idle": True}, "warm")
    assert f"lead as of {shown} ({zone})" in str(result.explain())
    if year == 0:  # the next turn of the hour there
        assert result.next_due == read_instant("0001-01-01T03:56:02Z", ZoneInfo("UTC"), "test", "at")


@pytest.mark.parametrize(("zone", "at", "as_of", "year", "hour", "shown"), ENDS)
def test_many_leads_there(zone: str, at: str, as_of: str, year: int, hour: int, shown: str) -> None:
    body = {
        "schema": 1, "model": "ends", "version": 1, "timezone": zone,
        "events": {"view": {}},
        "scores": {"s": {"rules": {"view": {"event": "view", "when": "event.at.hour >= 0", "points": 5}}}},
        "labels": {"year": "date(now).year", "hour": "now.hour"},
    }  # fmt: skip
    begun, now = (read_instant(one, ZoneInfo("UTC"), "test", "at") for one in (at, as_of))
    columns_agree(load(body), [Case({}, {}, [{"type": "view", "at": begun, "attributes": {}}], now)])


@pytest.mark.parametrize("at", ["0001-01-02T12:30:00.25Z", "2026-03-29T01:00:00Z", "9999-12-30T23:59:59.999999Z"])
def test_elsewhere_the_text_is_that_of_datetimes(at: str) -> None:
    zone = ZoneInfo("Europe/Paris")
    instant = read_instant(at, zone, "test", "at")
    local = moment_at(instant, zone)
    assert local.instant == instant * 1_000
    assert local_text(instant, zone).startswith(str(local.date))
