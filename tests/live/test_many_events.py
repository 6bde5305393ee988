"""Many events of one lead at once: the looks, firings and states of one event after the other, at a cost per event."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml
from hypothesis import given, note
from hypothesis import strategies as st

from rules_engine.batch.score import open_batch
from rules_engine.engine import Engine, LeadState
from rules_engine.live import Live, Store, open_store
from rules_engine.live.fed import Fed
from rules_engine.result.plain import result_to_dict
from rules_engine.result.types import Result
from tests.differential.histories import Case, cases
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load
from tests.differential.test_differential import long, short
from tests.live.living import DAY, T0
from tests.live.test_live_random import once_each

RULESETS = Path(__file__).parents[2] / "rulesets"
LATER = 200 * DAY  # how long after the last event time is followed

# Everything that automations can read and time can change, with windows longer than the stretch of events.
MODEL = """
schema: 1
model: busy
version: 1
timezone: Europe/Paris
sales_ready: 100
fields:
  lead: {title: string}
events:
  visit: {path: string, n: number}
  ask: {}
stages: [learn]
tallies:
  visits: {event: visit, within: 30 days}
  amount: {event: visit, sum: event.n, within: 7 days}
  paths: {event: visit, distinct: event.path, within: 30 days}
  most: {event: visit, max: event.n, within: 7 days}
  latest: {event: visit, latest: event.path, within: 3 days}
  in_visit: {event: visit, per: visit}
  learned: {stage: learn, within: 20 days}
scores:
  heat:
    floor: 10
    decay: {half_life: 10 days}
    rules:
      page: {event: visit, stage: learn, points: 1, limit: {times: 1, each: event.path, within: 7 days}}
      view: {event: visit, points: 1, decay: {expires: 20 days}}
      ask: {event: ask, points: 20}
      many: {when: tally.visits >= 20, points: 5}
    penalties:
      pushed: {event: ask, remove: 2, over: 5 days}
    bands: {cold: any, warm: 10, hot: 30}
labels:
  mood:
    hot: band.heat = "hot" and tally.paths > 5
    gone: last_increase.heat != null and now - last_increase.heat > duration("3 days")
    other: otherwise
automations:
  hand_over: {when: 'label.mood = "hot"', cooldown: 1 day, do: [{action: note}]}
  wake_up: {when: 'label.mood = "gone"', do: [{action: note}]}
  spender: {when: tally.amount > 50 and tally.most > 8, cooldown: 2 days, do: [{action: note}]}
  learner: {when: tally.learned >= 3 and score.heat < 25, do: [{action: note}]}
  reader: {when: tally.in_visit >= 3, do: [{action: note}]}
  third: {when: 'tally.latest = "/3"', cooldown: 5 days, do: [{action: note}]}
