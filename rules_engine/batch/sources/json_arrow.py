"""Lines of JSON -> columns, read by Arrow in a fraction of the time that `json` takes.

`json` and `nested` say what a line means. Arrow is asked to read lines of the shape that was learnt from others, and
believed only where it cannot mean anything else; a line that is broken, or of another shape, or such that the two
might differ is left to `json`. So there is one meaning, whoever reads.

They would differ here. Arrow reads `Inf` and `-NaN`, bytes that are no UTF-8, any depth, whole numbers of any length,
several records in a line and records over several lines, and looks at schemas alone, which know no key with dots for a
path. It refuses what is of another type than the schema says, halves of characters, and wanted keys that stand twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.json import ParseOptions, ReadOptions, read_json

from rules_engine.batch.series import column_of, series_of
from rules_engine.batch.sources import nested
from rules_engine.batch.sources.json_shape import Shape
from rules_engine.records import dataclass

Numbers: TypeAlias = NDArray[np.int64]

BLOCK = 8192  # lines read together
FEW = 150  # lines of which none is read by Arrow where it cannot tell which one it does not take
_PARTS = 8  # in which more of them are tried again
_PATIENCE = 10  # lines that are refused before it is asked whether they are too many
_ONE_IN = 100  # lines one may be refused; if more are, it is cheaper to read all by `json`
_LEARN = 20  # of lines read by `json`, those from which the shape is learnt
_ROW = re.compile(r" in row (\d+)$")
_LONG = 600  # bytes up to which a line can neither be nested too deep for `json` nor have a number too long for it
_DEEP = 200
_LONG_NUMBER = re.compile(rb"[0-9]{600}")
_INF = re.compile(rb"Inf(?<=[\s:,\[-]Inf)(?=[\s,\]}])")
_KEY_WITH_ESCAPES = re.compile(rb'\\[^"]*"\s*:')
_EXACT = 1e15  # from here on the text of a whole number depends on how it was written
_SMALL = 1e-4  # from here up to there Polars writes numbers as Python does
_MANY = 16  # a text stands in so many rows, about, where each is better looked at once


class Lines:
    """The lines of a block of UTF-8 that are not blank. `plain` are those that Arrow may be asked to read."""

    def __init__(self, block: bytes) -> None:
        self.block = block
        held = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(held == ord("\n"))
        if not block.endswith(b"\n"):
            ends = np.append(ends, len(block))
        starts = np.concatenate([[0], ends[:-1] + 1])
        if b"\r" in block:
            ends = ends - ((held[ends - 1] == ord("\r")) & (ends > starts))
        # An empty line does not begin so, nor does `null`, on which pyarrow 26 crashes if it comes first.
        plain = (held[starts] == ord("{")) & (held[ends - 1] == ord("}"))
        self.starts, self.ends, self.plain = starts, ends, plain
        blank = [place for place in np.flatnonzero(~plain).tolist() if not self[place].strip()]
        if blank:
            self.starts, self.ends, self.plain = (np.delete(of, blank) for of in (starts, ends, plain))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, place: int) -> bytes:
        return self.block[self.starts[place] : self.ends[place]]

    def each(self) -> Iterator[bytes]:
        return (self[place] for place in range(len(self)))

    def together(self, places: Numbers) -> bytes:
        """The lines at some places, which rise."""
        gaps = np.flatnonzero(np.diff(places) > 1)
        starts = self.starts[places[np.concatenate([[0], gaps + 1])]].tolist()
        ends = self.ends[places[np.concatenate([gaps, [-1]])]].tolist()
        runs = [self.block[start:end] for start, end in zip(starts, ends, strict=True)]
        return runs[0] if len(runs) == 1 else b"\n".join(runs)

    def leave_out(self, keys: Sequence[bytes]) -> None:
        """Lines that `json` and Arrow may read differently are not plain. `keys`: those that Arrow would overlook."""
        block = self.block
        for place in np.flatnonzero(self.plain & (self.ends - self.starts > _LONG)).tolist():
            line = self[place]
            self.plain[place] = line.count(b"{") + line.count(b"[") < _DEEP and not _LONG_NUMBER.search(line)
        if not _is_text(block):
            for place in np.flatnonzero(self.plain).tolist():
                self.plain[place] = _is_text(self[place])
        patterns = [re.compile(re.escape(text)) for text in (b"\0", b"-NaN", *keys) if text in block]
        if b"Inf" in block:
            patterns.append(_INF)
        if keys and b"\\" in block:
            patterns.append(_KEY_WITH_ESCAPES)
        for pattern in patterns:
            found = [match.start() for match in pattern.finditer(block)]
            self.plain[np.searchsorted(self.starts, found, side="right") - 1] = False


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Read:
    """The wanted columns of some lines, which stand at `places`; of items of a list, that of its line for each."""

    places: Numbers
    columns: Mapping[str, pa.Array]


class RefusedError(Exception):
    """Arrow does not read some lines, or is not to be trusted with them.

    `line`: where the first of these is, if that is known.
    """

    def __init__(self, line: int | None) -> None:
        super().__init__()
        self.line = line


class Reader:
    """Reads lines by Arrow, and learns from those that it does not read.

    `record` gives the value of a line by `json`, or an error that says why there is none.
    """

    def __init__(self, wanted: Sequence[str], explode: str | None, record: Callable[[bytes], object]) -> None:
        self.shape = Shape(wanted, explode)
        self.record = record
        self._quick: list[Read] = []
        self._others: list[tuple[int, object]] = []
        self._of_many: dict[str, bool] = {}

    def read(self, lines: Lines) -> tuple[list[Read], list[tuple[int, object]]]:
        """What Arrow has read, by the types of columns, and the records of the other lines with their places."""
        self._quick, self._others = [], []
        if self.shape.schema is None:
            self._exactly(lines, np.arange(len(lines)))
            return [], self._others
        lines.leave_out(self.shape.other_keys)
        plain = np.flatnonzero(lines.plain)
        for start in range(0, len(plain), BLOCK):
            self._sort_out(lines, plain[start : start + BLOCK])
        self._exactly(lines, np.flatnonzero(~lines.plain))
        return _of_one_kind(self._quick), sorted(self._others, key=lambda other: other[0])

    def _sort_out(self, lines: Lines, places: Numbers) -> None:
        """Reads lines of which some may be refused: by themselves, or all by `json` where they are too many."""
        good: list[Numbers] = []
        left = places
        refused = 0
        while len(left):
            try:
                found = read(lines.together(left), len(left), self.shape)
            except RefusedError as refusal:
                line = refusal.line
                if line is None:  # it may be any
                    break
                refused += 1
                if refused > _PATIENCE + (len(places) - len(left) + line) // _ONE_IN:
                    self._exactly(lines, np.concatenate([*good, left]))
                    return
                self._exactly(lines, left[line : line + 1])
                good.append(left[:line])
                left = left[line + 1 :]
            else:
                if not refused:
                    self._take(places, found)
                    return
                break
        self._in_parts(lines, np.concatenate([*good, left]))

    def _in_parts(self, lines: Lines, places: Numbers) -> None:
        """The same where it is not known which lines are refused."""
        if not len(places):
            return
        try:
            self._take(places, read(lines.together(places), len(places), self.shape))
        except RefusedError:
            if len(places) <= FEW:
                self._exactly(lines, places)
            else:
                for part in np.array_split(places, _PARTS):
                    self._in_parts(lines, part)

    def _take(self, places: Numbers, found: Read) -> None:
        self._quick.append(Read(places[found.places], found.columns))

    def _exactly(self, lines: Lines, places: Numbers) -> None:
        records = [self.record(lines[place]) for place in places.tolist()]
        self.shape.see(records[:: 1 + len(records) // _LEARN])
        self._others += zip(places.tolist(), records, strict=True)

    def coded(self, name: str, column: pa.Array) -> pa.Array:
        """A column in the form in which it is looked at best: texts that stand in many rows each once."""
        if pa.types.is_floating(column.type):
            return _written(column)
        if pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
            return texts(column).to_arrow()
        if not pa.types.is_string(column.type) or not self._of_many.get(name, True):
            return column
        found = column.dictionary_encode()
        self._of_many[name] = len(found.dictionary) * _MANY <= len(column)
        return found if self._of_many[name] else column


def read(text: bytes, lines: int, shape: Shape) -> Read:
    """So many lines; raises `RefusedError`.

    Each line begins with a brace and ends with one. No record goes on over the end of a line then, since within a
    record no brace opens right behind one that closes, and no text has ends of lines. So if there are as many records
    as lines there is one in each.
    """
    options = ParseOptions(explicit_schema=shape.schema, unexpected_field_behavior="ignore")
    at_once = ReadOptions(use_threads=False, block_size=len(text) + 1)
    try:
        table = read_json(pa.BufferReader(text), at_once, options)
    except pa.ArrowInvalid as error:
        told = _ROW.search(str(error))
        raise RefusedError(min(int(told[1]), lines - 1) if told else None) from error
    if table.num_rows != lines:
        raise RefusedError(None)
    record = pa.StructArray.from_arrays([_joined(column.chunks) for column in table.columns], fields=list(table.schema))
    places = np.arange(lines)
    item = None
    if shape.explode is not None:
        held = _at(record, shape.explode)
        starts = np.asarray(held.offsets)
        places = np.repeat(places, np.diff(starts))
        item = held.values.slice(starts[0], starts[-1] - starts[0])
    found: dict[str, pa.Array] = {}
    for name, place in shape.places.items():
        column = _at(item if place.inner else record, place.path)
        if pa.types.is_floating(column.type) and (large := _first_large(column)) is not None:
            raise RefusedError(int(places[large]) if place.inner else large)
        if item is not None and not place.inner:
            column = column_of(column).gather(series_of(places)).to_arrow()
        found[name] = column
    return Read(places, found)


def _of_one_kind(parts: Sequence[Read]) -> list[Read]:
    """Parts whose columns are of the same types put together, in their order."""
    alike: dict[tuple[pa.DataType, ...], list[Read]] = {}
    for part in parts:
        alike.setdefault(tuple(column.type for column in part.columns.values()), []).append(part)
    return [
        Read(
            np.concatenate([part.places for part in own]),
            {name: _joined([part.columns[name] for part in own]) for name in own[0].columns},
        )
        for own in alike.values()
    ]


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def _at(start: pa.StructArray, path: nested.Path) -> pa.Array:
    for step in path:
        start = start.field(step)
    return start


def _first_large(numbers: pa.Array) -> int | None:
    """Where the first one stands that is too large to know its text by its value alone."""
    size = np.abs(numbers.to_numpy(zero_copy_only=False))  # none is not a number
    large = np.flatnonzero((size >= _EXACT) & (size < math.inf))
    return int(large[0]) if len(large) else None


def texts(column: pa.Array) -> pl.Series:
    """The values as `nested.text` writes them."""
    if pa.types.is_floating(column.type):
        column = _written(column)
    return column_of(column).cast(pl.String)


def _written(numbers: pa.Array) -> pa.Array:
    """Numbers in the form in which they are looked at best: whole ones as such, others as texts, each once."""
    values = column_of(numbers)
    if values.is_finite().all() and (values == values.floor()).all():
        return values.cast(pl.Int64).to_arrow()
    coded = numbers.dictionary_encode()
    values = series_of(coded.dictionary.to_numpy() + 0.0)  # -0 is 0
    size = values.abs()
    if (size.is_between(_SMALL, _EXACT) | (size == 0)).all():
        written = values.cast(pl.String).str.strip_suffix(".0")
    else:
        written = pl.Series(list(map(nested.text, values.to_list())), dtype=pl.String)
    return pa.DictionaryArray.from_arrays(coded.indices, written.to_arrow())
