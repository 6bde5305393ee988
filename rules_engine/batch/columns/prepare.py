"""A model made ready for matching in columns: conditions and points as functions of tables, items by event type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rules_engine.batch.columns.classes import Classes, classes_of
from rules_engine.batch.columns.coding import Codings
from rules_engine.batch.columns.conditions import Amount, Verdict, compile_amount, compile_verdict
from rules_engine.batch.columns.counted import Counted
from rules_engine.batch.columns.periods import Windows
from rules_engine.batch.columns.room import Room
from rules_engine.batch.columns.scope import at_events, between_events, of_leads
from rules_engine.batch.columns.table import Combinations, Compiler, Program
from rules_engine.matching.prepared import EventIndex, Prepared, PreparedGate, PreparedItem, PreparedStanding
from rules_engine.model.types import EventRule, FixedPoints, FormulaPoints, Model, Penalty, Points, Tally
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """An event rule or penalty at one event type."""

    prepared: PreparedItem
    when: Verdict | None
    points: Amount | None  # None where they are fixed
    each: Program | None


@dataclass(frozen=True, slots=True)
class TallyColumns:
    """A tally at one event type."""

    tally: Tally
    when: Verdict | None
    of: Program | None


@dataclass(frozen=True, slots=True)
class TypeColumns:
    """What one event type can do."""

    name: str
    compiler: Compiler
    index: EventIndex
    items: tuple[ItemColumns, ...]
    tallies: tuple[TallyColumns, ...]
    gates: tuple[tuple[PreparedGate, Verdict | None], ...]
    distinct: Combinations = field(default_factory=dict)  # of the values of its events


@dataclass(frozen=True, slots=True)
class StandingColumns:
    """A profile or standing rule."""

    prepared: PreparedStanding
    when: Verdict | None
    points: Amount
    otherwise: Amount | None


@dataclass(frozen=True, slots=True)
class ColumnModel:
    """Everything about a model that does not depend on leads. `types` stand in code point order of their names."""

    prepared: Prepared
    leads: Compiler  # of expressions over fields alone
    types: tuple[TypeColumns, ...]
    standing: tuple[StandingColumns, ...]
    state_gates: tuple[tuple[PreparedGate, Verdict], ...]
    audience: Verdict | None
    needs: tuple[Verdict | None, ...]
    classes: Mapping[str, Classes]
    windows: Windows
    codings: Codings
    counted: Counted
    room: Room
    distinct: Combinations = field(default_factory=dict)  # of the fields of leads

    @property
    def model(self) -> Model:
        return self.prepared.model


def prepare_columns(prepared: Prepared) -> ColumnModel:
    """Compiles the expressions of a prepared model for tables."""
    model = prepared.model
    leads = Compiler(of_leads(model), prepared.functions, prepared.constants)
    between = Compiler(between_events(model), prepared.functions, prepared.constants)
    scores = prepared.numbering.scores
    ready = model.sales_ready
    return ColumnModel(
        prepared=prepared,
        leads=leads,
        types=tuple(_of_type(prepared, name) for name in sorted(model.events)),
        standing=tuple(_standing(rule, between, scores[rule.score].sales_ready) for rule in prepared.standing),
        state_gates=tuple(
            (gate, compile_verdict(between, gate.gate.when, ready))
            for gate in prepared.gates
            if not gate.gate.is_event_gate and gate.gate.when is not None
        ),
        audience=compile_verdict(leads, model.audience, ready) if model.audience is not None else None,
        needs=tuple(
            compile_verdict(leads, score.needs, score.sales_ready) if score.needs is not None else None
            for score in scores
        ),
        classes=classes_of(prepared, between),
        windows=Windows(prepared.calendar),
        codings=Codings(),
        counted=Counted(),
        room=Room(),
    )


def _of_type(prepared: Prepared, name: str) -> TypeColumns:
    model, index = prepared.model, prepared.by_type[name]
    compiler = Compiler(at_events(model, name), prepared.functions, prepared.constants)
    scores, owners = prepared.numbering.scores, prepared.numbering.item_score
    return TypeColumns(
        name=name,
        compiler=compiler,
        index=index,
        items=tuple(_item(item, compiler, scores[owners[item.index]].sales_ready) for item in index.items),
        tallies=tuple(
            TallyColumns(
                tally.tally,
                compile_verdict(compiler, tally.tally.when, model.sales_ready) if tally.tally.when else None,
                compiler.program(tally.tally.of, model.sales_ready) if tally.tally.of else None,
            )
            for tally in index.tallies
        ),
        gates=tuple(
            (gate, compile_verdict(compiler, gate.gate.when, model.sales_ready) if gate.gate.when else None)
            for gate in index.gates_started
        ),
    )


def _item(prepared: PreparedItem, compiler: Compiler, sales_ready: int) -> ItemColumns:
    item = prepared.item
    points = _points(item)
    computed = points is not None and not isinstance(points, FixedPoints)
    return ItemColumns(
        prepared,
        compile_verdict(compiler, item.when, sales_ready) if item.when is not None else None,
        compile_amount(compiler, points, sales_ready) if computed and points is not None else None,
        compiler.program(item.limit.each, sales_ready) if item.limit and item.limit.each else None,
    )


def _points(item: EventRule | Penalty) -> Points | None:
    if isinstance(item, EventRule):
        return item.points
    return None if item.remove.formula is None else FormulaPoints(item.remove.formula)


def _standing(prepared: PreparedStanding, compiler: Compiler, sales_ready: int) -> StandingColumns:
    rule = prepared.rule
    return StandingColumns(
        prepared,
        compile_verdict(compiler, rule.when, sales_ready) if rule.when is not None else None,
        compile_amount(compiler, rule.points, sales_ready),
        compile_amount(compiler, rule.otherwise, sales_ready) if rule.otherwise is not None else None,
    )
