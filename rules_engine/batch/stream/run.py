"""Scores a stream range by range, on two threads, and hands the tables on in the order of the leads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket
from rules_engine.batch.columns.of_data import fields_at, rows_of
from rules_engine.batch.columns.score import ColumnScorer, Scored
from rules_engine.batch.fold.accounts import Members, joined, roll_up_columns
from rules_engine.batch.stream.read import Stream
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.engine import Engine

Integers = NDArray[np.int64]
THREADS = 2


def score_stream(
    engine: Engine, stream: Stream, as_of: int, wanted: Wanted, take: Callable[[ScoreTables], None]
) -> pl.DataFrame | None:
    """Scores all leads as of an instant; `take` gets the tables of each range. Gives the table of accounts, if any.

    Ranges are scored side by side, each by one thread; no more than there are threads are in memory.
    """
    scorer = ColumnScorer(engine.prepared)
    members: list[tuple[Members, ...]] = []
    waiting: deque[Future[Scored]] = deque()

    def done() -> None:
        scored = waiting.popleft().result()
        members.append(scored.members)
        take(scored.tables)

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        try:
            for number, rows in _ranges(stream):
                waiting.append(pool.submit(_score, engine, scorer, stream, number, rows, as_of, wanted))
                if len(waiting) >= THREADS:
                    done()
            while waiting:
                done()
        finally:
            for future in waiting:
                future.cancel()
    if not engine.model.accounts:
        return None
    leads = stream.data.leads
    return roll_up_columns(
        engine.model,
        stream.data.accounts["account_id"],
        leads["lead_id"],
        leads["account_id"],
        joined(members),
        engine.extensions.rollups,
    ).frame


def _ranges(stream: Stream) -> Iterator[tuple[int, Integers]]:
    step = stream.store.leads_per_bucket
    for number, start in enumerate(range(0, max(stream.leads, 1), step)):
        yield number, np.arange(start, min(start + step, stream.leads), dtype=np.int64)


def _score(
    engine: Engine, scorer: ColumnScorer, stream: Stream, number: int, rows: Integers, as_of: int, wanted: Wanted
) -> Scored:
    first = int(rows[0]) if len(rows) else 0
    events = {
        name: rows_of(frame, frame["lead_row"].to_numpy().astype(np.int64) - first)
        for name, frame in stream.store.bucket(number).items()
    }
    moments = np.full(len(rows), as_of, dtype=np.int64)
    bucket = Bucket(fields_at(engine.model, stream.data, rows, moments), events, moments)
    scored = scorer.score(bucket, stream.data.leads["lead_id"].gather(rows), wanted, threads=1)
    stream.store.forget(number)
    return scored
