"""A source that a plugin reads (`file: sqlite:///crm.db#leads`) -> its wanted columns, as from any file.

Takes a table of the mapping and a URI, gives an `Opened` file. What the reader gives is Arrow, or rows by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.mapping import Table, scheme_of
from rules_engine.batch.sources.table import ROW, Loaded, Opened
from rules_engine.model.extensions import PluginError, Reader, SourceError

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

    def load(wanted: Sequence[str]) -> Loaded:
        try:
            given = source.read(tuple(wanted))
        except SourceError as error:
            raise DataError(say.source_unreadable(table.span, shown, str(error)), file=shown) from error
        frame = _frame(given, wanted, reader)
        frame = frame.with_columns(pl.col(pl.Int128, pl.UInt128).cast(pl.String))  # NumPy has no such numbers
        numbered = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
        return Loaded(shown, numbered, (), frame.height, lambda rows: _raw(numbered, rows))

    return Opened(shown, source.columns, load)


def _frame(given: Any, wanted: Sequence[str], reader: Reader) -> pl.DataFrame:
    """What a reader gave as a frame of the wanted columns; a plugin's slip is told as its own."""
    try:
        if hasattr(given, "__arrow_c_stream__"):
            frame = pl.DataFrame(given)
        elif isinstance(given, Iterable):
            frame = _from_rows(given, wanted)
        else:
            raise TypeError(f"rows or Arrow data belong here, not {type(given).__name__}")
        return frame.select(wanted)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
        part = f"reader of {reader.scheme}://"
        raise PluginError(reader.plugin, part, f"what it gave is no table: {error}") from error


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


def _raw(frame: pl.DataFrame, rows: Sequence[int]) -> list[str]:
    """Rows for the rejects file."""
    return [
        json.dumps({key: value for key, value in frame.row(row - 1, named=True).items() if key != ROW}, default=str)
        for row in rows
    ]
