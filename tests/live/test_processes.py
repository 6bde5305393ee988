"""Processes that are ended while they make a store or bring it to a new version, and processes that meet at one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rules_engine.engine import Engine
from rules_engine.live import Live, Store, StoreError, open_store
from rules_engine.live.deliver import CLAIM, SECOND
from rules_engine.live.store import Change, LeadRow, OutboxRow
from tests.live.living import DAY, T0, Notes, ask, living
from tests.live.test_workers import NOW, assert_told, events_of, worker

Opening = Callable[..., Store]
REPOSITORY = Path(__file__).parents[2]
SIGNALS = [signal.SIGKILL, signal.SIGTERM]


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.live.test_processes", *words],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def end_at(statement: int, number: int) -> None:
    """Lets this process end itself by a signal before the so manieth statement that writes."""
    from rules_engine.live.postgres import PostgresDatabase
    from rules_engine.live.sqlite import SqliteDatabase

    written = count(1)
    for database in (SqliteDatabase, PostgresDatabase):

        def write(self: Any, *given: Any, whole: Callable[..., int] = database.write) -> int:
            if next(written) == statement:
                os.kill(os.getpid(), number)
            return whole(self, *given)

        database.write = write  # type: ignore[method-assign]


def take_over(address: str, model: str) -> None:
    live = Live(Engine.load(model, plugins=[Notes()], discover=False), open_store(address, "living"), clock=lambda: NOW)
    live.take_over(page=2)
    live.store.close()


def open_when_told(address: str, model: str) -> None:
    sys.stdin.readline()
    try:
        open_store(address, model).close()
    except StoreError as error:
        print(error)


def deliver(address: str, model: str, arrived: str) -> None:
    notes = Notes()
    live = Live(Engine.load(model, plugins=[notes], discover=False), open_store(address, "living"), clock=lambda: NOW)
    sys.stdin.readline()
    live.deliver(limit=1000)
    Path(arrived).write_text("".join(f"{one.key}\n" for one in notes.arrived), encoding="utf-8")
    live.store.close()


# --- ended ------------------------------------------------------------------------------------------------------------


def ended_while_taking_over(address: str, folder: Path, statement: int, number: int) -> bool:
    """Whether the process was ended; the store is looked at, and brought to the new version."""
    old, new = living(folder), living(folder, version=2, page=7)
    events = events_of(6, 5, seed=3)
    store = open_store(address, "living")
    try:
        live = Live(old, store, clock=lambda: NOW)
        live.feed([{"lead": f"lead{n}", "fields": {}, "account": "acme"} for n in range(6)])
        live.feed(events)
        before, owed = store.load(store.lead_ids()), store.outbox()
        process = start("take_over", address, str(folder / "living2.yaml"), str(statement), str(number))
        process.communicate(timeout=60)
        assert process.returncode in (0, -number)
        for lead, row in store.load(store.lead_ids()).items():  # old or new, each whole
            if row.model_version == 1:
                assert row == before[lead]
            assert live_score(old if row.model_version == 1 else new, store, lead) == whole_score(
                old if row.model_version == 1 else new, events, lead, row.state_at
            )
        later = Live(new, store, clock=lambda: NOW)
        later.take_over()
        assert {row.model_version for row in store.load(store.lead_ids()).values()} == {2}
        assert_told(new, store, events)
        assert store.stale_accounts(10) == []
        assert (
            store.accounts(["acme"])["acme"].scores["committee"]["value"]
            == later.account("acme", as_of=store.accounts(["acme"])["acme"].scored_at).scores["committee"].value
        )
        assert store.outbox() == owed  # a new version takes its baseline
        return process.returncode == -number
    finally:
        store.close()


def live_score(engine: Engine, store: Store, lead: str) -> dict[str, tuple[Any, ...]]:
    live = Live(engine, store, clock=lambda: NOW)
    scores = live.score(lead, as_of=live.lead(lead).state_at).scores
    return {name: (one.total, one.band, one.peak) for name, one in scores.items()}


def whole_score(engine: Engine, events: list[dict[str, Any]], lead: str, as_of: int | None) -> dict[str, Any]:
    own = [
        {name: value for name, value in event.items() if name != "lead"} for event in events if event["lead"] == lead
    ]
    scores = engine.score({}, events=own, as_of=as_of, lead_id=lead).scores
    return {name: (one.total, one.band, one.peak) for name, one in scores.items()}


# Within the first page of leads, at its end or in the second, and where PostgreSQL's account is to be read again.
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("behind", [2, 5, 10])
def test_a_process_that_is_ended_while_it_brings_leads_to_a_new_version(
    behind: int, number: int, shared_address: str, tmp_path: Path
) -> None:
    opening = statements_of_opening(shared_address)
    assert ended_while_taking_over(shared_address, tmp_path, opening + behind, number)


def statements_of_opening(address: str) -> int:
    """How many statements write when a store that is there is opened."""
    from rules_engine.live.sql import tables

    meta = 3
    return meta + (2 + len(tables("", "", "")) if address.startswith("sqlite:") else 0)


@pytest.mark.long
@pytest.mark.parametrize("number", SIGNALS)
def test_a_process_that_is_ended_at_any_statement(number: int, tmp_path: Path) -> None:
    for statement in count(1):
        (tmp_path / f"{statement}").mkdir()
        address = f"sqlite:{tmp_path}/{statement}/leads.db"
        if not ended_while_taking_over(address, tmp_path, statement, number):
            assert statement > 30
            return


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("statement", [2, 9])
def test_a_process_that_is_ended_while_it_makes_a_store_leaves_none(
    statement: int, number: int, tmp_path: Path, store_at: Opening
) -> None:
    living(tmp_path)
    address = f"sqlite:{tmp_path}/leads.db"
    process = start("take_over", address, str(tmp_path / "living1.yaml"), str(statement), str(number))
    process.communicate(timeout=60)
    assert process.returncode == -number
    assert store_at(address, "another").save([Change(LeadRow("ann"))]) == ()  # of whatever model comes first


# --- meeting ----------------------------------------------------------------------------------------------------------


def test_workers_of_two_versions_lose_nothing_and_double_nothing(shared_address: str, tmp_path: Path) -> None:
    living(tmp_path)
    new = living(tmp_path, version=2, page=7)
    events = events_of(4, 15, seed=5)
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    running = [worker(shared_address, str(tmp_path / f"living{version}.yaml"), path) for version in (1, 2)]
    try:
        assert [process.wait(timeout=200) for process in running] == [0, 0]
    finally:
        for process in running:
            process.kill()
            process.wait()
    store = open_store(shared_address, "living")
    Live(new, store, clock=lambda: NOW).take_over()
    assert_told(new, store, events)
    store.close()


def test_of_two_models_one_gets_a_new_store_and_the_other_is_told(shared_address: str, tmp_path: Path) -> None:
    running = [start("open", shared_address, model) for model in ("living", "other")]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    told = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    assert told[0] == ""
    assert told[1] in (
        "the store holds leads of the model living, not of other; name another store",
        "the store holds leads of the model other, not of living; name another store",
    )


def test_two_processes_deliver_each_delivery_once(shared_address: str, tmp_path: Path, store_at: Opening) -> None:
    living(tmp_path)
    store = store_at(shared_address)
    owed = [OutboxRow(f"k{n:03}", "hand_over", "ann", T0, "note", {"to": "sales"}, {}) for n in range(200)]
    store.save([Change(LeadRow("ann"), [], owed)])
    files = [tmp_path / "one.txt", tmp_path / "two.txt"]
    running = [start("deliver", shared_address, str(tmp_path / "living1.yaml"), str(file)) for file in files]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    assert [(process.communicate(timeout=60), process.returncode)[1] for process in running] == [0, 0]
    keys = [key for file in files for key in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(keys) == [row.key for row in owed]
    assert {row.state for row in store.outbox()} == {"delivered"}


def test_slow_deliveries_do_not_outlast_their_claim(
    tmp_path: Path, store_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 20 seconds, and another worker looks for deliveries all the time."""
    passed = 0.0
    monkeypatch.setattr("rules_engine.live.deliver.time.monotonic", lambda: passed)
    address = f"sqlite:{tmp_path}/leads.db"
    store, other = store_at(address), store_at(address)
    owed = [OutboxRow(f"k{n:03}", "hand_over", "ann", T0, "note", {"to": "sales"}, {}) for n in range(40)]
    store.save([Change(LeadRow("ann"), [], owed)])
    taken: list[str] = []

    class Slow(Notes):
        def _deliver(self, delivery: Any) -> None:
            nonlocal passed
            passed += 20
            super()._deliver(delivery)
            taken.extend(row.key for row in other.claim(NOW + int(passed) * SECOND, 1, NOW + DAY))

    notes = Slow()
    Live(living(tmp_path, notes), store, clock=lambda: NOW).deliver()
    arrived = [one.key for one in notes.arrived]
    assert passed * SECOND > CLAIM
    assert sorted([*arrived, *taken]) == [row.key for row in owed]


