"""When automations fire, and how what they owe is delivered."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_engine.engine import Engine
from rules_engine.live import Live, Store, open_store
from rules_engine.live.deliver import CLAIM, FIRST_WAIT
from rules_engine.matching.calendar import format_instant
from tests.live.living import DAY, T0, WEIGHTS, Notes, ask, living, visit

Opening = Callable[..., Store]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def live(tmp_path: Path, notes: Notes, store_at: Opening) -> Live:
    return Live(living(tmp_path, notes), store_at("memory:"), clock=lambda: T0 + 100 * DAY)


def fired(store: Store) -> list[tuple[str, str, int]]:
    return [(row.automation, row.lead_id, row.at) for row in store.outbox() if "#" not in row.key]


def test_an_edge_between_two_events_of_one_call_fires_at_its_instant(live: Live) -> None:
    live.feed([ask("ann", T0), ask("ann", T0 + DAY), visit("ann", T0 + 2 * DAY)])
    assert fired(live.store) == [("hand_over", "ann", T0 + DAY)]


def test_an_edge_that_time_alone_causes_fires_at_its_instant(live: Live) -> None:
    live.feed([visit("ann", T0)])
    assert live.due(T0 + 30 * DAY) == []
    assert live.due(T0 + 30 * DAY + 1) == ["ann"]
    live.tick(T0 + 90 * DAY)
    assert fired(live.store) == [("wake_up", "ann", T0 + 30 * DAY + 1)]
    assert live.due(T0 + 90 * DAY) == []


def test_an_edge_of_time_that_lies_between_two_events_is_found_when_the_second_comes(live: Live) -> None:
    live.feed([visit("ann", T0)])
    live.feed([visit("ann", T0 + 40 * DAY)])
    assert fired(live.store) == [("wake_up", "ann", T0 + 30 * DAY + 1)]


def test_what_stays_true_fires_once(live: Live) -> None:
    live.feed([ask("ann", T0), ask("ann", T0 + 1)])
    live.feed([ask("ann", T0 + 2)])
    live.tick(T0 + DAY)
    assert fired(live.store) == [("hand_over", "ann", T0 + 1)]


def test_within_the_cooldown_an_edge_is_passed_over_and_told(live: Live) -> None:
    live.feed([ask("ann", T0), ask("ann", T0 + 1)])
    fed = live.feed([ask("ann", T0 + 11 * DAY), ask("ann", T0 + 12 * DAY)])
    assert fed.cooled == [("ann", "hand_over", T0 + 12 * DAY)]
    live.feed([ask("ann", T0 + 24 * DAY), ask("ann", T0 + 25 * DAY)])
    assert fired(live.store) == [("hand_over", "ann", T0 + 1), ("hand_over", "ann", T0 + 25 * DAY)]


@pytest.mark.parametrize(("short", "again"), [(1, []), (0, [("hand_over", "ann", T0 + 1 + 15 * DAY)])])
def test_a_cooldown_is_over_at_its_end_exactly(live: Live, short: int, again: list[tuple[str, str, int]]) -> None:
    end = T0 + 1 + 15 * DAY - short
    live.feed([ask("ann", T0), ask("ann", T0 + 1), ask("ann", end - 1), ask("ann", end)])
    assert fired(live.store) == [("hand_over", "ann", T0 + 1), *again]


def test_the_cooldown_is_each_leads_own(live: Live) -> None:
    live.feed([ask(lead, T0 + n) for lead in ("ann", "bob") for n in range(2)])
    assert fired(live.store) == [("hand_over", "ann", T0 + 1), ("hand_over", "bob", T0 + 1)]


def test_a_lead_without_events_is_looked_at_by_the_next_tick(live: Live) -> None:
    live.feed([{"lead": "ann", "fields": {"title": "VP"}}])
    assert fired(live.store) == []
    live.tick(T0)
    assert fired(live.store) == [("boss_seen", "ann", T0)]


def test_changed_fields_fire_as_of_the_last_look(live: Live) -> None:
    live.feed([visit("ann", T0)])
    live.feed([{"lead": "ann", "fields": {"title": "VP"}}])
    assert fired(live.store) == [("boss_seen", "ann", T0)]


def test_what_becomes_true_again_as_of_the_same_look_is_the_same_firing(live: Live) -> None:
    live.feed([{"lead": "ann", "fields": {"title": "VP"}}, visit("ann", T0)])
    fed = [live.feed([{"lead": "ann", "fields": {"title": title}}]) for title in ("Clerk", "VP")]
    assert [one.firings for one in fed] == [[], []]
    assert fired(live.store) == [("boss_seen", "ann", T0)]
    assert live.lead("ann").standing["boss_seen"]


def test_a_late_event_that_changes_only_the_past_does_not_fire(live: Live) -> None:
    live.feed([visit("ann", T0 + 25 * DAY)])
    live.feed([ask("ann", T0), ask("ann", T0 + 1)])
    assert fired(live.store) == []


def test_a_late_event_that_makes_it_true_now_fires_now(live: Live) -> None:
    live.feed([ask("ann", T0 + DAY)])
    fed = live.feed([ask("ann", T0)])
    assert fired(live.store) == [("hand_over", "ann", T0 + DAY)]
    assert [(lead, move.before, move.after, move.cause) for lead, move in fed.moves] == [("ann", "warm", "hot", "ask")]


def test_baseline_takes_note_and_fires_nothing(live: Live) -> None:
    live.feed([ask("ann", T0), ask("ann", T0 + 1)], baseline=True)
    live.feed([ask("ann", T0 + 2)])
    assert fired(live.store) == []


def test_baseline_holds_for_leads_without_events_too(live: Live) -> None:
    live.feed([{"lead": "ann", "fields": {"title": "VP"}}, {"lead": "bob", "fields": {}}], baseline=True)
    live.tick(T0 + DAY)
    assert fired(live.store) == []
    live.feed([{"lead": "bob", "fields": {"title": "VP"}}])
    assert fired(live.store) == [("boss_seen", "bob", T0 + DAY)]


def test_a_dry_run_shows_what_would_fire_and_saves_nothing(live: Live) -> None:
    fed = live.feed([ask("ann", T0), ask("ann", T0 + 1)], dry_run=True)
    assert [(one.automation.name, one.at) for one in fed.firings] == [("hand_over", T0 + 1)]
    assert live.store.load(["ann"]) == {}
    live.feed([visit("bob", T0)])
    assert [one.automation.name for one in live.tick(T0 + 50 * DAY, dry_run=True).firings] == ["wake_up"]
    assert live.due(T0 + 50 * DAY) == ["bob"]


def test_a_dry_run_reads_the_accounts_that_come_with_it(live: Live) -> None:
    live.feed([{"lead": "bob", "fields": {"title": "VP"}, "account": "acme"}, visit("bob", T0)])
    told = [{"account": "acme", "fields": {"employees": 500}}, {"lead": "ann", "fields": {}, "account": "acme"}]
    fed = live.feed([*told, ask("ann", T0)], dry_run=True)
    assert fed.results["ann"].scores["fit"].total == 5_000_000
    assert fed.leads == 2, "bob is looked at, too"
    assert live.store.accounts(["acme"])["acme"].fields == {}


def test_a_new_version_takes_its_baseline_but_where_it_shall_fire(tmp_path: Path, live: Live) -> None:
    live.feed([visit("ann", T0), visit("ann", T0 + 1), {"lead": "ann", "fields": {"title": "VP"}}], baseline=True)
    live.feed([visit("bob", T0)])
    live.feed([{"lead": "bob", "fields": {}}])
    newer = Live(living(tmp_path, version=2, page=15), live.store, clock=lambda: T0 + 100 * DAY)
    newer.feed([visit("cid", T0), visit("cid", T0 + 1)])
    fed = newer.take_over()
    assert (fed.leads, fed.rebuilt) == (2, 2)
    assert fired(live.store) == [("hand_over", "cid", T0 + 1)]
    assert newer.score("ann", as_of=T0 + 1).scores["heat"].band == "hot"


def test_on_new_version_fire_fires_for_what_the_new_version_makes_true(tmp_path: Path, store_at: Opening) -> None:
    store = store_at("memory:")
    Live(living(tmp_path), store).feed([{"lead": "ann", "fields": {"title": "Chief"}}, visit("ann", T0)])
    text = (tmp_path / "living1.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1", "version: 2").replace('"vp"', '"chief"').replace("points: 5}", "points: 30}")
    (tmp_path / "living2.yaml").write_text(text, encoding="utf-8")
    newer = Live(Engine.load(tmp_path / "living2.yaml", plugins=[Notes()], discover=False), store)
    newer.take_over()
    assert fired(store) == [("boss_seen", "ann", T0)]


def without_wake_up(folder: Path) -> Engine:
    return living(folder, replacing=[('duration("30 days")', 'duration("3000 days")')])


def test_what_time_had_made_true_before_a_new_version_came_is_its_baseline(tmp_path: Path, store_at: Opening) -> None:
    store, now = store_at("memory:"), T0 + 100 * DAY
    older = Live(without_wake_up(tmp_path), store, clock=lambda: now)
    older.feed([visit("ann", T0), visit("bob", T0 + 90 * DAY)])
    older.tick()
    newer = Live(living(tmp_path, version=2), store, clock=lambda: now)
    newer.take_over()
    newer.tick()
    assert fired(store) == []
    newer.feed([visit("ann", now)])
    newer.tick(T0 + 200 * DAY)
    assert fired(store) == [
        ("wake_up", "bob", T0 + 120 * DAY + 1),
        ("wake_up", "ann", T0 + 130 * DAY + 1),
    ]


def test_what_the_older_version_still_owed_the_new_one_fires(tmp_path: Path, store_at: Opening) -> None:
    store, now = store_at("memory:"), T0 + 31 * DAY
    older = Live(living(tmp_path), store, clock=lambda: now)
    older.feed([visit("ann", T0)])
    older.tick(T0 + 29 * DAY)
    newer = Live(living(tmp_path, version=2), store, clock=lambda: now)
    newer.take_over()
    newer.tick()
    assert fired(store) == [("wake_up", "ann", T0 + 30 * DAY + 1)]


@given(cuts=st.lists(st.integers(0, 20), max_size=6), ticks=st.lists(st.integers(0, 60), max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_fires_does_not_depend_on_how_events_came_in(tmp_path: Path, cuts: list[int], ticks: list[int]) -> None:
    engine = living(tmp_path)
    events = [(ask if n % 3 else visit)("ann", T0 + n * n * DAY // 6, id=f"e{n}") for n in range(20)]
    end = T0 + 120 * DAY
    whole = Live(engine, open_store("memory:", "living"), clock=lambda: end)
    whole.feed(events)
    whole.tick(end)
    parts = Live(engine, open_store("memory:", "living"), clock=lambda: end)
    edges = sorted({0, len(events), *cuts})
    for first, last in pairwise(edges):
        parts.feed(events[first:last])
        for days in ticks:  # time passes, but never beyond what has come
            parts.tick(min(T0 + days * DAY, events[last - 1]["at"]))
    parts.tick(end)
    assert fired(parts.store) == fired(whole.store)
    assert parts.store.outbox() == whole.store.outbox()


# --- deliveries -----------------------------------------------------------------------------------------------------


def hot(live: Live) -> None:
    live.feed([ask("ann", T0), ask("ann", T0 + 1)])


def test_a_delivery_arrives_with_key_parameters_and_facts(live: Live, notes: Notes) -> None:
    hot(live)
    assert live.deliver(T0 + 2).delivered == 1
    [delivery] = notes.arrived
    assert delivery.key == f"hand_over/{format_instant(T0 + 1)}/ann"
    assert (delivery.automation, delivery.lead_id, delivery.parameters) == ("hand_over", "ann", {"to": "sales"})
    assert delivery.result["scores"]["heat"] == {"reading": 40.0, "band": "hot"}
    assert live.deliver(T0 + 3).delivered == 0
    assert notes.fired == [delivery.key]


def test_each_action_of_a_firing_has_a_key_of_its_own(live: Live, notes: Notes) -> None:
    live.feed([visit("ann", T0)])
    live.tick(T0 + 40 * DAY)
    live.deliver(T0 + 40 * DAY)
    assert len({delivery.key for delivery in notes.arrived}) == 2


def test_keys_of_leads_whose_ids_end_alike_are_different(live: Live, notes: Notes) -> None:
    live.feed([visit(lead, T0) for lead in ("ann", "ann#2")])
    live.tick(T0 + 40 * DAY)
    assert live.deliver(T0 + 40 * DAY).delivered == 4
    assert sorted(delivery.lead_id for delivery in notes.arrived) == ["ann", "ann", "ann#2", "ann#2"]


def test_what_does_not_arrive_is_tried_again_with_the_same_key(live: Live, notes: Notes) -> None:
    hot(live)
    notes.broken = True
    first = live.deliver(T0 + 2)
    assert first.waiting == 1
    assert "no line" in first.problems[0][1]
    notes.broken = False
    assert live.deliver(T0 + 3).delivered == 0  # not yet
    assert live.deliver(T0 + 2 + FIRST_WAIT).delivered == 1
    assert [delivery.key for delivery in notes.arrived] == [first.problems[0][0]]


def test_what_can_never_arrive_is_given_up(live: Live, notes: Notes) -> None:
    hot(live)
    notes.impossible = True
    assert live.deliver(T0 + 2).given_up == 1
    assert live.deliver(T0 + 9 * DAY).problems == ()
    assert [row.problem for row in live.store.outbox("given up")] == ["nobody of this name"]


def test_a_crash_between_delivery_and_its_mark_repeats_it(
    live: Live, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot(live)

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(live.store, "settle", crash)
        with pytest.raises(KeyboardInterrupt):
            live.deliver(T0 + 2)
    assert live.deliver(T0 + 2 + CLAIM).delivered == 1
    assert len(notes.arrived) == 2
    assert notes.arrived[0] == notes.arrived[1]


def test_an_action_that_no_plugin_has_waits_and_says_so(tmp_path: Path, live: Live) -> None:
    from rules_engine.engine import Engine

    hot(live)
    bare = Live(Engine.load(tmp_path / "living1.yaml", discover=False), live.store)
    [(_, problem)] = bare.deliver(T0 + 2).problems
    assert problem.startswith("no plugin that is installed has an action note")


# --- accounts -------------------------------------------------------------------------------------------------------


def test_an_account_changes_with_its_members(live: Live) -> None:
    live.feed([{"account": "acme", "fields": {"employees": 500}}])
    live.feed([{"lead": name, "fields": {}, "account": "acme"} for name in ("ann", "bob", "cid")])
    assert live.feed([ask("ann", T0), visit("cid", T0)]).account_moves == []
    [move] = live.feed([ask("bob", T0 + 1)]).account_moves
    assert (move.account_id, move.score, move.before, move.after) == ("acme", "committee", "quiet", "in_market")
    assert move.carriers == ("ann", "bob")
    [back] = live.tick(T0 + 20 * DAY).account_moves
    assert (back.before, back.after) == ("in_market", "quiet")


def test_an_account_changes_when_a_member_leaves_it(live: Live) -> None:
    live.feed([{"lead": name, "fields": {}, "account": "acme"} for name in ("ann", "bob")])
    live.feed([ask(name, T0) for name in ("ann", "bob")])
    moves = live.feed([{"lead": "bob", "fields": {}, "account": "best"}]).account_moves
    assert [(move.account_id, move.before, move.after) for move in moves] == [("acme", "in_market", "quiet")]
    assert live.store.stale_accounts(10) == []


def test_fields_of_an_account_reach_its_members(live: Live) -> None:
    live.feed([{"lead": "ann", "fields": {}, "account": "acme"}, visit("ann", T0)])
    live.feed([{"account": "acme", "fields": {"employees": 500}}])
    assert live.score("ann", as_of=T0).scores["fit"].reading == 5_000_000


def test_a_lead_that_goes_to_another_account_has_the_fields_of_that_one(live: Live) -> None:
    live.feed([{"account": name, "fields": {"employees": n}} for name, n in (("acme", 500), ("best", 5))])
    for account, points in (("acme", 5_000_000), ("best", 0), ("acme", 5_000_000)):
        live.feed([{"lead": "ann", "fields": {}, "account": account}, visit("ann", T0, id="v1")])
        assert live.score("ann", as_of=T0).scores["fit"].reading == points


def test_fields_of_an_account_reach_members_by_the_tick_where_the_worker_died(live: Live) -> None:
    live.feed([{"lead": "ann", "fields": {}, "account": "acme"}, visit("ann", T0)])
    live.store.put_account("acme", {"employees": 500})
    assert live.due(T0) == ["ann"]
    live.tick(T0)
    assert live.lead("ann").account_seen == 1
    assert live.due(T0) == []


def test_an_account_that_cannot_be_read_is_told_and_stops_nothing(
    tmp_path: Path, notes: Notes, store_at: Opening
) -> None:
    live = Live(living(tmp_path, notes, replacing=WEIGHTS), store_at("memory:"), clock=lambda: T0 + DAY)
    told: list[dict[str, Any]] = [
        {"lead": lead, "fields": {"nps": nps}, "account": account}
        for lead, nps, account in (("ann", -3, "acme"), ("bob", 2, "best"))
    ]
    fed = live.feed([*told, *(ask(lead, T0 + n, id=f"{n}") for lead in ("ann", "bob") for n in (0, 1))])
    reason = 'account acme cannot be read: lead ann, weight: account score "committee" weighs it -3'
    assert (fed.events, [firing.lead_id for firing in fed.firings]) == (4, ["ann", "bob"])
    assert [one.reason for one in fed.rejected] == [reason]
    assert [move.account_id for move in fed.account_moves] == ["best"]
    assert [one.reason for one in live.tick().rejected] == [reason]
    assert live.feed([{"lead": "ann", "fields": {"nps": 3}}]).rejected == []


def test_an_explanation_of_an_account_goes_down_to_the_events_of_its_people(live: Live) -> None:
    live.feed([{"lead": "ann", "fields": {}, "account": "acme"}, ask("ann", T0)])
    lines = str(live.explain_account("acme", as_of=T0 + DAY)).splitlines()
    assert lines[:3] == ["account acme, 1 member", "  committee: 20, band quiet (top 2 of heat)", "    ann: 20 times 1"]
    assert "            2026-09-21 14:13:20 ask: +20" in lines
