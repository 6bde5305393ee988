"""Event tables -> one frame per declared event type.

Takes the mapping, the model and the known leads; gives per type a frame of lead, instant, id and attributes, still in
file order. Events of undeclared types are counted and left out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from inspect import GEN_RUNNING, getgeneratorstate
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.series import chosen, series_of
from rules_engine.batch.sources import convert, hints, rows
from rules_engine.batch.sources.coded import Texts
from rules_engine.batch.sources.fields import nothing, with_typed
from rules_engine.batch.sources.instants import with_instants
from rules_engine.batch.sources.lookups import Lookups, with_looked_up
from rules_engine.batch.sources.mapping import Column, EventTable
from rules_engine.batch.sources.people import ID, joined, with_ids
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.batch.sources.table import Useful
from rules_engine.model.types import Field, Model

Declared: TypeAlias = Mapping[str, Mapping[str, Field]]
Source: TypeAlias = Generator[rows.Part | rows.LeftOut]
LEAD = "#lead"
KIND = "#kind"
UNKNOWN = "unknown lead"
NO_ROW = 2**32 - 1
FEW_KINDS = 2**16 - 1  # numbers of types up to which they take two bytes, of which the last stands for none
SLICE = 500_000  # ids looked at at a time, so that little memory is taken besides


class KnownLeads:
    """Ids of the lead table, then of leads met in events, in order of first appearance; each has a row.

    `table`: there is a lead table, so events of other leads are rejected unless their own table says `add`.
    `needs_fields`: the model requires lead fields, so a lead without a row cannot be taken in at all. `lookups`: what
    else names a lead. `numbers`: the ids as whole numbers where it is known that they are such.
    """

    def __init__(
        self,
        ids: pl.Series,
        *,
        numbers: pl.Series | None = None,
        table: bool,
        needs_fields: bool,
        lookups: Lookups | None = None,
    ) -> None:
        self.table, self.needs_fields = table, needs_fields
        self.lookups: Lookups = {} if lookups is None else lookups
        self.added: list[str] = []
        self._ids = [ids]
        self._index: _Index | None = None
        self._numbers_are_old = numbers is None
        self._by_number = None if numbers is None else _rows_by_number([own.to_numpy() for own in numbers.get_chunks()])

    def takes(self, event_table: EventTable) -> bool:
        return not self.needs_fields and brings_leads(event_table, known=self.table)

    def rows(self, ids: pl.Series) -> pl.Series:
        """The row of each id, null for an unknown one."""
        if self._index is None:
            self._index = _Index(self._ids)
        return self._index.rows(ids)

    def spelled_otherwise(self, lead_id: str) -> str | None:
        """A known id that is another one by its capitals alone."""
        wanted = lead_id.lower()
        found = (ids.filter(ids.str.to_lowercase() == wanted) for ids in self._ids)
        return next((own[0] for own in found if len(own)), None)

    def rows_of_numbers(self, ids: pl.Series) -> pl.Series | None:
        """The row of each whole number as an id, without making texts of them; None where some lead is unknown."""
        if self._numbers_are_old:
            numbers = _as_numbers(self._ids)
            self._by_number, self._numbers_are_old = None if numbers is None else _rows_by_number(numbers), False
        if self._by_number is None or ids.null_count():
            return None
        least, table = self._by_number
        wanted = ids.to_numpy()
        if len(wanted) and (int(wanted.min()) < least or int(wanted.max()) >= least + len(table)):
            return None
        found = table.take(wanted.astype(np.int64, copy=False) - least, mode="clip")  # none lies outside
        return None if len(found) and found.max() == NO_ROW else series_of(found, LEAD)

    def add(self, ids: list[str]) -> None:
        """Leads that have events and no row of their own."""
        self.added += ids
        self._ids.append(pl.Series(ids, dtype=pl.String))
        self._numbers_are_old = True
        if self._index is not None:
            self._index.add(self._ids[-1])


class _Index:
    """Finds the row of an id. Polars numbers the texts of categories, and keeps the hash table from one look-up to the
    next."""

    def __init__(self, ids: Sequence[pl.Series]) -> None:
        self._kind = pl.Categorical(pl.Categories.random("leads"))
        self._alive = [pl.Series([], dtype=self._kind)]  # the hash table lives as long as a column of its categories
        self._row = np.zeros(0, dtype=np.uint32)
        self._rows = 0
        for part in ids:
            self.add(part)

    def add(self, ids: pl.Series) -> None:
        codes = ids.cast(self._kind).to_physical().to_numpy()
        self._make_room(codes)
        self._row[codes] = np.arange(self._rows, self._rows + len(codes), dtype=np.uint32)
        self._rows += len(codes)

    def rows(self, ids: pl.Series) -> pl.Series:
        codes = ids.cast(self._kind).to_physical().to_numpy()
        self._make_room(codes)
        rows = self._row[codes]
        found = series_of(rows, LEAD)
        return found.set(found == NO_ROW, None) if (rows == NO_ROW).any() else found

    def _make_room(self, codes: NDArray[np.uint32]) -> None:
        """Every text has a code from the first look-up on, whether a lead has it or not."""
        most = int(codes.max(initial=0)) + 1
        if most > len(self._row):
            more = np.full(max(most, 2 * len(self._row)) - len(self._row), NO_ROW, dtype=np.uint32)
            self._row = np.concatenate([self._row, more])


def _as_numbers(ids: Sequence[pl.Series]) -> list[NDArray[np.int64]] | None:
    """Ids as whole numbers; None where one is not written as such."""
    numbers: list[NDArray[np.int64]] = []
    for piece in (part.slice(start, SLICE) for part in ids for start in range(0, len(part), SLICE)):
        found = piece.cast(pl.Int64, strict=False)
        if found.null_count() or not found.cast(pl.String).equals(piece):
            return None
        numbers.append(found.to_numpy())
    return numbers


def _rows_by_number(ids: Sequence[NDArray[np.int64]]) -> tuple[int, NDArray[np.uint32]] | None:
    """The least id, and the row of each number from there on, `NO_ROW` for none; None where ids do not lie close."""
    if not any(map(len, ids)):
        return None
    least, most = min(int(own.min()) for own in ids if len(own)), max(int(own.max()) for own in ids if len(own))
    if most - least > 8 * sum(map(len, ids)) + 1000:
        return None
    table = np.full(most - least + 1, NO_ROW, dtype=np.uint32)
    row = 0
    for own in ids:
        table[own - least] = np.arange(row, row + len(own), dtype=np.uint32)
        row += len(own)
    return least, table


def brings_leads(event_table: EventTable, *, known: bool) -> bool:
    """Whether leads come with events: none are `known` by a table of leads, or events say more than it."""
    return not known or event_table.unknown_leads == "add"


def read_events(
    tables: tuple[EventTable, ...], model: Model, known: KnownLeads, folder: Path, timezone: str, log: Log
) -> dict[str, pl.DataFrame]:
    """All event tables; types without events have an empty frame."""
    declared = declared_attributes(model)
    parts: dict[str, list[pl.DataFrame]] = {name: [empty_events(declared[name])] for name in model.events}
    sources = event_sources(tables, declared, folder)
    for name, frame in event_parts(tables, sources, declared, known, timezone, log):
        parts[name].append(frame)
    return {name: joined(found) for name, found in parts.items()}


def event_sources(
    tables: tuple[EventTable, ...],
    declared: Declared,
    folder: Path,
    *,
    in_pieces: bool = False,
    until: int | None = None,
    has_leads: bool = False,
) -> list[Source]:
    """What is to be read of each table, for `event_parts`; nothing is opened before the first part is asked for.

    `in_pieces`: large files come in several parts, and texts may be categories. Parts of files in which all events are
    later than `until`, or of types that are not declared, are not read, unless leads may come with events; there is a
    table of leads if it `has_leads`.
    """
    by_name = list(dict.fromkeys(name for attributes in declared.values() for name in attributes))
    sources = []
    for table in tables:
        needed = [column for column in (table.lead, table.at, table.type, table.id) if column is not None]
        needed += [*table.attributes.values(), *(c for group in table.attributes_of.values() for c in group.values())]
        useful = None if brings_leads(table, known=has_leads) else _useful(table, declared, until)
        sources.append(rows.parts_of(table.table, folder, needed, by_name, in_pieces=in_pieces, useful=useful))
    return sources


def _useful(table: EventTable, declared: Declared, until: int | None) -> Useful | None:
    """Rows that `where:` leaves out are counted as such, so that all are read."""
    if table.table.where:
        return None
    at = None if until is None else _as_it_stands(table.at)
    return Useful(at, until, _as_it_stands(table.type), frozenset(declared))


def _as_it_stands(column: Column) -> str | None:
    """The name of a column whose values are taken as they are."""
    plain = Column(column.names, column.span, timezone=column.timezone)
    return column.names[0] if len(column.names) == 1 and column == plain else None


@contextmanager
def begun(tables: tuple[EventTable, ...], sources: list[Source], folder: Path) -> Iterator[list[Source]]:
    """The same sources, the first one read from now on, beside what goes on here, if it comes in pieces: one of them is
    soon there, so that nobody waits long who wants to stop.

    What is wrong with it is raised when it is asked for. At the end its file is closed, read or not.
    """
    if not tables or not rows.comes_in_pieces(tables[0].table, folder):
        yield sources
        return
    first, *others = sources
    try:
        with ThreadPoolExecutor(max_workers=1) as thread:
            coming = thread.submit(next, first, None)

            def read() -> Source:
                part = coming.result()
                if part is not None:
                    yield part
                    yield from first

            yield [read(), *others]
    finally:
        if getgeneratorstate(first) != GEN_RUNNING:  # as it is where Ctrl-C comes while the thread begins
            first.close()


def event_parts(
    tables: tuple[EventTable, ...],
    sources: Iterable[Source],
    declared: Declared,
    known: KnownLeads,
    timezone: str,
    log: Log,
    *,
    range_of_leads: int = NO_ROW,
    texts: Mapping[str, Mapping[str, Texts]] | None = None,
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The events of all tables, part after part: the type, and lead_row, at, id and a column `.name` per attribute.

    Each part is in the order of ranges of so many leads, within a range in that of the file. Ids may be of type Null.
    With `texts`, by type and attribute, coded texts are numbers, else categories.
    """
    for table, source in zip(tables, sources, strict=True):
        for part, names in _usable(table, source, known, timezone, log):
            yield from _by_type(part, names, table, declared, range_of_leads, texts, timezone, log)