def test_an_account_that_others_change_all_the_time_is_left_to_them(
    tmp_path: Path, store_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at("memory:")
    live = Live(living(tmp_path), store, clock=lambda: NOW)
    live.feed([{"lead": "ben", "fields": {}, "account": "acme"}])
    save_account = store.save_account

    def overtaken(row: Any) -> bool:
        ben = store.load(["ben"])["ben"]
        assert store.save([Change(replace(ben, fields={"title": "VP"}))]) == ()
        return save_account(row)

    with monkeypatch.context() as patch:
        patch.setattr(store, "save_account", overtaken)
        fed = live.feed([{"lead": "ann", "fields": {}, "account": "acme"}, ask("ann", T0), ask("ann", T0 + 1)])
    assert (fed.events, fed.account_moves, store.stale_accounts(10)) == (2, [], ["acme"])
    [move] = live.tick(T0 + 1).account_moves
    assert (move.account_id, move.after, store.stale_accounts(10)) == ("acme", "in_market", [])


def test_leads_that_others_change_all_the_time_are_told(
    tmp_path: Path, store_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at("memory:")
    monkeypatch.setattr("rules_engine.live.again.time.sleep", lambda _: None)
    monkeypatch.setattr(store, "save", lambda changes: tuple(change.lead.lead_id for change in changes))
    live = Live(living(tmp_path), store, clock=lambda: NOW)
    with pytest.raises(
        StoreError, match="1 leads, ann among them, cannot be brought forward: other workers were quicker"
    ):
        live.feed([ask("ann", T0)])


def test_a_store_is_not_used_in_a_process_that_was_forked_after(shared_address: str, tmp_path: Path) -> None:
    store = open_store(shared_address, "living")
    live = Live(living(tmp_path), store, clock=lambda: NOW)
    live.feed([ask("ann", T0)])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # leaves by _exit, so that nothing of this process is ended twice
        said = []
        through_live = (lambda: live.feed([ask("ann", T0)]), live.tick, live.deliver, lambda: live.score("ann"))
        bare = (lambda: store.load(["ann"]), lambda: store.put_account("acme", {}), store.close)
        for call in (*through_live, *bare):
            try:
                call()
            except RuntimeError as error:
                said.append(str(error))
        scored = live.engine.score({}, as_of=T0).scores.keys() == {"heat", "fit"}  # an engine may be
        os.write(writing, json.dumps([said, scored]).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    said, scored = json.loads(os.read(reading, 10_000))
    os.close(reading)
    os.close(writing)
    assert said == ["this store was opened before the process was forked; open one in each process, after"] * 7
    assert scored
    assert live.feed([ask("ann", T0 + 1)]).events == 1
    store.close()


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "take_over":
        end_at(int(words[2]), int(words[3]))
        take_over(words[0], words[1])
    elif what == "open":
        open_when_told(words[0], words[1])
    else:
        deliver(words[0], words[1], words[2])
