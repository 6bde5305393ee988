"""A CSV file -> its wanted columns as text, with the rows that have too many or too few cells.

Takes a table of the mapping and a path, gives an `Opened` file. Parsed with pyarrow, because it hands out each row
with a wrong number of cells with its number and text; Polars pads or cuts such rows in silence.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow

from rules_engine.batch.sources import files
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ROW, BadRow, Loaded, Opened

_BLOCK = 1 << 24  # bytes; a row must fit into one block


def open_csv(table: Table, path: Path, shown: str) -> Opened:
    """Reads the names of the columns; raises `DataError` for a file without any."""
    data = files.read_utf8(table, path)
    delimiter = table.delimiter or ("\t" if files.is_tab_separated(path) else ",")
    first, body = _first_row(data, table, delimiter)
    if first is None:
        raise DataError(say.empty_file(table.span, shown), file=shown)
    names = [name.strip() for name in first]
    if not table.header:
        body = _skipped(data, table.skip_lines)
        names = _names(table, _widths(data[body : body + _BLOCK], table, delimiter), shown)
    return _Csv(table, shown, pa.py_buffer(data).slice(body), delimiter, names).opened()


def _names(table: Table, widths: Counter[int], shown: str) -> list[str]:
    """Names for a file without a header. A first row may be bad, so the commonest number of cells counts."""
    [(usual, _)] = widths.most_common(1)
    if not table.columns:
        return [f"column_{i}" for i in range(1, usual + 1)]
    if len(table.columns) not in widths:
        raise DataError(say.columns_differ(table.span, shown, len(table.columns), usual), file=shown)
    return list(table.columns)


def _skipped(data: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        end = data.find(b"\n", at)
        at = len(data) if end < 0 else end + 1
    return at


def _first_row(data: bytes, table: Table, delimiter: str) -> tuple[list[str] | None, int]:
    """The first row that is not blank, and where the next one begins."""
    at = _skipped(data, table.skip_lines)
    lines = io.BytesIO(data[at : at + _BLOCK])
    used = 0

    def text() -> str:
        nonlocal used
        line = lines.readline()
        used += len(line)
        return line.decode("utf-8", errors="replace")

    for row in _rows(iter(text, ""), table, delimiter):
        if row:
            return row, at + used
    return None, at + used


def _widths(data: bytes, table: Table, delimiter: str) -> Counter[int]:
    """How many of the first rows have how many cells."""
    lines = data.decode("utf-8", errors="replace").split("\n", 500)[:500]
    return Counter(len(row) for row in _rows((line + "\n" for line in lines), table, delimiter) if row)


def _rows(lines: Iterable[str], table: Table, delimiter: str) -> Iterator[list[str]]:
    if table.quote is None:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=table.quote)


class _Csv:
    """One open file: `data` are the rows without the header."""

    def __init__(self, table: Table, shown: str, data: pa.Buffer, delimiter: str, names: list[str]) -> None:
        self.table = table
        self.shown = shown
        self.data = data
        self.delimiter = delimiter
        self.names = names
        self.invalid: list[arrow.InvalidRow] = []
        self.numbers: np.ndarray = np.zeros(0, dtype=np.int64)

    def opened(self) -> Opened:
        return Opened(self.shown, tuple(self.names), self.load)

    def load(self, wanted: Sequence[str]) -> Loaded:
        for name in wanted:
            if self.names.count(name) > 1:
                raise DataError(say.two_columns(self.table.span, self.shown, name), file=self.shown, column=name)
        positions = [self.names.index(name) for name in wanted]
        columns = self._parse(positions, pa.string())
        bad: list[BadRow] = []
        if columns is None:
            columns, bad = self._decode(positions)
        bad += [self._wrong_cells(row) for row in self.invalid]
        frame = pl.DataFrame(
            {ROW: self.numbers, **{name: pl.from_arrow(columns.column(i)) for i, name in enumerate(wanted)}},
            schema={ROW: pl.Int64, **dict.fromkeys(wanted, pl.String)},
        )
        rows = frame.height + len(bad)
        if bad:
            frame = frame.filter(~frame[ROW].is_in(pl.Series([b.row for b in bad]).implode()))
            rows = frame.height + len(bad)
        return Loaded(self.shown, frame, tuple(sorted(bad, key=lambda b: b.row)), rows, self.raw)

    def raw(self, rows: Sequence[int]) -> list[str]:
        """The rows with all their cells, put together again. Only asked for when rows are rejected."""
        columns = self._parse(range(len(self.names)), pa.binary())
        assert columns is not None
        places = np.searchsorted(self.numbers, np.asarray(rows))
        cells = columns.take(pa.array(places)).to_pylist()
        out: list[str] = []
        for row in cells:
            values = [cell.decode("utf-8", errors="surrogateescape") for cell in row.values()]
            if self.table.quote is None:
                out.append(self.delimiter.join(values))
                continue
            line = io.StringIO()
            writer = csv.writer(line, lineterminator="", delimiter=self.delimiter, quotechar=self.table.quote)
            writer.writerow(values)
            out.append(line.getvalue())
        return out

    def _parse(self, positions: Sequence[int], kind: pa.DataType) -> pa.Table | None:
        """The columns; None when a cell is not UTF-8 and `kind` is text. Sets `invalid` and `numbers`."""
        everything = [f"#{i}" for i in range(len(self.names))]
        include = [everything[i] for i in positions] or everything[:1]
        block = _BLOCK
        while True:
            self.invalid = []
            try:
                read = arrow.read_csv(
                    self.data,
                    read_options=arrow.ReadOptions(column_names=everything, use_threads=False, block_size=block),
                    parse_options=arrow.ParseOptions(
                        delimiter=self.delimiter,
                        quote_char=self.table.quote or False,
                        newlines_in_values=self.table.quote is not None,
                        invalid_row_handler=self._keep,
                    ),
                    convert_options=arrow.ConvertOptions(
                        column_types=dict.fromkeys(everything, kind), include_columns=include, strings_can_be_null=False
                    ),
                )
            except pa.ArrowInvalid as error:
                if "UTF8" in str(error) and kind == pa.string():
                    return None
                if "straddling" in str(error) and block < self.data.size:
                    block *= 8
                    continue
                raise DataError(
                    say.malformed(self.table.span, self.shown, "CSV", str(error)), file=self.shown
                ) from error
            break
        gaps = np.asarray([row.number for row in self.invalid], dtype=np.int64)
        self.numbers = np.setdiff1d(np.arange(1, read.num_rows + len(gaps) + 1), gaps, assume_unique=True)
        return read

    def _keep(self, row: arrow.InvalidRow) -> str:
        self.invalid.append(row)
        return "skip"

    def _wrong_cells(self, row: arrow.InvalidRow) -> BadRow:
        text = row.text if isinstance(row.text, str) else str(row.text)
        message = say.cells(row.actual_columns, row.expected_columns, text)
        return BadRow(row.number, "wrong number of cells", message, text)

    def _decode(self, positions: Sequence[int]) -> tuple[pa.Table, list[BadRow]]:
        """The columns of a file with bytes that are no UTF-8; the rows that have them are bad."""
        read = self._parse(positions, pa.binary())
        assert read is not None
        wrong: dict[int, None] = {}
        texts = []
        for i in range(read.num_columns):
            cells: list[str | None] = []
            for place, cell in enumerate(read.column(i).to_pylist()):
                try:
                    cells.append(cell.decode("utf-8"))
                except UnicodeDecodeError:
                    wrong[place] = None
                    cells.append(None)
            texts.append(pa.array(cells, type=pa.string()))
        rows = [int(self.numbers[place]) for place in wrong]
        numbers = self.numbers
        raw = self.raw(rows)
        self.numbers = numbers
        message = say.not_text(self.table.encoding)
        bad = [BadRow(row, "bytes are not text", message, text) for row, text in zip(rows, raw, strict=True)]
        return pa.table(texts, names=read.column_names), bad
