"""Automations beside a slow look at every hour: what fires is each rising edge, outside of the cooldown of the last.

All that happens, happens on the hour, and nothing of these models changes between two hours: what the engine gives as
of each of them is the whole truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_engine.engine import Engine
from rules_engine.live import Live, open_store
from tests.live.living import Notes

HOUR = 3_600_000_000
START = 1_789_999_200_000_000  # 2026-09-21T14:00:00Z
HOURS = 150
MODEL = """
schema: 1
model: edges
version: 1
status: draft
fields:
  lead: {{country: string}}
events:
  visit: {{}}
  ask: {{}}
  leave: {{}}
tallies:
  visits_in_a_day: {{event: visit, within: 24 hours}}
scores:
  heat:
    floor: 0
    rules:
      visit: {{event: visit, points: 7, decay: {{expires: {expires} hours}}}}
      ask: {{event: ask, points: 20, decay: {{expires: 50 hours}}, limit: {{times: 1, within: {within} hours}}}}
    penalties:
      leave: {{event: leave, remove: 15, over: {over} days}}
    inactivity:
      - {{after: {silence} hours, every: 6 hours, remove: 5}}
    bands: {{cold: any, warm: {{from: 14, until: {until}}}, hot: 27}}
gates:
  gone: {{event: leave, hold: 9 hours, cap: {{heat: 10}}}}
labels:
  warm: at least(band.heat, "warm")
  hot: band.heat = "hot" and not(gate.gone)
  busy: tally.visits_in_a_day >= 3 and not(gate.gone)
  quiet: now - last_increase.heat >= duration("{quiet} hours")
automations:
  warm: {{when: label.warm, cooldown: {cooldown} hours, do: [{{action: note, to: sales}}]}}
  hot: {{when: label.hot, do: [{{action: note, to: sales}}]}}
  busy: {{when: label.busy, do: [{{action: note, to: sales}}]}}
  quiet: {{when: label.quiet, cooldown: 1 hour, do: [{{action: note, to: sales}}]}}
"""
EVENTS = st.lists(
    st.tuples(st.integers(0, HOURS - 50), st.sampled_from(["visit", "visit", "ask", "leave"])), max_size=9
)
NUMBERS = st.fixed_dictionaries(
    {
        "expires": st.integers(2, 40),
        "within": st.integers(2, 30),
        "over": st.integers(1, 3),
        "silence": st.integers(3, 30),
        "until": st.integers(5, 14),
        "cooldown": st.integers(1, 40),
        "quiet": st.integers(3, 30),
    }
)


def expected(engine: Engine, events: list[dict[str, Any]], cooldown: int) -> set[tuple[str, int]]:
    """The hours at which each automation fires."""
    found: set[tuple[str, int]] = set()
    held = dict.fromkeys(engine.model.automations, False)
    rests = {"warm": cooldown * HOUR, "quiet": HOUR}
    last: dict[str, int] = {}
    first = min(event["at"] for event in events)
    for at in range(first, START + HOURS * HOUR, HOUR):
        labels = engine.score({}, events=events, as_of=at).labels
        for name, before in held.items():
            held[name] = labels[name] is True
            if held[name] and not before and at - last.get(name, -rests.get(name, 0)) >= rests.get(name, 0):
                found.add((name, at))
                last[name] = at
    return found


@given(numbers=NUMBERS, given_=EVENTS.filter(bool), cuts=st.sets(st.integers(1, 8), max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_fires_is_each_rising_edge(
    tmp_path: Path, numbers: dict[str, int], given_: list[tuple[int, str]], cuts: set[int]
) -> None:
    (tmp_path / "v1.yaml").write_text(MODEL.format(**numbers), encoding="utf-8")
    engine = Engine.load(tmp_path / "v1.yaml", plugins=[Notes()], discover=False)
    in_order = sorted(enumerate(given_), key=lambda found: found[1][0])
    events = [{"lead": "ann", "type": kind, "at": START + hour * HOUR, "id": f"e{n}"} for n, (hour, kind) in in_order]
    live = Live(engine, open_store("memory:", "edges"), clock=lambda: START + HOURS * HOUR)
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(events)], strict=True):
        live.feed(events[begin:end])
    live.tick(START + (HOURS - 1) * HOUR)
    fired = {(row.automation, row.at) for row in live.store.outbox()}
    assert fired == expected(engine, events, numbers["cooldown"])
