"""Odd requests to the service: each is answered as the description says, and none is a fault."""

from __future__ import annotations

import asyncio
import gzip
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
from tests.live.test_failures import NOW, House, live_of
from tests.plugins.making import functions

pytest.importorskip("starlette", reason="the extra [serve] is not installed")
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from rules_engine.serve.app import TELLING, create_app
from rules_engine.serve.settings import Settings

QUIET = Settings(None, tick_every=0, deliver_every=0)
JSON = {"Content-Type": "application/json"}
HALF = r'"\ud800"'
DEEP = "[" * 200 + "]" * 200


@pytest.fixture
def live(tmp_path: Path, store_at: Callable[..., Store]) -> Live:
    return Live(living(tmp_path), store_at("memory:"), clock=lambda: NOW)


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    with TestClient(create_app(live, QUIET), headers=JSON) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/score", f'{{"as_of": {HALF}}}'),
        ("/score", f'{{"as_of": {T0}, "lead_id": {HALF}}}'),
        ("/score", f'{{"as_of": {T0}, "lead": {{{HALF}: 1}}}}'),
        ("/score", f'{{"as_of": {T0}, "lead": {{"title": {HALF}}}}}'),
        ("/score", f'{{"as_of": {T0}, {HALF}: 1}}'),
        ("/score", f'{{"as_of": {T0}, "events": [{{"type": {HALF}, "at": {T0}}}]}}'),
        ("/score", f'{{"as_of": {T0}, "lead": {{"title": {DEEP}}}}}'),
        ("/score", f'{{"as_of": {T0}, {HALF}: 1, {HALF}: 2}}'),
        ("/score", f'{{"as_of": {T0}, "lead": {{"title": 1e400}}}}'),
        ("/events", f'{{"lead": "ann", "type": "ask", "at": {HALF}}}'),
        ("/events", f'{{"lead": "ann", "type": {HALF}, "at": {T0}}}'),
        ("/events", f'{{"lead": "ann", "fields": {{}}, {HALF}: 1}}'),
        ("/events", f'{{"lead": "ann", "type": "ask", "at": {T0}, "x": {DEEP}}}'),
    ],
)
def test_what_no_text_and_no_store_can_hold_is_refused(client: TestClient, live: Live, path: str, body: str) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == 422
    answer.content.decode("utf-8")
    assert answer.json().get("error") or answer.json()["rejected"][0]["reason"]
    assert live.store.lead_ids() == []


def test_a_record_as_deep_as_may_be_is_kept_and_a_backslash_before_u0000_is_text(
    client: TestClient, live: Live
) -> None:
    deep: Any = "\\u0000"
    for _ in range(99):
        deep = [deep]
    assert client.post("/events", json=[{**ask("ann", T0), "x": deep}]).status_code == 200
    (kept,) = live.store.history("ann")
    assert kept.body["x"] == deep
    assert client.post("/events", json=[{**ask("ann", T0), "x": [deep]}]).status_code == 422


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (gzip.compress(b"{}", mtime=0), {"Content-Encoding": "gzip"}, 415, "without a Content-Encoding"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "without a Content-Encoding"),
        ("{}".encode("utf-16"), {}, 400, "it is not UTF-8"),
        (b'{"lead": "\xed\xa0\x80"}', {}, 400, "it is not UTF-8"),
        (b'{"lead": }', {}, 400, "Expecting value, at character 10"),
        (b"[" * 100_000, {}, 400, "it is nested too deep"),
        (b"9" * 5000, {}, 400, "Exceeds the limit (4300 digits)"),
        (b"-Infinity", {}, 400, "-Infinity is not a JSON number"),
    ],
)
def test_bodies_that_are_not_json(
    client: TestClient, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    answer = client.post("/events", content=body, headers=headers)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


def test_a_byte_order_mark_is_passed_over(client: TestClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(ask("ann", T0)).encode()
    assert client.post("/events", content=body).json()["events"] == 1


@pytest.mark.parametrize("path", ["/health/", "/leads", "/events/", "/segments/warmest/", "//health"])
def test_nobody_is_sent_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "elsewhere.example"}, follow_redirects=False)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


def test_a_fault_is_answered_and_told_by_its_kind_alone(
    live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server logs whatever leaves the application, with all that it says."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("ann.lee@example.com")

    monkeypatch.setattr(live, "score", fail)
    with caplog.at_level(logging.INFO, "rules_engine.serve"):
        answer = TestClient(create_app(live, QUIET)).get("/leads/ann")  # which raises what the application raises
    assert (answer.status_code, answer.json()) == (500, {"error": "something failed in the service"})
    first, _ = [json.loads(record.message) for record in caplog.records if record.name == "rules_engine.serve"]
    assert first == {"event": "fault", "error": "RuntimeError"}


def asked(live: Live, settings: Settings, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the service sends to a client whose request comes as these messages, and who then sends nothing."""
    sent: list[dict[str, Any]] = []
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/events", "raw_path": b"/events", "query_string": b"",
             "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http"}  # fmt: skip
    asyncio.run(asyncio.wait_for(create_app(live, settings)(scope, receive, send), 60))
    return sent


BEGUN = {"type": "http.request", "body": b'{"lead":', "more_body": True}


def test_a_client_that_hangs_up_is_no_fault(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "rules_engine.serve"):
        assert asked(live, QUIET, BEGUN, {"type": "http.disconnect"}) == []
    (line,) = [json.loads(record.message) for record in caplog.records if record.name == "rules_engine.serve"]
    assert (line["event"], line["status"]) == ("request", 499)


def test_a_body_that_does_not_arrive_is_not_waited_for(live: Live) -> None:
    settings = Settings(None, tick_every=0, deliver_every=0, body_within=0.05)
    start, body = asked(live, settings, BEGUN)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert json.loads(body["body"]) == {"error": "the body did not arrive within 0.05 seconds"}


def test_it_is_answered_how_it_is_while_all_who_feed_it_are_busy(
    tmp_path: Path, store_at: Callable[..., Store]
) -> None:
    thinking, done = threading.Event(), threading.Event()

    class Slow(House):
        @hookimpl
        def rules_functions(self) -> object:
            def grade(path: str) -> float:
                thinking.set()
                assert done.wait(60)
                return 7.0

            return functions(("grade(path: string) -> number", grade))

    live = live_of(tmp_path, Slow(), store_at("memory:"))
    live.feed([ask("zoe", T0)])
    many = TELLING + 20  # more than all threads that a framework has by itself
    with TestClient(create_app(live, QUIET)) as client, ThreadPoolExecutor(many) as pool:
        fed = [pool.submit(client.post, "/events", json=visit(f"lead{n}", T0)) for n in range(many)]
        try:
            assert thinking.wait(60)
            assert client.get("/health").status_code == 200
            assert client.get("/metrics").status_code == 200
            assert client.get("/leads/zoe").status_code == 200
            assert not any(one.done() for one in fed)
        finally:
            done.set()
        assert [one.result().json()["events"] for one in fed] == [1] * many


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/docs", 200), ("/metrics", 401), ("/leads/ann", 401)])
def test_below_another_application_the_same_is_open(live: Live, path: str, status: int) -> None:
    inner = create_app(live, Settings("a-token-of-the-tests", tick_every=0, deliver_every=0))
    client = TestClient(Starlette(routes=[Mount("/rules", inner)]))
    assert client.get(f"/rules{path}").status_code == status
    assert client.get(f"/rules/health{path}").status_code == 401
