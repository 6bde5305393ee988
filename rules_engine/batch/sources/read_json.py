"""JSON lines (one record a line) and JSON documents (a list of records) -> wanted values as text.

Takes a table of the mapping and a path, gives an `Opened` file. Lines that are not JSON become bad rows. Most lines are
read by Arrow, the others by `json`, which says what each line means (see `json_arrow`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from rules_engine.batch.series import series_of
from rules_engine.batch.sources import files, nested
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.ahead import ahead
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.json_arrow import Lines, Reader, texts
from rules_engine.batch.sources.later import later
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ITEM, ROW, BadRow, Loaded, Opened, whole
from rules_engine.matching.json_text import Decoder

_PEEK = 200  # lines read to learn the names
_HEAD = 1 << 18  # bytes read for that at a time
PIECE = 1 << 23  # bytes of lines in memory at a time: records, where they are made, take ten times the room of columns


def open_lines(table: Table, path: Path, shown: str) -> Opened:
    """A JSON lines file. Blank lines are not rows."""
    first = list(islice((line for lines in _lines(table, path, _HEAD) for line in lines.each()), _PEEK))
    if not first:
        raise DataError(say.empty_file(table.span, shown), file=shown)

    decoder = Decoder()
    records = [record for line in first if isinstance(record := _record(line, decoder), dict)]
    if not records and first[0].lstrip()[:1] == b"[":
        reason = "it is a list of records, not a record on each line; add `format: json`"
        raise DataError(say.malformed(table.span, shown, "JSON lines", reason), file=shown)

    def read(wanted: Sequence[str]) -> Generator[Loaded]:
        decoder = Decoder()
        reader = Reader(wanted, table.explode, lambda line: _record(line, decoder))
        reader.shape.see(records)
        before = 0
        for lines in _lines(table, path, PIECE):
            yield _piece(table, shown, lines, before, wanted, reader, decoder)
            before += len(lines)

    def pieces(wanted: Sequence[str]) -> Iterator[Loaded]:
        """Piece by piece, the next one read by a thread while one is used."""
        with closing(read(wanted)) as coming, ThreadPoolExecutor(max_workers=1) as thread:
            yield from ahead(coming, thread, 1)

    def load(wanted: Sequence[str]) -> Loaded:
        return whole(map(_in_texts, read(wanted)), wanted)

    return Opened(shown, nested.keys(records), load, open_ended=True, pieces=pieces)


def _lines(table: Table, path: Path, size: int) -> Iterator[Lines]:
    """The lines that are not blank, those of some `size` bytes at a time."""
    for block in files.whole_lines(files.blocks(table, path, size)):
        if len(lines := Lines(block)):
            yield lines


def _piece(
    table: Table, shown: str, lines: Lines, before: int, wanted: Sequence[str], reader: Reader, decoder: Decoder
) -> Loaded:
    """Some lines, `before` of which so many stand."""
    quick, others = reader.read(lines)
    records: list[object] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    for place, record in others:
        row = before + 1 + place
        if isinstance(record, dict):
            records.append(record)
            numbers.append(row)
        else:
            bad.append(_bad(row, lines[place], record, table.encoding))

    def raw(rows: Sequence[int]) -> list[str]:
        return [_loose(lines[row - before - 1].strip()) for row in rows]

    exact = unfold(table, shown, records, numbers, bad, wanted, raw, doubled=decoder.met)
    if not quick:
        return exact
    if len(quick) == 1 and not records and table.explode is None:
        standing = quick[0].places + before + 1
        columns = {name: reader.coded(name, column) for name, column in quick[0].columns.items()}
        of_rows = later(columns, lambda chosen: np.searchsorted(standing, chosen.to_numpy()))
        return replace(exact, frame=series_of(standing, ROW).to_frame(), rows=len(lines), later=of_rows)
    frames = [exact.frame]
    for part in quick:
        own = [texts(column).alias(name) for name, column in part.columns.items()]
        frame = pl.DataFrame([series_of(part.places + before + 1, ROW), *own])
        if table.explode is not None:
            frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(ROW).alias(ITEM))
        frames.append(frame.select(exact.frame.columns))
    return replace(exact, frame=pl.concat(frames).sort(ROW, maintain_order=True), rows=len(lines))


def _in_texts(piece: Loaded) -> Loaded:
    """Pieces of one file may differ in what they hold numbers as."""
    loaded = piece.at_once()
    return replace(loaded, frame=loaded.frame.with_columns(pl.exclude(ROW, ITEM).cast(pl.String)))


def _record(line: bytes, decoder: Decoder) -> object:
    """The value of a line, or the error that says why there is none."""
    try:
        value: object = decoder.decode(line.decode("utf-8").strip())
    except (ValueError, RecursionError) as error:
        return error
    return value


def _bad(row: int, line: bytes, found: object, encoding: str) -> BadRow:
    text = _loose(line.strip())
    if isinstance(found, UnicodeDecodeError):
        return BadRow(row, "bytes are not text", say.not_text(encoding), text, say.encoding_hint(encoding))
    reason = _reason(found) if isinstance(found, Exception) else "it is no record in braces"
    return BadRow(row, "not JSON", say.not_json(reason), text)


def open_document(table: Table, path: Path, shown: str) -> Opened:
    """A JSON document: a list of records at its top or at `records:`; a single record counts as a list of one."""
    data = b"".join(files.blocks(table, path, PIECE))
    if not data.strip():
        raise DataError(say.empty_file(table.span, shown), file=shown)
    decoder = Decoder()
    try:
        document = decoder.loads(data)
    except (ValueError, RecursionError) as error:
        lines = isinstance(error, json.JSONDecodeError) and error.msg == "Extra data"
        reason = "a record stands on each line; add `format: jsonl`" if lines else _reason(error)
        raise DataError(say.malformed(table.span, shown, "JSON", reason), file=shown) from error
    found = document
    if table.records is not None:
        steps = nested.path_of(table.records)
        key = nested.twice_on_the_way(document, table.records, steps)
        if key is not None:
            raise DataError(say.malformed(table.span, shown, "JSON", f'its key "{key}" stands twice'), file=shown)
        found = nested.get(document, table.records, steps)
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
    return _opened(table, shown, records, numbers, bad, doubled=decoder.met)


def _opened(
    table: Table, shown: str, records: Sequence[object], numbers: Sequence[int], bad: Sequence[BadRow], *, doubled: bool
) -> Opened:
    def raw(rows: Sequence[int]) -> list[str]:
        places = {number: place for place, number in enumerate(numbers)}
        return [json.dumps(records[places[row]]) for row in rows]

    def load(wanted: Sequence[str]) -> Loaded:
        return unfold(table, shown, records, numbers, bad, wanted, raw, doubled=doubled)

    return Opened(shown, nested.keys(records), load, open_ended=True)


def unfold(
    table: Table, shown: str, records: Sequence[object], numbers: Sequence[int], bad: Sequence[BadRow],
    wanted: Sequence[str], raw: Callable[[Sequence[int]], list[str]], *, doubled: bool = False,
) -> Loaded:  # fmt: skip
    """The wanted columns of records, one row per record or per item of the exploded list.

    `doubled`: in some of them a key may stand twice.
    """
    total = len(records) + len(bad)
    if doubled:
        outer = [name for name in wanted if nested.inside(name, table.explode) is None]
        twice = nested.places_twice(records, outer, table.explode)
        keys = {numbers[place]: key for place, key in twice.items()}
        texts = zip(keys.items(), raw(list(keys)), strict=True)
        bad = sorted((*bad, *(_twice(row, key, text) for (row, key), text in texts)), key=lambda row: row.row)
        numbers = [number for place, number in enumerate(numbers) if place not in twice]
        records = [record for place, record in enumerate(records) if place not in twice]
    if table.explode is None:
        frame = pl.DataFrame([pl.Series(ROW, numbers, dtype=pl.Int64), *nested.columns(records, wanted)])
        return Loaded(shown, frame, tuple(bad), total, raw)
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
    if doubled and (twice := nested.places_twice(items, [name for name in inner.values() if name is not None])):
        of_items = frame[ROW].gather(list(twice)).to_list()
        told = zip(of_items, twice.values(), raw(of_items), strict=True)
        more += [_twice(row, f"{table.explode}.{key}", text) for row, key, text in told]
        frame = frame[[place for place in range(frame.height) if place not in twice]]
    return Loaded(shown, frame, tuple(sorted((*bad, *more), key=lambda row: row.row)), total, raw)


def _twice(row: int, key: str, text: str) -> BadRow:
    return BadRow(row, "key twice", say.key_twice(key), text)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at character {error.pos + 1}"
    if isinstance(error, UnicodeDecodeError):
        return "it has bytes that are no text"
    return "it is nested too deep" if isinstance(error, RecursionError) else "it has a number that is too long"


def _loose(line: bytes) -> str:
    return line.decode("utf-8", errors="surrogateescape")