def declared_attributes(model: Model) -> Declared:
    """The attributes of each event type. All are loaded, read by a rule or not: they order events that agree in lead,
    instant, type and id, and tell which of two with the same id counts."""
    return {name: event.attributes for name, event in model.events.items()}


def empty_events(declared: Mapping[str, Field]) -> pl.DataFrame:
    """No events of a type, with the columns that events of it have."""
    attributes = {f".{name}": convert.dtype(attribute.type) for name, attribute in declared.items()}
    return pl.DataFrame(schema={"lead_row": pl.UInt32(), "at": pl.Int64(), "id": pl.String(), **attributes})


def _usable(
    table: EventTable, source: Source, known: KnownLeads, timezone: str, log: Log
) -> Iterator[tuple[Rows, list[str]]]:
    """The rows that have a known lead, an instant and a type, as `#lead` (its row), `#at`, `#kind` (which of the names
    that stand beside)."""
    label = table.table.label
    for read in rows.usable(source, table.table, log):
        part = _with_leads(read, table, known, label, log)
        part = with_instants(part, table.at, "at", label, timezone, log)
        part, names = _with_kinds(part, table, log)
        yield part if LEAD in part.frame.columns else _of_known_leads(part, table, known, log), names


def _with_leads(part: Rows, table: EventTable, known: KnownLeads, label: str, log: Log) -> Rows:
    """Adds `#lead` where ids are numbers and all of them known, else `#id`, by which leads are looked for later."""
    raw = part.raw(table.lead)
    numbers = isinstance(raw, pl.Series) and raw.dtype.is_integer()
    if isinstance(raw, pl.Series) and numbers and not (table.lead.values or table.lead.missing or known.lookups):
        found = known.rows_of_numbers(raw)
        if found is not None:
            return part.with_columns(found)
    part = with_ids(part, table.lead, 0, label, log)
    return with_looked_up(part, table.lead, ID, known.lookups, label, log)


