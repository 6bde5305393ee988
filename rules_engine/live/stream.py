"""Lines of JSON into a store: read as they come, fed together as far as they are there, bad ones set aside."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

from rules_engine.engine import InputError
from rules_engine.live.accounts import AccountMove
from rules_engine.live.deliver import Delivered
from rules_engine.live.failure import Failure
from rules_engine.live.fed import Fed
from rules_engine.live.firing import Firing
from rules_engine.live.incoming import Record, read_line
from rules_engine.live.live import Live
from rules_engine.records import dataclass

TOGETHER = 500  # lines in one transaction, if they are there
LONGEST_LINE = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that changed nothing: its number from 1 (0: no line, a lead of the store), why, and its text."""

    line: int
    reason: str
    raw: str


@dataclass(slots=True)
class Run:
    """What a run did, all batches together. `firings` and `account_moves` are kept one by one, the rest is counted.

    `failures` has the last of each lead on which a plugin failed.
    """

    lines: int = 0
    events: int = 0
    absorbed: int = 0
    rebuilt: int = 0
    moves: int = 0
    cooled: int = 0
    taken_over: int = 0
    rejected: int = 0
    delivered: int = 0
    waiting: int = 0
    given_up: int = 0
    firings: list[tuple[str, str, int]] = field(default_factory=list)  # automation, lead, instant
    account_moves: list[AccountMove] = field(default_factory=list)
    delivery_problems: dict[str, int] = field(default_factory=dict)
    plugin_problems: list[str] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    undeclared: Counter[str] = field(default_factory=Counter)  # new events by type, where the model has no such type
    problems: Counter[str] = field(default_factory=Counter)  # values not used, by field or attribute ("lead.country")
    first_problems: dict[str, str] = field(default_factory=dict)  # what was wrong with the first of each

    def add(self, fed: Fed) -> None:
        """Adds what a call did."""
        self.events += fed.events
        self.absorbed += fed.absorbed
        self.undeclared += fed.undeclared
        for problem in fed.problems:
            self.problems[problem.where] += 1
            self.first_problems.setdefault(problem.where, problem.problem)
        self.rebuilt += fed.rebuilt
        self.moves += len(fed.moves)
        self.cooled += len(fed.cooled)
        self.rejected += len(fed.rejected)
        self.firings += [_told(firing) for firing in fed.firings]
        self.account_moves += fed.account_moves
        self.plugin_problems += fed.plugin_problems
        self.failures |= {failure.lead_id: failure for failure in fed.failures}

    def add_deliveries(self, done: Delivered) -> None:
        """Adds a round of deliveries."""
        self.delivered += done.delivered
        self.waiting += done.waiting
        self.given_up += done.given_up
        for _, problem in done.problems:
            self.delivery_problems[problem] = self.delivery_problems.get(problem, 0) + 1


def _told(firing: Firing) -> tuple[str, str, int]:
    return firing.automation.name, firing.lead_id, firing.at


@dataclass(frozen=True, slots=True)
class LineFeed:
    """Feeds lines of JSON to a store. `run` counts what is done, `reject` is told of each line that changed nothing.

    With `deliver`, what automations owe is delivered after each batch; `baseline` and `dry_run` are as in `Live.feed`.
    """

    live: Live
    run: Run
    reject: Callable[[RejectedLine], None]
    baseline: bool = False
    dry_run: bool = False
    deliver: bool = True

    def feed(self, lines: Iterable[bytes], stopping: threading.Event) -> None:
        """Feeds lines until they end or `stopping` is set; what has been read by then is saved.

        In a dry run all lines are taken together at the end, as nothing is saved in between.
        """
        for batch in _batches(lines, None if self.dry_run else TOGETHER, stopping):
            records: list[Record] = []
            places: dict[int, tuple[int, bytes]] = {}
            for number, line in batch:
                self.run.lines += 1
                if not line.strip():
                    continue
                try:
                    record = self._read(line)
                except InputError as error:
                    self.run.rejected += 1
                    self.reject(RejectedLine(number, str(error), _text(line)))
                    continue
                records.append(record)
                places[id(record)] = (number, line)
            fed = self.live.feed(records, baseline=self.baseline, dry_run=self.dry_run)
            self.run.add(fed)
            for one in fed.rejected:
                number, line = places.get(id(one.record), (0, b""))
                self.reject(RejectedLine(number, one.reason, _text(line)))
            if self.deliver:
                self.run.add_deliveries(self.live.deliver())

    def _read(self, line: bytes) -> Record:
        if len(line) > LONGEST_LINE:
            raise InputError("record", "line", f"is longer than {LONGEST_LINE:,} bytes")
        return read_line(self.live.engine, line)


def _text(line: bytes) -> str:
    return line[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r\n")


def _batches(
    lines: Iterable[bytes], together: int | None, stopping: threading.Event
) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, as many together as have come: a line that comes alone does not wait for others."""
    waiting: queue.Queue[tuple[int, bytes] | BaseException | None] = queue.Queue(maxsize=4 * TOGETHER)

    def read() -> None:
        try:
            for numbered in enumerate(lines, 1):
                waiting.put(numbered)
        except Exception as error:  # noqa: BLE001 - raised where the lines are taken
            waiting.put(error)
        else:
            waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    batch: list[tuple[int, bytes]] = []
    while not stopping.is_set():
        try:
            item = waiting.get(timeout=0.2) if not batch or together is None else waiting.get_nowait()
        except queue.Empty:
            if batch and together is not None:
                yield batch
                batch = []
            continue
        if isinstance(item, BaseException):
            raise item
        if item is None:
            break
        batch.append(item)
        if together is not None and len(batch) >= together:
            yield batch
            batch = []
    if batch:
        yield batch
