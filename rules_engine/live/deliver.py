"""The outbox: what automations owe is delivered at least once, with the same key at each try.

A delivery is claimed for a while, tried, and settled. A crash between the try and the settling leaves the claim to run
out: then it is tried again with the same key, and the receiver drops what it has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rules_engine.engine import Engine, PluginError
from rules_engine.hooks import Delivery, UndeliverableError
from rules_engine.live.store import OutboxRow, Store
from rules_engine.matching.calendar import to_datetime
from rules_engine.plugins import Observers
from rules_engine.records import dataclass

_UTC = ZoneInfo("UTC")

SECOND = 1_000_000
CLAIM = 300 * SECOND  # longer than actions for all that are claimed together; after it another worker tries
TOGETHER = 10
FIRST_WAIT = 30 * SECOND
LONGEST_WAIT = 6 * 3600 * SECOND
MOST_TRIES = 40  # more than a week of trying


@dataclass(frozen=True, slots=True)
class Delivered:
    """How the deliveries of one round went. `problems` are (key, what went wrong) of those that did not arrive."""

    delivered: int = 0
    waiting: int = 0
    given_up: int = 0
    problems: tuple[tuple[str, str], ...] = ()


def deliver(engine: Engine, store: Store, now: int, limit: int = 500) -> Delivered:
    """Tries each delivery whose time has come, once. Observers are told before each try."""
    counts = {"delivered": 0, "waiting": 0, "given up": 0}
    problems: list[tuple[str, str]] = []
    observers = Observers(engine.extensions.observers)
    for row in _claimed(store, now, limit):
        problem, final = _try(engine, observers, row)
        if problem is None:
            store.settle(row.key, "delivered", 0, None)
            counts["delivered"] += 1
            continue
        problems.append((row.key, problem))
        if final or row.tries + 1 >= MOST_TRIES:
            store.settle(row.key, "given up", 0, problem)
            counts["given up"] += 1
        else:
            store.settle(row.key, "waiting", now + _wait(row.tries), problem)
            counts["waiting"] += 1
    return Delivered(counts["delivered"], counts["waiting"], counts["given up"], tuple(problems))


def _claimed(store: Store, now: int, limit: int) -> Iterator[OutboxRow]:
    """Deliveries whose time has come, claimed a few at a time, so that slow ones do not outlast the claim of others."""
    begun = time.monotonic()
    while limit > 0:
        passed = int(time.monotonic() - begun) * SECOND
        found = store.claim(now, min(limit, TOGETHER), now + passed + CLAIM)
        yield from found
        if not found:
            return
        limit -= len(found)


def _wait(tries: int) -> int:
    return min(FIRST_WAIT << min(tries, 30), LONGEST_WAIT)


def _try(engine: Engine, observers: Observers, row: OutboxRow) -> tuple[str | None, bool]:
    """What went wrong (None: nothing), and whether that is for good."""
    action = (engine.extensions.actions or {}).get(row.action)
    if action is None:
        return f"no plugin that is installed has an action {row.action}; see `rules plugins`", False
    delivery = Delivery(row.key, row.automation, row.lead_id, to_datetime(row.at, _UTC), row.parameters, row.facts)
    try:
        if row.tries == 0:
            observers.automation_fired(delivery)
        action.deliver(delivery)
    except UndeliverableError as error:
        return str(error) or "it can never be delivered", True
    except PluginError as error:
        return str(error), False
    return None, False
