"""Scores a stream range by range, on two threads, and hands the tables on in the order of the leads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
import polars as pl

from rules_engine.batch.columns.bucket import Bucket
from rules_engine.batch.columns.of_data import rows_of
from rules_engine.batch.columns.score import ColumnScorer, Scored
from rules_engine.batch.fold.accounts import Members, joined, roll_up_columns
from rules_engine.batch.sources.convert import dtype
from rules_engine.batch.sources.events import empty_events
from rules_engine.batch.stream.fields import Fields
from rules_engine.batch.stream.read import Stream
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.engine import Engine

THREADS = 2
ACCOUNTS = 200_000  # accounts rolled up at a time


def ready_scorer(engine: Engine) -> ColumnScorer:
    """Makes a model ready and scores nobody, so that compiled code is loaded by the time there is somebody to score."""
    scorer = ColumnScorer(engine.prepared)
    model = engine.model
    fields = {"lead": model.lead_fields, "account": model.account_fields}
    leads = pl.DataFrame(
        schema={f"{root}.{name}": dtype(field.type) for root, own in fields.items() for name, field in own.items()}
    )
    nothing = np.zeros(0, dtype=np.int64)
    events = {name: rows_of(empty_events(event.attributes), nothing) for name, event in model.events.items()}
    scorer.score(Bucket(leads, events, nothing), pl.Series([], dtype=pl.String), Wanted(), threads=1)
    return scorer


def score_stream(
    engine: Engine,
    scorer: ColumnScorer,
    stream: Stream,
    as_of: int,
    wanted: Wanted,
    take: Callable[[ScoreTables], None],
    *,
    accounts: bool,
) -> Iterator[pl.DataFrame]:
    """Scores all leads as of an instant; `take` gets the tables of each range. Gives the table of accounts, in parts;
    without `accounts` only where rolling up may find a mistake, which is to be told in any case.

    Ranges are scored side by side, each by one thread; no more than there are threads are in work.
    """
    members: list[tuple[Members, ...]] = []
    waiting: deque[Future[Scored]] = deque()
    coming = _ranges(stream)
    known = Fields(engine.model, stream.data)

    def start(most: int) -> None:
        for range_ in islice(coming, most):
            waiting.append(pool.submit(_score, known, scorer, stream, range_, as_of, wanted))

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        try:
            start(THREADS)
            while waiting:
                scored = waiting.popleft().result()
                start(1)  # before these tables are written
                members.append(scored.members)
                take(scored.coded)
        finally:
            for future in waiting:
                future.cancel()
    return _accounts(engine, stream, members) if accounts or _may_be_wrong(engine, members) else iter(())


def _may_be_wrong(engine: Engine, members: list[tuple[Members, ...]]) -> bool:
    """Whether rolling up may raise an error: for a negative weight, or for what a plugin gives."""
    plugins = any(score.rollup is not None for score in engine.model.accounts.values())
    return plugins or any(bool((one.carries & (one.weight < 0)).any()) for own in members for one in own)


def _accounts(engine: Engine, stream: Stream, members: list[tuple[Members, ...]]) -> Iterator[pl.DataFrame]:
    """The accounts by id, some at a time, each with all its leads. `members` are those of each range of leads."""
    if not engine.model.accounts:
        return
    account_of = stream.column("account_id")
    ids = pl.concat([stream.data.accounts["account_id"], account_of.unique().drop_nulls()]).unique().sort()
    numbers = pl.int_range(len(ids), dtype=pl.Int32, eager=True)
    places = account_of.replace_strict(ids, numbers, default=-1, return_dtype=pl.Int32).to_numpy()
    del account_of  # it is as large as the ids of leads
    lead_ids = stream.column("lead_id")
    firsts = np.cumsum([0, *(len(own[0].carries) for own in members)])
    for start in range(0, max(len(ids), 1), ACCOUNTS):
        part = ids.slice(start, ACCOUNTS)
        chosen = np.flatnonzero((places >= start) & (places < start + len(part)))
        of_range = np.split(chosen, np.searchsorted(chosen, firsts[1:-1]))
        own = [
            tuple(Members(one.carries[rows], one.reading[rows], one.weight[rows]) for one in several)
            for several, rows in zip(members, (r - f for r, f in zip(of_range, firsts, strict=False)), strict=True)
        ]
        yield roll_up_columns(
            engine.model,
            part,
            lead_ids.gather(chosen),
            ids.gather(places[chosen]),
            joined(own),
            engine.extensions.rollups,
        ).frame


def _ranges(stream: Stream) -> Iterator[tuple[int, int, int]]:
    """The number of each range, its first lead and how many it has."""
    step = stream.store.leads_per_bucket
    for number, first in enumerate(range(0, max(stream.leads, 1), step)):
        yield number, first, min(step, stream.leads - first)


def _score(
    known: Fields, scorer: ColumnScorer, stream: Stream, range_: tuple[int, int, int], as_of: int, wanted: Wanted
) -> Scored:
    number, first, size = range_
    moments = np.full(size, as_of, dtype=np.int64)
    leads = stream.leads_of(number, first, size)
    bucket = Bucket(known.at(leads, moments), stream.store.bucket(number), moments)
    return scorer.score(bucket, leads["lead_id"], wanted, threads=1)