def _with_kinds(part: Rows, table: EventTable, log: Log) -> tuple[Rows, list[str]]:
    """Adds `#kind`. A type that `values:` makes missing is left out on purpose; one that is blank is rejected."""
    label = table.table.label
    coded = part.coded(table.type)
    types = convert.present_texts(coded, table.type)
    of_text = types.to_list()
    names = sorted({name for name in of_text if name is not None})
    width = np.uint16 if len(names) <= FEW_KINDS else np.uint32
    no_kind = int(np.iinfo(width).max)
    numbers = {name: number for number, name in enumerate(names)} | {None: no_kind}
    of_code = np.array([no_kind, *map(numbers.__getitem__, of_text)], dtype=width)
    kinds = series_of(of_code.take(coded.codes), KIND)
    none = kinds == no_kind
    if not none.any():
        return part.with_columns(kinds), names
    part = part.with_columns(kinds.set(none, None))
    if table.type.values:
        written = convert.present(coded.texts, replace(table.type, values=()))
        left_out = part.frame[KIND].is_null() & coded.spread(written.is_not_null()).fill_null(False)
        if left_out.any():
            log.counts.left_out[label] += int(left_out.sum())
            part = part.with_frame(part.frame.filter(~left_out))
    none = part.frame[KIND].is_null()
    shown = part.shown(table.type)
    return part.with_frame(log.reject(label, part.loaded, part.frame, none, "no event type", shown)), names


