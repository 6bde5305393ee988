"""The plan of a run on Spark: which rows of which tables go into which bucket.

Takes data frames of Spark and a mapping of their columns; gives one frame of rows, spread over partitions by lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from rules_engine.batch.sources.mapping import AccountTable, Column, EventTable, LeadTable, Mapping
from rules_engine.batch.spark.task import BUCKET, SOURCE
from rules_engine.model.types import Model

if TYPE_CHECKING:
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame

BUCKETS_PER_PARTITION = 16  # so that a task can work through its partition in pieces
_INTEGERS = ("byte", "short", "integer", "long")
KEY = "key"


class SparkError(Exception):
    """Data that cannot be scored on Spark as it is; the message says why and what to do."""


def people_and_events(mapping: Mapping) -> list[LeadTable | AccountTable | EventTable]:
    """The tables of a run, in the order in which they are numbered."""
    return [*mapping.leads, *mapping.accounts, *mapping.events]


def numbered(mapping: Mapping) -> Mapping:
    """The mapping with its tables read as `table://0`, `table://1`, ...: leads, accounts, events in this order. Raises
    `SparkError` for what needs whole files in their order."""
    if mapping.lookups:
        raise SparkError("lookups: are not supported on Spark; join them into the tables first.")
    numbers = iter(range(1_000_000))
    people: list[LeadTable | AccountTable] = [*mapping.leads, *mapping.accounts]
    for table in people:
        if table.duplicates != "reject":
            raise SparkError(
                f"{table.table.label}: duplicates: {table.duplicates} is not supported on Spark, which keeps no "
                "order of rows; leave one row per id in the table."
            )

    def ready(table: Any) -> Any:
        own = table.table
        if own.explode or own.json:
            which = "explode" if own.explode else "json"
            raise SparkError(f"{own.label}: {which}: is not supported on Spark; flatten the table first.")
        files = (f"table://{next(numbers)}",)
        return replace(table, table=replace(own, files=files, format=None, header=True, columns=(), readers={}))

    return replace(
        mapping,
        leads=tuple(ready(one) for one in mapping.leads),
        accounts=tuple(ready(one) for one in mapping.accounts),
        events=tuple(ready(one) for one in mapping.events),
        outcomes=(),
        findings=(),
    )


def rows_by_lead(mapping: Mapping, model: Model, frames: Sequence[DataFrame], partitions: int) -> DataFrame:
    """All rows that scoring needs, those of a lead and of its account in one bucket, buckets spread over `partitions`
    and sorted within them. `frames` are those of the mapping's tables, in its order."""
    from pyspark.sql import functions as F  # noqa: N812 - everybody calls it so

    buckets = partitions * BUCKETS_PER_PARTITION
    parts: list[DataFrame] = []
    pairs: list[DataFrame] = []
    for number, table in enumerate(people_and_events(mapping)):
        frame = frames[number]
        row = _row(table, model, frame, number)
        if isinstance(table, AccountTable):
            if not pairs:
                raise SparkError("an accounts table needs a leads table that names the account of each lead.")
            named = reduce(lambda a, b: a.unionByName(b), pairs).distinct()
            keyed = frame.select(_key(frame, table.id, table.table.label).alias(KEY), row)
            parts.append(keyed.join(named, KEY).select(BUCKET, F.lit(number).alias(SOURCE), f"row_{number}"))
            continue
        who = table.id if isinstance(table, LeadTable) else table.lead
        bucket = F.pmod(F.xxhash64(_key(frame, who, table.table.label)), F.lit(buckets)).cast("int").alias(BUCKET)
        parts.append(frame.select(bucket, F.lit(number).alias(SOURCE), row))
        if isinstance(table, LeadTable) and table.account is not None and mapping.accounts:
            account = _key(frame, table.account, table.table.label)
            pairs.append(frame.select(bucket, account.alias(KEY)).where(F.col(KEY).isNotNull()))
    whole = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), parts)
    return whole.repartition(partitions, BUCKET).sortWithinPartitions(BUCKET)


def account_ids(mapping: Mapping, frames: Sequence[DataFrame]) -> list[DataFrame]:
    """The ids of the tables of accounts."""
    first = len(mapping.leads)
    return [
        frame.select(_key(frame, table.id, table.table.label).alias("account_id"))
        for table, frame in zip(mapping.accounts, frames[first:], strict=False)
    ]


def _row(table: LeadTable | AccountTable | EventTable, model: Model, frame: DataFrame, number: int) -> SparkColumn:
    """The columns of a table that can be used, as one."""
    from pyspark.sql import functions as F  # noqa: N812

    wanted = dict.fromkeys(name for column in _columns(table) for name in column.names)
    if table.table.match_names:
        wanted |= dict.fromkeys(_declared(table, model))
    chosen = [_quoted(name) for name in wanted if name in frame.columns]
    if not chosen:
        raise SparkError(f"{table.table.label}: none of its columns is there; it has {', '.join(frame.columns)}.")
    return F.struct(*chosen).alias(f"row_{number}")


def _columns(table: LeadTable | AccountTable | EventTable) -> Iterable[Column]:
    yield from (one.column for one in table.table.where)
    yield from table.table.known_after_outcome
    if isinstance(table, EventTable):
        yield from (one for one in (table.lead, table.at, table.type, table.id) if one is not None)
        yield from table.attributes.values()
        for attributes in table.attributes_of.values():
            yield from attributes.values()
    else:
        account = table.account if isinstance(table, LeadTable) else None
        yield from (one for one in (table.id, account, table.valid_from) if isinstance(one, Column))
        yield from table.fields.values()


def _declared(table: LeadTable | AccountTable | EventTable, model: Model) -> Iterable[str]:
    if isinstance(table, LeadTable):
        return model.lead_fields
    if isinstance(table, AccountTable):
        return model.account_fields
    return [name for event in model.events.values() for name in event.attributes]


def _key(frame: DataFrame, column: object, label: str) -> SparkColumn:
    """An id as the readers have it: trimmed text. Rows of equal ids must meet in one bucket."""
    from pyspark.sql import functions as F  # noqa: N812

    if not isinstance(column, Column):
        raise SparkError(f"{label}: ids made of row numbers are not supported on Spark, which keeps no order of rows.")
    if len(column.names) != 1 or column.values or column.lookup:
        raise SparkError(f"{label}: on Spark an id is one column as it is, without values: or lookup:.")
    name = column.names[0]
    if name not in frame.columns:
        raise SparkError(f"{label}: there is no column {name}; there are {', '.join(frame.columns)}.")
    kind = frame.schema[name].dataType.typeName()
    if kind not in ("string", *_INTEGERS):
        raise SparkError(f"{label}: ids are text or whole numbers, and {name} is {kind}; cast it first.")
    text = F.regexp_replace(F.col(_quoted(name)).cast("string"), r"(?U)^\s+|\s+$", "")
    return F.when(text != "", text)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
