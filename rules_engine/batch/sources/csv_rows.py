"""The rows of a CSV file, some at a time, each with its number; rows with a wrong number of cells apart.

Takes the bytes block by block, gives columns of text. Parsed with pyarrow, because it hands out each row with a wrong
number of cells with its number and text; Polars pads or cuts such rows in silence.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow

from rules_engine.batch.sources import marks
from rules_engine.records import dataclass

BLOCK = 1 << 20  # bytes parsed at a time; pyarrow reads some thirty blocks ahead
LONGEST = 1 << 26  # bytes of a block, at most, where a row does not fit into a smaller one
ROWS, BYTES = 250_000, 1 << 25  # rows that are given together, and bytes of their columns, about
# It stands behind the last row, as a row of its own, unless that row has a quote that is never closed.
END = "\ufdd0\ufdd1\ufdd0"  # no characters of any text

_LAST_LINE_END = re.compile(r"(\r\n|\r|\n)\Z")
_CODES = pa.dictionary(pa.int32(), pa.string())
Rows: TypeAlias = NDArray[Any]
# Begins to read what is behind the header, so many bytes at a time.
Blocks: TypeAlias = Callable[[int], Iterator[bytes]]


class CsvError(Exception):
    """The file cannot be parsed; the message says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is laid out; `quote` is None where quotes mean nothing, `columns` is their number."""

    delimiter: str
    quote: str | None
    columns: int

    @property
    def end(self) -> str:
        return self.delimiter.join([END] * self.columns)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that follow each other: `columns` of those with all cells, whose numbers are `rows`; the others are `bad`.

    `last` is the number of the last row. `marked`: there may be bytes that are no text, marked as rare characters.
    `left_open`: the last row of all has swallowed the rest of the file because its quote is never closed.
    """

    columns: pa.RecordBatch
    rows: Rows
    bad: tuple[arrow.InvalidRow, ...]
    last: int
    marked: bool
    left_open: bool = False


def parts(blocks: Blocks, layout: Layout, places: Sequence[int], coded: Set[int] = frozenset()) -> Iterator[Part]:
    """The columns at `places`, or the first one, in one part at least; those `coded` as codes. Raises `CsvError`."""
    kinds = {f"#{i}": _CODES if i in coded else pa.string() for i in places or (0,)}
    waiting: list[Part] = []
    for part in _until_end(_of_any_length(blocks, layout, kinds), layout):
        waiting.append(part)
        if sum(map(_height, waiting)) >= ROWS or sum(own.columns.nbytes for own in waiting) >= BYTES:
            yield _together(waiting)
            waiting = []
    if waiting:
        yield _together(waiting)


class Again:
    """Another reading of the same parts, which goes on as far as its rows are asked for."""

    def __init__(self, begin: Callable[[], Iterator[Part]]) -> None:
        self._begin = begin
        self._coming: Iterator[Part] = iter(())
        self._before = 0
        self._part: Part | None = None

    def part(self, row: int) -> Part:
        """The part in which a row stands."""
        if self._part is None or row <= self._before:
            self._coming, self._before = self._begin(), 0
            self._part = next(self._coming)
        while row > self._part.last:
            self._before, self._part = self._part.last, next(self._coming)
        return self._part


def _height(part: Part) -> int:
    return len(part.rows)


def _together(some: Sequence[Part]) -> Part:
    last = some[-1]
    if len(some) == 1:
        return last
    columns = pa.Table.from_batches([own.columns for own in some]).combine_chunks().to_batches()
    return Part(
        columns[0] if columns else last.columns,
        np.concatenate([own.rows for own in some]),
        tuple(row for own in some for row in own.bad),
        last.last,
        any(own.marked for own in some),
        last.left_open,
    )


def _until_end(some: Iterator[Part], layout: Layout) -> Iterator[Part]:
    """The same without the row that stands for the end. If it is not there, the last row has swallowed it."""
    before: Part | None = None
    for part in some:
        if before is not None:
            yield before
        before = part
    assert before is not None  # there is the end at least
    columns, rows, bad = before.columns, before.rows, before.bad
    if len(rows) and rows[-1] == before.last and columns.column(0)[-1].as_py() == END:
        yield Part(columns.slice(0, len(rows) - 1), rows[:-1], bad, before.last - 1, before.marked)
        return
    if bad and bad[-1].number == before.last:
        text = _LAST_LINE_END.sub("", bad[-1].text.removesuffix(f"\n{layout.end}"))
        bad = (*bad[:-1], bad[-1]._replace(text=text))
    yield Part(columns, rows, bad, before.last, before.marked, left_open=True)


