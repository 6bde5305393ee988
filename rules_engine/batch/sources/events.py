"""Event tables -> one frame per declared event type.

Takes the mapping, the model and the known leads; gives per type a frame of lead, instant, id and attributes, still in
file order. Events of undeclared types are counted and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from rules_engine.batch.sources import convert, reads, rows
from rules_engine.batch.sources.fields import nothing, with_typed
from rules_engine.batch.sources.instants import with_instants
from rules_engine.batch.sources.lookups import Lookups, with_looked_up
from rules_engine.batch.sources.mapping import EventTable
from rules_engine.batch.sources.people import ID, with_ids
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.model.types import Field, Model

Declared: TypeAlias = Mapping[str, Mapping[str, Field]]
LEAD = "#lead"


class KnownLeads:
    """Ids of the lead table, then of leads met in events, in order of first appearance; each has a row.

    `table`: there is a lead table, so events of other leads are rejected unless their own table says `add`.
    `needs_fields`: the model requires lead fields, so a lead without a row cannot be taken in at all. `lookups`: what
    else names a lead.
    """

    def __init__(self, ids: pl.Series, *, table: bool, needs_fields: bool, lookups: Lookups | None = None) -> None:
        self.table, self.needs_fields = table, needs_fields
        self.lookups: Lookups = {} if lookups is None else lookups
        self.added: list[str] = []
        self._rows = _numbered(ids, 0)
        self._by_number: tuple[int, np.ndarray[Any, np.dtype[np.int64]]] | None = None
        self._numbers_are_old = True

    def takes(self, event_table: EventTable) -> bool:
        return not self.needs_fields and (not self.table or event_table.unknown_leads == "add")

    def rows(self, ids: pl.Series) -> pl.Series:
        """The row of each id, null for an unknown one."""
        return (
            ids.to_frame("lead_id")
            .join(self._rows, on="lead_id", how="left", maintain_order="left")
            .get_column("lead_row")
        )

    def rows_of_numbers(self, ids: pl.Series) -> pl.Series | None:
        """The row of each whole number as an id, without making texts of them; None where some lead is unknown."""
        if self._numbers_are_old:
            self._by_number, self._numbers_are_old = _dense(self._rows), False
        if self._by_number is None or ids.null_count():
            return None
        least, table = self._by_number
        numbers = ids.to_numpy()
        if len(numbers) and (int(numbers.min()) < least or int(numbers.max()) >= least + len(table)):
            return None
        found = table[numbers.astype(np.int64) - least]
        return None if (found < 0).any() else pl.Series("lead_row", found, dtype=pl.UInt32)

    def add(self, ids: list[str]) -> None:
        """Leads that have events and no row of their own."""
        self.added += ids
        more = _numbered(pl.Series(ids, dtype=pl.String), self._rows.height)
        self._rows = pl.concat([self._rows, more])
        self._numbers_are_old = True


def _numbered(ids: pl.Series, first: int) -> pl.DataFrame:
    rows = pl.int_range(first, first + len(ids), dtype=pl.UInt32, eager=True)
    return pl.DataFrame([ids.alias("lead_id"), rows.alias("lead_row")])


def _dense(rows: pl.DataFrame) -> tuple[int, np.ndarray[Any, np.dtype[np.int64]]] | None:
    """The row of each number from the least id on, -1 for none; None where ids are no numbers that lie close."""
    numbers = rows["lead_id"].cast(pl.Int64, strict=False)
    if (
        not rows.height
        or numbers.null_count()
        or not numbers.cast(pl.String).equals(rows["lead_id"], check_names=False)
    ):
        return None
    values = numbers.to_numpy()
    least, most = int(values.min()), int(values.max())
    if most - least > 8 * len(values) + 1000:
        return None
    table = np.full(most - least + 1, -1, dtype=np.int64)
    table[values - least] = np.arange(len(values))
    return least, table


def read_events(
    tables: tuple[EventTable, ...], model: Model, known: KnownLeads, folder: Path, timezone: str, log: Log
) -> dict[str, pl.DataFrame]:
    """All event tables; types without events have an empty frame."""
    declared = loaded_attributes(tables, model)
    parts: dict[str, list[pl.DataFrame]] = {name: [empty_events(declared[name])] for name in model.events}
    for name, frame in event_parts(tables, declared, known, folder, timezone, log, in_pieces=False):
        parts[name].append(frame)
    return {name: pl.concat(found) for name, found in parts.items()}


def event_parts(
    tables: tuple[EventTable, ...],
    declared: Declared,
    known: KnownLeads,
    folder: Path,
    timezone: str,
    log: Log,
    *,
    in_pieces: bool,
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The events of all tables, part after part: the type, and lead_row, at, id and a column `.name` per attribute.

    `in_pieces`: large files come in several parts, and texts may be categories.
    """
    for table in tables:
        for part in _usable(table, declared, known, folder, timezone, log, in_pieces=in_pieces):
            yield from _by_type(part, table, declared, timezone, log)


