"""Checks a mapping against a model: are the fields, event types and attributes it names declared?"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.mapping import Column, EventTable, Mapping
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.types import Model


def against_model(mapping: Mapping, model: Model) -> tuple[Diagnostic, ...]:
    """All findings: undeclared fields and attributes are errors, undeclared event types warnings."""
    findings: list[Diagnostic] = []
    if mapping.leads is not None:
        findings += _undeclared("lead field", mapping.leads.fields, list(model.lead_fields))
    if mapping.accounts is not None:
        findings += _undeclared("account field", mapping.accounts.fields, list(model.account_fields))
    for table in mapping.events:
        findings += _event_table(table, model)
    return tuple(findings)


def _undeclared(kind: str, columns: AbstractMapping[str, Column], declared: list[str]) -> Iterator[Diagnostic]:
    for name, column in columns.items():
        if name not in declared:
            yield say.unknown_field(column.span, kind, name, declared)


def _event_table(table: EventTable, model: Model) -> Iterator[Diagnostic]:
    declared = list(model.events)
    made = [table.type.constant] if not table.type.names else [value for _, value in table.type.values]
    for name in made:
        if name is not None and name not in model.events:
            yield say.unknown_event(table.type.span, str(name), declared)
    everywhere = list(dict.fromkeys(a for event in model.events.values() for a in event.attributes))
    yield from _undeclared("attribute", table.attributes, everywhere)
    for event, columns in table.attributes_of.items():
        if event in model.events:
            yield from _undeclared(f"attribute of {event}", columns, list(model.events[event].attributes))
        elif columns:
            yield say.unknown_event(next(iter(columns.values())).span, event, declared)
