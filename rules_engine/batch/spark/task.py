"""What a Spark task does: rows of leads, accounts and events of some leads in, rows of results out, as Arrow batches.

Imports no Spark, so it is the same code as on one machine. A partition comes sorted by bucket; all rows of a lead, and
the rows of its account, are in one bucket. Buckets are taken together until there is enough to do, so memory depends
on that and on the largest bucket, not on the partition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from rules_engine import __version__
from rules_engine.batch import tables
from rules_engine.batch.columns.fields import Fields
from rules_engine.batch.columns.of_data import bucket_of, bucket_rows
from rules_engine.batch.columns.score import ColumnScorer, Scored
from rules_engine.batch.fold.accounts import Members, roll_up_columns
from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources import read_data
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.problems import Counts
from rules_engine.batch.tables import Wanted
from rules_engine.engine import Engine
from rules_engine.model.extensions import Reader, Source
from rules_engine.model.types import Model
from rules_engine.plugins import installed
from rules_engine.records import dataclass

CHUNK = 500_000  # rows that are scored together, about
BUCKET, SOURCE = "bucket", "source"
_PLACE = re.compile(r"^.*?, row \d+(?:: )?")

Batches = Iterator[pa.RecordBatch]


class WorkerError(Exception):
    """A worker cannot do what the driver asks: other software, other plugins. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a task is to do. `mapping` reads the tables `table://<number>`; `plugins` are those the model was loaded
    with. Pickled by the driver."""

    model: Model
    mapping: DataMapping
    as_of: int
    wanted: Wanted
    strict: bool
    plugins: tuple[str, ...]
    software: str = __version__


def schemas(model: Model, wanted: Wanted) -> dict[str, pl.DataFrame]:
    """The tables that a task gives, without rows."""
    scores = pl.DataFrame(schema=tables.scores_schema(model))
    found = {
        "scores": tables.in_points(scores, tables.exact_columns(model)),
        "ledger": tables.exact_frame(tables.ledger_schema()),
        "transitions": pl.DataFrame(schema=tables.transitions_schema()),
        "tallies": pl.DataFrame(schema=tables.tallies_schema(model)),
        "outcomes": pl.DataFrame(schema=tables.outcomes_schema()),
        "problems": pl.DataFrame(
            schema={"kind": pl.String, "place": pl.String, "reason": pl.String, "count": pl.Int64, "example": pl.String}
        ),
    }
    for name in ("ledger", "transitions", "tallies"):
        if not getattr(wanted, name):
            del found[name]
    if model.accounts:
        found["members"] = pl.DataFrame(schema=_members_schema(model))
    return found


def _members_schema(model: Model) -> dict[str, Any]:
    schema: dict[str, Any] = {"account_id": pl.String, "lead_id": pl.String}
    for number in range(len(model.accounts)):
        schema |= {f"carries_{number}": pl.Boolean, f"reading_{number}": pl.Int64, f"weight_{number}": pl.Float64}
    return schema


def arrow_schema(frame: pl.DataFrame) -> pa.Schema:
    """The Arrow types of a table as Spark has them: no large offsets, no views."""
    return pa.schema([pa.field(field.name, _plain(field.type)) for field in frame.to_arrow().schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_list(kind):
        return pa.list_(_plain(kind.value_type))
    return kind


def output_schema(model: Model, wanted: Wanted) -> pa.Schema:
    """A column per table, holding its rows; each row of the output belongs to one of them."""
    return pa.schema([pa.field(n, pa.struct(list(arrow_schema(frame)))) for n, frame in schemas(model, wanted).items()])


def scoring(work: Work) -> Callable[[Batches], Batches]:
    """The function for `mapInArrow` over rows of people and events."""

    def run(batches: Batches) -> Batches:
        engine, scorer = _ready(work)
        schema = output_schema(work.model, work.wanted)
        for chunk in chunks(batches):
            data = read_data(_with_rows(work.mapping, chunk), engine.model, strict=work.strict)
            yield from _batches(schema, {"problems": _problems(data.counts)})
            known = Fields(engine.model, data)
            everyone = np.arange(data.leads.height, dtype=np.int64)
            for rows in bucket_rows(data, everyone) if len(everyone) else ():
                moments = np.full(len(rows), work.as_of, dtype=np.int64)
                ids = data.leads["lead_id"].gather(rows)
                # one thread: Spark has a task for each core
                scored = scorer.score(bucket_of(known, data, rows, moments), ids, work.wanted, threads=1)
                yield from _batches(schema, _tables(work, data, rows, scored))

    return run


def rolling_up(model: Model, plugins: tuple[str, ...]) -> Callable[[Batches], Batches]:
    """The function for `mapInArrow` over rows of members and accounts, all of an account in one bucket."""

    def run(batches: Batches) -> Batches:
        rollups = _with_plugins(plugins).rollups
        for chunk in chunks(batches):
            frame = pl.DataFrame(chunk.drop_columns([BUCKET]))
            members = frame.filter(pl.col("lead_id").is_not_null())
            rolled = roll_up_columns(
                model, frame["account_id"], members["lead_id"], members["account_id"], _members(model, members), rollups
            ).frame
            yield from _to_spark(rolled).to_batches()

    return run


def accounts_schema(model: Model) -> pa.Schema:
    """The columns of the table of accounts."""
    members = pl.DataFrame(schema=_members_schema(model))
    ids = members["account_id"]
    return arrow_schema(roll_up_columns(model, ids, ids, ids, _members(model, members), installed().rollups).frame)


def chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of whole buckets, about `CHUNK` of them at a time. Batches come sorted by bucket."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        numbers = batch.column(BUCKET).to_numpy()
        last = int(np.searchsorted(numbers, numbers[-1], "left"))  # where the last bucket of the batch begins
        open_bucket = held[-1].column(BUCKET)[-1].as_py() if held else None
        if rows + last >= CHUNK and (last or numbers[0] != open_bucket) and rows + last:
            yield pa.Table.from_batches([*held, batch.slice(0, last)])
            held, rows = [], 0
            batch = batch.slice(last)
        held.append(batch)
        rows += batch.num_rows
    if held:
        yield pa.Table.from_batches(held)


# --- the engine on a worker -----------------------------------------------------------------------------------------

_READY: dict[str, tuple[Engine, ColumnScorer]] = {}  # Spark keeps a worker's process for many tasks


def _ready(work: Work) -> tuple[Engine, ColumnScorer]:
    if work.software != __version__:
        raise WorkerError(
            f"the driver has version {work.software} of lead-rules-engine and this worker has {__version__}: "
            "install the same version on both."
        )
    key = f"{work.model.hash} {work.plugins}"
    if key not in _READY:
        engine = Engine(work.model, using=_with_plugins(work.plugins))
        _READY[key] = engine, ColumnScorer(engine.prepared)
    return _READY[key]


def _with_plugins(names: tuple[str, ...]) -> Any:
    found = installed()
    missing = sorted(set(names) - {plugin.name for plugin in found.loaded})
    if missing:
        raise WorkerError(f"this worker lacks the plugin {missing[0]}, which the driver has: install it there too.")
    return found


# --- rows in --------------------------------------------------------------------------------------------------------


def _with_rows(mapping: DataMapping, rows: pa.Table) -> DataMapping:
    """The mapping with its tables read from these rows."""
    source = rows[SOURCE]
    people = len(mapping.leads) + len(mapping.accounts)

    def open_table(uri: str, _: Path) -> Source:
        number = int(uri.removeprefix("table://"))
        own = rows.filter(pc.equal(source, number))[f"row_{number}"]
        names = [field.name for field in own.type]
        frame = pl.DataFrame(pa.table(own.flatten(), names=names))
        if number < people:
            # Spark keeps no order: of several rows with one id the first by their values counts
            frame = frame.sort([name for name, kind in frame.schema.items() if not kind.is_nested()], nulls_last=True)
        if len(mapping.leads) <= number < people:
            frame = frame.unique(maintain_order=True)  # an account comes once per bucket whose leads name it
        return Source(tuple(names), lambda wanted: frame.select(wanted))

    readers = {"table": Reader("table", open_table)}

    def ready(table: Table) -> Table:
        return replace(table, readers=readers)

    return replace(
        mapping,
        leads=tuple(replace(one, table=ready(one.table)) for one in mapping.leads),
        accounts=tuple(replace(one, table=ready(one.table)) for one in mapping.accounts),
        events=tuple(replace(one, table=ready(one.table)) for one in mapping.events),
    )


# --- rows out -------------------------------------------------------------------------------------------------------


def _tables(
    work: Work, data: Data, rows: np.ndarray[Any, np.dtype[np.int64]], scored: Scored
) -> dict[str, pl.DataFrame]:
    found = {name: getattr(scored.tables, name) for name in ("scores", "ledger", "transitions", "tallies", "outcomes")}
    if work.model.accounts:
        columns = {"account_id": data.leads["account_id"].gather(rows), "lead_id": data.leads["lead_id"].gather(rows)}
        for number, one in enumerate(scored.members):
            columns |= {
                f"carries_{number}": pl.Series(one.carries),
                f"reading_{number}": pl.Series(one.reading, dtype=pl.Int64),
                f"weight_{number}": pl.Series(one.weight),
            }
        found["members"] = pl.DataFrame(columns).filter(pl.col("account_id").is_not_null())
    return found


def _members(model: Model, frame: pl.DataFrame) -> tuple[Members, ...]:
    return tuple(
        Members(
            frame[f"carries_{number}"].to_numpy(),
            frame[f"reading_{number}"].to_numpy(),
            frame[f"weight_{number}"].to_numpy(),
        )
        for number in range(len(model.accounts))
    )


def _problems(counts: Counts) -> pl.DataFrame:
    found = [
        (kind, *place, count, _PLACE.sub("", counts.first[place]) if place in counts.first else None)
        for kind, counter in (("rejected", counts.rejected), ("missing", counts.missing))
        for place, count in counter.items()
    ]
    found += [("ignored", name, "", count, None) for name, count in counts.ignored_events.items()]
    schema = {"kind": pl.String, "place": pl.String, "reason": pl.String, "count": pl.Int64, "example": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _batches(schema: pa.Schema, found: Mapping[str, pl.DataFrame]) -> Batches:
    for name, frame in found.items():
        if name not in schema.names or not frame.height:
            continue
        kind = schema.field(name).type
        rows = pa.table(frame.to_arrow()).cast(pa.schema(list(kind)))
        for batch in rows.to_batches(max_chunksize=50_000):
            own = pa.StructArray.from_arrays(batch.columns, fields=list(kind))
            columns = [own if field.name == name else pa.nulls(len(own), field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _to_spark(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow().cast(arrow_schema(frame))
