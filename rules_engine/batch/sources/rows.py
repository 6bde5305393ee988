"""The rows of one table, file by file: opened by format, columns resolved, `where:` applied.

Takes a table of the mapping and the columns wanted, gives `Rows`, from which readers take columns by their mapping.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import convert, files
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.coded import Coded
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.json_columns import with_json
from rules_engine.batch.sources.mapping import Column, Filter, Table, scheme_of
from rules_engine.batch.sources.partitions import values_of_folders, with_folders
from rules_engine.batch.sources.problems import Log, whole_files
from rules_engine.batch.sources.read_csv import open_csv
from rules_engine.batch.sources.read_json import open_document, open_lines
from rules_engine.batch.sources.read_parquet import open_parquet
from rules_engine.batch.sources.read_uri import open_uri
from rules_engine.batch.sources.table import ROW, Loaded, Opened, Places, Useful
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.records import dataclass

_READERS = {"csv": open_csv, "jsonl": open_lines, "json": open_document, "parquet": open_parquet}
_IN_PIECES = ("csv", "jsonl", "parquet")


@dataclass(frozen=True, slots=True)
class Rows:
    """The usable rows of one file. `by_name` are the columns found by the name of a field.

    `places` tells where they stand in columns that come later, None where these are all of them, in their order.
    """

    loaded: Loaded
    frame: pl.DataFrame
    by_name: Mapping[str, Column]
    places: Places | None = None

    def raw(self, column: Column) -> pl.Series | Coded:
        """The column as read; of several names, the first with a value in each row."""
        if not column.names:
            return pl.Series("constant", [column.constant]).new_from_index(0, self.frame.height)
        names = [name for name in column.names if self._has(name)]
        if len(names) == 1:
            return self._column(names[0])
        first, *others = [convert.as_text(convert.present(self._column(name), _markers(column))) for name in names]
        for other in others:
            first = first.fill_null(other)
        return first

    def text(self, column: Column) -> pl.Series:
        """The column as trimmed text, without missing markers and with `values:` replaced."""
        return convert.trimmed(convert.present(self.raw(column), column))

    def coded(self, column: Column) -> Coded:
        """The same with each distinct text once; `texts` are still as they are written."""
        raw = self.raw(column)
        return raw if isinstance(raw, Coded) else Coded.of(convert.as_text(raw))

    def has(self, column: Column) -> bool:
        return not column.names or any(self._has(name) for name in column.names)

    def shown(self, column: Column) -> str:
        """The column's name for messages."""
        return next((name for name in column.names if self._has(name)), "")

    def with_frame(self, frame: pl.DataFrame) -> Rows:
        """Other rows: some of these, or in another order."""
        if frame is self.frame:
            return self
        later = self.loaded.later
        return replace(self, frame=frame, places=None if later is None else later.places(frame[ROW]))

    def with_columns(self, *columns: pl.Series) -> Rows:
        """The same rows with more columns."""
        return replace(self, frame=self.frame.hstack(list(columns)))

    def cut(self, ends: Iterable[int]) -> Iterator[Rows]:
        """These rows in pieces, each up to one of `ends`, which rise."""
        start = 0
        for end in ends:
            places = None if self.places is None else self.places[start:end]
            yield replace(self, frame=self.frame.slice(start, end - start), places=places)
            start = end

    def _has(self, name: str) -> bool:
        later = self.loaded.later
        return name in self.frame.columns or (later is not None and name in later.names)

    def _column(self, name: str) -> pl.Series | Coded:
        later = self.loaded.later
        if later is not None and name in later.names:
            return later.take(name, self.places)
        return self.frame[name]


def _markers(column: Column) -> Column:
    return replace(column, values=())


