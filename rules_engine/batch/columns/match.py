"""A bucket of leads against a model: order, tallies, conditions and points, gates and standing rules, marks.

The table of contents of matching in columns; each step is a function of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket, EventRows
from rules_engine.batch.columns.canonical import canonical_texts
from rules_engine.batch.columns.changes import all_changes, countable
from rules_engine.batch.columns.conditions import TRUE, Verdicts
from rules_engine.batch.columns.gates import GateRun, run_gates
from rules_engine.batch.columns.marks import mark_columns
from rules_engine.batch.columns.order import Ordered, order
from rules_engine.batch.columns.prepare import ColumnModel, TypeColumns
from rules_engine.batch.columns.scope import moments
from rules_engine.batch.columns.slots import EventsOfType, Slots
from rules_engine.batch.columns.standing import StandingRun, Timelines, run_standing
from rules_engine.batch.columns.table import Table
from rules_engine.batch.columns.tallies import TallyRun, run_tallies
from rules_engine.batch.fold.marks import MarkColumns
from rules_engine.batch.series import series_of
from rules_engine.batch.sources.coded import NumberedTexts
from rules_engine.batch.sources.convert import dtype
from rules_engine.model.types import Field, Model
from rules_engine.records import dataclass

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class MatchedColumns:
    """What the fold needs and what results say about leads, tallies, gates and rules. Its marks hold until the same
    thread matches the next leads.

    `counts` is [leads or 1, items, 3]: how often an item fired, was unknown, was reached (rules with `reaches`).
    """

    marks: MarkColumns
    scored: Booleans
    has_value: Booleans  # [leads, scores]
    leads: Table
    tallies: dict[str, TallyRun]
    gates: GateRun
    standing: tuple[StandingRun, ...]
    counts: Integers
    events: Mapping[str, EventRows]
    slots: Slots


def match_columns(model: ColumnModel, bucket: Bucket, *, per_lead: bool = False) -> MatchedColumns:
    """Matches all leads of a bucket; `per_lead` counts outcomes of rules for each. Raises `ScoringError` as `matching`
    does for one lead."""
    leads, scored, has_value = lead_columns(model, bucket.leads, bucket.size)
    slots = Slots(_in_order(model, bucket, scored), model.model.visit_gap, model.windows)
    tables = [
        _event_table(model.model, kind, bucket.events[kind.name], slots.of_type(k), leads)
        for k, kind in enumerate(model.types)
    ]
    tallies = run_tallies(model, tables, slots, bucket.as_of)
    _add_tallies(tables, tallies)
    begin = bucket.as_of.copy()
    some = np.flatnonzero(slots.first[1:] > slots.first[:-1])
    begin[some] = slots.at[slots.first[some]] - 1
    lines = Timelines(leads, begin, bucket.as_of, tallies, model.counted)
    standing = countable(model, [run_standing(model, rule, lines, scored) for rule in model.standing], scored)
    gates = run_gates(model, tables, slots, lines)
    changes = all_changes(model, begin, standing, gates)
    marks, counts = mark_columns(model, tables, slots, tallies, changes, per_lead=per_lead)
    tallies = {name: run.without_events() for name, run in tallies.items()}
    return MatchedColumns(marks, scored, has_value, leads, tallies, gates, standing, counts, bucket.events, slots)


def lead_columns(model: ColumnModel, fields: pl.DataFrame, leads: int) -> tuple[Table, Booleans, Booleans]:
    """The leads as a table; who is in the audience; which scores have a value ([leads, scores])."""
    table = lead_table(model, fields, leads)
    return table, _holds(model.audience, table), _has_value(model, table)


def lead_table(model: ColumnModel, fields: pl.DataFrame, leads: int) -> Table:
    """So many leads as a table, by their fields (`lead.*`, `account.*`)."""
    return Table(leads, {name: fields[name] for name in fields.columns}, distinct=model.distinct)


def _holds(condition: Callable[[Table], Verdicts] | None, table: Table) -> Booleans:
    return np.ones(table.height, dtype=np.bool_) if condition is None else condition(table) == TRUE


def _has_value(model: ColumnModel, leads: Table) -> Booleans:
    """Which scores have a value: their `needs` is true, and so it is for every part of a combined one."""
    own = np.stack([_holds(needs, leads) for needs in model.needs], axis=1)
    has = own.copy()
    for s in range(own.shape[1]):
        for part in _parts(model, s):
            has[:, s] &= own[:, part]
    return has


def _parts(model: ColumnModel, s: int) -> list[int]:
    """The scores that a combined score is made of, directly or through others."""
    found: list[int] = []
    for name, _ in model.prepared.numbering.scores[s].combine:
        part = model.prepared.numbering.score_index(name)
        found += [part, *_parts(model, part)]
    return found


# --- events ---------------------------------------------------------------------------------------------------------


def _event_table(model: Model, kind: TypeColumns, given: EventRows, own: EventsOfType, leads: Table) -> Table:
    """The events of a type that count, in their order. Columns that nobody reads are not made."""
    declared = model.events[kind.name].attributes
    height = len(own.rows)
    taken: dict[str, pl.Series | NumberedTexts] = {}
    columns: dict[str, pl.Series | Callable[[], pl.Series]] = {}
    for event in model.events.values():
        for name, field in event.attributes.items():
            if name not in declared:
                columns[f"event.{name}"] = partial(_nothing, field, height)
    for name in declared:
        if f".{name}" in given.attributes.columns:
            taken[f"event.{name}"] = given.column(f".{name}")
        else:
            columns[f"event.{name}"] = partial(_nothing, declared[name], height)
    columns["event.at"] = lambda: moments(given.at[own.rows], model.timezone)
    columns["event.type"] = partial(_same, kind.name, height)
    return Table(height, columns, leads, own.leads, taken=taken, rows=own.rows, distinct=kind.distinct)


def _nothing(field: Field, height: int) -> pl.Series:
    return _nulls(dtype(field.type), height)


def _nulls(kind: pl.DataType, height: int) -> pl.Series:
    return pl.Series([None], dtype=kind).new_from_index(0, height)


def _same(text: str, height: int) -> pl.Series:
    return pl.Series([text], dtype=pl.String).new_from_index(0, height)


def _in_order(model: ColumnModel, bucket: Bucket, scored: Booleans) -> Ordered:
    parts = [bucket.events[kind.name] for kind in model.types]
    have_ids = any(part.ids is not None and part.ids.null_count() < len(part.ids) for part in parts)

    def ids(k: int, chosen: Rows) -> pl.Series:
        own = parts[k].ids
        return _nulls(pl.String(), len(chosen)) if own is None else own.gather(series_of(chosen))

    def canonical(k: int, chosen: Rows) -> pl.Series:
        return canonical_texts(model.model, model.types[k].name, parts[k].chosen(chosen), model.prepared.calendar.zone)

    return order(
        scored,
        bucket.as_of,
        [(part.lead, part.at) for part in parts],
        ids if have_ids else None,
        canonical,
    )


def _add_tallies(tables: Sequence[Table], tallies: dict[str, TallyRun]) -> None:
    """`tally.*` at the events of the types that read them; an event is included in its own tallies."""
    for name, run in tallies.items():
        for k, values in run.after.items():
            tables[k].add(f"tally.{name}", partial(run.decode, values))