def _of_known_leads(part: Rows, table: EventTable, known: KnownLeads, log: Log) -> Rows:
    """Adds `#lead`. Takes leads in that come with events only, or rejects their events."""
    ids = part.frame[ID]
    found = known.rows(ids)
    unknown = found.is_null()
    if unknown.any() and known.takes(table):
        known.add(ids.filter(unknown).unique(maintain_order=True).to_list())
        found = known.rows(ids)
        unknown = found.is_null()
    part = part.with_columns(found.alias(LEAD))
    label, shown, hint = table.table.label, part.shown(table.lead), ""
    if unknown.any() and not log.counts.rejected[label, UNKNOWN]:
        hint = hints.capitals_hint(known.spelled_otherwise(ids.filter(unknown)[0]))
    return part.with_frame(log.reject(label, part.loaded, part.frame, unknown, UNKNOWN, shown, ids, hint))


def _by_type(
    part: Rows,
    names: list[str],
    table: EventTable,
    declared: Declared,
    range_of_leads: int,
    texts: Mapping[str, Mapping[str, Texts]] | None,
    timezone: str,
    log: Log,
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each declared type's events with their attributes; the others are counted."""
    if not part.frame.height:
        return
    part, ends = _in_order(part, len(names), range_of_leads)
    for name, own in zip(names, part.cut(ends), strict=True):
        if not own.frame.height:
            continue
        if name not in declared:
            log.counts.ignored_events[name] += own.frame.height
            continue
        columns = {**part.by_name, **table.attributes, **table.attributes_of.get(name, {})}
        known = None if texts is None else texts[name]
        own = with_typed(own, name, declared[name], columns, timezone, table.table.label, log, known)
        frame = own.frame
        identity = None if table.flat and "id" in declared[name] else table.id
        ids = own.text(identity) if identity is not None else nothing("id", pl.Null(), frame.height)
        made = [frame[LEAD].alias("lead_row"), frame["#at"].alias("at"), ids.alias("id")]
        yield name, pl.DataFrame([*made, *(frame["." + attribute] for attribute in declared[name])])


def _in_order(part: Rows, kinds: int, range_of_leads: int) -> tuple[Rows, list[int]]:
    """Events by type, those of a type by ranges of leads, else in the order given; and where each type ends."""
    kind = part.frame[KIND].to_numpy()
    range_ = part.frame[LEAD].to_numpy() // np.uint32(range_of_leads)
    ranges = int(range_.max()) + 1
    if kinds * ranges == 1:
        return part.with_frame(part.frame.drop(KIND)), [part.frame.height]
    places = kind * np.uint32(ranges) + range_
    narrow = places.astype(np.uint16) if kinds * ranges <= 2**16 else places
    order = narrow.argsort(kind="stable")  # numbers of two bytes by their digits
    ends = np.cumsum(np.bincount(kind, minlength=kinds))
    return part.with_frame(pl.DataFrame([chosen(own, order) for own in part.frame.drop(KIND)])), ends.tolist()
