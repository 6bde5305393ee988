"""A model made ready for matching: conditions as functions, rules indexed by the event types that can trigger them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.types import BOOLEAN, STRING, Enumeration
from rules_engine.matching.calendar import Calendar
from rules_engine.matching.conditions import (
    LEAD_ROOTS,
    Amount,
    Value,
    Verdict,
    compile_condition,
    compile_formula,
    compile_points,
    conjuncts,
    formulas_of,
    formulas_of_points,
    paths_of,
)
from rules_engine.matching.plan import Numbering, build_plan, number
from rules_engine.model.types import (
    Condition,
    EventRule,
    EventType,
    FixedPoints,
    FormulaPoints,
    Gate,
    Limit,
    Model,
    Penalty,
    Points,
    Score,
    StandingRule,
    Tally,
)
from rules_engine.scoring.plan import Plan

Paths = frozenset[tuple[str, ...]]


def tallies_read(paths: Paths) -> frozenset[str]:
    """The tallies that an expression with these paths reads."""
    return frozenset(path[1] for path in paths if path[0] == "tally" and len(path) > 1)


def is_of_lead(paths: Paths) -> bool:
    """Whether an expression depends on fields alone, so that it has one value per lead."""
    return all(path[0] in LEAD_ROOTS for path in paths)


@dataclass(slots=True)
class PreparedItem:
    """An event rule or penalty. `once` holds its verdict per lead when the condition reads fields only."""

    index: int
    item: EventRule | Penalty
    when: Verdict | None
    when_paths: Paths
    parts: tuple[tuple[Verdict, Paths], ...]  # of which each must be true
    when_of_lead: bool
    fixed: int | None  # nominal that needs no computing
    points: Amount | None
    points_paths: Paths
    is_set: bool
    is_penalty: bool
    limit: Limit | None
    each: Value | None
    reaches: str | None
    threshold: float
    starts: int | None
    ends: int | None


@dataclass(slots=True)
class PreparedStanding:
    """A profile or standing rule; its value can change in time by its tallies or its dates."""

    index: int
    score: int
    rule: StandingRule
    when: Verdict | None
    points: Amount
    otherwise: Amount | None
    paths: Paths
    tallies: frozenset[str]
    has_dates: bool


@dataclass(slots=True)
class PreparedTally:
    tally: Tally
    when: Verdict | None
    when_paths: Paths
    parts: tuple[tuple[Verdict, Paths], ...]
    of: Value | None


@dataclass(slots=True)
class PreparedGate:
    index: int
    gate: Gate
    when: Verdict | None
    tallies: frozenset[str]
    caps: tuple[tuple[int, int], ...]  # score, cap


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an event with certain values of its plain attributes can still do.

    `items` are those whose condition is not false for these values, in order; beside each whether it is decided (True:
    the condition is true, or there is none) or must be asked. The same for `tallies`.
    """

    items: tuple[tuple[PreparedItem, bool], ...]
    tallies: tuple[tuple[PreparedTally, bool], ...]


REMEMBERED = 4096  # how many combinations of values an event type remembers before it starts anew