def _of_any_length(blocks: Blocks, layout: Layout, kinds: dict[str, pa.DataType]) -> Iterator[Part]:
    """Begins again with larger blocks where a row does not fit into one."""
    done, block = 0, BLOCK
    while True:
        try:
            for part in _parsed(_Stream(blocks(block), layout), layout, kinds, block):
                if part.last > done:
                    yield part if not done else _behind(part, done)
                    done = part.last
            return
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                raise CsvError(str(error)) from error
            if block >= LONGEST:
                size = f"{LONGEST >> 20} MB"
                raise CsvError(f"behind row {done} a row is longer than {size}; is a quote never closed?") from error
            block = min(block * 8, LONGEST)


def _behind(part: Part, done: int) -> Part:
    """Only the rows with higher numbers."""
    first = int(np.searchsorted(part.rows, done, side="right"))
    bad = tuple(row for row in part.bad if row.number > done)
    return Part(part.columns.slice(first), part.rows[first:], bad, part.last, part.marked)


def _parsed(stream: _Stream, layout: Layout, kinds: dict[str, pa.DataType], block: int) -> Iterator[Part]:
    """Block by block. Bad rows are known before the part in which they stand."""
    bad: list[arrow.InvalidRow] = []

    def keep(row: arrow.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    reader = arrow.open_csv(
        stream,
        read_options=arrow.ReadOptions(
            column_names=[f"#{i}" for i in range(layout.columns)], use_threads=False, block_size=block
        ),
        parse_options=arrow.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            newlines_in_values=layout.quote is not None,
            invalid_row_handler=keep,
        ),
        convert_options=arrow.ConvertOptions(
            check_utf8=False,  # the stream has seen to it
            column_types=kinds,
            include_columns=list(kinds),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    last = 0
    for columns in reader:
        before, last = last, last + columns.num_rows
        taken = 0
        for row in bad:
            if row.number > last:
                break
            taken, last = taken + 1, last + 1
        own, bad[:taken] = tuple(bad[:taken]), []
        yield Part(columns, _numbers(before, last, own), own, last, stream.marked)
    if bad:
        columns = pa.RecordBatch.from_pylist([], schema=reader.schema)
        yield Part(columns, _numbers(last, bad[-1].number, bad), tuple(bad), bad[-1].number, stream.marked)


def _numbers(before: int, last: int, bad: Sequence[arrow.InvalidRow]) -> Rows:
    """From the row behind `before` to `last`, without the bad ones."""
    numbers = np.arange(before + 1, last + 1, dtype=np.int64)
    return np.delete(numbers, [row.number - before - 1 for row in bad]) if bad else numbers


class _Stream:
    """Bytes as pyarrow asks for them: UTF-8, behind all rows the one that stands for the end.

    Bytes that are no UTF-8 would stop the parser, and behind a NUL it overlooks what it looks for; marked as rare
    characters they reach their rows.
    """

    def __init__(self, blocks: Iterator[bytes], layout: Layout) -> None:
        self.closed = False
        self.marked = False
        self._coming = self._utf8(chain(blocks, [f"\n{layout.end}".encode()]))
        self._left = b""

    def read(self, size: int) -> bytes:
        """Some bytes, up to `size`. They do not end within "\\r\\n": pyarrow forgets the second of the two, even in
        quotes."""
        while self._left in (b"", b"\r") and (block := next(self._coming, b"")):
            self._left += block
        found = self._left[:size]
        if found.endswith(b"\r") and len(found) > 1:
            found = found[:-1]
        self._left = self._left[len(found) :]
        return found

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def _utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        for block in blocks:
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError:
                decoder.errors, self.marked = marks.ERRORS, True
                text = decoder.decode(block)
            if marks.NUL in text:
                text, self.marked = text.replace(marks.NUL, marks.MARKED_NUL), True
            if text:
                yield text.encode("utf-8")
