"""One scoring of a data set into files: small data at once, large data as a stream within a bound on memory.

Takes paths and what is wanted, gives a `Population`; the tables are written as they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rules_engine.batch.periods import ends_of_periods
from rules_engine.batch.picked import picked_columns
from rules_engine.batch.places import check_places
from rules_engine.batch.population import Counting, Population
from rules_engine.batch.problem_lines import no_newest_event, told
from rules_engine.batch.processors import scoring_threads
from rules_engine.batch.score import ENOUGH, BatchError, check_moment, open_batch
from rules_engine.batch.sinks import Sink, write_table
from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources import load_mapping
from rules_engine.batch.stream.read import expected_events, open_stream
from rules_engine.batch.tables import ScoreTables, Wanted, exact_of, summed_outcomes
from rules_engine.engine import Engine
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.history import read_instant
from rules_engine.model.types import Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    import polars as pl

    from rules_engine.batch.columns.score import ColumnScorer

MEMORY = 2_000_000_000  # bytes that a stream may take, where nothing else is said
FIXED = 1_200_000_000  # of these for the program, its libraries and the ranges that two threads have in work
OF_A_THREAD = 120_000_000  # for the range that each further thread has in work

WHOLE = ("accounts", "outcomes")  # tables that need all leads

Every = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be scored. `memory` in bytes: None leaves it to the size of the data whether to stream.

    `columns`: names and patterns of the columns of scores to write, none for all. `places`: where tables, and rejected
    rows as "rejects", will stand in the end, if they are written aside.
    """

    model: Path
    data: Path
    as_of: str | None = None
    version: int | None = None
    strict: bool = False
    rejects: Path | None = None
    next_due: bool = False
    every: Every | None = None
    memory: int | None = None
    columns: tuple[str, ...] = ()
    places: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """A table of the result and where it goes; `ending` tells the form. `columns` are those to write, if not all."""

    table: str
    path: Path
    ending: str
    columns: tuple[str, ...] = ()

    def of(self, tables: ScoreTables) -> pl.DataFrame:
        """What of the result goes there."""
        frame: pl.DataFrame = getattr(tables, self.table)
        return frame.select(self.columns) if self.columns else frame


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far it is: `reading` of events read, `scoring` of leads scored, and of how many (of a stream also
    when that begins: of none)."""

    reading: Callable[[int], None]
    scoring: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `rejected` counts rows that could not be used."""

    engine: Engine
    population: Population
    rejected: int


def run_job(job: Job, outputs: tuple[Output, ...], watch: Watch, *, rank: Callable[[Model], str], top: int) -> Done:
    """Scores and writes. `rank` names the score by which the `top` highest leads are told.

    Raises `ModelError`, `DataError`, `BatchError`, `SpillError`; then nothing that was written is whole.
    """
    if job.as_of is not None:
        check_moment(job.as_of)
    mapping = load_mapping(job.data)
    check_places(job.places, job.model, job.data, mapping)
    expected = None if job.next_due else expected_events(mapping)
    if expected is None or (job.memory is None and expected <= ENOUGH):
        return _at_once(job, mapping, outputs, watch, rank, top)
    return _streamed(job, mapping, expected, outputs, watch, rank, top)


def _wanted(outputs: tuple[Output, ...], snapshots: tuple[int, ...]) -> Wanted:
    asked = {output.table for output in outputs}
    names = {field.name for field in fields(Wanted)} & asked - {"snapshots"}
    return Wanted(**dict.fromkeys(names, True), snapshots=snapshots)