@dataclass(slots=True)
class EventIndex:
    """What one event type can do.

    Conditions that read nothing but text and truth attributes of the event (`plain`) give the same answer whenever
    these values come again, so the answers are remembered: a pure function's, whatever the lead.
    """

    items: list[PreparedItem] = field(default_factory=list)
    tallies: list[PreparedTally] = field(default_factory=list)
    plain: tuple[str, ...] = ()
    plain_values: Callable[[Mapping[str, object]], object] = lambda values: None
    remembered: dict[object, Candidates] = field(default_factory=dict)
    thresholds: dict[str, list[float]] = field(default_factory=dict)
    tallies_read: frozenset[str] = frozenset()
    clocks: list[int] = field(default_factory=list)
    gates_started: list[PreparedGate] = field(default_factory=list)
    gates_ended: list[PreparedGate] = field(default_factory=list)
    reads_at: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything about a model that does not depend on a lead."""

    model: Model
    functions: Registry
    calendar: Calendar
    numbering: Numbering
    plan: Plan
    by_type: dict[str, EventIndex]
    standing: tuple[PreparedStanding, ...]
    changing: tuple[PreparedStanding, ...]
    gates: tuple[PreparedGate, ...]
    has_event_gates: bool
    tallies: tuple[PreparedTally, ...]
    dynamic_tallies: frozenset[str]
    constants: dict[str, object]
    needs: tuple[Verdict | None, ...]
    audience: Verdict | None


def prepare(model: Model, functions: Registry) -> Prepared:
    """Compiles a model's conditions and points with the given functions."""
    numbering = number(model)
    by_type = {name: EventIndex() for name in model.events}
    tallies = tuple(_tally(tally, model, functions) for tally in model.tallies.values() if tally.stage is None)
    gates = tuple(_gate(g, gate, model, numbering, functions) for g, gate in enumerate(model.gates.values()))
    standing = _standing(numbering.scores, functions)
    dynamic = frozenset[str]().union(
        *(rule.tallies for rule in standing), *(gate.tallies for gate in gates if not gate.gate.is_event_gate)
    )
    _index_items(model, numbering, functions, by_type)
    for tally in tallies:
        for name in _types(tally.tally.events, model):
            by_type[name].tallies.append(tally)
    for k, (s, position) in enumerate(numbering.clocks):
        clock = numbering.scores[s].inactivity[position]
        if clock.any_event or clock.activity is not None:
            for name in model.events if clock.any_event else clock.activity or ():
                by_type[name].clocks.append(k)
    for gate in gates:
        if gate.gate.is_event_gate:
            for name in _types(gate.gate.events, model):
                by_type[name].gates_started.append(gate)
            for name in gate.gate.until_events:
                by_type[name].gates_ended.append(gate)
    for name, index in by_type.items():
        _note_reads(index)
        _note_plain(index, model.events[name])
    return Prepared(
        model=model,
        functions=functions,
        calendar=Calendar(ZoneInfo(model.timezone)),
        numbering=numbering,
        plan=build_plan(model, numbering),
        by_type=by_type,
        standing=standing,
        changing=tuple(rule for rule in standing if rule.tallies or rule.has_dates),
        gates=gates,
        has_event_gates=any(gate.gate.is_event_gate for gate in gates),
        tallies=tallies,
        dynamic_tallies=dynamic,
        constants=dict(model.constants),
        needs=tuple(
            compile_condition(score.needs, functions, score.sales_ready) if score.needs else None
            for score in numbering.scores
        ),
        audience=compile_condition(model.audience, functions, model.sales_ready) if model.audience else None,
    )


def _types(events: tuple[str, ...] | None, model: Model) -> Iterable[str]:
    return model.events if events is None else events


def _note_reads(index: EventIndex) -> None:
    paths = frozenset[tuple[str, ...]]()
    for item in index.items:
        paths |= item.when_paths | item.points_paths
        if item.limit and item.limit.each:
            paths |= item.limit.each.reads
    for tally in index.tallies:
        paths |= paths_of([*formulas_of(tally.tally.when), *([tally.tally.of] if tally.tally.of else [])])
    for gate in index.gates_started:
        paths |= paths_of(formulas_of(gate.gate.when))
    index.tallies_read = tallies_read(paths)
    index.reads_at = any(path[:2] == ("event", "at") for path in paths)


def _note_plain(index: EventIndex, event: EventType) -> None:
    plain = [n for n, f in event.attributes.items() if isinstance(f.type, Enumeration) or f.type in (STRING, BOOLEAN)]
    paths = [path for item in index.items for path in item.when_paths]
    paths += [path for tally in index.tallies for path in tally.when_paths]
    used = {path[1] for path in paths if path[0] == "event" and len(path) > 1}
    index.plain = tuple(name for name in plain if name in used)
    if index.plain:
        index.plain_values = itemgetter(*index.plain)
    for item in index.items:
        if item.reaches is not None:
            index.thresholds.setdefault(item.reaches, []).append(item.threshold)


def candidates(index: EventIndex, values: Mapping[str, object], scope: Mapping[str, object]) -> Candidates:
    """What an event can do, by its plain attributes; computed once for each combination of their values."""
    key = index.plain_values(values)
    found = index.remembered.get(key)
    if found is None:
        if len(index.remembered) >= REMEMBERED:
            index.remembered.clear()
        found = index.remembered[key] = Candidates(
            tuple(_still_possible(index.items, index.plain, scope)),
            tuple(_still_possible(index.tallies, index.plain, scope)),
        )
    return found


Part = TypeVar("Part", PreparedItem, PreparedTally)


def _still_possible(
    parts: list[Part], plain: tuple[str, ...], scope: Mapping[str, object]
) -> Iterator[tuple[Part, bool]]:
    for part in parts:
        verdicts = [when(scope) if _is_plain(paths, plain) else None for when, paths in part.parts]
        if not any(verdict is False for verdict in verdicts):
            yield part, all(verdict is True for verdict in verdicts)


