"""Scores a stream range by range, on several threads, and hands the tables on in the order of the leads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket
from rules_engine.batch.columns.fields import Fields
from rules_engine.batch.columns.of_data import rows_of
from rules_engine.batch.columns.score import ColumnScorer, Scored
from rules_engine.batch.fold.accounts import Members, joined, refused_leads, roll_up_columns
from rules_engine.batch.sources.convert import dtype
from rules_engine.batch.sources.events import empty_events
from rules_engine.batch.stream.read import Stream
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.engine import Engine
from rules_engine.records import dataclass

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
    meanwhile: Callable[[], None],
    take: Callable[[ScoreTables], None],
    *,
    threads: int,
    accounts: bool,
) -> Iterator[pl.DataFrame]:
    """Scores all leads as of an instant; `take` gets the tables of each range. Gives the table of accounts, in parts;
    without `accounts` nothing, but a lead that rolling up would refuse is told in any case. `meanwhile` is called once
    while the first ranges are scored.

    Ranges are scored side by side, each by one thread. One more than there are threads is begun, so that no thread
    waits for a range that takes longer.
    """
    rolls_up = accounts or any(score.rollup is not None for score in engine.model.accounts.values())  # plugins may fail
    members: list[tuple[Members, ...]] = []
    refused: list[_Refused] = []
    waiting: deque[Future[tuple[Scored, _Refused | None]]] = deque()
    coming = _ranges(stream)
    known = Fields(engine.model, stream.data)

    def start(most: int) -> None:
        for range_ in islice(coming, most):
            waiting.append(pool.submit(_score, known, scorer, stream, range_, as_of, wanted))

    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            start(threads + 1)
            meanwhile()
            while waiting:
                scored, mistakes = waiting.popleft().result()
                start(1)  # before these tables are written
                if rolls_up:
                    members.append(scored.members)
                elif mistakes is not None:
                    refused.append(mistakes)
                take(scored.coded)
        finally:
            for future in waiting:
                future.cancel()
    stream.store.forget_events()
    _refuse(engine, refused)
    return _accounts(engine, stream, members) if rolls_up else iter(())


@dataclass(frozen=True, slots=True)
class _Refused:
    """Leads that an account score refuses."""

    lead_ids: pl.Series
    account_ids: pl.Series
    members: tuple[Members, ...]


def _refused(leads: pl.DataFrame, members: tuple[Members, ...]) -> _Refused | None:
    """Those of some leads that rolling up refuses, should they have an account; None where there are none."""
    wrong = np.zeros(leads.height, dtype=np.bool_)
    for one in members:
        wrong |= refused_leads(one)
    if not wrong.any():
        return None
    rows = np.flatnonzero(wrong)
    return _Refused(leads["lead_id"].gather(rows), leads["account_id"].gather(rows), _chosen(members, rows))


def _refuse(engine: Engine, refused: list[_Refused]) -> None:
    """Raises the error of rolling all up."""
    if refused:
        roll_up_columns(
            engine.model,
            pl.Series([], dtype=pl.String),
            pl.concat([one.lead_ids for one in refused]),
            pl.concat([one.account_ids for one in refused]),
            joined([one.members for one in refused]),
        )


def _chosen(members: tuple[Members, ...], rows: NDArray[np.int64]) -> tuple[Members, ...]:
    return tuple(Members(one.carries[rows], one.reading[rows], one.weight[rows]) for one in members)


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
            _chosen(several, rows)
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
) -> tuple[Scored, _Refused | None]:
    number, first, size = range_
    moments = np.full(size, as_of, dtype=np.int64)
    leads = stream.leads_of(number, first, size)
    bucket = Bucket(known.at(leads, moments), stream.store.bucket(number), moments)
    scored = scorer.score(bucket, leads["lead_id"], wanted, threads=1)
    return scored, _refused(leads, scored.members)
