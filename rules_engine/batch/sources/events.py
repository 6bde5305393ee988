"""Event tables -> one frame per declared event type.

Takes the mapping, the model and the known leads; gives per type a frame of lead, instant, id and attributes, still in
file order. Events of undeclared types are counted and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

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


@dataclass(slots=True)
class KnownLeads:
    """Ids of the lead table, then of leads met in events, in order of first appearance.

    `table`: there is a lead table, so events of other leads are rejected unless their own table says `add`.
    `needs_fields`: the model requires lead fields, so a lead without a row cannot be taken in at all. `lookups`: what
    else names a lead.
    """

    ids: dict[str, None]
    table: bool
    needs_fields: bool
    added: dict[str, None] = field(default_factory=dict)
    lookups: Lookups = field(default_factory=dict)

    def takes(self, event_table: EventTable) -> bool:
        return not self.needs_fields and (not self.table or event_table.unknown_leads == "add")


def read_events(
    tables: tuple[EventTable, ...], model: Model, known: KnownLeads, folder: Path, timezone: str, log: Log
) -> dict[str, pl.DataFrame]:
    """All event tables; types without events have an empty frame."""
    declared = _loaded_attributes(tables, model)
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in model.events}
    for table in tables:
        for part in _usable(table, declared, known, folder, timezone, log):
            for name, frame in _by_type(part, table, declared, timezone, log):
                parts[name].append(frame)
    return {name: pl.concat(found) if found else _empty(declared[name]) for name, found in parts.items()}


def _loaded_attributes(tables: tuple[EventTable, ...], model: Model) -> dict[str, dict[str, Field]]:
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


def _empty(declared: Mapping[str, Field]) -> pl.DataFrame:
    attributes = {f".{name}": convert.dtype(attribute.type) for name, attribute in declared.items()}
    return pl.DataFrame(schema={"lead_id": pl.String(), "at": pl.Int64(), "id": pl.String(), **attributes})


def _usable(
    table: EventTable, declared: Declared, known: KnownLeads, folder: Path, timezone: str, log: Log
) -> Iterator[Rows]:
    """The rows that have a known lead, an instant and a type, as `#id`, `#at`, `#type`."""
    label = table.table.label
    needed = [column for column in (table.lead, table.at, table.type, table.id) if column is not None]
    needed += [*table.attributes.values(), *(c for group in table.attributes_of.values() for c in group.values())]
    by_name = dict.fromkeys(name for attributes in declared.values() for name in attributes)
    for read in rows.read(table.table, folder, needed, by_name, log):
        part = with_ids(read, table.lead, 0, label, log)
        part = with_looked_up(part, table.lead, ID, known.lookups, label, log)
        part = with_instants(part, table.at, "at", label, timezone, log)
        yield _of_known_leads(_with_types(part, table, log), table, known, log)


def _with_types(part: Rows, table: EventTable, log: Log) -> Rows:
    """Adds `#type`. A type that `values:` makes missing is left out on purpose; one that is blank is rejected."""
    label = table.table.label
    types = part.text(table.type)
    left_out = types.is_null() & part.text(replace(table.type, values=())).is_not_null()
    frame = part.frame.with_columns(types.alias("#type"))
    if left_out.any():
        log.counts.left_out[label] += int(left_out.sum())
        frame = frame.filter(~left_out)
    none = frame["#type"].is_null()
    return part.with_frame(log.reject(label, part.loaded, frame, none, "no event type", part.shown(table.type)))


def _of_known_leads(part: Rows, table: EventTable, known: KnownLeads, log: Log) -> Rows:
    """Takes leads in that come with events only, or rejects their events."""
    met = part.frame[ID].unique(maintain_order=True).to_list()
    new = [lead for lead in met if lead not in known.ids]
    if not new:
        return part
    if known.takes(table):
        known.ids.update(dict.fromkeys(new))
        known.added.update(dict.fromkeys(new))
        return part
    ids = part.frame[ID]
    unknown = ids.is_in(pl.Series(new).implode())
    shown = part.shown(table.lead)
    return part.with_frame(log.reject(table.table.label, part.loaded, part.frame, unknown, "unknown lead", shown, ids))


def _by_type(
    part: Rows, table: EventTable, declared: Declared, timezone: str, log: Log
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each declared type's events with their attributes; the others are counted."""
    for name, count in part.frame["#type"].value_counts().sort("#type").rows():
        if name not in declared:
            log.counts.ignored_events[name] += count
            continue
        own = part if count == part.frame.height else part.with_frame(part.frame.filter(part.frame["#type"] == name))
        columns = {**part.by_name, **table.attributes, **table.attributes_of.get(name, {})}
        own = with_typed(own, name, declared[name], columns, timezone, table.table.label, log)
        frame = own.frame
        ids = own.text(table.id) if table.id is not None else nothing("id", pl.String(), frame.height)
        head = [frame[ID].alias("lead_id"), frame["#at"].alias("at"), ids.alias("id")]
        yield name, pl.DataFrame([*head, *(frame["." + attribute] for attribute in declared[name])])