def _is_plain(paths: Paths, plain: tuple[str, ...]) -> bool:
    return all(path[0] == "constants" or (path[0] == "event" and len(path) == 2 and path[1] in plain) for path in paths)


def _parts(condition: Condition | None, functions: Registry, sales_ready: int) -> tuple[tuple[Verdict, Paths], ...]:
    if condition is None:
        return ()
    return tuple(
        (compile_condition(part, functions, sales_ready), paths_of(formulas_of(part))) for part in conjuncts(condition)
    )


def _index_items(model: Model, numbering: Numbering, functions: Registry, by_type: dict[str, EventIndex]) -> None:
    for i, item in enumerate(numbering.items):
        prepared = _item(i, item, numbering.scores[numbering.item_score[i]], functions)
        events = item.events
        if events is None and prepared.reaches is not None:
            events = model.tallies[prepared.reaches].events
        for name in _types(events, model):
            by_type[name].items.append(prepared)


def _item(i: int, item: EventRule | Penalty, score: Score, functions: Registry) -> PreparedItem:
    is_penalty = isinstance(item, Penalty)
    points: Points | None = item.points if isinstance(item, EventRule) else _removed(item)
    reaches = item.reaches if isinstance(item, EventRule) else None
    when_paths = paths_of(formulas_of(item.when))
    return PreparedItem(
        index=i,
        item=item,
        when=compile_condition(item.when, functions, score.sales_ready) if item.when else None,
        when_paths=when_paths,
        parts=_parts(item.when, functions, score.sales_ready),
        when_of_lead=is_of_lead(when_paths),
        fixed=points.amount if isinstance(points, FixedPoints) else None,
        points=compile_points(points, functions, score.sales_ready) if points else None,
        points_paths=paths_of(formulas_of_points(points)),
        is_set=isinstance(item, EventRule) and item.set_to is not None,
        is_penalty=is_penalty,
        limit=item.limit,
        each=compile_formula(item.limit.each, functions, score.sales_ready) if item.limit and item.limit.each else None,
        reaches=reaches.tally if reaches else None,
        threshold=reaches.threshold if reaches else 0.0,
        starts=item.starts,
        ends=item.ends,
    )


def _removed(penalty: Penalty) -> Points:
    """What a penalty removes, as points; a share of the score is the kernel's to compute (1 stands for it here)."""
    if penalty.remove.formula is not None:
        return FormulaPoints(penalty.remove.formula)
    if penalty.remove.share is not None:
        return FixedPoints(1)
    return FixedPoints(penalty.remove.amount or 0)


def _standing(scores: tuple[Score, ...], functions: Registry) -> tuple[PreparedStanding, ...]:
    found: list[PreparedStanding] = []
    for s, score in enumerate(scores):
        for rule in score.standing_rules:
            paths = paths_of(
                [*formulas_of(rule.when), *formulas_of_points(rule.points), *formulas_of_points(rule.otherwise)]
            )
            tallies = tallies_read(paths)
            found.append(
                PreparedStanding(
                    index=len(found),
                    score=s,
                    rule=rule,
                    when=compile_condition(rule.when, functions, score.sales_ready) if rule.when else None,
                    points=compile_points(rule.points, functions, score.sales_ready),
                    otherwise=compile_points(rule.otherwise, functions, score.sales_ready) if rule.otherwise else None,
                    paths=paths,
                    tallies=tallies,
                    has_dates=rule.starts is not None or rule.ends is not None,
                )
            )
    return tuple(found)


def _tally(tally: Tally, model: Model, functions: Registry) -> PreparedTally:
    return PreparedTally(
        tally,
        compile_condition(tally.when, functions, model.sales_ready) if tally.when else None,
        paths_of(formulas_of(tally.when)),
        _parts(tally.when, functions, model.sales_ready),
        compile_formula(tally.of, functions, model.sales_ready) if tally.of else None,
    )


def _gate(g: int, gate: Gate, model: Model, numbering: Numbering, functions: Registry) -> PreparedGate:
    return PreparedGate(
        g,
        gate,
        compile_condition(gate.when, functions, model.sales_ready) if gate.when else None,
        tallies_read(paths_of(formulas_of(gate.when))),
        tuple((numbering.score_index(name), cap) for name, cap in gate.caps),
    )
