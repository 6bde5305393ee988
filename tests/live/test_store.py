"""What each kind of store keeps, and what it refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules_engine.engine import Engine, InputError
from rules_engine.live import LateWithoutHistory, Live, Store, StoreError, open_store
from rules_engine.live.incoming import EventRecord
from rules_engine.live.step import Step, Stepper
from rules_engine.live.store import AT_ONCE, Change, LeadRow, OutboxRow, StoredEvent
from tests.live.living import DAY, T0, ask, living, visit
from tests.live.same import assert_same

Opening = Callable[..., Store]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return living(tmp_path)


def live_at(engine: Engine, store: Store) -> Live:
    return Live(engine, store, clock=lambda: T0 + 100 * DAY)


def test_a_change_is_saved_whole_and_read_back(address: str, store_at: Opening) -> None:
    store = store_at(address)
    event = StoredEvent(T0, "visit", "e1", {"type": "visit", "at": T0, "path": "/"})
    owed = OutboxRow("k", "hand_over", "ann", T0, "note", {"to": "sales"}, {"scores": {}})
    row = LeadRow("ann", fields={"title": "Ünï"}, state=b"\x00\xff", state_at=T0, due=T0 + 5, standing={"a": True})
    assert store.save([Change(row, [event], [owed])]) == ()
    assert store.load(["ann", "bob"]) == {"ann": replace(row, version=1)}
    assert store.history("ann") == [event]
    assert store.known_ids("ann", ["e1", "e2"]) == {"e1": (event,)}
    assert store.outbox() == [owed]


def test_a_lead_that_changed_meanwhile_is_refused_and_nothing_of_it_saved(address: str, store_at: Opening) -> None:
    store = store_at(address)
    row = LeadRow("ann", account_id="acme")
    store.save([Change(row)])
    read = store.load(["ann"])["ann"]
    store.save([Change(replace(read, fields={"title": "VP"}))])
    event = StoredEvent(T0, "visit", None, {"type": "visit", "at": T0})
    owed = OutboxRow("k", "hand_over", "ann", T0, "note", {}, {})
    assert store.save([Change(read, [event], [owed]), Change(LeadRow("bob"))]) == ("ann",)
    assert store.load(["ann"])["ann"].fields == {"title": "VP"}
    assert (store.history("ann"), store.outbox()) == ([], [])
    assert "bob" in store.load(["bob"])


def test_the_same_key_is_owed_once(address: str, store_at: Opening) -> None:
    store = store_at(address)
    owed = OutboxRow("k", "hand_over", "ann", T0, "note", {}, {})
    store.save([Change(LeadRow("ann"), [], [owed])])
    [claimed] = store.claim(T0, 10, T0 + 100)
    store.settle(claimed.key, "delivered", 0, None)
    store.save([Change(store.load(["ann"])["ann"], [], [owed])])
    assert [row.state for row in store.outbox()] == ["delivered"]


def test_fields_of_an_account_that_came_meanwhile_bring_a_new_member_up(address: str, store_at: Opening) -> None:
    store = store_at(address)
    store.put_account("acme", {"employees": 500})  # after ann's worker had asked for the account
    store.save([Change(LeadRow("ann", account_id="acme", due=T0)), Change(LeadRow("bob", due=T0))])
    store.save([Change(LeadRow("cid", account_id="acme", due=T0, account_seen=1))])
    assert {name: row.due for name, row in store.load(["ann", "bob", "cid"]).items()} == {
        "ann": AT_ONCE,
        "bob": T0,
        "cid": T0,
    }


def test_due_leads_come_in_order_a_page_at_a_time(address: str, store_at: Opening) -> None:
    store = store_at(address)
    dues = {"a": T0 + 3, "b": AT_ONCE, "c": None, "d": T0 + 1, "e": T0 + 3, "f": T0 + 9}
    store.save([Change(LeadRow(name, due=due)) for name, due in dues.items()])
    assert store.due(T0 + 5, 2) == [(AT_ONCE, "b"), (T0 + 1, "d")]
    assert store.due(T0 + 5, 2, (T0 + 1, "d")) == [(T0 + 3, "a"), (T0 + 3, "e")]
    assert store.due(T0 + 5, 2, (T0 + 3, "e")) == []


def test_due_leads_are_found_by_index(tmp_path: Path) -> None:
    import sqlite3

    open_store(f"sqlite:{tmp_path}/leads.db", "living").close()
    with sqlite3.connect(tmp_path / "leads.db") as connection:
        plan = connection.execute(
            "explain query plan select due, lead_id from rules_leads where due is not null and due <= 5 "
            "and (due, lead_id) > (1, 'a') order by due, lead_id limit 10"
        ).fetchall()
    assert [line[-1] for line in plan] == [
        "SEARCH rules_leads USING COVERING INDEX rules_leads_due ((due,lead_id)>(?,?) AND due<?)"
    ]


def test_a_claim_is_nobody_elses_until_it_runs_out(address: str, store_at: Opening) -> None:
    store = store_at(address)
    store.save([Change(LeadRow("ann"), [], [OutboxRow("k", "a", "ann", T0, "note", {}, {})])])
    assert len(store.claim(T0, 10, T0 + 100)) == 1
    assert store.claim(T0 + 99, 10, T0 + 200) == []
    assert [row.key for row in store.claim(T0 + 100, 10, T0 + 200)] == ["k"]


def test_a_store_is_of_one_model(shared_address: str, store_at: Opening) -> None:
    store_at(shared_address)
    with pytest.raises(StoreError, match="holds leads of the model living, not of other"):
        open_store(shared_address, "other")


def test_history_is_settled_when_a_store_is_made(shared_address: str, store_at: Opening) -> None:
    store_at(shared_address, keep_history=False)
    assert store_at(shared_address).keeps_history is False
    with pytest.raises(StoreError, match="history is not kept in this store"):
        open_store(shared_address, "living", keep_history=True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://host/leads", "is no store that is known"),
        ("sqlite:", "names no file"),
        ("nowhere/leads.db", "the folder nowhere does not exist"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot reach the store"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        open_store(url, "living")


def end_connections(postgres: str) -> None:
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and datname = current_database()"
        )


def test_a_connection_that_was_lost_is_made_again(postgres: str, store_at: Opening) -> None:
    store = store_at(postgres)
    end_connections(postgres)
    store.save([Change(LeadRow("ann"))])
    end_connections(postgres)
    assert store.lead_ids() == ["ann"]


def test_a_connection_that_is_lost_in_a_transaction_loses_that_alone(postgres: str, store_at: Opening) -> None:
    def events() -> Any:
        yield StoredEvent(T0, "visit", "1", {})
        end_connections(postgres)
        yield StoredEvent(T0, "visit", "2", {})

    store = store_at(postgres)
    with pytest.raises(StoreError, match="the store cannot be used now"):
        store.save([Change(LeadRow("ann"), events())])
    assert store.history("ann") == []
    assert store.save([Change(LeadRow("ann"))]) == ()


def test_a_commit_that_fails_leaves_no_transaction_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_at: Opening
) -> None:
    def fail(_: object) -> None:
        raise StoreError("the disk is full")

    store = store_at(f"sqlite:{tmp_path}/leads.db")
    with monkeypatch.context() as patched:
        patched.setattr("rules_engine.live.sqlite.SqliteDatabase.commit", fail)
        with pytest.raises(StoreError):
            store.save([Change(LeadRow("ann"))])
    assert store.load(["ann"]) == {}
    assert store.save([Change(LeadRow("ann"))]) == ()


def test_a_file_that_is_no_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"
    path.write_bytes(b"this is a text, not a database, and long enough to be taken for one" * 20)
    with pytest.raises(StoreError, match=r"leads\.db"):
        open_store(str(path), "living")


# --- with an engine -------------------------------------------------------------------------------------------------


def test_a_lead_fed_bit_by_bit_is_what_its_history_says(address: str, store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at(address))
    events = [visit("ann", T0 + n * DAY, id=f"e{n}") for n in range(8)]
    events.insert(4, ask("ann", T0 + 4 * DAY, id="a"))
    live.feed([{"lead": "ann", "fields": {"country": "FR"}}])
    for event in events:
        live.feed([event])
    bodies = [{name: value for name, value in event.items() if name != "lead"} for event in events]
    whole = engine.score({"country": "FR"}, events=bodies, as_of=T0 + 9 * DAY, lead_id="ann")
    assert_same(live.score("ann", as_of=T0 + 9 * DAY), whole)
    assert live.score("ann", as_of=T0 + 9 * DAY, whole=True) == whole


def test_a_late_event_is_told_in_its_place(address: str, store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at(address))
    live.feed([visit("ann", T0), visit("ann", T0 + 2 * DAY)])
    fed = live.feed([ask("ann", T0 + DAY), visit("ann", T0 + 3 * DAY)])
    assert (fed.rebuilt, fed.events) == (1, 2)
    assert live.score("ann", as_of=T0 + 3 * DAY, whole=True).scores["heat"].reading == 35_000_000
    assert live.score("ann", as_of=T0 + 3 * DAY).scores["heat"].reading == 35_000_000


def test_an_id_counts_once_however_late_it_comes_again(address: str, store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at(address))
    live.feed([visit("ann", T0, id="e"), visit("ann", T0, id="e")])
    assert live.feed([visit("ann", T0 + 60 * DAY, id="e")]).absorbed == 1  # long after the model's dedupe window
    assert len(live.store.history("ann")) == 1
    assert live.feed([visit("ann", T0 - DAY, id="e")]).absorbed == 0  # the earliest one is the one that counts
    assert live.score("ann", as_of=T0).scores["heat"].reading == 5_000_000
    assert live.score("ann", as_of=T0 + 9 * DAY + 1).scores["heat"].reading == 0


def test_of_an_id_at_one_instant_the_first_in_order_counts_however_they_come(
    address: str, store_at: Opening, engine: Engine
) -> None:
    two = [visit("ann", T0, id="e"), ask("ann", T0, id="e")]  # by type `ask` comes first
    live = live_at(engine, store_at(address))
    live.feed(two[:1])
    assert live.feed(two[1:]).rebuilt == 1
    assert live.feed(two).absorbed == 2
    live.feed([{**record, "lead": "eve"} for record in two])
    live.feed([{**record, "lead": "bob"} for record in reversed(two)])
    assert {live.score(name, as_of=T0).scores["heat"].reading for name in ("ann", "bob", "eve")} == {20_000_000}


def test_changed_fields_are_told_from_the_beginning(address: str, store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at(address))
    live.feed([visit("ann", T0), visit("ann", T0 + 1)])
    live.feed([{"lead": "ann", "fields": {"country": "FR"}}])
    assert live.score("ann", as_of=T0 + 1).scores["heat"].reading == 12_000_000


def test_without_history_what_is_late_is_rejected_and_the_rest_counts(store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at("memory:", keep_history=False))
    live.feed([visit("ann", T0, id="e"), visit("ann", T0 + DAY)])
    fed = live.feed([visit("ann", T0, id="e"), ask("ann", T0 + 1), visit("ann", T0 + 2 * DAY)])
    assert [one.reason for one in fed.rejected] == [
        "lead ann: its event ask of 2026-09-21T14:13:20.000001Z comes late, the lead was scored as of "
        "2026-09-22T14:13:20Z; this store keeps no history of events, so it cannot be told"
    ]
    assert live.score("ann", as_of=T0 + 2 * DAY).scores["heat"].reading == 15_000_000
    [refused] = live.feed([{"lead": "ann", "fields": {"country": "FR"}}]).rejected
    assert refused.reason.startswith("lead ann: lead.country changed")
    with pytest.raises(LateWithoutHistory, match="lead ann"):
        live.score("ann", as_of=T0)


def test_without_history_what_comes_twice_is_known_and_moves_no_clock(store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at("memory:", keep_history=False))
    live.feed([visit("ann", T0, id="e")])
    for at in (T0, T0 + DAY):
        fed = live.feed([visit("ann", at, id="e")])
        assert (fed.events, fed.absorbed, fed.rejected, list(fed.results)) == (0, 1, [], [])
    fed = live.feed([ask("ann", T0 + 1, id="f"), ask("ann", T0 + 1, id="f")])
    assert (fed.events, fed.absorbed, fed.rejected) == (1, 1, [])
    assert live.score("ann", as_of=T0 + 1).scores["heat"].reading == 25_000_000


def test_two_leads_become_one_by_their_histories(address: str, store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at(address))
    live.feed([visit("ann", T0, id="e"), visit("anna", T0 + DAY), visit("anna", T0, id="e"), ask("anna", T0 + 1)])
    live.merge("ann", "anna")
    assert live.score("ann", as_of=T0 + DAY).scores["heat"].reading == 30_000_000
    assert list(live.store.load(["ann", "anna"])) == ["ann"]
    assert len(live.store.history("ann")) == 4


def test_a_lead_does_not_become_one_with_itself(store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at("memory:"))
    live.feed([visit("ann", T0)])
    with pytest.raises(ValueError, match="lead ann cannot be merged with itself"):
        live.merge("ann", "ann")


def test_instants_are_given_as_to_the_engine(store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at("memory:"))
    live.feed([visit("ann", T0)], now="2026-09-22")
    assert live.score("ann", as_of="2026-09-22T00:00Z") == live.score("ann", as_of=datetime(2026, 9, 22, tzinfo=UTC))
    with pytest.raises(InputError, match='as_of: "today" is not a time'):
        live.explain("ann", as_of="today")


def test_an_event_of_a_type_that_a_later_version_declares_is_not_lost(tmp_path: Path, store_at: Opening) -> None:
    store = store_at("memory:")
    live_at(living(tmp_path), store).feed([visit("ann", T0), {"lead": "ann", "type": "call", "at": T0 + DAY}])
    text = (tmp_path / "living1.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1", "version: 2").replace("  ask: {}", "  ask: {}\n  call: {}")
    text = text.replace("event: ask,", "event: [ask, call],")
    (tmp_path / "v2.yaml").write_text(text, encoding="utf-8")
    newer = live_at(Engine.load(tmp_path / "v2.yaml", plugins=[living_notes()], discover=False), store)
    assert newer.take_over().rebuilt == 1
    assert newer.score("ann", as_of=T0 + DAY).scores["heat"].reading == 25_000_000
    assert newer.lead("ann").state_at == T0 + 11 * DAY  # the call has expired: what time had brought is baseline


def living_notes() -> object:
    from tests.live.living import Notes

    return Notes()


def test_what_cannot_be_read_is_rejected_with_its_reason(store_at: Opening, engine: Engine) -> None:
    live = live_at(engine, store_at("memory:"))
    given = [
        {"type": "visit", "at": T0},
        {"lead": "ann", "at": T0},
        {"lead": "ann", "type": "visit"},
        {"lead": "ann", "type": "visit", "at": "tomorrow"},
        {"lead": "ann", "type": "visit", "at": T0 + 200 * DAY},
        {"lead": ["ann"], "type": "visit", "at": T0},
        {"lead": "ann", "fields": []},
        {"lead": "ann", "fields": {}, "title": "VP"},
        {"fields": {}},
        {"lead": "ann", "type": "visit", "at": T0, "path": "a\0b"},
    ]
    fed = live.feed(given)
    assert fed.leads == 0
    assert [one.reason.partition(":")[0] for one in fed.rejected] == [
        "record, lead", "event, type", "event, at", "event, at", "the event is of 2027-04-09T14", "record, lead",
        "record, fields", "record, title", "record, lead", "record, event",
    ]  # fmt: skip


def test_a_lead_that_is_told_twice_in_a_call_keeps_the_account_of_the_first(engine: Engine, store_at: Opening) -> None:
    live = live_at(engine, store_at("memory:"))
    told: list[dict[str, Any]] = [{"lead": "ann", "fields": {}, "account": "acme"}]
    live.feed([*told, {"lead": "ann", "fields": {"title": "VP"}}])
    assert (live.lead("ann").account_id, live.lead("ann").fields) == ("acme", {"title": "VP"})


def test_one_bad_record_does_not_take_the_others_of_its_lead_with_it(store_at: Opening, tmp_path: Path) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text(
        "schema: 1\nmodel: living\nversion: 1\nevents: {visit: {n: {type: number, required: true}}}\n"
        "scores: {heat: {rules: {page: {event: visit, points: event.n}}}}\n",
        encoding="utf-8",
    )
    live = live_at(Engine.load(path), store_at("memory:"))
    fed = live.feed([visit("ann", T0, n=1), visit("ann", T0 + 1), visit("ann", T0 + 2, n=3)])
    assert (len(fed.rejected), fed.events) == (1, 2)
    assert live.score("ann").scores["heat"].reading == 4_000_000


@pytest.mark.parametrize(
    ("bad", "most_tries"),
    [([77], 16), (range(128), 256), (range(0, 128, 2), 256), ([0, 127], 30)],
    ids=["one", "all", "each second", "first and last"],
)
def test_records_that_cannot_be_used_are_found_in_few_tries(
    bad: Sequence[int], most_tries: int, store_at: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text(
        "schema: 1\nmodel: living\nversion: 1\nevents: {visit: {n: number}}\n"
        "scores: {heat: {rules: {page: {event: visit, points: event.n}}}}\n",
        encoding="utf-8",
    )
    live = live_at(Engine.load(path), store_at("memory:"))
    take, tries = Stepper.take, 0

    def counted(*given: Any, **named: Any) -> Step:
        nonlocal tries
        tries += 1
        return take(*given, **named)

    monkeypatch.setattr(Stepper, "take", counted)
    events = [visit("ann", T0 + n, n=1e13 if n in bad else 1) for n in range(128)]
    fed = live.feed(reversed(events))
    assert [one.record.event.at - T0 for one in fed.rejected if isinstance(one.record, EventRecord)] == list(bad)
    assert fed.events == len(live.store.history("ann")) == 128 - len(bad)
    assert tries <= most_tries


def test_a_new_file_that_another_process_is_just_opening_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "leads.db", isolation_level=None)
    other.execute("begin immediate")  # SQLite refuses at once to switch a file that another is about to write
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        other.close()

    monkeypatch.setattr("rules_engine.live.sqlite.time.sleep", sleep)
    open_store(f"sqlite:{tmp_path}/leads.db", "living").close()
    assert len(waits) == 1
