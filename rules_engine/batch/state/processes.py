"""Leads brought forward in several processes, each with an engine of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

from rules_engine.batch.processors import processors
from rules_engine.batch.score import BatchError
from rules_engine.batch.sources.data import Record
from rules_engine.batch.state.advancing import Advanced, Stretch, bring_forward
from rules_engine.batch.state.parts import joined, only, part_of
from rules_engine.engine import Engine

FEW = 10_000  # so many leads are scored sooner than further processes have begun
PART = 2_500  # leads sent at a time

_engine: Engine | None = None  # of a process that scores


def bring_all_forward(
    model: Path,
    engine: Engine,
    stretch: Stretch,
    history: Callable[[str], list[Record]],
    advance: Callable[[int], None],
) -> Advanced:
    """`bring_forward`, in as many processes as there are processors to run on, where there are many leads.

    `model` is where the engine was loaded from. Raises what `bring_forward` does, and `BatchError` where a process is
    ended from outside.
    """
    leads = stretch.data.leads.height
    processes = 1 if leads < FEW else processors()
    if processes == 1:
        return bring_forward(engine, stretch, history, advance)
    parts = []
    with closing(_in_processes(model, engine, stretch, min(processes, -(-leads // PART)))) as found:
        for part in found:
            parts.append(part)
            advance(len(part.kept))
    postponed = [lead_id for part in parts for lead_id in part.postponed]
    if postponed:
        parts.append(bring_forward(engine, only(stretch, postponed), history, advance))
    return joined(parts, stretch.data.leads["lead_id"])


def _in_processes(model: Path, engine: Engine, stretch: Stretch, processes: int) -> Generator[Advanced, None, None]:
    starts = range(0, stretch.data.leads.height, PART)
    others = set(active_children())
    given = (model, engine.model.version, engine.model.hash, engine.compiled)
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin, initargs=given)
    try:
        waiting = []  # some more than there are processes, so that none waits, and not all are held at once
        for start in starts:
            part = part_of(stretch, start, start + PART)
            waiting.append((part, pool.submit(_bring_part_forward, part)))
            if len(waiting) > 2 * processes:
                yield _found(engine, *waiting.pop(0))
        for one in waiting:
            yield _found(engine, *one)
        pool.shutdown()
    except BrokenProcessPool:
        raise BatchError(
            "a process that scored leads was ended from outside; mostly that is for want of memory. "
            "The state is as it was before."
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(active_children()) - others:
            process.terminate()


def _found(engine: Engine, part: Stretch, future: Future[Advanced | None]) -> Advanced:
    """What came of a part. Where something went wrong there, it goes wrong here again, where it can be told."""
    return future.result() or bring_forward(engine, part, None)


# --- in the process that scores -------------------------------------------------------------------------------------


def _begin(model: Path, version: int, hash_of_model: str, compiled: bool) -> None:
    """Loads the engine. The process ends with the one that began it, however that ends."""
    global _engine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other one is told, too, and ends this one
    Thread(target=_end_with_parent, daemon=True).start()
    engine = Engine.load(model, version=version, compiled=compiled)
    _engine = engine if engine.model.hash == hash_of_model else None  # the file may have changed


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _bring_part_forward(part: Stretch) -> Advanced | None:
    """None where something went wrong."""
    if _engine is None:
        return None
    try:
        return bring_forward(_engine, part, None)
    except Exception:  # noqa: BLE001 - `_found` meets it again
        return None
