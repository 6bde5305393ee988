"""One mapping of data for two versions that do not declare the same: what only the other one declares is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from rules_engine.batch.sources.mapping import EventTable
from rules_engine.batch.sources.mapping import Mapping as DataMapping
from rules_engine.model.types import Model

V = TypeVar("V")


def narrowed(mapping: DataMapping, model: Model, other: Model) -> DataMapping:
    """The mapping without the names that `other` declares and `model` does not.

    A name that neither declares stays, so that reading the data tells the mistake.
    """
    leads = tuple(
        replace(table, fields=_kept(table.fields, model.lead_fields, other.lead_fields)) for table in mapping.leads
    )
    accounts = tuple(
        replace(table, fields=_kept(table.fields, model.account_fields, other.account_fields))
        for table in mapping.accounts
    )
    events = tuple(_events(table, model, other) for table in mapping.events)
    return replace(mapping, leads=leads, accounts=accounts, events=events)


def _events(table: EventTable, model: Model, other: Model) -> EventTable:
    own, others = _attributes(model), _attributes(other)
    by_type = {
        event: _kept(columns, own.get(event, ()), others.get(event, ()))
        for event, columns in _kept(table.attributes_of, model.events, other.events).items()
    }
    everywhere = [name for names in own.values() for name in names]
    elsewhere = [name for names in others.values() for name in names]
    return replace(table, attributes=_kept(table.attributes, everywhere, elsewhere), attributes_of=by_type)


def _attributes(model: Model) -> dict[str, tuple[str, ...]]:
    return {event.name: tuple(event.attributes) for event in model.events.values()}


def _kept(columns: Mapping[str, V], own: Collection[str], other: Collection[str]) -> dict[str, V]:
    return {name: column for name, column in columns.items() if name in own or name not in other}
