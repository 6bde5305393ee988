"""`score(spark, model, leads, events, accounts, as_of=…)`: data frames of Spark in, data frames of Spark out.

The driver plans and nothing else: no row of people or events comes to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.batch.api import mapping_of_frames
from rules_engine.batch.sources.mapping import Mapping
from rules_engine.batch.spark.plan import BUCKETS_PER_PARTITION, SparkError, account_ids, numbered, rows_by_lead
from rules_engine.batch.spark.task import BUCKET, Work, accounts_schema, output_schema, rolling_up, schemas, scoring
from rules_engine.batch.tables import Wanted
from rules_engine.engine import Engine, Moment
from rules_engine.matching.history import read_instant
from rules_engine.model.types import Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class Frames:
    """What a run gives, with the columns and types of the tables of one machine; None for what was not asked for.

    `problems`: what of the data could not be used, by kind (rejected, missing, ignored), place and reason, with a count
    and an example; rows of accounts are counted once for each task that reads them. Nothing is computed before a frame
    is used. `work` is what all are read from; it is kept on the executors' disks, so that the leads are scored once,
    until `unpersist`.
    """

    scores: DataFrame
    problems: DataFrame
    outcomes: DataFrame
    accounts: DataFrame | None
    transitions: DataFrame | None
    ledger: DataFrame | None
    tallies: DataFrame | None
    work: DataFrame

    def unpersist(self) -> None:
        """Frees what is kept; the frames can still be used, and are then computed anew."""
        self.work.unpersist()


def score(
    spark: SparkSession,
    model: Engine | Path | str,
    leads: DataFrame,
    events: DataFrame,
    accounts: DataFrame | None = None,
    *,
    as_of: Moment,
    ledger: bool = False,
    transitions: bool = False,
    tallies: bool = False,
    strict: bool = False,
    partitions: int | None = None,
) -> Frames:
    """Scores all leads of a table on the cluster.

    Columns are those of `rules_engine.batch.api.score_batch`: `leads` has `lead_id`, maybe `account_id` and fields;
    `events` has `lead_id`, `type`, `at`, maybe `id` and attributes; `accounts` has `account_id` and fields. Ids are
    text or whole numbers. `partitions` is how many tasks the work is cut into; without it, Spark's own
    `spark.sql.shuffle.partitions`. `strict` fails the job at the first row or value that cannot be used.

    Raises `SparkError` for data that cannot be scored this way, `ModelError` for the model; what a task meets comes as
    Spark's own error when a frame is used.
    """
    given = {"leads": leads, "events": events} | ({} if accounts is None else {"accounts": accounts})
    for name, columns in {
        "leads": ("lead_id",),
        "events": ("lead_id", "type", "at"),
        "accounts": ("account_id",),
    }.items():
        for column in columns:
            if name in given and column not in given[name].columns:
                raise SparkError(f"{name} has no column {column}; it has {', '.join(given[name].columns)}.")
    empty = {name: pl.DataFrame(schema=dict.fromkeys(frame.columns, pl.String)) for name, frame in given.items()}
    engine = model if isinstance(model, Engine) else Engine.load(model, as_of=as_of)
    frames = [given[name] for name in ("leads", "accounts", "events") if name in given]
    wanted = Wanted(ledger=ledger, transitions=transitions, tallies=tallies)
    instant = read_instant(as_of, engine.zone, "call", "as_of")
    return score_tables(
        spark, engine, mapping_of_frames(empty), frames, instant, wanted, strict=strict, partitions=partitions
    )


def score_tables(
    spark: SparkSession,
    engine: Engine,
    mapping: Mapping,
    frames: Sequence[DataFrame],
    as_of: int,
    wanted: Wanted,
    *,
    strict: bool,
    partitions: int | None,
) -> Frames:
    """The same for the tables of a mapping: `frames` are those of its leads, accounts and events, in this order."""
    from pyspark.sql import functions as F  # noqa: N812 - everybody calls it so
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.storagelevel import StorageLevel

    count = int(spark.conf.get("spark.sql.shuffle.partitions") or 200) if partitions is None else partitions
    tables = numbered(mapping)
    plugins = tuple(plugin.name for plugin in engine.extensions.loaded)
    task = Work(engine.model, tables, as_of, wanted, strict, plugins)
    rows = rows_by_lead(tables, engine.model, frames, count)
    found = rows.mapInArrow(scoring(task), from_arrow_schema(output_schema(engine.model, wanted)))
    found = found.persist(StorageLevel.DISK_ONLY)
    names = schemas(engine.model, wanted)
    parts = {n: found.where(F.col(n).isNotNull()).select(f"{n}.*") for n in names}
    accounts = None
    if engine.model.accounts:
        accounts = _rolled_up(engine.model, plugins, parts["members"], account_ids(tables, frames), count)
    sums = [F.sum(name).alias(name) for name in ("fired", "not_fired", "unknown")]
    problems = parts["problems"].groupBy("kind", "place", "reason")
    return Frames(
        scores=parts["scores"],
        problems=problems.agg(F.sum("count").alias("count"), F.min("example").alias("example")),
        outcomes=parts["outcomes"].groupBy("score", "rule", "kind").agg(*sums),
        accounts=accounts,
        transitions=parts.get("transitions"),
        ledger=parts.get("ledger"),
        tallies=parts.get("tallies"),
        work=found,
    )


def _rolled_up(
    model: Model, plugins: tuple[str, ...], members: DataFrame, ids: Sequence[DataFrame], partitions: int
) -> DataFrame:
    """The table of accounts from the members' readings, an account's all in one bucket."""
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.pandas.types import from_arrow_schema

    everything = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), [members, *ids])
    bucket = F.pmod(F.xxhash64("account_id"), F.lit(partitions * BUCKETS_PER_PARTITION)).cast("int")
    spread = everything.where(F.col("account_id").isNotNull()).withColumn(BUCKET, bucket)
    sorted_rows = spread.repartition(partitions, BUCKET).sortWithinPartitions(BUCKET)
    return sorted_rows.mapInArrow(rolling_up(model, plugins), from_arrow_schema(accounts_schema(model)))
