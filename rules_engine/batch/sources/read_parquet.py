"""A Parquet file -> its wanted columns in their own types; structs by path, an exploded list as rows.

Takes a table of the mapping and a path, gives an `Opened` file. Only the columns that are wanted are read.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from polars.datatypes import DataTypeClass

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources import nested
from rules_engine.batch.sources.coded import Coded
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.far import listed
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ITEM, ROW, Later, Loaded, Opened

# Polars panics on some damaged files, with an exception that is no PolarsError.
_BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
PIECE = 250_000  # rows of a large file in memory at a time
AHEAD = 1  # such parts that are read while one is used
FEW = 64_000  # bytes of a column of few texts
CODE = 4  # and bytes per row, codes and texts together
DataType: TypeAlias = pl.DataType | DataTypeClass


def open_parquet(table: Table, path: Path, shown: str) -> Opened:
    """Reads the schema; raises `DataError` when the file is not Parquet."""
    try:
        scan = pl.scan_parquet(path, row_index_name=ROW, row_index_offset=1, glob=False)
        schema = scan.collect_schema()
    except _BROKEN as error:
        reason = str(error).splitlines()[0]
        raise DataError(say.malformed(table.span, shown, "Parquet", reason), file=shown) from error
    names = tuple(_names(schema, table.explode))

    def raw(rows: Sequence[int]) -> list[str]:
        kept = scan.filter(pl.col(ROW).is_in(list(rows))).collect()
        names = [name for name in kept.columns if name != ROW]
        each = zip(*(listed(kept[name]) for name in names), strict=True)
        by_row = dict(zip(kept[ROW].to_list(), each, strict=True))
        return [json.dumps(dict(zip(names, by_row[r], strict=True)), default=str) for r in rows]

    def load(wanted: Sequence[str]) -> Loaded:
        try:
            frame, rows = _load(scan, schema, table, wanted)
        except _BROKEN as error:
            reason = str(error).splitlines()[0]
            raise DataError(say.malformed(table.span, shown, "Parquet", reason), file=shown) from error
        texts = pl.col(pl.Categorical).cast(pl.String)  # only what comes in pieces keeps categories
        return Loaded(shown, frame.with_columns(texts, pl.col(ROW).cast(pl.Int64)), (), rows, raw)

    def pieces(wanted: Sequence[str]) -> Iterator[Loaded]:
        try:
            for first, batch in _pieces(path, wanted):
                numbers = pl.int_range(first, first + batch.num_rows, dtype=pl.Int64, eager=True).alias(ROW)
                yield Loaded(shown, numbers.to_frame(), (), batch.num_rows, raw, _later(batch, first))
        except (*_BROKEN, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise DataError(say.malformed(table.span, shown, "Parquet", reason), file=shown) from error

    plain = table.explode is None and set(names) == set(schema) - {ROW}
    return Opened(shown, names, load, pieces=pieces if plain else None)


def _pieces(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Some rows at a time with the number of the first, the next ones read while these are used."""
    names = list(dict.fromkeys(wanted))
    with pq.ParquetFile(path) as seen:
        coded = [name for name in _coded(seen) if name in names]
    # with `pre_buffer` all that was read of a file would stay in memory until its end
    reader = pq.ParquetFile(path, read_dictionary=coded, pre_buffer=False)
    with reader as file, ThreadPoolExecutor(max_workers=1) as ahead:
        batches = file.iter_batches(batch_size=PIECE, columns=names)
        coming = deque(ahead.submit(next, batches, None) for _ in range(AHEAD))
        row = 1
        while (batch := coming.popleft().result()) is not None:
            coming.append(ahead.submit(next, batches, None))
            yield row, batch
            row += batch.num_rows
    pa.default_memory_pool().release_unused()  # else what was read last stays with the process


def _coded(file: pq.ParquetFile) -> list[str]:
    """The columns of few texts: the file has them as codes, which are small, and they stay so."""
    chunks = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
    found = []
    for number, field in enumerate(file.schema_arrow):
        if _is_text(field.type):
            columns = [chunk.column(number) for chunk in chunks]
            size = sum(column.total_uncompressed_size for column in columns)
            if all(column.has_dictionary_page for column in columns) and size <= FEW + CODE * file.metadata.num_rows:
                found.append(field.name)
    return found


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _later(batch: pa.RecordBatch, first: int) -> Later:
    """The columns of some rows of a file. Only rows that are still there are taken."""

    def take(name: str, rows: pl.Series) -> pl.Series | Coded:
        column = batch.column(name)
        if len(rows) < batch.num_rows:
            column = pc.take(column, (rows - first).to_arrow(), boundscheck=False)
        if isinstance(column, pa.DictionaryArray) and _is_text(column.type.value_type):
            return Coded.of_array(column)
        return pl.Series(name, pl.from_arrow(column))

    return Later(frozenset(batch.schema.names), take)


def _load(scan: pl.LazyFrame, schema: pl.Schema, table: Table, wanted: Sequence[str]) -> tuple[pl.DataFrame, int]:
    if table.explode is None:
        frame = scan.select(pl.col(ROW), *(_at(schema, name).alias(name) for name in wanted)).collect()
        return frame, frame.height
    inner = {name: nested.inside(name, table.explode) for name in wanted}
    outer = [_at(schema, name).alias(name) for name, within in inner.items() if within is None]
    items = scan.select(pl.col(ROW), _at(schema, table.explode).alias(ITEM), *outer).collect()
    rows = items.height
    items = items.filter(pl.col(ITEM).list.len() > 0).explode(ITEM)
    item = items[ITEM]
    found = [
        pl.select(_path(pl.lit(item), item.dtype, nested.path_of(within))).to_series().alias(name)
        for name, within in inner.items()
        if within is not None
    ]
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(ROW).alias(ITEM)
    return items.with_columns(*found, number).select(ROW, ITEM, *wanted), rows


def _at(schema: pl.Schema, name: str) -> pl.Expr:
    if name in schema:
        return pl.col(name)
    first, *rest = nested.path_of(name)
    return _path(pl.col(first), schema[first], tuple(rest))


def _path(expr: pl.Expr, kind: DataType, path: tuple[str, ...]) -> pl.Expr:
    for step in path:
        if isinstance(kind, pl.Struct):
            expr = expr.struct.field(step)
            kind = next(field.dtype for field in kind.fields if field.name == step)
        elif isinstance(kind, pl.List):
            expr = expr.list.get(int(step), null_on_oob=True)
            kind = kind.inner
    return expr


def _names(schema: pl.Schema, explode: str | None) -> list[str]:
    """Columns, and the paths inside structs and inside the exploded list."""
    names: list[str] = []

    def walk(name: str, kind: DataType) -> None:
        names.append(name)
        if isinstance(kind, pl.List) and name == explode:
            kind = kind.inner
        if isinstance(kind, pl.Struct):
            for field in kind.fields:
                walk(f"{name}.{field.name}", field.dtype)

    for name, kind in schema.items():
        if name != ROW:
            walk(name, kind)
    return names
