"""The HTTP service: what each route answers, who is let in, what is refused, what is logged."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_engine.live import Live, Store
from tests.live.living import DAY, T0, WEIGHTS, Notes, ask, living, visit

pytest.importorskip("starlette", reason="the extra [serve] is not installed")
from starlette.testclient import TestClient

from rules_engine.serve.app import create_app
from rules_engine.serve.settings import Settings

REPOSITORY = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"
NOW = T0 + 20 * DAY


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def live(tmp_path: Path, notes: Notes, store_at: Callable[..., Store]) -> Live:
    return Live(living(tmp_path, notes), store_at("memory:"), clock=lambda: NOW)


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    settings = Settings(TOKEN, most_bytes=20_000, most_records=50, tick_every=0, deliver_every=0)
    with TestClient(create_app(live, settings), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def test_a_lead_is_scored_from_what_is_sent_and_not_kept(client: TestClient, live: Live) -> None:
    body = {"lead": {"title": "VP"}, "events": [{"type": "ask", "at": T0}], "as_of": T0 + DAY, "lead_id": "ann"}
    answer = client.post("/score", json=body)
    assert answer.status_code == 200
    assert answer.json()["scores"]["heat"]["reading"] == 20
    assert live.store.lead_ids() == []


def test_events_come_in_and_the_answer_says_what_they_did(client: TestClient) -> None:
    given: list[Any] = [ask("ann", T0, id="1"), ask("ann", T0 + 1, id="2"), ask("ann", T0, id="1"), {"lead": "x"}, 5]
    answer = client.post("/events", json=given)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["events"], told["known"]) == (2, 1)
    assert [one["record"] for one in told["rejected"]] == [3, 4]
    assert [(one["automation"], one["lead"]) for one in told["fired"]] == [("hand_over", "ann")]
    assert [one["to"] for one in told["band_changes"]] == ["warm", "hot"]


def test_values_that_do_not_fit_are_told_beside_their_records(client: TestClient) -> None:
    given = [{"lead": "ann", "fields": {"title": 5, "hair": "red"}}, visit("ann", T0, colour="blue"), {"lead": "x"}]
    told = client.post("/events", json=given).json()
    assert told["problems"] == [
        {"record": 0, "where": "lead.title", "problem": "5 is not a string; read as missing"},
        {"record": 0, "where": "lead.hair", "problem": "is not declared in the model; ignored"},
        {"record": 1, "where": "visit.colour", "problem": "is not declared in the model; ignored"},
    ]


def test_a_record_in_which_a_key_stands_twice_is_not_used(client: TestClient) -> None:
    twice = b'[{"lead": "ann", "type": "ask", "at": %d, "at": %d}, {"lead": "bob", "type": "ask", "at": %d}]'
    headers = {"Content-Type": "application/json"}
    told = client.post("/events", content=twice % (T0, T0 + 1, T0), headers=headers).json()
    assert (told["events"], [one["record"] for one in told["rejected"]]) == (1, [0])
    assert told["rejected"][0]["reason"] == "record, at: stands twice, so that nobody can tell which value is meant"


def test_a_single_record_needs_no_list_and_if_all_are_bad_the_answer_is_422(client: TestClient) -> None:
    assert client.post("/events", json=visit("ann", T0)).json()["events"] == 1
    assert client.post("/events", json={"lead": "ann"}).status_code == 422


def test_an_account_that_cannot_be_read_is_told_beside_the_records_that_count(
    tmp_path: Path, notes: Notes, store_at: Callable[..., Store]
) -> None:
    app = create_app(Live(living(tmp_path, notes, replacing=WEIGHTS), store_at("memory:")), Settings(None))
    answer = TestClient(app).post("/events", json={"lead": "ann", "fields": {"nps": -3}, "account": "acme"})
    assert answer.status_code == 200
    assert [one["record"] for one in answer.json()["rejected"]] == [None]


def test_a_lead_is_told_now_and_as_of_another_moment(client: TestClient) -> None:
    client.post("/events", json=[ask("a/b ö", T0)])
    assert client.get("/leads/a/b ö").json()["scores"]["heat"]["reading"] == 0
    told = client.get("/leads/a/b ö", params={"as_of": "2026-09-22T00:00:00Z"}).json()
    assert told["scores"]["heat"]["reading"] == 20
    assert [entry["effective"] for entry in told["scores"]["heat"]["ledger"]] == [20]


def test_an_id_that_ends_in_the_name_of_a_part(client: TestClient) -> None:
    client.post("/events", json=[ask("shop/explanation", T0), {"account": "a/explanation", "fields": {}}])
    assert client.get("/leads/shop%2Fexplanation").json()["lead"] == "shop/explanation"
    why = client.get("/leads/shop%2Fexplanation/explanation").json()
    assert why == client.get("/leads/shop/explanation/%65xplanation").json()
    assert why["text"].startswith("shop/explanation")
    assert client.get("/leads/shop/explanation").status_code == 404  # why a lead `shop`, which there is not
    assert client.get("/accounts/a%2Fexplanation").json()["account"] == "a/explanation"
    assert client.get("/accounts/a%2Fexplanation/explanation").json()["text"].startswith("account a/explanation")


def test_an_explanation_is_a_tree(client: TestClient) -> None:
    client.post("/events", json=[{"lead": "ann", "fields": {}, "account": "acme"}, ask("ann", T0)])
    tree = client.get("/leads/ann/explanation").json()
    assert tree["children"][0]["text"].startswith("heat: 0 points")
    whole = client.get("/accounts/acme/explanation").json()
    assert whole["children"][0]["children"][0]["text"] == "ann: 0 times 1"
    assert client.get("/accounts/acme").json()["members"] == 1


def test_a_segment_lists_its_leads_best_first(client: TestClient) -> None:
    given = [ask("ann", NOW - DAY), ask("bob", NOW - DAY), visit("bob", NOW), ask("cid", NOW), visit("dan", NOW)]
    client.post("/events", json=given)
    told = client.get("/segments/warmest").json()
    assert told["found"] == 3
    assert [(one["lead"], one["value"]) for one in told["leads"]] == [("bob", 25), ("ann", 20)]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/leads/nobody", 404),
        ("/leads/nobody/explanation", 404),
        ("/accounts/none", 404),
        ("/segments/none", 404),
        ("/leads/nobody?as_of=soon", 422),
        ("/segments/warmest?limit=0", 422),
        ("/segments/warmest?limit=many", 422),
        ("/nothing", 404),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_reason(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 10_000, 400),
        (b'{"as_of": NaN}', 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"as_of": "2026-01-01", "events": {}}', 422),
        (b'{"as_of": "2026-01-01", "lead": 5}', 422),
        (b'{"as_of": "2026-01-01", "account": []}', 422),
        (b'{"as_of": "2026-01-01", "strange": 5}', 422),
        (b'{"as_of": "2026-01-01", "events": [5]}', 422),
        (b'{"as_of": "2026-01-01", "lead": {"title": "VP", "title": "CEO"}}', 422),
    ],
)
def test_bodies_that_cannot_be_used(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/score", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer ", f"Bearer {TOKEN}x", "Bearer tökén"]
)
@pytest.mark.parametrize("path", ["/leads/ann", "/metrics", "/segments/warmest", "/nothing"])
def test_without_the_token_nobody_is_told_anything(live: Live, header: str | None, path: str) -> None:
    client = TestClient(create_app(live, Settings(TOKEN, tick_every=0, deliver_every=0)))
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = client.get(path, headers=headers)  # type: ignore[arg-type]  # bytes are fine
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs"])
def test_what_says_nothing_about_anybody_is_open(live: Live, path: str) -> None:
    client = TestClient(create_app(live, Settings(TOKEN, tick_every=0, deliver_every=0)))
    assert client.get(path).status_code == 200


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(client: TestClient, live: Live) -> None:
    large = json.dumps([visit(f"lead{n}", T0) for n in range(2000)]).encode()
    assert client.post("/events", content=large).status_code == 413

    def parts() -> Iterator[bytes]:
        for start in range(0, len(large), 1000):
            yield large[start : start + 1000]

    assert client.post("/events", content=parts(), headers={"Content-Type": "application/json"}).status_code == 413
    assert client.post("/events", json=[visit("ann", T0)] * 51).status_code == 413
    assert live.store.lead_ids() == []


def test_logs_say_what_was_asked_but_not_about_whom(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="rules_engine.serve"):
        client.post("/events", json=[{"lead": "ann.lee@example.com", "fields": {"title": "VP"}}])
        client.get("/leads/ann.lee@example.com/explanation")
        client.get("/leads/nobody@example.com")
        client.get("/strange/ann.lee@example.com")
    lines = [json.loads(record.message) for record in caplog.records if record.name == "rules_engine.serve"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/events", 200), ("/leads/{lead_id:path}/explanation", 200), ("/leads/{lead_id:path}", 404), ("none", 404),
    ]  # fmt: skip
    assert "example.com" not in caplog.text


def test_a_fault_says_nothing_of_its_cause(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("ann.lee@example.com")

    monkeypatch.setattr(live, "score", fail)
    app = create_app(live, Settings(None, tick_every=0, deliver_every=0))
    answer = TestClient(app, raise_server_exceptions=False).get("/leads/ann")
    assert (answer.status_code, answer.json()) == (500, {"error": "something failed in the service"})


def test_metrics_count_what_happened(client: TestClient) -> None:
    client.post("/events", json=[ask("ann", T0), ask("ann", T0 + 1), {"lead": "ann"}])
    lines = client.get("/metrics").text.splitlines()
    assert 'rules_events_total{outcome="new"} 2.0' in lines
    assert 'rules_events_total{outcome="rejected"} 1.0' in lines
    assert 'rules_automations_fired_total{automation="hand_over"} 1.0' in lines
    assert 'rules_requests_total{method="POST",route="/events",status="200"} 1.0' in lines
    assert "rules_store_deliveries_waiting 1.0" in lines


def test_while_it_runs_time_and_deliveries_are_looked_after(live: Live, notes: Notes) -> None:
    import time

    live.feed([visit("ann", T0 - 20 * DAY)])
    settings = Settings(None, tick_every=0.01, deliver_every=0.01)
    with TestClient(create_app(live, settings)):
        end = time.monotonic() + 30
        while len(notes.arrived) < 2 and time.monotonic() < end:
            time.sleep(0.01)
    assert [delivery.automation for delivery in notes.arrived] == ["wake_up", "wake_up"]


def test_every_route_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    routes = {route.path.replace(":path", "") for route in client.app.routes}  # type: ignore[attr-defined]
    assert routes - paths.keys() == {"/openapi.json", "/docs"}
    assert paths.keys() <= routes


def test_the_page_has_each_answer_on_a_line_of_its_own_by_status(client: TestClient) -> None:
    rows = re.findall(r"<tr><td>(.*?)</tr>", client.get("/docs").text)
    paths = client.get("/openapi.json").json()["paths"]
    described = [sorted(operation["responses"]) for path in paths.values() for operation in path.values()]
    assert [re.findall(r"(?:<td>|<br>)(\d{3}): ", row) for row in rows] == described


def test_an_id_that_nobody_can_have_is_nobodys(client: TestClient) -> None:
    assert client.get("/leads/a%00b").status_code == 404


# --- the command ----------------------------------------------------------------------------------------------------


def serve(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RULES_")}
    return subprocess.run(
        [sys.executable, "-m", "rules_engine", "serve", *words],
        cwd=REPOSITORY,
        env={**kept, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        ([], {}, "there is no token: put one into $RULES_SERVE_TOKEN"),
        ([], {"RULES_SERVE_TOKEN": "short"}, "the token has 5 characters; 16 are the least"),
        (["--no-auth", "--host", "0.0.0.0"], {}, "--no-auth is for this machine alone, and others can reach 0.0.0.0"),
    ],
)
def test_it_does_not_start_where_others_could_ask(words: list[str], environment: dict[str, str], says: str) -> None:
    done = serve("rulesets/b2b_saas", "--store", "memory:", *words, **environment)
    assert done.returncode == 2
    assert says in done.stderr


def test_it_answers_until_it_is_asked_to_end(tmp_path: Path) -> None:
    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    words = [
        "rulesets/b2b_saas",
        "--store",
        f"{tmp_path}/leads.db",
        "--port",
        port,
        "--token-file",
        f"{tmp_path}/token",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "rules_engine", "serve", *words],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("b2b_saas version 3; http://127.0.0.1:")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(retries=20)) as client:
            given = {"lead": "ann", "type": "demo_request", "at": "2026-10-03T14:30:00Z"}
            answer = client.post("/events", json=given, headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.json()["events"] == 1
            assert client.get("/leads/ann").status_code == 401
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert [json.loads(line)["status"] for line in logged.splitlines()] == [200, 401]
