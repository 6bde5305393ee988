"""One engine, many threads: the same results as one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rules_engine import Engine

MODEL = """
schema: 1
model: threads
version: 1
timezone: Europe/Paris
events: {visit: {path: string}}
tallies: {days: {event: visit, per: day}, months: {event: visit, per: month}}
scores:
  s:
    rules:
      page: {event: visit, when: 'starts with(event.path, "/a")', points: 3, limit: {times: 2, per: week}}
      busy: {when: tally.days + tally.months >= 3, points: 5}
"""
DAY = 86_400_000_000


def test_threads_share_an_engine(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    engine = Engine.load(tmp_path / "v1.yaml")

    def reading(lead: int) -> tuple[int, int]:
        start = 1_700_000_000_000_000 + lead * 40 * DAY
        events = [{"type": "visit", "at": start + n * DAY // 3, "path": f"/{'ab'[n % 2]}{lead}{n}"} for n in range(60)]
        result = engine.score({}, events=events, as_of=start + 30 * DAY)
        return result.scores["s"].reading, len(result.scores["s"].ledger)

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(reading, range(80)))
    fresh = Engine.load(tmp_path / "v1.yaml")
    engine = fresh
    assert together == [reading(lead) for lead in range(80)]
