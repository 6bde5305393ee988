"""Automations beside a slow look at every hour: what fires is each rising edge, outside of the cooldown of the last.

All that happens, happens on the hour, and nothing of these models changes between two hours: what the engine gives as
of each of them is the whole truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
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


def expected(
    engine: Engine,
    events: list[dict[str, Any]],
    cooldown: int,
    hours: range,
    held: Mapping[str, bool] | None = None,
    last: Mapping[str, int] | None = None,
) -> set[tuple[str, int]]:
    """The instants of these hours at which each automation fires, by what `held` and when each fired `last`."""
    found: set[tuple[str, int]] = set()
    held = dict.fromkeys(engine.model.automations, False) | dict(held or {})
    last = dict(last or {})
    rests = {"warm": cooldown * HOUR, "quiet": HOUR}
    for at in hours:
        labels = engine.score({}, events=events, as_of=at).labels
        for name, before in held.items():
            held[name] = labels[name] is True
            if held[name] and not before and at - last.get(name, at - rests.get(name, 0)) >= rests.get(name, 0):
                found.add((name, at))
                last[name] = at
    return found


def edges(folder: Path, numbers: dict[str, int]) -> Engine:
    (folder / "v1.yaml").write_text(MODEL.format(**numbers), encoding="utf-8")
    return Engine.load(folder / "v1.yaml", plugins=[Notes()], discover=False)


def fired(live: Live) -> set[tuple[str, int]]:
    return {(row.automation, row.at) for row in live.store.outbox()}


@given(numbers=NUMBERS, given_=EVENTS.filter(bool), cuts=st.sets(st.integers(1, 8), max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_fires_is_each_rising_edge(
    tmp_path: Path, numbers: dict[str, int], given_: list[tuple[int, str]], cuts: set[int]
) -> None:
    engine = edges(tmp_path, numbers)
    in_order = sorted(enumerate(given_), key=lambda found: found[1][0])
    events = [{"lead": "ann", "type": kind, "at": START + hour * HOUR, "id": f"e{n}"} for n, (hour, kind) in in_order]
    live = Live(engine, open_store("memory:", "edges"), clock=lambda: START + HOURS * HOUR)
    batches = [list(own) for _, own in groupby(events, lambda event: event["at"])]  # what comes later is late
    for begin, end in pairwise([0, *sorted(cuts), len(batches)]):
        live.feed([event for batch in batches[begin:end] for event in batch])
    live.tick(START + (HOURS - 1) * HOUR)
    hours = range(events[0]["at"], START + HOURS * HOUR, HOUR)
    assert fired(live) == expected(engine, events, numbers["cooldown"], hours)


@given(
    numbers=NUMBERS,
    ann=EVENTS.filter(bool),
    anna=EVENTS.filter(bool),
    both=EVENTS,
    at=st.integers(0, HOURS - 50),
    start=st.sampled_from([START, -60 * HOUR]),  # some before 1970
)
@example(
    numbers={"expires": 40, "within": 9, "over": 1, "silence": 30, "until": 9, "cooldown": 9, "quiet": 3},
    ann=[(0, "visit")],
    anna=[(5, "visit")],
    both=[],
    at=6,
    start=-60 * HOUR,
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_leads_go_on_as_one(
    tmp_path: Path,
    numbers: dict[str, int],
    ann: list[tuple[int, str]],
    anna: list[tuple[int, str]],
    both: list[tuple[int, str]],
    at: int,
    start: int,
) -> None:
    """What either had fired or had known before they became one does not fire again; the rest is that of one lead."""
    engine = edges(tmp_path, numbers)
    live = Live(engine, open_store("memory:", "edges"), clock=lambda: start + HOURS * HOUR)

    def told(lead: str, history: list[tuple[int, str]]) -> list[dict[str, Any]]:
        found = [{"lead": lead, "type": kind, "at": start + hour * HOUR} for hour, kind in history]
        return sorted(found, key=lambda event: event["at"])

    now = start + at * HOUR
    past = {lead: [e for e in told(lead, own) if e["at"] <= now] for lead, own in (("ann", ann), ("anna", anna))}
    live.feed([*past["ann"], *past["anna"]])
    live.tick(now)
    before, looks = fired(live), [row.state_at for row in live.store.load(["ann", "anna"]).values()]
    newest = max((look for look in looks if look is not None), default=None)
    if len(looks) < 2 or newest is None:
        return
    held = dict.fromkeys(engine.model.automations, False)
    for events in past.values():
        labels = engine.score({}, events=events, as_of=now).labels
        held = {name: holds or labels[name] is True for name, holds in held.items()}
    live.merge("ann", "anna")
    later = [e for e in told("ann", both) if e["at"] > now]
    live.feed(later)
    live.tick(start + (HOURS - 1) * HOUR)
    last: dict[str, int] = {}
    for name, instant in sorted(before, key=lambda one: one[1]):
        last[name] = instant
    union = [*past["ann"], *past["anna"], *later]
    hours = range(newest, start + HOURS * HOUR, HOUR)
    assert fired(live) - before == expected(engine, union, numbers["cooldown"], hours, held, last)
    one = engine.score({}, events=union, as_of=start + HOURS * HOUR).scores["heat"]
    assert (live.score("ann").scores["heat"].total, live.score("ann").scores["heat"].band) == (one.total, one.band)
