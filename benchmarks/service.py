"""`python -m benchmarks.service [--seconds N] [--clients N]`: `rules serve` under load, by kind of request.

The service runs as its own process on this machine, over a new SQLite store, and is asked by threads of this one, each
with its own connection: four of five requests bring an event of one of many leads, one of five reads a lead. Both share
the processors, so the times are higher than a service alone on its machine would have.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from benchmarks import measure

MODEL = Path(__file__).with_name("fifty_rules.yaml")
TOKEN = "a-token-of-the-benchmark"
LEADS = 500
DAY = 86_400_000_000


def percentile(times: list[float], share: float) -> float:
    """The time that this share of the requests does not exceed, in milliseconds."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)] * 1000


def asked(address: str, number: int, until: float, times: dict[str, list[float]]) -> None:
    """One client: asks until the time is over."""
    chance = random.Random(number)
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client:
        sent = 0
        while time.monotonic() < until:
            lead = f"lead{chance.randrange(LEADS)}"
            write = chance.random() < 0.8
            began = time.perf_counter()
            if write:
                sent += 1
                at = time.time_ns() // 1000
                event = {"lead": lead, "type": "page_view", "at": at, "id": f"{number}-{sent}", "path": "/pricing"}
                answer = client.post("/events", json=event)
            else:
                answer = client.get(f"/leads/{lead}")
            took = time.perf_counter() - began
            if answer.status_code not in (200, 404):
                raise RuntimeError(f"the service answered {answer.status_code}: {answer.text[:200]}")
            times["an event" if write else "a lead read"].append(took)


def measurements(seconds: float, clients: int) -> list[tuple[str, str, str, str]]:
    """By kind of request: requests a second, p50 and p99."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = ["serve", str(MODEL), "--store", f"{folder}/leads.db", "--port", str(port)]
        process = subprocess.Popen(
            [sys.executable, "-m", "rules_engine", *words],
            env={**os.environ, "RULES_SERVE_TOKEN": TOKEN},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=address, transport=httpx.HTTPTransport(retries=20)) as client:
                client.get("/health").raise_for_status()
            times: dict[str, list[float]] = {"an event": [], "a lead read": []}
            until = time.monotonic() + seconds
            threads = [threading.Thread(target=asked, args=(address, n, until, times)) for n in range(clients)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            process.terminate()
            process.wait(timeout=60)
    return [
        (
            kind,
            f"{len(taken) / seconds:.0f}",
            f"{percentile(taken, 0.5):.1f} ms",
            f"{percentile(taken, 0.99):.1f} ms",
        )
        for kind, taken in times.items()
    ]


HEAD = ("request", "a second", "p50", "p99")


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--seconds", type=float, default=20.0)
    asking.add_argument("--clients", type=int, default=8)
    given = asking.parse_args()
    print(f"{measure.machine()}, {given.clients} clients at once\n")
    print(measure.table(HEAD, measurements(given.seconds, given.clients)))


if __name__ == "__main__":
    main()
