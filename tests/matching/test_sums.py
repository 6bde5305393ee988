"""Sums with a window are looked at only where what reads them can turn: nobody may see a difference."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from rules_engine import Engine
from rules_engine.result.live import LeadState
from rules_engine.result.types import Result

DAY = 86_400_000_000
BEGIN = 20_000 * DAY
MODEL = """
schema: 1
model: sums
version: 1
status: draft
timezone: UTC
sales_ready: 20
events:
  order: {amount: number}
tallies:
  spent: {event: order, sum: event.amount, within: 10 days}
  today: {event: order, sum: event.amount, per: day}
scores:
  interest:
    rules:
      buyer: {when: tally.spent >= 5, points: 7}
      debtor: {when: tally.spent < -1.5, points: -3}
      size: {of: tally.spent, at_least: {0: 0, 2.5: 1, 10: 4}}
      busy: {when: tally.today > 3, points: 2}
    bands: {cold: any, warm: 7, sales_ready: {from: 100%, until: 80%}}
gates:
  broke: {when: tally.spent <= -4, cap: 1}
"""


def told(result: Result) -> object:
    return result.transitions, {name: (one.reading, one.band, one.peak) for name, one in result.scores.items()}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    """The engine, and one that looks at the sums at every instant."""
    path: Path = tmp_path_factory.mktemp("sums") / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    usual, careful = Engine.load(path), Engine.load(path)
    assert all(tally.falls for tally in usual.prepared.tallies)
    for tally in careful.prepared.tallies:
        tally.falls = False  # as it is loaded: nothing has been remembered of it
    return usual, careful


def orders(random: Random, least: int) -> list[dict[str, object]]:
    at, found = BEGIN, []
    for _ in range(40):
        at += random.choice([DAY // 7, DAY, 2 * DAY, 5 * DAY])
        found.append({"type": "order", "at": at, "amount": random.randint(least, 8) / 2})
    return found


@pytest.mark.parametrize("least", [0, -2, -8])
@pytest.mark.parametrize("seed", range(8))
def test_as_if_looked_at_always(engines: tuple[Engine, Engine], seed: int, least: int) -> None:
    usual, careful = engines
    events = orders(Random(seed), least)
    last = int(str(events[-1]["at"]))
    for as_of in range(BEGIN, last + 12 * DAY, 3 * DAY):
        given = [event for event in events if int(str(event["at"])) <= as_of]
        assert told(usual.score({}, None, given, as_of=as_of)) == told(careful.score({}, None, given, as_of=as_of))


@pytest.mark.parametrize("least", [0, -8])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_by_advances_and_bytes(engines: tuple[Engine, Engine], seed: int, least: int) -> None:
    usual, careful = engines
    state, other = usual.start({}), careful.start({})
    for event in orders(Random(seed), least):
        at = int(str(event["at"]))
        state, result = usual.advance(state, [event], as_of=at)
        other, expected = careful.advance(other, [event], as_of=at)
        assert told(result) == told(expected)
        state = LeadState.from_bytes(state.to_bytes())
        assert result.forecast == expected.forecast
