"""A CSV file -> its wanted columns as text, with the rows that have too many or too few cells.

Takes a table of the mapping and a path, gives an `Opened` file. Parsed with pyarrow, because it hands out each row
with a wrong number of cells with its number and text; Polars pads or cuts such rows in silence.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow

from rules_engine.batch.sources import files, marks
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ROW, BadRow, Loaded, Opened

_BLOCK = 1 << 24  # bytes; a row must fit into one block
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
NEVER_CLOSED = ("wrong number of cells", say.quote_not_closed())


def open_csv(table: Table, path: Path, shown: str) -> Opened:
    """Reads the names of the columns; raises `DataError` for a file without any."""
    data = files.read_utf8(table, path)
    delimiter = table.delimiter or ("\t" if files.is_tab_separated(path) else ",")
    try:
        first, body = _first_row(data, table, delimiter)
        widths = Counter[int]() if table.header else _widths(data, table, delimiter)
    except csv.Error as error:
        raise DataError(say.malformed(table.span, shown, "CSV", str(error)), file=shown) from error
    if first is None:
        raise DataError(say.empty_file(table.span, shown), file=shown)
    names = [name.strip() for name in first]
    if not table.header:
        body = _skipped(data, table.skip_lines)
        names = _names(table, widths, shown)
    return _Csv(table, shown, data, body, delimiter, names).opened()


def _names(table: Table, widths: Counter[int], shown: str) -> list[str]:
    """Names for a file without a header. A first row may be bad, so the commonest number of cells counts."""
    [(usual, _)] = widths.most_common(1)
    if not table.columns:
        return [f"column_{i}" for i in range(1, usual + 1)]
    if len(table.columns) not in widths:
        raise DataError(say.columns_differ(table.span, shown, len(table.columns), usual), file=shown)
    return list(table.columns)


def _lines(data: bytes, start: int) -> Iterator[tuple[str, int]]:
    """Each line from `start` on with its end, and where the next begins; ends are those of all systems."""
    for line in _LINE.finditer(data, start):
        yield line[0].decode("utf-8", errors="replace"), line.end()


def _skipped(data: bytes, lines: int) -> int:
    """Where the line after so many lines begins."""
    return next((end for _, end in islice(_lines(data, 0), lines - 1, None)), len(data)) if lines else 0


def _first_row(data: bytes, table: Table, delimiter: str) -> tuple[list[str] | None, int]:
    """The first row that is not blank, and where the next one begins."""
    used = at = _skipped(data, table.skip_lines)

    def lines() -> Iterator[str]:
        nonlocal used
        for line, used in _lines(data, at):  # noqa: B007 - read by the function around
            yield line

    for row in _rows(lines(), table, delimiter):
        if row:
            return row, used
    return None, used


def _widths(data: bytes, table: Table, delimiter: str) -> Counter[int]:
    """How many of the first rows have how many cells."""
    lines = (line for line, _ in islice(_lines(data, _skipped(data, table.skip_lines)), 500))
    return Counter(len(row) for row in _rows(lines, table, delimiter) if row)


def _rows(lines: Iterable[str], table: Table, delimiter: str) -> Iterator[list[str]]:
    if table.quote is None:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=table.quote)


class _Csv:
    """One open file; its rows begin at `body`. `numbers` and `invalid` are those of the last parse."""

    def __init__(self, table: Table, shown: str, data: bytes, body: int, delimiter: str, names: list[str]) -> None:
        self.table = table
        self.shown = shown
        self.delimiter = delimiter
        self.names = names
        # Bytes that are no UTF-8 would stop the parser; marked as rare characters they reach their rows.
        self.marked = not marks.is_utf8(data)
        self.data, self.body = (marks.marked(data[body:]), 0) if self.marked else (data, body)
        self.invalid: list[arrow.InvalidRow] = []
        self.numbers: np.ndarray = np.zeros(0, dtype=np.int64)

    def opened(self) -> Opened:
        return Opened(self.shown, tuple(self.names), self.load)

    def load(self, wanted: Sequence[str]) -> Loaded:
        for name in wanted:
            if self.names.count(name) > 1:
                raise DataError(say.two_columns(self.table.span, self.shown, name), file=self.shown, column=name)
        columns = self._parse([self.names.index(name) for name in wanted])
        frame = pl.DataFrame(
            {ROW: self.numbers, **{name: pl.from_arrow(columns.column(i)) for i, name in enumerate(wanted)}},
            schema={ROW: pl.Int64, **dict.fromkeys(wanted, pl.String)},
        )
        bad = [self._wrong_cells(row) for row in self.invalid]
        for reason, message, wrong in ((*NEVER_CLOSED, self._unclosed(frame)), (*self._no_text(), self._marked(frame))):
            rows = frame.filter(wrong)[ROW].to_list()
            if rows:
                bad += [BadRow(row, reason, message, text) for row, text in zip(rows, self.raw(rows), strict=True)]
                frame = frame.filter(~wrong)
        return Loaded(self.shown, frame, tuple(sorted(bad, key=lambda b: b.row)), frame.height + len(bad), self.raw)

    def raw(self, rows: Sequence[int]) -> list[str]:
        """The rows with all their cells, put together again. Only asked for when rows are rejected."""
        before = self.invalid, self.numbers
        columns = self._parse(range(len(self.names)))
        cells = columns.take(pa.array(np.searchsorted(self.numbers, np.asarray(rows)))).to_pylist()
        self.invalid, self.numbers = before
        out: list[str] = []
        for row in cells:
            values = [marks.to_surrogates(cell) for cell in row.values()]
            if self.table.quote is None:
                out.append(self.delimiter.join(values))
                continue
            line = io.StringIO()
            writer = csv.writer(line, lineterminator="", delimiter=self.delimiter, quotechar=self.table.quote)
            writer.writerow(values)
            out.append(line.getvalue())
        return out

    def _parse(self, positions: Sequence[int]) -> pa.Table:
        """The columns as text. Sets `invalid` and `numbers`."""
        everything = [f"#{i}" for i in range(len(self.names))]
        include = [everything[i] for i in positions] or everything[:1]
        block = _BLOCK
        while True:
            self.invalid = []
            try:
                read = arrow.read_csv(
                    pa.py_buffer(self.data).slice(self.body),
                    read_options=arrow.ReadOptions(column_names=everything, use_threads=False, block_size=block),
                    parse_options=arrow.ParseOptions(
                        delimiter=self.delimiter,
                        quote_char=self.table.quote or False,
                        newlines_in_values=self.table.quote is not None,
                        invalid_row_handler=self._keep,
                    ),
                    convert_options=arrow.ConvertOptions(
                        column_types=dict.fromkeys(everything, pa.string()),
                        include_columns=include,
                        strings_can_be_null=False,
                    ),
                )
            except pa.ArrowInvalid as error:
                if "Empty CSV file" in str(error):
                    read = pa.table({name: pa.array([], type=pa.string()) for name in include})
                elif "straddling" in str(error) and block < len(self.data):
                    block *= 8
                    continue
                else:
                    finding = say.malformed(self.table.span, self.shown, "CSV", str(error))
                    raise DataError(finding, file=self.shown) from error
            break
        gaps = np.asarray([row.number for row in self.invalid], dtype=np.int64)
        self.numbers = np.setdiff1d(np.arange(1, read.num_rows + len(gaps) + 1), gaps, assume_unique=True)
        return read

    def _keep(self, row: arrow.InvalidRow) -> str:
        self.invalid.append(row)
        return "skip"

    def _wrong_cells(self, row: arrow.InvalidRow) -> BadRow:
        text = marks.to_surrogates(row.text)
        if self.marked and text != row.text:
            return BadRow(row.number, *self._no_text(), text)
        return BadRow(
            row.number, "wrong number of cells", say.cells(row.actual_columns, row.expected_columns, text), text
        )

    def _no_text(self) -> tuple[str, str]:
        return "bytes are not text", say.not_text(self.table.encoding)

    def _marked(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows have bytes that are no text in a wanted column."""
        wrong = pl.Series([False]).new_from_index(0, frame.height)
        if self.marked:
            for name in frame.columns[1:]:
                wrong = wrong | frame[name].str.contains(marks.PATTERN)
        return wrong

    def _unclosed(self, frame: pl.DataFrame) -> pl.Series:
        """The last row, if it has swallowed the rest of the file because its quote is never closed.

        The parser ends such a row in silence. An even number of quotes rules it out, and is quick to see.
        """
        row = None
        quote = self.table.quote
        if quote is not None and self.data.count(quote.encode(), self.body) % 2:
            row = _row_left_open(self.data[self.body :], self.table, self.delimiter)
        return frame[ROW] >= row if row is not None else pl.Series([False]).new_from_index(0, frame.height)


def _row_left_open(data: bytes, table: Table, delimiter: str) -> int | None:
    """The number of the row in which a quote is opened and not closed before the end of the file."""
    lines = io.TextIOWrapper(io.BytesIO(data + b"\n"), encoding="utf-8", errors="replace")
    end = "end of file"
    number = 0
    row: list[str] = []
    try:
        for row in _rows(chain(lines, [end]), table, delimiter):
            number += bool(row)
    except csv.Error:  # a cell longer than the module takes: the same mistake in a long file
        return number + 1
    return None if row == [end] else number
