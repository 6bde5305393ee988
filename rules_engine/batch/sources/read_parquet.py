"""A Parquet file -> its wanted columns in their own types; structs by path, an exploded list as rows.

Takes a table of the mapping and a path, gives an `Opened` file. Only the columns that are wanted are read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from polars.datatypes import DataTypeClass

from rules_engine.batch.series import column_of
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources import nested
from rules_engine.batch.sources.ahead import ahead
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.far import listed
from rules_engine.batch.sources.later import is_text, piece
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.parquet_groups import Run, useful_runs
from rules_engine.batch.sources.table import ITEM, ROW, Loaded, Opened, Useful

# Polars panics on some damaged files, with an exception that is no PolarsError.
_BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
PIECE = 250_000  # rows of a large file in memory at a time
AHEAD, MOST = 4, 100_000_000  # such parts that are read while one is used, and the bytes that they may take, about
VALUE = 8  # bytes in which most values are held
FEW = 64_000  # bytes of a column of few texts
_DIGITS = 38  # of the widest decimals that Polars has
CODE = 4  # and bytes per row, codes and texts together
DataType: TypeAlias = pl.DataType | DataTypeClass
WideDecimals: TypeAlias = pa.Array | pa.ChunkedArray


def open_parquet(table: Table, path: Path, shown: str) -> Opened:
    """Reads the schema; raises `DataError` when the file is not Parquet."""
    try:
        scan = pl.scan_parquet(path, row_index_name=ROW, row_index_offset=1, glob=False)
        schema = scan.collect_schema()
    except pl.exceptions.DuplicateError as error:
        raise _two_columns(table, path, shown) from error
    except _BROKEN as error:
        reason = str(error).splitlines()[0]
        raise DataError(say.malformed(table.span, shown, "Parquet", reason), file=shown) from error
    names = tuple(_names(schema, table.explode))

    def raw(rows: Sequence[int]) -> list[str]:
        all_columns = {name: pl.col(name) for name in schema if name != ROW}
        kept = _read(scan, schema, path, all_columns).filter(pl.col(ROW).is_in(list(rows)))
        names = [name for name in kept.columns if name != ROW]
        each = zip(*(listed(kept[name]) for name in names), strict=True)
        by_row = dict(zip(kept[ROW].to_list(), each, strict=True))
        return [json.dumps(dict(zip(names, by_row[r], strict=True)), default=str) for r in rows]

    def load(wanted: Sequence[str]) -> Loaded:
        try:
            frame, rows = _load(scan, schema, path, table, wanted)
        except _BROKEN as error:
            reason = str(error).splitlines()[0]
            raise DataError(say.malformed(table.span, shown, "Parquet", reason), file=shown) from error
        texts = pl.col(pl.Categorical).cast(pl.String)  # only what comes in pieces keeps categories
        return Loaded(shown, frame.with_columns(texts, pl.col(ROW).cast(pl.Int64)), (), rows, raw)

    def pieces(useful: Useful | None, wanted: Sequence[str]) -> Iterator[Loaded]:
        none = True
        try:
            with pq.ParquetFile(path) as seen:
                metadata, kinds = seen.metadata, seen.schema_arrow
            runs, unread = useful_runs(metadata, useful)
            for first, batch in _pieces(path, metadata, kinds, wanted, runs):
                none = False
                yield piece(shown, first, batch.num_rows, _columns_of(batch), raw, unread)
                unread = Counter()  # told once
            if none:
                nothing = pa.RecordBatch.from_pylist([], kinds).select(wanted)
                yield piece(shown, 1, 0, _columns_of(nothing), raw, unread)
        except (*_BROKEN, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise DataError(say.malformed(table.span, shown, "Parquet", reason), file=shown) from error

    plain = table.explode is None and set(names) == set(schema) - {ROW}
    if not plain:
        return Opened(shown, names, load)
    return Opened(shown, names, load, pieces=partial(pieces, None), useful=lambda useful: partial(pieces, useful))


def _two_columns(table: Table, path: Path, shown: str) -> DataError:
    with pq.ParquetFile(path) as file:
        names = Counter(file.schema_arrow.names)
    name = next(name for name, count in names.most_common() if count > 1)
    return DataError(say.two_columns(table.span, shown, name, "Rename one where it is exported."), file=shown)


def _columns_of(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    return dict(zip(batch.schema.names, batch.columns, strict=True))


def _pieces(
    path: Path, metadata: pq.FileMetaData, kinds: pa.Schema, wanted: Sequence[str], runs: Sequence[Run]
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Some rows at a time with the number of the first, the next ones read by two threads while these are used."""
    wide = {name for name in wanted if pa.types.is_decimal256(kinds.field(name).type)}
    parts, coded, width = _columns(metadata, {own.name for own in kinds if is_text(own.type)}, wanted)
    with ExitStack() as files:

        def read(names: list[str]) -> Iterator[pa.RecordBatch]:
            own = [name for name in names if name in coded]
            # with `pre_buffer` all that was read of a file would stay in memory until its end
            file = pq.ParquetFile(path, metadata=metadata, read_dictionary=own, pre_buffer=False)
            opened = files.enter_context(file)
            batches = chain.from_iterable(opened.iter_batches(PIECE, run.groups, names) for run in runs)
            thread = files.enter_context(ThreadPoolExecutor(max_workers=1))
            return ahead(batches, thread, max(min(int(MOST / (PIECE * width)), AHEAD), 1))

        coming = iter(runs)
        row = end = 0
        for batch in _side_by_side([read(names) for names in parts]):  # none has rows of two runs
            if row == end:
                run = next(coming)
                row, end = run.first, run.first + run.rows
            yield row, _narrow(batch, wide)
            row += batch.num_rows
    pa.default_memory_pool().release_unused()  # else what was read last stays with the process


