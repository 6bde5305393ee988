"""Scores a stream into tables that stay in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl

from rules_engine.batch.columns.run import together
from rules_engine.batch.problem_lines import no_newest_event
from rules_engine.batch.processors import scoring_threads
from rules_engine.batch.score import BatchError
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.mapping import Mapping
from rules_engine.batch.stream.read import open_stream
from rules_engine.batch.stream.run import ready_scorer, score_stream
from rules_engine.batch.tables import ScoreTables, Wanted, decoded
from rules_engine.engine import Engine
from rules_engine.records import dataclass

UNBOUNDED = 2**62  # bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """All tables, the instant as of which they hold, and the data they are of, without its events."""

    tables: ScoreTables
    as_of: int
    data: Data


def score_whole(
    engine: Engine, mapping: Mapping, expected: int, as_of: int | None, wanted: Wanted, *, strict: bool
) -> Whole:
    """Scores all leads of tables with about so many events; without `as_of` as of the newest one.

    Nothing waits in files. Raises `DataError` as reading does, `BatchError` where there is neither an instant nor an
    event, and what scoring raises.
    """
    threads = scoring_threads()
    with ThreadPoolExecutor(max_workers=1) as beside:
        ready = beside.submit(ready_scorer, engine)  # while data is read
        with open_stream(
            mapping,
            engine.model,
            strict=strict,
            rejects=None,
            expected=expected,
            memory=UNBOUNDED,
            threads=threads,
            until=as_of,
            advance=lambda _: None,
        ) as stream:
            instant = stream.store.newest if as_of is None else as_of
            if instant is None:
                raise BatchError(no_newest_event(stream.data.counts, engine.model.events))
            parts: list[ScoreTables] = []

            def take(coded: ScoreTables) -> None:
                parts.append(decoded(coded, engine.model))  # beside the ranges that are being scored

            rolls_up = bool(engine.model.accounts)
            own = (engine, ready.result(), stream, instant, wanted, lambda: None, take)
            accounts = list(score_stream(*own, threads=threads, accounts=rolls_up))
            tables = together(parts)
            return Whole(replace(tables, accounts=pl.concat(accounts) if accounts else None), instant, stream.data)
