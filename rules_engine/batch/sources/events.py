"""Event tables -> one frame per declared event type.

Takes the mapping, the model and the known leads; gives per type a frame of lead, instant, id and attributes, still in
file order. Events of undeclared types are counted and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import convert, reads, rows
from rules_engine.batch.sources.fields import typed_columns
from rules_engine.batch.sources.mapping import Column, EventTable
from rules_engine.batch.sources.people import read_instants
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.model.types import Field, Model


@dataclass(slots=True)
class KnownLeads:
    """Ids of the lead table and of leads met in events, in order of first appearance.

    `closed`: the lead table is complete, so events of other leads are rejected unless their table says `add`.
    """

    ids: dict[str, None]
    closed: bool
    added: dict[str, None] = field(default_factory=dict)


def read_events(
    tables: tuple[EventTable, ...], model: Model, known: KnownLeads, folder: Path, timezone: str, log: Log
) -> dict[str, pl.DataFrame]:
    """All event tables; types without events have an empty frame."""
    wanted = reads.names(reads.paths(model), "event")
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in model.events}
    declared: dict[str, Mapping[str, Field]] = {}
    named = {name for table in tables for group in (table.attributes, *table.attributes_of.values()) for name in group}
    for name, event in model.events.items():
        declared[name] = {
            key: attribute
            for key, attribute in event.attributes.items()
            if wanted is None or key in wanted or key in named
        }
    for table in tables:
        for part in _usable(table, declared, known, folder, timezone, log):
            for name, frame in _by_type(part, table, declared, timezone, log):
                parts[name].append(frame)
    return {name: pl.concat(found) if found else _empty(declared[name]) for name, found in parts.items()}


def _empty(declared: Mapping[str, Field]) -> pl.DataFrame:
    attributes = {name: convert.dtype(attribute.type) for name, attribute in declared.items()}
    return pl.DataFrame(schema={"lead_id": pl.String(), "at": pl.Int64(), "#id": pl.String(), **_prefixed(attributes)})


def _prefixed(attributes: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    return {f".{name}": kind for name, kind in attributes.items()}


def _usable(
    table: EventTable,
    declared: Mapping[str, Mapping[str, Field]],
    known: KnownLeads,
    folder: Path,
    timezone: str,
    log: Log,
) -> Iterator[Rows]:
    """The rows that have a lead, an instant and a type, as `#lead`, `#at`, `#type`, `#eid`."""
    label = table.table.label
    needed = [column for column in (table.lead, table.at, table.type, table.id) if column is not None]
    needed += [*table.attributes.values(), *(c for group in table.attributes_of.values() for c in group.values())]
    by_name = {name: None for attributes in declared.values() for name in attributes}
    for part in rows.read(table.table, folder, needed, [], by_name, log):
        frame = part.frame.with_columns(part.text(table.lead).alias("#lead"))
        frame = log.reject(label, part.loaded, frame, frame["#lead"].is_null(), "no id", part.shown(table.lead))
        part = read_instants(part.with_frame(frame), table.at, "at", label, timezone, log)
        frame = part.frame.with_columns(part.text(table.type).alias("#type"))
        frame = log.reject(label, part.loaded, frame, frame["#type"].is_null(), "no event type", part.shown(table.type))
        part = part.with_frame(frame)
        ids = part.text(table.id) if table.id is not None else None
        part = part.with_frame(frame.with_columns((ids if ids is not None else pl.lit(None, pl.String)).alias("#eid")))
        yield _of_known_leads(part, table, known, log)


def _of_known_leads(part: Rows, table: EventTable, known: KnownLeads, log: Log) -> Rows:
    met = part.frame["#lead"].unique(maintain_order=True).to_list()
    new = [lead for lead in met if lead not in known.ids]
    if not new:
        return part
    if known.closed and table.unknown_leads == "reject":
        unknown = part.frame["#lead"].is_in(pl.Series(new).implode())
        shown = part.shown(table.lead)
        frame = log.reject(
            table.table.label, part.loaded, part.frame, unknown, "unknown lead", shown, part.frame["#lead"]
        )
        return part.with_frame(frame)
    known.ids.update(dict.fromkeys(new))
    known.added.update(dict.fromkeys(new))
    return part


def _by_type(
    part: Rows, table: EventTable, declared: Mapping[str, Mapping[str, Field]], timezone: str, log: Log
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each declared type's events with their attributes; the others are counted."""
    for name, count in part.frame["#type"].value_counts(sort=True).rows():
        if name not in declared:
            log.counts.ignored_events[name] += count
            continue
        frame = part.frame if count == part.frame.height else part.frame.filter(part.frame["#type"] == name)
        own = part.with_frame(frame)
        columns: dict[str, Column] = {**part.by_name, **table.attributes, **table.attributes_of.get(name, {})}
        attributes = typed_columns(own, name, declared[name], columns, timezone, log)
        head = [frame["#lead"].alias("lead_id"), frame["#at"].alias("at"), frame["#eid"].alias("#id")]
        yield name, pl.DataFrame([*head, *(values.alias(f".{values.name}") for values in attributes)])
