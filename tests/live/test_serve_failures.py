"""The service where its store is away, and where a plugin fails on a lead."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rules_engine.hooks import hookimpl
from rules_engine.live import Live, Store
from tests.live.living import T0, ask, living, visit
from tests.live.test_failures import GIVEN, NOW, House, engine_of, live_of
from tests.plugins.making import functions

pytest.importorskip("starlette", reason="the extra [serve] is not installed")
from starlette.testclient import TestClient

from rules_engine.serve.app import create_app
from rules_engine.serve.settings import Settings

QUIET = Settings(None, tick_every=0, deliver_every=0)


@pytest.fixture
def database(postgres_server: str) -> Iterator[tuple[str, Callable[[bool], None]]]:
    """The address of a database of the test's own, and what lets it be away and come again."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute("create database away")

        def there(allowed: bool) -> None:
            admin.execute(f"alter database away with allow_connections {str(allowed).lower()}")
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'away'")

        try:
            yield f"{postgres_server.rpartition('/')[0]}/away", there
        finally:
            admin.execute("drop database away with (force)")


def test_a_store_that_is_away_is_told_and_comes_again(
    database: tuple[str, Callable[[bool], None]], tmp_path: Path, store_at: Callable[..., Store]
) -> None:
    address, there = database
    live = Live(living(tmp_path), store_at(address), clock=lambda: NOW)
    with TestClient(create_app(live, QUIET)) as client:
        given: list[Any] = [ask("ann", T0, id="1")]
        assert client.post("/events", json=given).json()["events"] == 1
        there(False)
        for answer in (
            client.get("/leads/ann"),
            client.post("/events", json=[ask("ann", T0 + 1, id="2")]),
            client.get("/segments/warmest"),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json() == {"error": "the store cannot be used now; send the request again"}
        health = client.get("/health")
        assert (health.status_code, health.headers["retry-after"]) == (503, "5")
        assert health.json()["status"] == "store away"
        assert "rules_store_up 0.0" in client.get("/metrics").text.splitlines()
        assert client.post("/score", json={"as_of": T0}).status_code == 200
        there(True)
        assert client.get("/health").json()["status"] == "ok"
        assert "rules_store_up 1.0" in client.get("/metrics").text.splitlines()
        again = client.post("/events", json=[*given, ask("ann", T0 + 1, id="2")]).json()
        assert (again["events"], again["known"]) == (1, 1)


def test_a_database_that_may_not_be_changed_says_so(
    database: tuple[str, Callable[[bool], None]], tmp_path: Path, store_at: Callable[..., Store]
) -> None:
    import psycopg

    address, there = database
    live = Live(living(tmp_path), store_at(address), clock=lambda: NOW)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("alter database away set default_transaction_read_only = on")
    there(True)  # connections that are made from now on only read, as those of a standby
    client = TestClient(create_app(live, QUIET))
    assert client.post("/events", json=[ask("ann", T0, id="1")]).status_code == 503


def test_a_plugin_that_fails_on_one_lead_leaves_the_others(
    tmp_path: Path, store_at: Callable[..., Store], caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    live = live_of(tmp_path, house, store_at("memory:"))
    with (
        caplog.at_level(logging.INFO, "rules_engine.serve"),
        TestClient(create_app(live, QUIET), raise_server_exceptions=False) as client,
    ):
        answer = client.post("/events", json=GIVEN)
        assert answer.status_code == 200
        (failed,) = answer.json()["failed"]
        assert (failed["lead"], failed["plugin"], failed["kept"]) == ("ann", "house", True)
        assert 'by rule "french" of score "heat"' in failed["reason"]
        assert client.get("/leads/ben").status_code == 200
        refused = client.get("/leads/ann")
        assert (refused.status_code, refused.json()) == (
            500,
            {"error": "the plugin house failed in its function grade()"},
        )
        assert "rules_plugin_failures_total 1.0" in client.get("/metrics").text.splitlines()
        house.failing = False
        assert client.get("/leads/ann").status_code == 200
    logged = [json.loads(record.message) for record in caplog.records]
    assert {"event": "plugin", "plugin": "house", "part": "function grade()"}.items() <= logged[0].items()
    assert "ann" not in caplog.text.replace("/leads/ann", "")
    assert "boom" not in caplog.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_page_of_somebody_else_can_send_is_refused(
    kind: str, tmp_path: Path, store_at: Callable[..., Store]
) -> None:
    live = Live(living(tmp_path), store_at("memory:"), clock=lambda: NOW)
    client = TestClient(create_app(live, QUIET))
    body = json.dumps(ask("ann", T0))
    assert client.post("/events", content=body, headers={"Content-Type": kind}).status_code == 415
    assert live.store.lead_ids() == []
    right = {"Content-Type": "application/json; charset=utf-8"}
    assert client.post("/events", content=body, headers=right).status_code == 200


def test_others_are_answered_while_a_plugin_thinks(tmp_path: Path, store_at: Callable[..., Store]) -> None:
    thinking, done = threading.Event(), threading.Event()

    class Slow(House):
        @hookimpl
        def rules_functions(self) -> object:
            def grade(path: str) -> float:
                if path == "/slow":
                    thinking.set()
                    assert done.wait(60)
                return 7.0

            return functions(("grade(path: string) -> number", grade))

    live = live_of(tmp_path, Slow(), store_at("memory:"))
    with TestClient(create_app(live, QUIET)) as client, ThreadPoolExecutor() as pool:
        slow = pool.submit(client.post, "/events", json=visit("ann", T0, path="/slow"))
        try:
            assert thinking.wait(60)
            assert client.get("/health").status_code == 200
            assert client.post("/events", json=ask("ben", T0)).json()["events"] == 1
            assert client.get("/leads/ben").status_code == 200
            assert not slow.done()
        finally:
            done.set()
        assert slow.result().json()["events"] == 1


def test_a_segment_has_the_other_leads_and_names_the_one_on_which_a_plugin_fails(
    tmp_path: Path, store_at: Callable[..., Store]
) -> None:
    house = House()
    live = Live(engine_of(tmp_path, house), store_at("memory:"), clock=lambda: T0 + 4)
    live.feed([*GIVEN, ask("ben", T0 + 1, id="2")])
    with TestClient(create_app(live, QUIET)) as client:
        told = client.get("/segments/warmest").json()
        house.failing = False
        whole = client.get("/segments/warmest").json()
    assert ([one["lead"] for one in told["leads"]], told["found"]) == (["ben"], 1)
    ((lead, plugin, place),) = [tuple(one.values()) for one in told["failed"]]
    assert (lead, plugin) == ("ann", "house")
    assert "house.yaml:" in place
    assert ([one["lead"] for one in whole["leads"]], whole["failed"]) == (["ann", "ben"], [])