def outputs_of(model: Model, job: Job, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """The outputs with the columns that the job asks for. Raises `BatchError` for what the model does not give."""
    if not model.accounts and any(output.table == "accounts" for output in outputs):
        raise BatchError(f"{model.name} has no accounts: section, so there is no table of accounts to write.")
    columns = picked_columns(model, job.columns, next_due=job.next_due)
    return tuple(replace(one, columns=columns) if one.table == "scores" else one for one in outputs)


def _at_once(
    job: Job, mapping: DataMapping, outputs: tuple[Output, ...], watch: Watch, rank: Callable[[Model], str], top: int
) -> Done:
    batch = open_batch(job.model, mapping, as_of=job.as_of, version=job.version, strict=job.strict, rejects=job.rejects)
    outputs = outputs_of(batch.model, job, outputs)
    by = rank(batch.model)
    starts = [frame["at"].min() for frame in batch.data.by_type.values()]
    oldest = min((at for at in starts if isinstance(at, int)), default=batch.as_of)
    wanted = _wanted(outputs, _snapshots(job, batch.model, oldest, batch.as_of))
    tables = batch.run(
        **{
            field.name: getattr(wanted, field.name)
            for field in fields(Wanted)
            if field.name not in ("as_of", "outcomes")
        },
        next_due=job.next_due,
        advance=lambda more: watch.scoring(more, batch.lead_count),
    )
    for output in outputs:
        shown = job.places.get(output.table, output.path)
        write_table(output.of(tables), output.path, output.ending, shown=shown)
    return Done(batch.engine, batch.summary(tables, by=by, top=top), batch.rejected_rows)


def _snapshots(job: Job, model: Model, oldest: int, as_of: int) -> tuple[int, ...]:
    return () if job.every is None else ends_of_periods(job.every, model.timezone, oldest, as_of)


def _streamed(
    job: Job,
    mapping: DataMapping,
    expected: int,
    outputs: tuple[Output, ...],
    watch: Watch,
    rank: Callable[[Model], str],
    top: int,
) -> Done:
    engine = Engine.load(job.model, as_of=job.as_of, version=job.version)
    by = rank(engine.model)
    written = outputs_of(engine.model, job, outputs)
    threads, memory = _share(job.memory)
    until = None if job.as_of is None else read_instant(job.as_of, engine.zone, "call", "as_of")
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        ExitStack() as opened,
    ):
        scorer = beside.submit(_scorer, engine)  # while data is read
        stream = opened.enter_context(
            open_stream(
                mapping,
                engine.model,
                strict=job.strict,
                rejects=job.rejects,
                expected=expected,
                memory=memory,
                threads=threads,
                until=until,
                advance=watch.reading,
            )
        )
        if until is not None:
            as_of = until
        elif stream.store.newest is None:
            raise BatchError(no_newest_event(stream.data.counts, engine.model.events))
        else:
            as_of = stream.store.newest
            then = _then(job, engine, as_of)
            if then.model.hash != engine.model.hash:
                version = then.model.version
                return _streamed(replace(job, version=version), mapping, expected, outputs, watch, rank, top)
        wanted = _wanted(outputs, _snapshots(job, engine.model, stream.store.oldest or as_of, as_of))
        counting = Counting(engine.model, by, top)
        with ExitStack() as files:
            sinks = {
                output.table: files.enter_context(
                    Sink(
                        output.path,
                        output.ending,
                        exact=exact_of(output.table, engine.model),
                        shown=job.places.get(output.table),
                    )
                )
                for output in written
            }

            outcomes: list[pl.DataFrame] = []

            def take(tables: ScoreTables) -> None:
                counting.add(tables.scores)
                outcomes.append(tables.outcomes)
                for output in written:
                    if output.table not in WHOLE:
                        sinks[output.table].write(output.of(tables))
                watch.scoring(tables.scores.height, stream.leads)

            def begun() -> None:
                watch.scoring(0, stream.leads)

            from rules_engine.batch.stream.run import score_stream

            rolled_up = "accounts" in sinks
            for accounts in score_stream(
                engine, scorer.result(), stream, as_of, wanted, begun, take, threads=threads, accounts=rolled_up
            ):
                if rolled_up:
                    sinks["accounts"].write(accounts)
            if "outcomes" in sinks:
                sinks["outcomes"].write(summed_outcomes(outcomes))
        data = stream.data
        population = counting.population(
            version=engine.model.version,
            as_of=as_of,
            timezone=engine.model.timezone,
            newest=job.as_of is None,
            problems=told(data, engine.model),
        )
        return Done(engine, population, data.counts.rejected_rows)


def _share(memory: int | None) -> tuple[int, int]:
    """How many threads score, and the bytes that are left for what waits.

    All processors are used where nothing is said of memory; else further threads get half of what two leave at most.
    """
    threads = scoring_threads()
    if memory is None:
        return threads, MEMORY - FIXED
    left = memory - FIXED
    threads = min(threads, 2 + max(left // 2 // OF_A_THREAD, 0))
    return threads, max(left - max(threads - 2, 0) * OF_A_THREAD, 50_000_000)


def _scorer(engine: Engine) -> ColumnScorer:
    from rules_engine.batch.stream.run import ready_scorer  # late: it loads the compiler

    return ready_scorer(engine)


def _then(job: Job, engine: Engine, as_of: int) -> Engine:
    """The version that holds at an instant; the one at hand where the job names it."""
    if job.version is not None or not job.model.is_dir():
        return engine
    return Engine.load(job.model, as_of=format_instant(as_of))
