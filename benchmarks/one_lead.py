"""`python -m benchmarks.one_lead`: start-up of commands, one lead, one further event, many events at once."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import measure

if TYPE_CHECKING:
    from rules_engine import Engine
    from rules_engine.result.types import Result

HERE = Path(__file__).parent
MODEL = str(HERE / "fifty_rules.yaml")
WITH_AUTOMATIONS = HERE.parent / "rulesets" / "b2b_saas"
BACKFILLED = (250, 1_000, 4_000, 16_000)
DAY = 86_400_000_000


def cpu_of_python(*words: str, times: int = 15) -> float:
    """The median CPU time (user and system) of a Python process, in milliseconds, with its modules compiled before.

    They are compiled into a folder of their own, as some environments (PYTHONDONTWRITEBYTECODE) never keep them.
    """
    with tempfile.TemporaryDirectory() as compiled:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled
        spent = []
        for _ in range(times + 1):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *words], check=True, capture_output=True, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(spent[1:]) * 1000


def cpu_of_command(*words: str) -> float:
    """The median CPU time of a `rules` command as its own process, in milliseconds."""
    return cpu_of_python("-m", "rules_engine", *words)


def time_of_call(call: Callable[[], object], times: int) -> float:
    """The median CPU time of a call in this process, in microseconds, after a tenth of the calls to warm up."""
    spent = []
    for _ in range(times):
        began = time.thread_time_ns()
        call()
        spent.append(time.thread_time_ns() - began)
    return median(spent[times // 10 :]) / 1000


def mostly_other(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """The events with four of five replaced by views of pages that no rule asks for, as most of a site's are."""
    return [
        event if n % 5 == 0 else {"type": "page_view", "at": event["at"], "id": event["id"], "path": f"/articles/{n}"}
        for n, event in enumerate(events)
    ]


def look(result: Result) -> list[tuple[int, str | None]]:
    """What nearly everybody reads of a result: the rest of it is computed when somebody looks, too."""
    return [(score.reading, score.band) for score in result.scores.values()]


def of_processes() -> list[tuple[str, str]]:
    """What was measured of whole processes and of loading, and the value with its unit."""
    from rules_engine import Engine

    return [
        ("an empty Python program, CPU of the process", f"{cpu_of_python('-c', 'pass'):.0f} ms"),
        ("`rules --help`, CPU of the process", f"{cpu_of_command('--help'):.0f} ms"),
        ("`rules check` of 50 rules, CPU of the process", f"{cpu_of_command('check', MODEL):.0f} ms"),
        ("`Engine.load` of 50 rules, warm", f"{time_of_call(lambda: Engine.load(MODEL), 20) / 1000:.0f} ms"),
    ]


def of_calls(engine: Engine) -> list[tuple[str, float]]:
    """What was measured of calls of an engine, and microseconds."""
    given = json.loads((HERE / "lead.json").read_text(encoding="utf-8"))
    lead, account, events, as_of = given["lead"], given["account"], given["events"], given["as_of"]
    ordered = sorted(events, key=lambda event: str(event["at"]))
    last = ordered[-1]
    before, _ = engine.advance(engine.start(lead, account), ordered[:-1], as_of=ordered[-2]["at"])
    quiet = {"type": "page_view", "at": last["at"], "id": "further", "path": "/articles/1"}

    def one_by_one() -> None:
        state = engine.start(lead, account)
        for event in ordered:
            state, _ = engine.advance(state, [event], as_of=event["at"])

    return [
        (
            "`engine.score` of one lead, 50 events and 50 rules: each event earns",
            time_of_call(lambda: engine.score(lead, account, events, as_of=as_of), 500),
        ),
        (
            "the same, and the reading and band of each of three scores are read",
            time_of_call(lambda: look(engine.score(lead, account, events, as_of=as_of)), 500),
        ),
        (
            "scored only, where one event in five earns, the others are other pages",
            time_of_call(lambda: engine.score(lead, account, mostly_other(events), as_of=as_of), 500),
        ),
        (
            "`engine.advance` by one further event that earns, after 49",
            time_of_call(lambda: engine.advance(before, [last], as_of=last["at"]), 1000),
        ),
        (
            "the same, and the reading and band of each of three scores are read",
            time_of_call(lambda: look(engine.advance(before, [last], as_of=last["at"])[1]), 1000),
        ),
        (
            "advanced only, by a page that no rule asks for",
            time_of_call(lambda: engine.advance(before, [quiet], as_of=last["at"]), 1000),
        ),
        ("advanced by all 50 events one after the other, for each", time_of_call(one_by_one, 100) / len(ordered)),
    ]


def backfilled(count: int) -> float:
    """The CPU time of a year's events of one lead fed to a store at once, where automations fire, in milliseconds."""
    from rules_engine import Engine
    from rules_engine.live import Live, open_store

    engine, begin = Engine.load(WITH_AUTOMATIONS), 1_788_000_000_000_000
    kinds: list[dict[str, object]] = [
        {"type": "page_view", "path": "/pricing"},
        {"type": "page_view", "path": "/products/crm"},
        {"type": "email_open", "campaign": "autumn"},
        {"type": "download", "asset": "white-paper"},
        {"type": "page_view", "path": "/blog"},
        {"type": "webinar", "topic": "crm", "minutes": 40},
    ]
    events = [
        {"lead": "ann", "id": f"e{n}", "at": begin + n * 365 * DAY // count, **kinds[n * n % 7 % len(kinds)]}
        for n in range(count)
    ]
    live = Live(engine, open_store("memory:", engine.model.name), clock=lambda: begin + 366 * DAY)
    began = time.process_time()
    fed = live.feed(events)
    spent = time.process_time() - began
    live.store.close()
    if fed.rejected or fed.events != count:
        raise RuntimeError(f"{fed.events} of {count} events counted")
    return spent * 1000


def main() -> None:
    from rules_engine import Engine

    print(f"{measure.machine()}\n")
    print(measure.table(("what", "CPU time, median"), of_processes()))
    print()
    plain, compiled = (of_calls(Engine.load(MODEL, compiled=compiled)) for compiled in (False, True))
    rows = [(what, f"{one:.0f} µs", f"{other:.0f} µs") for (what, one), (_, other) in zip(plain, compiled, strict=True)]
    print(measure.table(("CPU time of a call, median", "plain", "compiled=True"), rows))
    print()
    fed = [(f"{count:,}", f"{(spent := backfilled(count)):.0f} ms", f"{spent / count:.2f} ms") for count in BACKFILLED]
    print(measure.table(("events of one lead at once, into a store with automations", "CPU time", "an event"), fed))


if __name__ == "__main__":
    main()
