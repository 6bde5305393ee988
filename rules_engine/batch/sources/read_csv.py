"""A CSV file -> its wanted columns as text, with the rows that have too many or too few cells; in pieces.

Takes a table of the mapping and a path, gives an `Opened` file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow.csv import InvalidRow

from rules_engine.batch.series import array_of, column_of, series_of
from rules_engine.batch.sources import files, marks
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.ahead import ahead
from rules_engine.batch.sources.csv_rows import Again, CsvError, Layout, Part, Rows, parts
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.later import later
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ROW, BadRow, Loaded, Opened, whole

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_HEAD = 1 << 18  # bytes from which the columns of few texts are known
_NO_CSV = {
    b"PK\x03\x04": "it begins as a workbook or ZIP archive does; save the sheet as CSV",
    b"PAR1": "it begins as Parquet does; add `format: parquet`",
    b"\xff\xfe": "it begins as UTF-16 does; add `encoding: utf-16`",
    b"\xfe\xff": "it begins as UTF-16 does; add `encoding: utf-16`",
}
_FEW = 16  # a text stands in so many rows, about, where a column has few


def open_csv(table: Table, path: Path, shown: str) -> Opened:
    """Reads the names of the columns; raises `DataError` for a file without any."""
    with closing(files.blocks(table, path, _HEAD)) as blocks:
        head = next(blocks, b"")
    for begin, what in _NO_CSV.items():
        if head.startswith(begin):
            raise DataError(say.malformed(table.span, shown, "CSV", what), file=shown)
    delimiter = table.delimiter or ("\t" if files.is_tab_separated(path) else ",")
    try:
        first, body = _first_row(table, path, delimiter)
        widths = Counter[int]() if table.header else _widths(table, path, delimiter)
    except csv.Error as error:
        raise DataError(say.malformed(table.span, shown, "CSV", str(error)), file=shown) from error
    if first is None:
        raise DataError(say.empty_file(table.span, shown), file=shown)
    names = [name.strip() for name in first]
    if not table.header:
        body = _skipped(table, path)
        names = _names(table, widths, shown)
    return _Csv(table, path, shown, body, delimiter, names).opened()


def _names(table: Table, widths: Counter[int], shown: str) -> list[str]:
    """Names for a file without a header. A first row may be bad, so the commonest number of cells counts."""
    [(usual, _)] = widths.most_common(1)
    if not table.columns:
        return [f"column_{i}" for i in range(1, usual + 1)]
    if len(table.columns) not in widths:
        raise DataError(say.columns_differ(table.span, shown, len(table.columns), usual), file=shown)
    return list(table.columns)


def _lines(table: Table, path: Path) -> Iterator[tuple[str, int]]:
    """Each line with its end, and where the next begins; ends are those of all systems."""
    rest, at = b"", 0
    for block in files.blocks(table, path, _HEAD):
        lines = _LINE.findall(rest + block)
        rest = lines.pop()  # it may go on, or its end
        for line in lines:
            at += len(line)
            yield line.decode("utf-8", errors="replace"), at
    for line in _LINE.findall(rest):
        at += len(line)
        yield line.decode("utf-8", errors="replace"), at


def _skipped(table: Table, path: Path) -> int:
    """Where the line after those to pass over begins."""
    at = 0
    for _, at in islice(_lines(table, path), table.skip_lines):  # noqa: B007 - the last one is wanted
        pass
    return at


def _first_row(table: Table, path: Path, delimiter: str) -> tuple[list[str] | None, int]:
    """The first row that is not blank, and where the next one begins."""
    used = 0

    def lines() -> Iterator[str]:
        nonlocal used
        for line, used in islice(_lines(table, path), table.skip_lines, None):  # noqa: B007 - read by the function around
            yield line

    for row in _rows(lines(), table, delimiter):
        if row:
            return row, used
    return None, used


def _widths(table: Table, path: Path, delimiter: str) -> Counter[int]:
    """How many of the first rows have how many cells."""
    lines = (line for line, _ in islice(_lines(table, path), table.skip_lines, table.skip_lines + 500))
    return Counter(len(row) for row in _rows(lines, table, delimiter) if row)


def _rows(lines: Iterable[str], table: Table, delimiter: str) -> Iterator[list[str]]:
    if table.quote is None:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=table.quote)


class _Csv:
    """One open file; its rows begin at `body`."""

    def __init__(self, table: Table, path: Path, shown: str, body: int, delimiter: str, names: list[str]) -> None:
        self.table = table
        self.path = path
        self.shown = shown
        self.body = body
        self.names = names
        self.layout = Layout(delimiter, table.quote, len(names))
        self.texts = Again(lambda: self._parts(range(len(names))))

    def opened(self) -> Opened:
        def load(wanted: Sequence[str]) -> Loaded:
            return whole(self.pieces(wanted), wanted)

        return Opened(self.shown, tuple(self.names), load, pieces=self.pieces)

    def pieces(self, wanted: Sequence[str]) -> Iterator[Loaded]:
        """Piece by piece, the next one read by a thread while one is used."""
        for name in wanted:
            if self.names.count(name) > 1:
                raise DataError(say.two_columns(self.table.span, self.shown, name), file=self.shown, column=name)
        places = [self.names.index(name) for name in wanted]
        coming = self._parts(places, self._of_few_texts(places))
        with closing(coming), ThreadPoolExecutor(max_workers=1) as thread:
            for part in ahead(coming, thread, 1):
                yield self._loaded(part, wanted)
        pa.default_memory_pool().release_unused()  # else what was read last stays with the process

    def raw(self, rows: Sequence[int]) -> list[str]:
        """The rows with all their cells, put together again. Only asked for when rows are rejected."""
        texts: dict[int, str] = {}
        left = np.unique(np.asarray(rows, dtype=np.int64))
        while len(left):
            part = self.texts.part(int(left[0]))
            own, left = np.split(left, [int(np.searchsorted(left, part.last, side="right"))])
            cells = part.columns.take(array_of(np.searchsorted(part.rows, own))).to_pylist()
            texts.update(zip(own.tolist(), map(self._line, cells), strict=True))
        return [texts[row] for row in rows]

    def _line(self, cells: Mapping[str, str | None]) -> str:
        *most, last = (marks.to_surrogates(cell or "") for cell in cells.values())
        values = [*most, last.removesuffix(f"\n{self.layout.end}")]
        if self.table.quote is None:
            return self.layout.delimiter.join(values)
        line = io.StringIO()
        writer = csv.writer(line, lineterminator="", delimiter=self.layout.delimiter, quotechar=self.table.quote)
        writer.writerow(values)
        return line.getvalue()

    def _parts(self, places: Sequence[int], coded: Set[int] = frozenset()) -> Generator[Part]:
        try:
            yield from parts(self._body, self.layout, places, coded)
        except CsvError as error:
            raise DataError(say.malformed(self.table.span, self.shown, "CSV", str(error)), file=self.shown) from error

    def _body(self, size: int) -> Iterator[bytes]:
        """What stands behind the header."""
        left = self.body
        for block in files.blocks(self.table, self.path, size):
            if len(block) > left:
                yield block[left:]
            left = max(left - len(block), 0)

    def _of_few_texts(self, places: Iterable[int]) -> Set[int]:
        """The columns of which each distinct text is better looked at once, by the first rows."""
        first = next(self._body(_HEAD), b"")
        try:
            head = next(parts(lambda _: iter([first]), self.layout, list(places)))
        except CsvError:  # it is told when all rows are read
            return frozenset()
        columns = zip(places, head.columns.columns, strict=False)
        return {place for place, cells in columns if len(cells.unique()) * _FEW <= len(cells)}

    def _loaded(self, part: Part, wanted: Sequence[str]) -> Loaded:
        rows = part.rows
        bad = [self._wrong_cells(row, part) for row in part.bad]
        good = np.ones(len(rows), dtype=np.bool_)
        for told, wrong in self._unusable(part, len(wanted)):
            numbers = rows[wrong & good].tolist()
            bad += [told(row, text) for row, text in zip(numbers, self.raw(numbers), strict=True)]
            good &= ~wrong
        columns = part.columns
        if not good.all():
            columns, rows = columns.filter(array_of(good)), rows[good]
        return Loaded(
            self.shown,
            series_of(rows, ROW).to_frame(),
            tuple(sorted(bad, key=lambda row: row.row)),
            len(rows) + len(bad),
            self.raw,
            later(dict(zip(wanted, columns.columns, strict=False)), lambda own: np.searchsorted(rows, own.to_numpy())),
        )

    def _unusable(self, part: Part, wanted: int) -> Iterator[tuple[Callable[[int, str], BadRow], Rows]]:
        """Which rows have all cells and cannot be used, and how to tell of one."""
        if part.left_open:
            yield (
                lambda row, text: BadRow(row, "wrong number of cells", say.quote_not_closed(), text),
                part.rows == part.last,
            )
        if part.marked:
            texts = [column_of(cells).cast(pl.String) for cells in part.columns.columns[:wanted]]
            found = [text.str.contains(marks.PATTERN).fill_null(False).to_numpy() for text in texts]
            yield self._no_text, np.any([np.zeros(len(part.rows), dtype=np.bool_), *found], axis=0)

    def _wrong_cells(self, row: InvalidRow, part: Part) -> BadRow:
        text = marks.to_surrogates(row.text)
        if part.marked and text != row.text:
            return self._no_text(row.number, text)
        return BadRow(
            row.number, "wrong number of cells", say.cells(row.actual_columns, row.expected_columns, text), text
        )

    def _no_text(self, row: int, text: str) -> BadRow:
        hint = "" if "\0" in text else say.encoding_hint(self.table.encoding)
        return BadRow(row, "bytes are not text", say.not_text(self.table.encoding), text, hint)