def _narrow(batch: pa.RecordBatch, wide: Set[str]) -> pa.RecordBatch:
    """Wide decimals as Polars reads them: as narrow ones, or as texts where these cannot hold their digits."""
    for name in wide:
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, name, narrow(batch.column(place)))
    return batch


def narrow(decimals: WideDecimals) -> WideDecimals:
    """A column of `decimal256` as one that Polars reads."""
    kind = decimals.type
    return decimals.cast(pa.string() if kind.precision > _DIGITS else pa.decimal128(kind.precision, kind.scale))


def _side_by_side(parts: Sequence[Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """All columns, from batches of some columns each. Those of one part need not end where those of another do."""
    if len(parts) == 1:
        yield from parts[0]
        return
    current = [next(part, None) for part in parts]
    while batches := [batch for batch in current if batch is not None]:
        rows = min(batch.num_rows for batch in batches)
        columns = {
            name: column.slice(0, rows)
            for batch in batches
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        yield pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
        current = [
            batch.slice(rows) if rows < batch.num_rows else next(part, None)
            for batch, part in zip(batches, parts, strict=True)
        ]


def _columns(
    metadata: pq.FileMetaData, texts: Set[str], wanted: Iterable[str]
) -> tuple[list[list[str]], Set[str], float]:
    """The columns in two parts, those of few `texts`: the file has them as codes, which are small, and stay so; and the
    bytes that a row takes in memory, about."""
    sizes: dict[str, int] = dict.fromkeys(wanted, 0)
    coded = texts & sizes.keys()
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for chunk in map(group.column, range(group.num_columns)):
            name = chunk.path_in_schema
            if name in sizes:
                sizes[name] += chunk.total_uncompressed_size
                if not chunk.has_dictionary_page:
                    coded -= {name}
    codes = CODE * metadata.num_rows
    return (
        _halves({name: size + codes for name, size in sizes.items()}),
        {name for name in coded if sizes[name] <= FEW + codes},
        sum(max(VALUE, size / max(metadata.num_rows, 1)) for size in sizes.values()) or VALUE,
    )


def _halves(sizes: dict[str, int]) -> list[list[str]]:
    """Columns in two parts that take about as long to read."""
    halves: list[list[str]] = [[], []]
    taken = [0, 0]
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        half = taken.index(min(taken))
        halves[half].append(name)
        taken[half] += sizes[name]
    return [half for half in halves if half] or [[]]


def _load(
    scan: pl.LazyFrame, schema: pl.Schema, path: Path, table: Table, wanted: Sequence[str]
) -> tuple[pl.DataFrame, int]:
    if table.explode is None:
        frame = _read(scan, schema, path, {name: _at(schema, name) for name in wanted})
        return frame, frame.height
    inner = {name: nested.inside(name, table.explode) for name in wanted}
    outer = {name: _at(schema, name) for name, within in inner.items() if within is None}
    items = _read(scan, schema, path, {ITEM: _at(schema, table.explode), **outer})
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


def _read(scan: pl.LazyFrame, schema: pl.Schema, path: Path, columns: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """The numbers of rows, and columns by name; those of decimals that are too wide for Polars as texts."""
    wide = [name for name in columns if _too_wide(schema.get(name))]
    narrow_ones = [expr.alias(name) for name, expr in columns.items() if name not in wide]
    frame = scan.select(pl.col(ROW), *narrow_ones).collect()
    if not wide:
        return frame
    with pq.ParquetFile(path) as file:
        texts = [column_of(narrow(file.read([name]).column(0)).combine_chunks(), name) for name in wide]
    return frame.with_columns(texts).select(ROW, *columns)


def _too_wide(kind: DataType | None) -> bool:
    return isinstance(kind, pl.Decimal) and (kind.precision or 0) > _DIGITS


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
