"""A source that a plugin reads (`file: sqlite:///crm.db#leads`) -> its wanted columns, as from any file.

Takes a table of the mapping and a URI, gives an `Opened` file. What the reader gives is Arrow, or rows by name; Arrow
comes in pieces, rows at once, since only all of them tell what kinds of values a column has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.ahead import early
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.later import piece
from rules_engine.batch.sources.mapping import Table, scheme_of
from rules_engine.batch.sources.table import ROW, Loaded, Opened
from rules_engine.model.extensions import PluginError, Reader, SourceError

PIECE = 250_000  # rows at a time
THREADS, AHEAD = 2, 2  # that make codes, and pieces for which they begin while one is used
FEW = 1 / 8  # distinct texts for each row of a piece up to which a column is read as codes

_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


def open_uri(table: Table, uri: str, folder: Path) -> Opened:
    """Asks the reader for the names of the columns; raises `DataError` where it says that it cannot be read."""
    shown = _PASSWORD.sub(r"\1:***@", uri).removeprefix("table://")  # a table of a host goes by its name
    scheme = scheme_of(uri)
    assert scheme is not None  # only what has one comes here
    reader = table.readers[scheme]
    try:
        source = reader.open(uri, folder)
    except SourceError as error:
        raise DataError(say.source_unreadable(table.span, shown, str(error)), file=shown) from error

    def frames(wanted: Sequence[str], size: int | None) -> Iterator[pl.DataFrame]:
        try:
            for frame in _frames(source.read(tuple(wanted)), wanted, reader, size):
                own = _without_extensions(frame)
                yield own.with_columns(pl.col(pl.Int128, pl.UInt128).cast(pl.String))  # NumPy has no such numbers
        except SourceError as error:
            raise DataError(say.source_unreadable(table.span, shown, str(error)), file=shown) from error

    def load(wanted: Sequence[str]) -> Loaded:
        (frame,) = frames(wanted, None)
        numbered = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
        return Loaded(shown, numbered, (), frame.height, partial(_raw, frame, 1))

    def pieces(wanted: Sequence[str]) -> Iterator[Loaded]:
        with ThreadPoolExecutor(max_workers=THREADS) as threads:
            first = 1
            for frame, codes in early(_being_coded(frames(wanted, PIECE), threads), AHEAD):
                columns = frame.to_dict() | {name: own.result() for name, own in codes.items()}
                yield piece(shown, first, frame.height, columns, partial(_raw, frame, first))
                first += frame.height

    return Opened(shown, source.columns, load, pieces=pieces)


def _frames(given: Any, wanted: Sequence[str], reader: Reader, size: int | None) -> Iterator[pl.DataFrame]:
    """What a reader gave as frames of the wanted columns, at least one; of about so many rows where it is Arrow. A
    plugin's slip is told as its own."""
    try:
        if isinstance(given, pl.DataFrame):
            yield from _cut(given.select(wanted), size)
        elif hasattr(given, "__arrow_c_stream__"):
            for batches in _together(pa.RecordBatchReader.from_stream(given), size):
                yield from _cut(pl.DataFrame(batches).select(wanted), size)
        elif isinstance(given, Iterable):
            yield _from_rows(given, wanted).select(wanted)
        else:
            raise TypeError(f"rows or Arrow data belong here, not {type(given).__name__}")
    except (pl.exceptions.PolarsError, pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        part = f"reader of {reader.scheme}://"
        raise PluginError(reader.plugin, part, f"what it gave is no table: {error}") from error


def _without_extensions(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns of a database's own types as what they are held in: a `numeric` of PostgreSQL comes as text so."""
    return frame.with_columns(column.ext.storage() for column in frame if isinstance(column.dtype, pl.BaseExtension))


def _together(batches: pa.RecordBatchReader, size: int | None) -> Iterator[pa.Table]:
    """The batches of a stream as tables of so many rows at least, but for the last one; without a size, all of them."""
    waiting: list[pa.RecordBatch] = []
    none = True
    for batch in batches:
        waiting.append(batch)
        if size is not None and sum(own.num_rows for own in waiting) >= size:
            yield pa.Table.from_batches(waiting)
            waiting, none = [], False
    if waiting or none:
        yield pa.Table.from_batches(waiting, batches.schema)


def _cut(frame: pl.DataFrame, size: int | None) -> Iterator[pl.DataFrame]:
    return frame.iter_slices(size) if size is not None and frame.height > size else iter((frame,))


def _being_coded(
    frames: Iterable[pl.DataFrame], threads: ThreadPoolExecutor
) -> Iterator[tuple[pl.DataFrame, dict[str, Future[pa.DictionaryArray]]]]:
    """Frames, and the codes of their texts that come again and again, by column. A reader may be bound to the thread
    that opened it, so that only the codes are made by others."""
    coded: list[str] | None = None
    for frame in frames:
        coded = _few_texts(frame) if coded is None else coded
        yield frame, {name: threads.submit(_codes, frame[name]) for name in coded}


def _few_texts(frame: pl.DataFrame) -> list[str]:
    """The columns of texts that come again and again."""
    texts = frame.select(pl.col(pl.String))
    return [column.name for column in texts if column.n_unique() <= FEW * frame.height]


def _codes(texts: pl.Series) -> pa.DictionaryArray:
    return texts.rechunk().to_arrow().dictionary_encode()


def _from_rows(rows: Iterable[Mapping[str, object]], wanted: Sequence[str]) -> pl.DataFrame:
    columns: dict[str, list[object]] = {name: [] for name in wanted}
    for row in rows:
        if not isinstance(row, Mapping):
            raise TypeError(f"a row is a mapping by column name, not {type(row).__name__}")
        for name, cells in columns.items():
            cells.append(row.get(name))
    return pl.DataFrame([_series(name, cells) for name, cells in columns.items()])


def _series(name: str, cells: list[object]) -> pl.Series:
    """One column; values of several kinds (as SQLite allows) are read as texts, like those of a CSV file."""
    try:
        return pl.Series(name, cells, strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError):
        texts = [None if cell is None else cell if isinstance(cell, str) else str(cell) for cell in cells]
        return pl.Series(name, texts, dtype=pl.String)


def _raw(frame: pl.DataFrame, first: int, rows: Sequence[int]) -> list[str]:
    """Rows for the rejects file; the first of the frame has this number."""
    return [json.dumps(frame.row(row - first, named=True), default=str) for row in rows]
