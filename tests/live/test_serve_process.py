"""The process of `rules serve`: how it starts, what becomes of its requests when it is ended, what it reads once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rules_engine.live import Store, open_store
from tests.live.living import T0, model_text, visit

pytest.importorskip("starlette", reason="the extra [serve] is not installed")

REPOSITORY = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
Start = Callable[..., tuple[subprocess.Popen[str], int]]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "living.yaml"
    text = model_text().partition("automations:")[0]  # whose action no installed plugin has
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def start(tmp_path: Path, model: Path) -> Iterator[Start]:
    """Starts a service over `leads.db`; gives the process and its port once it listens."""
    running: list[subprocess.Popen[str]] = []

    def started(*words: str, module: str = "rules_engine", port: int = 0) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", str(model), "--store", str(tmp_path / "leads.db"),
             "--port", str(port), *words],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONUTF8": "1", "RULES_SERVE_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )  # fmt: skip
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        return process, int(line.removesuffix("/docs\n").rpartition(":")[2] or 0) if line else 0

    yield started
    for process in running:
        process.kill()
        process.communicate()


def request(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def other_lines(logged: str) -> list[dict[str, Any]]:
    """The lines of the log but those of requests; each is JSON."""
    lines = [json.loads(line) for line in logged.splitlines()]
    return [line for line in lines if line["event"] != "request"]


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_what_was_answered_is_kept_when_it_is_ended_under_load(
    start: Start, number: int, code: int, tmp_path: Path, store_at: Callable[..., Store]
) -> None:
    process, port = start()
    answered: list[str] = []

    def feed(client: int) -> None:
        for event in range(100_000):
            own = f"{client}-{event}"
            try:
                status, told = request(port, "POST", "/events", visit(f"lead{client}", T0 + event, id=own))
            except (OSError, http.client.HTTPException):
                return  # it is ended
            assert (status, told["events"]) == (200, 1)
            answered.append(own)

    with ThreadPoolExecutor() as pool:
        feeding = [pool.submit(feed, client) for client in range(8)]
        end = time.monotonic() + 60
        while len(answered) < 40 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(number)
        _, logged = process.communicate(timeout=60)
        for one in feeding:
            one.result()
    assert process.returncode == code
    assert len(answered) >= 40
    if number != signal.SIGKILL:
        assert other_lines(logged) == []
        assert not (tmp_path / "leads.db-wal").exists()  # the store was closed
    store = store_at(f"sqlite:{tmp_path}/leads.db")
    kept = [event.id for lead in store.lead_ids() for event in store.history(lead)]
    assert len(kept) == len(set(kept))
    assert set(answered) <= set(kept)


def hanging(port: int) -> socket.socket:
    """A client whose body does not come."""
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    client.sendall(f"POST /events HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 500\r\n\r\n{{".encode())
    return client


def test_a_client_that_hangs_is_told_at_the_end(start: Start) -> None:
    process, port = start(module="tests.live.test_serve_process")
    with hanging(port) as client:
        assert request(port, "GET", "/health")[0] == 200  # so the other one has been taken, too
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=60)
        assert client.recv(100).startswith(b"HTTP/1.1 503")
    assert process.returncode == 0
    assert "Traceback" not in logged
    assert {line["event"] for line in other_lines(logged)} == {"server"}


def test_what_takes_longer_is_cut_off(start: Start) -> None:
    process, port = start("--tick-every", "0", module="tests.live.test_serve_process")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(request, port, "GET", "/leads/slow")
        assert process.stdout is not None
        assert process.stdout.readline() == "thinking\n"
        process.send_signal(signal.SIGTERM)
        assert asked.result() == (503, {"error": "the service ends; send the request again"})
        _, logged = process.communicate(timeout=60)
    assert process.returncode == 1
    assert other_lines(logged)[-1] == {"event": "cut off", "after": 2}


# --- how it starts ----------------------------------------------------------------------------------------------------


def test_on_a_port_that_is_taken_it_ends_before_it_touches_the_store(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process, _ = start(port=port)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said == f"Error: cannot listen at 127.0.0.1, port {port}: Address already in use.\n"
    assert not (tmp_path / "leads.db").exists()


def test_an_address_of_another_machine(start: Start) -> None:
    process, _ = start("--host", "203.0.113.7", port=8321)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.count("\n")) == (2, 1)
    assert said.startswith("Error: cannot listen at 203.0.113.7, port 8321: ")


def test_with_a_store_of_another_model(start: Start, tmp_path: Path) -> None:
    open_store(f"sqlite:{tmp_path}/leads.db", "another").close()
    process, _ = start()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "the store holds leads of the model another, not of living; name another store" in said


# --- what it reads once -----------------------------------------------------------------------------------------------


def test_a_model_that_changes_meanwhile_counts_from_the_next_start(start: Start, model: Path) -> None:
    process, port = start()
    assert request(port, "POST", "/events", visit("ann", T0, id="1"))[0] == 200

    def score() -> float:
        return float(request(port, "GET", "/leads/ann?as_of=2026-09-22")[1]["scores"]["heat"]["reading"])

    assert score() == 5
    text = model.read_text(encoding="utf-8")
    model.write_text("scores: [", encoding="utf-8")
    assert score() == 5
    model.unlink()
    assert (score(), request(port, "GET", "/health")[1]["version"]) == (5, 1)
    newer = text.replace("version: 1", "version: 2").replace("points: 5", "points: 7")
    model.write_text(newer, encoding="utf-8")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    process, port = start()
    assert (score(), request(port, "GET", "/health")[1]["version"]) == (7, 2)
    again = request(port, "POST", "/events", visit("ann", T0, id="1"))[1]
    assert (again["events"], again["known"]) == (0, 1)


def serve_impatiently() -> None:
    """`rules serve` that waits less at its end, and in which one lead takes long to look at."""
    from rules_engine.cli.main import run
    from rules_engine.live import Live
    from rules_engine.serve import process

    process.REQUESTS_END, process.END = 1, 2
    whole = Live.score

    def slow(self: Live, lead_id: str, **more: Any) -> Any:
        if lead_id == "slow":
            print("thinking", flush=True)
            time.sleep(600)
        return whole(self, lead_id, **more)

    Live.score = slow  # type: ignore[method-assign]
    run()


if __name__ == "__main__":
    serve_impatiently()
