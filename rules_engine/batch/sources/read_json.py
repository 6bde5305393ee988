"""JSON lines (one record a line) and JSON documents (a list of records) -> wanted values as text.

Takes a table of the mapping and a path, gives an `Opened` file. Lines that are not JSON become bad rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import files, nested
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ITEM, ROW, BadRow, Loaded, Opened, whole

_PEEK = 200  # lines read to learn the names
_HEAD = 1 << 18  # bytes read for that at a time
PIECE = 1 << 23  # bytes of lines in memory at a time: records take ten times the room of the columns made from them
_decode = json.JSONDecoder().decode


def open_lines(table: Table, path: Path, shown: str) -> Opened:
    """A JSON lines file. Blank lines are not rows."""
    first = list(islice(chain.from_iterable(_lines(table, path, _HEAD)), _PEEK))
    if not first:
        raise DataError(say.empty_file(table.span, shown), file=shown)

    def pieces(wanted: Sequence[str]) -> Iterator[Loaded]:
        before = 0
        for lines in _lines(table, path, PIECE):
            yield _piece(table, shown, lines, before, wanted)
            before += len(lines)

    def load(wanted: Sequence[str]) -> Loaded:
        return whole(pieces(wanted), wanted)

    records = [record for record in map(_record, first) if isinstance(record, dict)]
    return Opened(shown, nested.keys(records), load, open_ended=True, pieces=pieces)


def _lines(table: Table, path: Path, size: int) -> Iterator[list[bytes]]:
    """The lines that are not blank, those of some `size` bytes at a time."""
    for block in files.whole_lines(files.blocks(table, path, size)):
        if lines := [line for line in block.split(b"\n") if line and not line.isspace()]:
            yield lines


def _piece(table: Table, shown: str, lines: Sequence[bytes], before: int, wanted: Sequence[str]) -> Loaded:
    """Some lines, `before` of which so many stand."""
    records: list[object] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    for row, line in enumerate(lines, before + 1):
        record = _record(line)
        if isinstance(record, dict):
            records.append(record)
            numbers.append(row)
        else:
            bad.append(_bad(row, line, record, table.encoding))

    def raw(rows: Sequence[int]) -> list[str]:
        return [_loose(lines[row - before - 1].strip()) for row in rows]

    return unfold(table, shown, records, numbers, bad, wanted, raw)


def _record(line: bytes) -> object:
    """The value of a line, or the error that says why there is none."""
    try:
        value: object = _decode(line.decode("utf-8").strip())
    except (ValueError, RecursionError) as error:
        return error
    return value


def _bad(row: int, line: bytes, found: object, encoding: str) -> BadRow:
    text = _loose(line.strip())
    if isinstance(found, UnicodeDecodeError):
        return BadRow(row, "bytes are not text", say.not_text(encoding), text)
    reason = _reason(found) if isinstance(found, Exception) else "it is no record in braces"
    return BadRow(row, "not JSON", say.not_json(reason), text)


def open_document(table: Table, path: Path, shown: str) -> Opened:
    """A JSON document: a list of records at its top or at `records:`; a single record counts as a list of one."""
    data = b"".join(files.blocks(table, path, PIECE))
    if not data.strip():
        raise DataError(say.empty_file(table.span, shown), file=shown)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(say.malformed(table.span, shown, "JSON", _reason(error)), file=shown) from error
    found = document
    if table.records is not None:
        found = nested.get(document, table.records, nested.path_of(table.records))
    elif isinstance(document, dict):
        found = [document]
    if not isinstance(found, list):
        raise DataError(say.no_records(table.span, shown, table.records), file=shown)
    records = [record for record in found if isinstance(record, dict)]
    numbers = [i for i, record in enumerate(found, 1) if isinstance(record, dict)]
    bad = [
        BadRow(i, "not JSON", say.not_json("it is no record in braces"), json.dumps(record))
        for i, record in enumerate(found, 1)
        if not isinstance(record, dict)
    ]
    return _opened(table, shown, records, numbers, bad)


def _opened(
    table: Table, shown: str, records: Sequence[object], numbers: Sequence[int], bad: Sequence[BadRow]
) -> Opened:
    def raw(rows: Sequence[int]) -> list[str]:
        places = {number: place for place, number in enumerate(numbers)}
        return [json.dumps(records[places[row]]) for row in rows]

    def load(wanted: Sequence[str]) -> Loaded:
        return unfold(table, shown, records, numbers, bad, wanted, raw)

    return Opened(shown, nested.keys(records), load, open_ended=True)


def unfold(
    table: Table, shown: str, records: Sequence[object], numbers: Sequence[int], bad: Sequence[BadRow],
    wanted: Sequence[str], raw: Callable[[Sequence[int]], list[str]],
) -> Loaded:  # fmt: skip
    """The wanted columns of records, one row per record or per item of the exploded list."""
    if table.explode is None:
        frame = pl.DataFrame([pl.Series(ROW, numbers, dtype=pl.Int64), *nested.columns(records, wanted)])
        return Loaded(shown, frame, tuple(bad), len(records) + len(bad), raw)
    places, items, without = nested.explode(records, table.explode)
    inner = {name: nested.inside(name, table.explode) for name in wanted}
    outer_names = [name for name in wanted if inner[name] is None]
    index = pl.Series(places, dtype=pl.UInt32)
    row = pl.Series(ROW, numbers, dtype=pl.Int64).gather(index)
    found: dict[str, pl.Series] = {s.name: s.gather(index) for s in nested.columns(records, outer_names)}
    for name, within in inner.items():
        if within is not None:
            found[name] = nested.columns(items, [within])[0].alias(name)
    frame = pl.DataFrame([row, *(found[name] for name in wanted)])
    frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(ROW).alias(ITEM))
    more = [
        BadRow(numbers[place], "no list of events", say.not_a_list(table.explode), raw([numbers[place]])[0])
        for place in without
    ]
    return Loaded(shown, frame, tuple(sorted((*bad, *more), key=lambda row: row.row)), len(records) + len(bad), raw)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at character {error.pos + 1}"
    if isinstance(error, UnicodeDecodeError):
        return "it has bytes that are no text"
    return "it is nested too deep" if isinstance(error, RecursionError) else "it has a number that is too long"


def _loose(line: bytes) -> str:
    return line.decode("utf-8", errors="surrogateescape")
