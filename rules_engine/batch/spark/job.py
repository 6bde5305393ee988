"""What `rules score --engine spark` runs: the mapping's files read by Spark, scored there, written as Parquet folders.

The files must be where every worker sees them (one machine, or a shared file system).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.batch.job import Done
from rules_engine.batch.picked import picked_columns
from rules_engine.batch.places import check_places
from rules_engine.batch.population import VALUES, Population
from rules_engine.batch.problem_lines import problem_lines
from rules_engine.batch.score import check_moment
from rules_engine.batch.sources import files, load_mapping
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.problems import Counts
from rules_engine.batch.spark.frames import Frames, score_tables
from rules_engine.batch.spark.plan import SparkError, people_and_events
from rules_engine.batch.tables import Wanted
from rules_engine.engine import Engine
from rules_engine.matching.history import read_instant
from rules_engine.model.types import Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class SparkJob:
    """What is to be scored, and where. `master` as Spark has it: local[2], spark://host:7077, yarn.

    `columns` are those of a `Job`.
    """

    model: Path
    data: Path
    as_of: str
    master: str
    version: int | None = None
    strict: bool = False
    columns: tuple[str, ...] = ()


def run_on_spark(job: SparkJob, outputs: Mapping[str, Path], *, rank: Callable[[Model], str], top: int) -> Done:
    """Scores and writes; each output becomes a folder. `rank` names the score that ranks the `top` leads.

    Raises `ModelError`, `DataError`, `SparkError`, `BatchError`.
    """
    check_moment(job.as_of)
    for path in outputs.values():
        if path.suffix != ".parquet":
            raise SparkError(f"Spark writes folders of Parquet files; let {path} end in .parquet.")
        if path.exists() and not path.is_dir():
            raise SparkError(f"{path} is a file, and Spark writes a folder; name another place or remove it.")
    mapping = load_mapping(job.data)
    check_places(outputs, job.model, job.data, mapping)
    engine = Engine.load(job.model, as_of=job.as_of, version=job.version)
    if "accounts" in outputs and not engine.model.accounts:
        raise SparkError(f"{engine.model.name} has no accounts: section, so there is no table of accounts to write.")
    if not mapping.events:
        raise SparkError(f"{job.data} names no events.")
    by = rank(engine.model)
    columns = picked_columns(engine.model, job.columns, next_due=False)
    wanted = Wanted(**dict.fromkeys({field.name for field in fields(Wanted)} & outputs.keys(), True))  # type: ignore[arg-type]
    as_of = read_instant(job.as_of, engine.zone, "call", "as_of")
    with _session(job.master) as spark:
        frames = [_read(spark, one.table, mapping.folder) for one in people_and_events(mapping)]
        found = score_tables(spark, engine, mapping, frames, as_of, wanted, strict=job.strict, partitions=None)
        for name, path in outputs.items():
            table: DataFrame = getattr(found, name)
            _write(table.select(*columns) if columns and name == "scores" else table, path)
        population, rejected = _population(engine.model, found, as_of, by, top)
        found.unpersist()
    return Done(engine, population, rejected)


@contextmanager
def _session(master: str) -> Iterator[SparkSession]:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    running = SparkSession.getActiveSession()  # a host's own is used as it is, and not stopped
    try:
        spark = running or SparkSession.builder.master(master).appName("rules score").getOrCreate()
    except PySparkException as error:
        raise SparkError(f"Spark could not be started with --master {master}: {error}") from error
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # not INT96, which others read as local
    spark.conf.set("spark.sql.csv.parser.columnPruning.enabled", "false")  # a row of too few cells must be seen
    try:
        yield spark
    except PySparkException as error:
        raise SparkError(f"Spark stopped: {_last_line(error)}") from error
    finally:
        if running is None:
            spark.stop()


def _last_line(error: Exception) -> str:
    """What a task said, without the way there."""
    lines = [line.strip() for line in str(error).splitlines()]
    ours = [line for line in lines if line.startswith("rules_engine.")]
    return ours[-1].partition(": ")[2] if ours else next((line for line in lines if line), "it gives no reason")


def _read(spark: SparkSession, table: Table, folder: Path) -> DataFrame:
    if table.scheme is not None or table.records is not None or table.skip_lines:
        what = "sources of plugins" if table.scheme else "records:" if table.records is not None else "skip_lines:"
        raise SparkError(f"{table.label}: {what} cannot be read on Spark; give Parquet or CSV files.")
    parts = [_file(spark, table, path.resolve()) for path in files.find(table, folder)]
    return reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), parts)


def _file(spark: SparkSession, table: Table, path: Path) -> DataFrame:
    kind = files.kind(table, path)
    if kind == "parquet":
        return spark.read.parquet(path.as_uri())
    if kind != "csv":
        raise SparkError(f"{table.label}: {path.name} is {kind}; on Spark give Parquet or CSV files.")
    frame = spark.read.csv(
        path.as_uri(),
        header=table.header,
        sep=table.delimiter or ("\t" if files.is_tab_separated(path) else ","),
        quote="" if table.quote is None else table.quote,
        escape=table.quote or "\\",
        encoding=table.encoding,
        multiLine=True,
        mode="FAILFAST",
        enforceSchema=False,
    )
    names = list(table.columns) if table.columns else [name.strip().removeprefix("\ufeff") for name in frame.columns]
    if len(names) != len(frame.columns):
        raise SparkError(
            f"{table.label}: {path.name} has {len(frame.columns)} columns, and columns: names {len(names)}."
        )
    return frame.toDF(*names)


def _write(frame: DataFrame, path: Path) -> None:
    """A folder written aside and renamed, so that nobody meets half of it."""
    path = path.resolve()
    aside, before = (path.with_name(f".{what}-{os.getpid()}-{path.name}") for what in ("part", "old"))
    try:
        frame.write.mode("overwrite").parquet(aside.as_uri())
        if path.exists():
            path.rename(before)
        aside.rename(path)
    finally:
        for left in (aside, before):
            shutil.rmtree(left, ignore_errors=True)


def _population(model: Model, found: Frames, as_of: int, by: str, top: int) -> tuple[Population, int]:
    """Counts and the highest leads: the only rows that come to the driver."""
    from pyspark.sql import functions as F  # noqa: N812 - everybody calls it so

    scores = found.scores
    leads = dict(_collected(scores.groupBy("scored").count()).iter_rows())

    def counts(column: str, most: int | None = None) -> dict[str, int]:
        groups = scores.where(F.col(column).isNotNull()).groupBy(column).count()
        return dict(_collected(groups if most is None else groups.limit(most)).iter_rows())

    bands = {
        name: {band.name: here.get(band.name, 0) for band in score.bands}
        for name, score in model.scores.items()
        if score.bands and (here := counts(f"{name}_band")) is not None
    }
    labels = {
        name: dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
        for name in model.labels
        if len(values := counts(f"label_{name}", VALUES + 1)) <= VALUES
    }
    best = scores.where(F.col(by).isNotNull()).orderBy(F.desc(by), F.asc("lead_id")).limit(top)
    problems = _counts(_collected(found.problems))
    population = Population(
        model=model.name,
        version=model.version,
        as_of=as_of,
        timezone=model.timezone,
        newest=False,
        leads=sum(leads.values()),
        not_scored=leads.get(False, 0),
        bands=bands,
        labels=labels,
        by=by,
        ranked=tuple(_collected(best).iter_rows(named=True)) if top else (),
        problems=tuple(problem_lines(problems, model.events)),
        various=tuple(name for name in model.labels if name not in labels),
    )
    return population, problems.rejected_rows


def _counts(problems: pl.DataFrame) -> Counts:
    found = Counts()
    for kind, place, reason, count, example in problems.iter_rows():
        if kind == "ignored":
            found.ignored_events[place] += count
            continue
        (found.rejected if kind == "rejected" else found.missing)[place, reason] += count
        if example:
            found.first[place, reason] = example
    return found


def _collected(frame: DataFrame) -> pl.DataFrame:
    return pl.DataFrame(frame.toArrow())