"""


def busy_events(count: int, span: int) -> list[dict[str, Any]]:
    return [
        {"type": "ask", "at": T0 + n * span // count, "id": f"e{n}"}
        if n % 19 == 0
        else {"type": "visit", "at": T0 + n * span // count, "id": f"e{n}", "path": f"/{n * 7 % 12}", "n": n * 5 % 11}
        for n in range(count)
    ]


class Plainly:
    """A lead brought forward as a host without `live` would: look by look, each time to `next_due`."""

    def __init__(self, engine: Engine, lead: dict[str, Any], account: dict[str, Any]) -> None:
        self.engine = engine
        self.state: LeadState = engine.start(lead, account, lead_id="ann")
        self.result: Result | None = None
        self.standing: dict[str, bool] = {}
        self.last: dict[str, int] = {}
        self.fired: list[tuple[str, int, dict[str, Any]]] = []
        self.moves: list[object] = []

    def look(self, events: list[dict[str, Any]], at: int) -> None:
        self.state, self.result = self.engine.advance(self.state, events, as_of=at)
        self.moves += self.result.transitions
        for name, automation in self.engine.model.automations.items():
            holds = self.result.automations.get(name) is True
            if holds and not self.standing.get(name):
                last = self.last.get(name)
                if last is None or automation.cooldown is None or at - last >= automation.cooldown:
                    self.last[name] = at
                    self.fired.append((name, at, result_to_dict(self.result)))
            self.standing[name] = holds

    def wait(self, until: int) -> None:
        while self.result is not None and (due := self.result.next_due) is not None and due <= until:
            self.look([], due)

    def run(self, events: list[dict[str, Any]]) -> None:
        # as a store takes them: what a result says of its events names their places
        ordered = sorted(events, key=lambda event: (event["at"], event["type"], event.get("id", "")))
        for at, group in groupby(ordered, lambda event: int(event["at"])):
            self.wait(at - 1)
            self.look(list(group), at)


def fired(fed: Fed) -> list[tuple[str, int, dict[str, Any]]]:
    return [(firing.automation.name, firing.at, result_to_dict(firing.result)) for firing in fed.firings]


def alike(engine: Engine, lead: dict[str, Any], account: dict[str, Any], events: list[dict[str, Any]]) -> int:
    """Fed all at once as told plainly; gives how often something fired."""
    end = max((event["at"] for event in events), default=T0) + LATER
    live = Live(engine, open_store("memory:", engine.model.name), clock=lambda: end)
    live.feed([{"account": "acme", "fields": account}, {"lead": "ann", "fields": lead, "account": "acme"}])
    plainly = Plainly(engine, lead, account)
    plainly.run([event for event in events if event["type"] in engine.model.events])
    fed = live.feed([{**event, "lead": "ann"} for event in events])
    assert [one.reason for one in fed.rejected] == []
    assert_alike(live.store, fed, plainly)
    if plainly.result is None:
        return 0
    count = len(plainly.fired)
    plainly.fired.clear()
    plainly.moves.clear()
    plainly.wait(end)
    assert_alike(live.store, live.tick(end), plainly)
    return count + len(plainly.fired)


def assert_alike(store: Store, fed: Fed, plainly: Plainly) -> None:
    if plainly.result is None:
        return
    row = store.load(["ann"])["ann"]
    assert fired(fed) == plainly.fired
    assert [move for _, move in fed.moves] == plainly.moves
    assert row.due == plainly.result.next_due
    assert row.state == plainly.state.to_bytes()
    assert row.standing == plainly.standing


# --- the same as one look after the other -----------------------------------------------------------------------------


def test_a_busy_lead() -> None:
    engine = load(yaml.safe_load(MODEL))
    assert alike(engine, {"title": "VP"}, {}, busy_events(150, 60 * DAY)) > 5
    assert alike(engine, {"title": "VP"}, {}, busy_events(60, DAY)) > 0


@pytest.mark.parametrize("name", ["b2b_saas", "online_retail"])
def test_leads_of_a_ruleset_with_automations(name: str) -> None:
    batch = open_batch(RULESETS / name, RULESETS / name / "data.yaml")
    leads = sorted(batch.data.leads_iter(), key=lambda lead: -len(lead[3]))[:6]
    assert sum(of_ruleset(batch.engine, *lead[1:]) for lead in leads) > 0


def of_ruleset(
    engine: Engine, lead: dict[str, Any], account: dict[str, Any] | None, events: list[dict[str, Any]]
) -> int:
    rows = engine.prepared.reader.rows(events[:60], 2**62, [])
    told = [{"type": row[1], "at": row[0], "id": f"e{n}", "attributes": row[3]} for n, row in enumerate(rows)]
    fields = {name: value for name, value in lead.items() if name in engine.model.lead_fields}
    return alike(engine, fields, dict(account or {}), told)


@st.composite
def bodies_with_automations(draw: st.DrawFn) -> dict[str, Any]:
    body = draw(model_bodies())
    tests = [f"score.{name} >= 4" for name in body["scores"]]
    tests += [f'score.{name} < 3 and now - last_increase.{name} > duration("2 days")' for name in body["scores"]]
    tests += [f"tally.{name} >= 2" for name in body.get("tallies", ())]
    tests += [f"gate.{name}" for name in body.get("gates", ())]
    tests += ['label.temperature = "second"'] if "labels" in body else []
    body["automations"] = {}
    for number in range(draw(st.integers(1, 3))):
        cooldown = draw(st.sampled_from([{}, {"cooldown": "2 days"}]))
        body["automations"][f"automation_{number}"] = {
            "when": draw(st.sampled_from(tests)), **cooldown, "do": [{"action": "note"}]
        }  # fmt: skip
    return body


def random_alike(body: dict[str, Any], case: Case) -> None:
    note(as_yaml(body))
    note(repr(case))
    alike(load(body), case.lead, case.account, once_each(case.events))


@given(bodies_with_automations(), cases())
@short
def test_random_leads(body: dict[str, Any], case: Case) -> None:
    random_alike(body, case)


@pytest.mark.long
@given(bodies_with_automations(), cases())
@long
def test_random_leads_long(body: dict[str, Any], case: Case) -> None:
    random_alike(body, case)


# --- what it costs ----------------------------------------------------------------------------------------------------


def calls_of(work: Callable[[], object]) -> int:
    """How many Python functions are called: work that can be counted, the same on each machine."""
    count = 0

    def counting(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def calls_of_feeding(engine: Engine, count: int, span: int) -> int:
    live = Live(engine, open_store("memory:", engine.model.name), clock=lambda: T0 + 400 * DAY)
    events = [{**event, "lead": "ann"} for event in busy_events(count, span)]
    return calls_of(lambda: live.feed(events))


@pytest.mark.parametrize("span", [DAY, 60 * DAY])
def test_the_work_for_many_events_grows_as_their_number(span: int) -> None:
    engine = load(yaml.safe_load(MODEL))
    calls_of_feeding(engine, 20, span)  # what is made once per model is made
    assert calls_of_feeding(engine, 400, span) < 5 * calls_of_feeding(engine, 100, span)


def test_a_number_that_no_points_can_reach_is_no_fault_of_a_label_with_a_score() -> None:
    body = yaml.safe_load(MODEL)
    body["fields"]["lead"]["revenue"] = "number"
    body["labels"]["rich"] = "lead.revenue > 100000000000000 and score.heat > 3"
    result = load(body).score({"revenue": 2 * 10**14}, events=[{"type": "ask", "at": T0}], as_of=T0)
    assert result.labels["rich"] is True
    assert result.next_due == T0 + 3 * DAY + 1  # `mood` is gone


def calls_of_waiting(engine: Engine, count: int) -> int:
    live = Live(engine, open_store("memory:", engine.model.name), clock=lambda: T0 + 400 * DAY)
    live.feed([{**event, "lead": "ann"} for event in busy_events(count, DAY)])
    return calls_of(lambda: live.tick(T0 + 60 * DAY))


def test_the_work_for_many_things_that_leave_windows_grows_as_their_number() -> None:
    body = yaml.safe_load(MODEL)
    body["labels"] = {}
    body["automations"] = {"odd": {"when": "modulo(tally.visits, 2) = 1", "do": [{"action": "note"}]}}
    engine = load(body)
    calls_of_waiting(engine, 20)
    assert calls_of_waiting(engine, 400) < 5 * calls_of_waiting(engine, 100)
