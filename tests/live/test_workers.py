"""Several workers over one store, and workers that are killed: no event is lost, none counts twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules_engine.engine import Engine
from rules_engine.live import Live, Store, open_store
from tests.live.living import DAY, T0, ask, living, visit

HERE = Path(__file__)
REPOSITORY = HERE.parents[2]
NOW = T0 + 400 * DAY


def events_of(leads: int, each: int, seed: int) -> list[dict[str, Any]]:
    """Events of some leads in no order of time, with identities."""
    chance = random.Random(seed)
    events = []
    for lead in range(leads):
        for n in range(each):
            kind = ask if chance.random() < 0.3 else visit
            at = T0 + chance.randrange(60 * 24) * DAY // 24
            events.append(kind(f"lead{lead}", at, id=f"{lead}-{n}"))
    chance.shuffle(events)
    return events


def worker(address: str, model: str, events: Path) -> subprocess.Popen[bytes]:
    """A process that feeds a file of events, a few at a time, and delivers; it begins again where it was killed."""
    words = [sys.executable, "-m", "tests.live.test_workers", address, model, str(events)]
    return subprocess.Popen(words, cwd=REPOSITORY, stdin=subprocess.DEVNULL)


def work(address: str, model: str, events: Path) -> None:
    from tests.live.living import Notes

    engine = Engine.load(model, plugins=[Notes()], discover=False)
    live = Live(engine, open_store(address, "living"), clock=lambda: NOW)
    given = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    random.shuffle(given)
    for start in range(0, len(given), 7):
        live.feed(given[start : start + 7])
    live.store.close()


def assert_told(engine: Engine, store: Store, events: list[dict[str, Any]]) -> None:
    """The store has each event once, and every lead is what its history says."""
    live = Live(engine, store, clock=lambda: NOW)
    by_lead: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_lead.setdefault(event["lead"], []).append({name: value for name, value in event.items() if name != "lead"})
    for lead, own in by_lead.items():
        kept = store.history(lead)
        assert sorted(str(one.id) for one in kept) == sorted(one["id"] for one in own)
        state_at = live.lead(lead).state_at
        assert state_at == max(one["at"] for one in own)
        whole = engine.score({}, events=own, as_of=state_at, lead_id=lead)
        told = live.score(lead, as_of=state_at)
        assert {n: (s.total, s.band, s.peak) for n, s in told.scores.items()} == {
            n: (s.total, s.band, s.peak) for n, s in whole.scores.items()
        }
        assert live.lead(lead).standing == {name: held is True for name, held in whole.automations.items()}
    keys = [row.key for row in store.outbox(limit=100_000)]
    assert len(keys) == len(set(keys))


def kept_events(store: Store, leads: int) -> int:
    return sum(len(store.history(f"lead{lead}")) for lead in range(leads))


def run_workers(address: str, folder: Path, *, workers: int, leads: int, each: int, kills: int) -> None:
    """All workers are given all events; each kill strikes one of them somewhere, and it begins again."""
    engine = living(folder)
    events = events_of(leads, each, seed=kills)
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    watched = open_store(address, "living")
    model = str(folder / "living1.yaml")
    running = [worker(address, model, path) for _ in range(workers)]
    try:
        for kill in range(kills):
            while kept_events(watched, leads) < len(events) * (kill + 1) // (kills + 2):
                assert any(process.poll() in (None, 0) for process in running), "all workers failed"
                time.sleep(0.01)
            struck = running.pop(0)
            os.kill(struck.pid, signal.SIGKILL)
            struck.wait()
            running.append(worker(address, model, path))
        for process in running:
            assert process.wait(timeout=300) == 0
        assert_told(engine, watched, events)
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
        watched.close()


def test_two_workers_with_the_same_events_and_one_is_killed(shared_address: str, tmp_path: Path) -> None:
    run_workers(shared_address, tmp_path, workers=2, leads=4, each=15, kills=1)


@pytest.mark.long
def test_workers_that_are_killed_again_and_again(shared_address: str, tmp_path: Path) -> None:
    run_workers(shared_address, tmp_path, workers=3, leads=12, each=60, kills=15)


def test_a_save_that_is_cut_short_leaves_nothing(
    shared_address: str, tmp_path: Path, store_at: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Any = store_at(shared_address)
    live = Live(living(tmp_path), store, clock=lambda: NOW)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "_add_delivery", fail)  # after lead and events are written
        with pytest.raises(KeyboardInterrupt):
            live.feed([ask("ann", T0, id="1"), ask("ann", T0 + 1, id="2")])
    assert (store.load(["ann"]), store.history("ann"), store.outbox()) == ({}, [], [])
    live.feed([ask("ann", T0, id="1"), ask("ann", T0 + 1, id="2")])
    assert len(store.outbox()) == 1


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