@dataclass(frozen=True, slots=True)
class Part:
    """Rows as a reader gives them, columns found by the name of a field, warnings about those that are not there.

    `names` are those of the file's columns.
    """

    loaded: Loaded
    by_name: Mapping[str, Column]
    findings: tuple[Diagnostic, ...]
    names: Collection[str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many files that were not opened, as `where:` leaves all their rows out."""

    files: int


def read(
    table: Table,
    folder: Path,
    needed: Iterable[Column],
    by_name: Iterable[str],
    log: Log,
    *,
    in_pieces: bool = False,
    numbered: bool = False,
) -> Iterator[Rows]:
    """Each file's rows. `needed` columns must be in every file; `by_name` are field names to look for.

    `in_pieces`: large files come in several parts where their format allows it. `numbered`: rows are counted over all
    files, so that each is opened.
    """
    parts = parts_of(table, folder, needed, by_name, in_pieces=in_pieces, numbered=numbered)
    return usable(parts, table, log)


def usable(parts: Iterable[Part | LeftOut], table: Table, log: Log) -> Iterator[Rows]:
    """The rows of each part, with `where:` applied."""
    for part in parts:
        if isinstance(part, LeftOut):
            log.counts.left_out[whole_files(table.label)] += part.files
            continue
        log.findings += part.findings
        log.columns.setdefault(table.label, {}).update(dict.fromkeys(part.names))
        log.begin(table.label, part.loaded)
        yield _filtered(Rows(part.loaded, part.loaded.frame, part.by_name), table, log)
        log.end(part.loaded)


def parts_of(
    table: Table,
    folder: Path,
    needed: Iterable[Column],
    by_name: Iterable[str],
    *,
    in_pieces: bool,
    useful: Useful | None = None,
    numbered: bool = False,
) -> Generator[Part | LeftOut]:
    """What `read` reads, part after part; nothing is opened before the first one is asked for. Of what comes in pieces
    those that are of no use may be left out, but for their number."""
    needed = [*needed, *(filter.column for filter in table.where), *table.known_after_outcome]
    chosen, left_out = _chosen(table, folder, numbered=numbered)
    if left_out:
        yield LeftOut(left_out)
    for opened in _opened(table, chosen, folder):
        wanted: dict[str, None] = {}
        missing: list[Column] = []
        for column in needed:
            present = _available(opened, table, column)
            wanted.update(dict.fromkeys(present))
            if column.names and not present:
                missing.append(column)
        if missing:
            told = dict.fromkeys(say.no_column(c.span, c.names, opened.file, opened.names) for c in missing)
            first, *others = told
            # of a header that was not divided all columns are missing, by one mistake
            more = () if say.is_undivided(opened.names) else others
            raise DataError(first, *more, file=opened.file, column=missing[0].names[0])
        matched = _by_name(opened, table, by_name)
        wanted.update(dict.fromkeys(column.names[0] for column in matched.values()))
        pieces = opened.pieces if in_pieces else None
        if pieces is not None and useful is not None and opened.useful is not None:
            pieces = opened.useful(useful)
        given = iter([opened.load(list(wanted))]) if pieces is None else pieces(list(wanted))
        yield from _with_names(opened, needed, matched, given)


def comes_in_pieces(table: Table, folder: Path) -> bool:
    """Whether the first file of a table is of a kind that is read piece by piece. What is wrong is told by reading."""
    if any(scheme_of(file) is not None for file in table.files):
        return False
    try:
        return files.kind(table, files.find(table, folder)[0]) in _IN_PIECES
    except DataError:
        return False


def _with_names(
    opened: Opened, needed: Iterable[Column], matched: Mapping[str, Column], pieces: Iterator[Loaded]
) -> Iterator[Part]:
    """All rows of a file. A column that no record has is told at the end; where only its name was looked for it is not
    used until a record has it. The last piece counts the rows of all."""
    absent = [column for column in needed if _only_hoped_for(column, opened)]
    unmet = {name: column for name, column in matched.items() if _only_hoped_for(column, opened)}
    rows = height = 0
    loaded: Loaded | None = next(pieces)
    while loaded is not None:
        coming = next(pieces, None)
        rows, height = rows + loaded.rows, height + loaded.frame.height
        if absent or unmet:
            absent = [column for column in absent if not _there(column, loaded)]
            unmet = {name: column for name, column in unmet.items() if not _there(column, loaded)}
        if coming is None and not height:  # there is nobody to have them
            absent, unmet = [], {}
        by_name = {name: column for name, column in matched.items() if name not in unmet}
        told = absent if coming is None else ()
        findings = [say.never_there(column.span, column.names, opened.file, opened.names) for column in told]
        yield Part(replace(loaded, rows=rows if coming is None else 0), by_name, tuple(findings), opened.names)
        loaded = coming


def _by_name(opened: Opened, table: Table, names: Iterable[str]) -> dict[str, Column]:
    """Columns for fields that the mapping does not name: in the items of an exploded list, else in the row."""
    matched: dict[str, Column] = {}
    if not table.match_names or table.plain is None:
        return matched
    for name in names:
        places = [f"{table.explode}.{name}", name] if table.explode else [name]
        hits = [place for place in places if place in opened.names]
        if not hits and opened.open_ended and not table.json:
            hits = places  # a key that only later records have
        if hits:
            matched[name] = replace(table.plain, names=(hits[0],))
    return matched


def _filtered(rows: Rows, table: Table, log: Log) -> Rows:
    for condition in table.where:
        holds = rows.text(condition.column).is_in(pl.Series(sorted(condition.texts)).implode()).fill_null(False)
        out = len(holds) - int(holds.sum())
        if out:
            log.counts.left_out[table.label] += out
            rows = rows.with_frame(rows.frame.filter(holds))
    return rows


def _chosen(table: Table, folder: Path, *, numbered: bool) -> tuple[list[Path], int]:
    """The files of a table, and how many of them `where:` leaves out by the names of their folders."""
    found = files.find(replace(table, files=tuple(file for file in table.files if scheme_of(file) is None)), folder)
    if numbered or not table.where:
        return found, 0
    known: dict[tuple[int, str | None], bool] = {}

    def held(number: int, condition: Filter, value: str | None) -> bool:
        if (number, value) not in known:
            read = convert.as_text(convert.present(pl.Series([value], dtype=pl.String), condition.column))
            known[number, value] = read[0] in condition.texts
        return known[number, value]

    def wanted(path: Path) -> bool:
        values = values_of_folders(path)
        return all(
            held(number, condition, values[name])
            for number, condition in enumerate(table.where)
            for name in condition.column.names
            if name in values
        )

    chosen = [path for path in found if wanted(path)]
    return chosen, len(found) - len(chosen)


def _opened(table: Table, paths: Iterable[Path], folder: Path) -> Iterator[Opened]:
    """Each file, then each source that a plugin reads."""
    uris = [file for file in table.files if scheme_of(file) is not None]
    for path in paths:
        shown = str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name
        yield _open(table, path, shown)
    for uri in dict.fromkeys(uris):
        source = open_uri(table, uri, folder)
        yield with_json(source, table) if table.json else source


def _open(table: Table, path: Path, shown: str) -> Opened:
    reader = _READERS[files.kind(table, path)]
    opened = with_folders(reader(table, path, shown), path)
    return with_json(opened, table) if table.json else opened


def _available(opened: Opened, table: Table, column: Column) -> list[str]:
    """Those of the column's names that the file has, or may have further down."""
    return [name for name in column.names if name in opened.names or _may_turn_up(opened, table, name)]


def _may_turn_up(opened: Opened, table: Table, name: str) -> bool:
    """Records need not have every key, so a path into them is taken on trust; see `_never_there`."""
    return opened.open_ended and (not table.json or name.split(".")[0] in table.json)


def _only_hoped_for(column: Column, opened: Opened) -> bool:
    """Whether a column stands for keys that the first records do not have."""
    return bool(column.names) and not any(name in opened.names for name in column.names)


def _there(column: Column, loaded: Loaded) -> bool:
    """Whether some record has a value for it."""
    frame = loaded.frame
    return any(frame[name].null_count() < frame.height for name in column.names if name in frame.columns)
