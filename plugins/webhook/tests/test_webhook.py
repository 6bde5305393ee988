"""The webhook against servers on this machine, with and without TLS."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import rules_webhook as plugin
import trustme
from rules_webhook.post import Settings, WebhookError, body_of, post
from rules_webhook.signature import sign, verify

from rules_engine import Engine
from rules_engine.engine import ModelError
from rules_engine.hooks import Delivery, PluginError, UndeliverableError

SECRET = "a secret"
DELIVERY = Delivery(
    key="hand_over/ann/2026-01-01T00:00:00Z",
    automation="hand_over",
    lead_id="ann",
    at=datetime(2026, 1, 1, tzinfo=UTC),
    parameters={"to": "crm", "data": {"queue": "sales"}},
    result={"model": "b2b", "version": 3, "scores": {"fit": {"reading": 20.0, "band": "A"}}},
)


@dataclass
class Receiver:
    """A server that answers by a script; after its end, 204."""

    script: list[int | tuple[int, dict[str, str]] | float] = field(default_factory=list)
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def settings(self, **changes: object) -> Settings:
        settings = Settings(f"http://127.0.0.1:{self.port}/hook", SECRET, timeout=0.5, tries=3, first_wait=0.01)
        return replace(settings, **changes)  # type: ignore[arg-type]


def serve(receiver: Receiver, tls: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append(({key.lower(): value for key, value in self.headers.items()}, body))
            step = receiver.script.pop(0) if receiver.script else 204
            if isinstance(step, float):
                time.sleep(step)
                step = 204
            status, headers = step if isinstance(step, tuple) else (step, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    server = serve(one)
    yield one
    server.shutdown()
    server.server_close()


def test_what_arrives_is_signed_and_has_the_key(receiver: Receiver) -> None:
    post(DELIVERY, receiver.settings())
    ((headers, body),) = receiver.calls
    assert headers["idempotency-key"] == DELIVERY.key
    assert verify(SECRET, body, headers["x-rules-signature"], int(time.time()))
    assert json.loads(body) == {
        "key": DELIVERY.key,
        "automation": "hand_over",
        "lead": "ann",
        "at": "2026-01-01T00:00:00+00:00",
        "data": {"queue": "sales"},
        "result": DELIVERY.result,
    }


def test_keys_that_no_header_can_hold_are_written_in_percents(receiver: Receiver) -> None:
    post(replace(DELIVERY, key="tell/Zoë\n/1"), receiver.settings())
    ((headers, body),) = receiver.calls
    assert headers["idempotency-key"] == "tell/Zo%C3%AB%0A/1"
    assert json.loads(body)["key"] == "tell/Zoë\n/1"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_faults_are_tried_again_with_the_same_key_and_body(receiver: Receiver, status: int) -> None:
    receiver.script = [status, status]
    post(DELIVERY, receiver.settings())
    assert len(receiver.calls) == 3
    assert {(headers["idempotency-key"], body) for headers, body in receiver.calls} == {
        (DELIVERY.key, body_of(DELIVERY))
    }


def test_a_slow_receiver_is_given_up_and_tried_again(receiver: Receiver) -> None:
    receiver.script = [0.6]
    post(DELIVERY, receiver.settings(timeout=0.2))
    assert len(receiver.calls) == 2


def test_it_waits_as_long_as_it_is_asked_to(receiver: Receiver) -> None:
    receiver.script = [(503, {"Retry-After": "1"})]
    began = time.monotonic()
    post(DELIVERY, receiver.settings())
    assert time.monotonic() - began >= 1


def test_after_the_last_try_it_can_be_tried_later(receiver: Receiver) -> None:
    receiver.script = [500] * 3
    with pytest.raises(WebhookError, match=r"127\.0\.0\.1: it answered 500 \(3 tries\)"):
        post(DELIVERY, receiver.settings())
    assert len(receiver.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_a_refusal_is_final(receiver: Receiver, status: int) -> None:
    receiver.script = [status]
    with pytest.raises(UndeliverableError, match=f"it answered {status}"):
        post(DELIVERY, receiver.settings())
    assert len(receiver.calls) == 1


def test_nobody_there_can_be_tried_later(receiver: Receiver) -> None:
    with pytest.raises(WebhookError, match="ConnectError"):
        post(DELIVERY, receiver.settings(url="http://127.0.0.1:9/hook"))


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    receiver = Receiver()
    server = serve(receiver, context)
    settings = receiver.settings(url=f"https://localhost:{receiver.port}/hook", tries=1)
    with pytest.raises(WebhookError, match="CERTIFICATE_VERIFY_FAILED"):
        post(DELIVERY, settings)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    post(DELIVERY, settings)
    assert len(receiver.calls) == 1
    server.shutdown()
    server.server_close()


def test_signatures() -> None:
    header = sign(SECRET, b"{}", 1000)
    assert verify(SECRET, b"{}", header, 1200)
    assert not verify(SECRET, b"{}", header, 1301)
    assert not verify(SECRET, b"{ }", header, 1000)
    assert not verify("another", b"{}", header, 1000)
    assert not verify(SECRET, b"{}", "t=1000", 1000)
    assert not verify(SECRET, b"{}", "nonsense", 1000)
    assert not verify(SECRET, b"{}", "t=1000,v1=é", 1000)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "set RULES_WEBHOOK_CRM_URL and RULES_WEBHOOK_CRM_SECRET"),
        ({"URL": "https://x.example"}, "SECRET"),
        ({"URL": "http://x.example", "SECRET": "s"}, "must begin with https://"),
        ({"URL": "https://x.example", "SECRET": "s", "TRIES": "some"}, "a whole number"),
        ({"URL": "https://x.example", "SECRET": "s", "TIMEOUT": "0"}, "more than 0"),
    ],
)
def test_settings_that_do_not_fit(environment: dict[str, str], said: str) -> None:
    with pytest.raises(WebhookError, match=said):
        Settings.of("crm", {f"RULES_WEBHOOK_CRM_{key}": value for key, value in environment.items()})


MODEL = """
schema: 1
model: b2b
version: 1
events: {demo: {}}
scores: {fit: {rules: {demo: {event: demo, points: 5}}, bands: {cold: any, hot: 5}}}
automations:
  hand_over:
    when: band.fit = "hot"
    do: [{action: webhook, SETTINGS}]
"""


def load(folder: Path, settings: str) -> Engine:
    (folder / "v1.yaml").write_text(MODEL.replace("SETTINGS", settings), encoding="utf-8")
    return Engine.load(folder / "v1.yaml", plugins=[plugin], discover=False)


def test_through_an_engine(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = load(tmp_path, "to: crm, data: {queue: sales}")
    assert engine.extensions.actions is not None
    action = engine.extensions.actions["webhook"]
    monkeypatch.delenv("RULES_WEBHOOK_CRM_URL", raising=False)
    with pytest.raises(PluginError, match='plugin webhook, action "webhook": WebhookError: set RULES_WEBHOOK_CRM_URL'):
        action.deliver(DELIVERY)
    monkeypatch.setenv("RULES_WEBHOOK_CRM_URL", receiver.settings().url)
    monkeypatch.setenv("RULES_WEBHOOK_CRM_SECRET", SECRET)
    (do,) = engine.model.automations["hand_over"].do
    action.deliver(replace(DELIVERY, parameters=do.parameters))
    assert json.loads(receiver.calls[0][1])["data"] == {"queue": "sales"}


def test_parameters_are_checked_when_the_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'to' is a required property"):
        load(tmp_path, "data: {}")
