"""`rules run`: keep a store of live leads up to date from a stream of events, and do what time brings."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.options import FILE, View, model_argument, version_option, view_option
from rules_engine.cli.wrong_file import no_file

if TYPE_CHECKING:
    from rules_engine.engine import Engine
    from rules_engine.live.stream import RejectedLine

MOST_SHOWN = 5  # rejected lines, where no file takes them


@click.command(short_help="Keep a store of live leads up to date.")
@model_argument
@click.option(
    "--store",
    metavar="URL",
    required=True,
    help="Where the leads live: a file (leads.db, sqlite:leads.db) or postgresql://host/name. Made if it is new.",
)
@click.option(
    "--events", metavar="FILE", help="Take in lines of JSON from this file, or from standard input (-), until they end."
)
@click.option("--tick", is_flag=True, help="Look at the leads for which time alone has changed something.")
@click.option("--now", metavar="TIME", help="Take this for the present time. Default: the clock.")
@click.option("--baseline", is_flag=True, help="Fire nothing: take what holds now as known. For the first run.")
@click.option("--dry-run", is_flag=True, help="Show what would fire; save and deliver nothing.")
@click.option("--no-deliver", is_flag=True, help="Leave deliveries in the outbox for another run.")
@click.option("--no-history", is_flag=True, help="A new store shall keep no events: late ones are then rejected.")
@click.option("--rejects", metavar="FILE", type=FILE, help="Write the lines that could not be used (JSON lines).")
@version_option
@view_option
def run(
    model: Path,
    store: str,
    events: str | None,
    tick: bool,
    now: str | None,
    baseline: bool,
    dry_run: bool,
    no_deliver: bool,
    no_history: bool,
    rejects: Path | None,
    version: int | None,
    view: str,
) -> None:
    """Bring the leads of a store forward by new events and by time, fire automations, deliver what they owe.

    A line is an event {"lead", "type", "at", "id", ...}, the fields of a lead {"lead", "fields", "account"} or those of
    an account {"account", "fields"}. Lines that cannot be used are told, the others count. Exit code 1 when a line was
    rejected, a delivery did not arrive or a plugin failed on a lead.
    """
    from rules_engine.live import Live, open_store
    from rules_engine.live.live import microseconds_now
    from rules_engine.live.stream import LineFeed, Run
    from rules_engine.report.running import running_document, running_lines

    if events is None and not tick:
        raise CommandError("there is nothing to do: give --events FILE (or - for standard input), --tick, or both.")
    engine, at = _engine_at(model, now, version)
    opened = open_store(store, engine.model.name, keep_history=False if no_history else None)
    done = Run()
    deliver = not (no_deliver or dry_run)
    try:
        live = Live(engine, opened, clock=microseconds_now if at is None else lambda: at)
        with _rejects(rejects) as reject:
            taken = live.take_over(baseline=baseline, dry_run=dry_run)
            done.taken_over = taken.rebuilt
            done.add(taken)
            for one in taken.rejected:
                reject(_of_store(one.reason))
            if events is not None:
                feed = LineFeed(live, done, reject, baseline, dry_run, deliver)
                with _lines(events) as lines, _stopping() as stopping:
                    feed.feed(lines, stopping)
            # What time has brought is known, too; where no history is kept, older events may still be to come.
            if tick or (baseline and opened.keeps_history):
                ticked = live.tick(baseline=baseline, dry_run=dry_run)
                done.add(ticked)
                for one in ticked.rejected:
                    reject(_of_store(one.reason))
            if deliver:
                done.add_deliveries(live.deliver())
    finally:
        opened.close()
    if view == View.JSON:
        click.echo(json.dumps(running_document(engine.model, done, dry_run=dry_run), ensure_ascii=False, indent=2))
    else:
        named = None if rejects is None else str(rejects)
        click.echo("\n".join(running_lines(engine.model, done, dry_run=dry_run, rejects=named)))
    if done.rejected or done.waiting or done.given_up or done.plugin_problems or done.failures:
        click.get_current_context().exit(EXIT_FINDINGS)


def _engine_at(model: Path, now: str | None, version: int | None) -> tuple[Engine, int | None]:
    """The engine in force, and the instant that was named, read in the model's time zone."""
    from rules_engine.engine import Engine
    from rules_engine.live.live import microseconds_now
    from rules_engine.matching.history import InputError, read_instant

    if not model.exists():
        raise CommandError(no_file(model))
    try:
        engine = Engine.load(model, as_of=microseconds_now() if now is None else now, version=version)
        return engine, None if now is None else read_instant(now, engine.zone, "--now", "time")
    except InputError as error:
        raise CommandError(f"--now: {error.problem}.") from error


@contextmanager
def _lines(events: str) -> Iterator[Iterable[bytes]]:
    if events == "-":
        yield _standard_input()
        return
    with Path(events).open("rb") as lines:
        yield lines


def _standard_input() -> Iterator[bytes]:
    """Its lines. Not by `sys.stdin`: Python aborts if it ends while a thread waits inside a buffered reader."""
    rest = b""
    while block := os.read(sys.stdin.fileno(), 1 << 16):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Set when the process is asked to end: what has been read is saved, then it ends."""
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _rejects(path: Path | None) -> Iterator[Callable[[RejectedLine], None]]:
    """Writes rejected lines to the file; without one, shows the first few on standard error."""
    shown = 0

    def show(rejected: RejectedLine) -> None:
        nonlocal shown
        shown += 1
        if shown <= MOST_SHOWN:
            where = f"line {rejected.line}: " if rejected.line else ""
            click.echo(f"rejected: {where}{rejected.reason}", err=True)
        elif shown == MOST_SHOWN + 1:
            click.echo("rejected: more; --rejects FILE writes them all", err=True)

    if path is None:
        yield show
        return
    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist; make it first or name another place.")
    with path.open("w", encoding="utf-8") as file:

        def write(rejected: RejectedLine) -> None:
            line = {"line": rejected.line, "reason": rejected.reason, "raw": rejected.raw}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

        yield write


def _of_store(reason: str) -> RejectedLine:
    from rules_engine.live.stream import RejectedLine

    return RejectedLine(0, reason, "")
