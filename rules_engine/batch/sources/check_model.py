"""Checks a mapping against a model: are the names it uses declared, and does the data give what the model reads?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources import reads
from rules_engine.batch.sources.mapping import Column, EventTable, Mapping, Table
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.nearest import spelled_alike
from rules_engine.model.types import Model

if TYPE_CHECKING:  # it needs Polars, which a check of names does not
    from rules_engine.batch.sources.problems import Log


def against_model(mapping: Mapping, model: Model) -> tuple[Diagnostic, ...]:
    """All findings: undeclared fields and attributes are errors, undeclared event types warnings."""
    findings: list[Diagnostic] = []
    for leads in mapping.leads:
        declared = list(model.lead_fields)
        for name, column in leads.fields.items():
            if name in model.account_fields and name not in declared:
                findings.append(say.field_of_account(column.span, name))
            else:
                findings += _undeclared("lead field", {name: column}, declared)
    for accounts in mapping.accounts:
        findings += _undeclared("account field", accounts.fields, list(model.account_fields))
    for events in mapping.events:
        findings += _event_table(events, model)
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


def after_reading(mapping: Mapping, model: Model, log: Log, met: AbstractSet[str]) -> tuple[Diagnostic, ...]:
    """Warnings that need the data: fields that the model reads and no column gives, blocks of which nothing is left.

    `met`: the event types of which there are events.
    """
    return (*_not_given(mapping, model, log, met), *_nothing_left(mapping, log))


def _not_given(mapping: Mapping, model: Model, log: Log, met: AbstractSet[str]) -> Iterator[Diagnostic]:
    read = reads.paths(model)
    people = (
        ("lead", [table.table for table in mapping.leads], model.lead_fields),
        ("account", [table.table for table in mapping.accounts], model.account_fields),
    )
    for kind, tables, declared in people:
        wanted = reads.names(read, kind)
        for name in declared:
            if (wanted is None or name in wanted) and f"{kind}.{name}" not in log.given:
                span = tables[0].span if tables else None
                yield say.field_without_column(span, kind, name, _alike(log, tables, name))
    wanted = reads.names(read, "event")
    for event in model.events.values():
        for name in event.attributes:
            if event.name in met and (wanted is None or name in wanted) and f"{event.name}.{name}" not in log.given:
                found = _alike(log, [table.table for table in mapping.events], name)
                yield say.field_without_column(None, event.name, name, found)


def _alike(log: Log, tables: Iterable[Table], name: str) -> str | None:
    """A column of one of the tables that is spelled almost as a field."""
    return spelled_alike(name, (column for table in tables for column in log.columns.get(table.label, ())))


def _nothing_left(mapping: Mapping, log: Log) -> Iterator[Diagnostic]:
    from rules_engine.batch.sources.problems import whole_files  # it needs Polars

    people = [*(leads.table for leads in mapping.leads), *(accounts.table for accounts in mapping.accounts)]
    happenings = [*(events.table for events in mapping.events), *(outcomes.table for outcomes in mapping.outcomes)]
    for table in (*people, *happenings):
        rows = log.counts.rows[table.label]
        if not rows and table.files:
            all_left_out = log.counts.left_out[whole_files(table.label)]
            yield say.no_files_left(table.span, table.label) if all_left_out else say.no_rows(table.span, table.label)
        elif rows and rows == sum(n for (block, _), n in log.counts.rejected.items() if block == table.label):
            hints = (hint for (block, _), hint in log.counts.hints.items() if block == table.label)
            yield say.nothing_read(table.span, table.label, next(hints, ""))