def loaded_attributes(tables: tuple[EventTable, ...], model: Model) -> dict[str, dict[str, Field]]:
    """Per event type the attributes worth reading: those that an expression of the model reads, those the mapping
    names, and required ones."""
    wanted = reads.names(reads.paths(model), "event")
    named = {name for table in tables for group in (table.attributes, *table.attributes_of.values()) for name in group}
    return {
        event: {
            name: attribute
            for name, attribute in declaration.attributes.items()
            if wanted is None or name in wanted or name in named or attribute.required
        }
        for event, declaration in model.events.items()
    }


def empty_events(declared: Mapping[str, Field]) -> pl.DataFrame:
    """No events of a type, with the columns that events of it have."""
    attributes = {f".{name}": convert.dtype(attribute.type) for name, attribute in declared.items()}
    return pl.DataFrame(schema={"lead_row": pl.UInt32(), "at": pl.Int64(), "id": pl.String(), **attributes})


def _usable(
    table: EventTable, declared: Declared, known: KnownLeads, folder: Path, timezone: str, log: Log, *, in_pieces: bool
) -> Iterator[Rows]:
    """The rows that have a known lead, an instant and a type, as `#lead` (its row), `#at`, `#type`."""
    label = table.table.label
    needed = [column for column in (table.lead, table.at, table.type, table.id) if column is not None]
    needed += [*table.attributes.values(), *(c for group in table.attributes_of.values() for c in group.values())]
    by_name = dict.fromkeys(name for attributes in declared.values() for name in attributes)
    for read in rows.read(table.table, folder, needed, by_name, log, in_pieces=in_pieces):
        part = _with_leads(read, table, known, label, log)
        part = with_instants(part, table.at, "at", label, timezone, log)
        part = _with_types(part, table, log)
        yield part if LEAD in part.frame.columns else _of_known_leads(part, table, known, log)


def _with_leads(part: Rows, table: EventTable, known: KnownLeads, label: str, log: Log) -> Rows:
    """Adds `#lead` where ids are numbers and all of them known, else `#id`, by which leads are looked for later."""
    raw = part.raw(table.lead)
    if raw.dtype.is_integer() and not (table.lead.values or table.lead.missing or known.lookups):
        found = known.rows_of_numbers(raw)
        if found is not None:
            return part.with_frame(part.frame.with_columns(found.alias(LEAD)))
    part = with_ids(part, table.lead, 0, label, log)
    return with_looked_up(part, table.lead, ID, known.lookups, label, log)


def _with_types(part: Rows, table: EventTable, log: Log) -> Rows:
    """Adds `#type`. A type that `values:` makes missing is left out on purpose; one that is blank is rejected."""
    label = table.table.label
    types = part.categories(table.type)
    frame = part.frame.with_columns(types.alias("#type"))
    if table.type.values:
        left_out = types.is_null() & part.text(replace(table.type, values=())).is_not_null()
        if left_out.any():
            log.counts.left_out[label] += int(left_out.sum())
            frame = frame.filter(~left_out)
    none = frame["#type"].is_null()
    return part.with_frame(log.reject(label, part.loaded, frame, none, "no event type", part.shown(table.type)))


def _of_known_leads(part: Rows, table: EventTable, known: KnownLeads, log: Log) -> Rows:
    """Adds `#lead`. Takes leads in that come with events only, or rejects their events."""
    ids = part.frame[ID]
    found = known.rows(ids)
    unknown = found.is_null()
    if unknown.any() and known.takes(table):
        known.add(ids.filter(unknown).unique(maintain_order=True).to_list())
        found = known.rows(ids)
        unknown = found.is_null()
    part = part.with_frame(part.frame.with_columns(found.alias(LEAD)))
    shown = part.shown(table.lead)
    return part.with_frame(log.reject(table.table.label, part.loaded, part.frame, unknown, "unknown lead", shown, ids))


def _by_type(
    part: Rows, table: EventTable, declared: Declared, timezone: str, log: Log
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each declared type's events with their attributes; the others are counted."""
    for name, count in sorted(part.frame["#type"].value_counts().rows()):
        if name not in declared:
            log.counts.ignored_events[name] += count
            continue
        own = part if count == part.frame.height else part.with_frame(part.frame.filter(part.frame["#type"] == name))
        columns = {**part.by_name, **table.attributes, **table.attributes_of.get(name, {})}
        own = with_typed(own, name, declared[name], columns, timezone, table.table.label, log)
        frame = own.frame
        ids = own.text(table.id) if table.id is not None else nothing("id", pl.String(), frame.height)
        head = [frame[LEAD].alias("lead_row"), frame["#at"].alias("at"), ids.alias("id")]
        yield name, pl.DataFrame([*head, *(frame["." + attribute] for attribute in declared[name])])
