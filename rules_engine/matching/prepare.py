"""A model made ready for matching: conditions as functions, rules indexed by the event types that can trigger them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple
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
from rules_engine.matching.cuts import Cuts, cuts_of
from rules_engine.matching.history import Reader
from rules_engine.matching.plan import Numbering, build_plan, number
from rules_engine.matching.tallies import Window
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
from rules_engine.records import dataclass
from rules_engine.scoring.kernel import Kernel, PlainKernel
from rules_engine.scoring.plan import Plan

if TYPE_CHECKING:
    from rules_engine.matching.candidates import Candidates, Dispatch

Paths = frozenset[tuple[str, ...]]


def tallies_read(paths: Paths) -> frozenset[str]:
    """The tallies that an expression with these paths reads."""
    return frozenset(path[1] for path in paths if path[0] == "tally" and len(path) > 1)


def is_of_lead(paths: Paths) -> bool:
    """Whether an expression depends on fields alone, so that it has one value per lead."""
    return all(path[0] in LEAD_ROOTS for path in paths)


class StandingValue(NamedTuple):
    """What a standing rule adds now. `verdict` None is unknown."""

    amount: int
    verdict: bool | None
    missing: tuple[str, ...]


@dataclass(slots=True)
class PreparedItem:
    """An event rule or penalty."""

    index: int
    item: EventRule | Penalty
    when_paths: Paths
    parts: tuple[tuple[Verdict, Paths], ...]  # of its condition: each must be true
    fixed: int | None  # nominal that needs no computing
    points: Amount | None
    points_paths: Paths
    is_set: bool
    is_penalty: bool
    limit: Limit | None
    per: Literal["day", "week", "month", "visit"] | None  # what its limit counts by
    each: Value | None
    reaches: str | None
    threshold: float
    starts: int | None
    ends: int | None
    ring: int  # how many instants its limit looks back on; 0 without a rolling limit
    one_slot: bool  # whether its limit counts all its events together

    @property
    def is_always(self) -> bool:
        """Whether it asks every event of its types, and so its condition alone."""
        return self.reaches is None and self.starts is None and self.ends is None


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
    tally_positions: tuple[int, ...]
    has_dates: bool
    if_true: StandingValue | None  # what it adds, where that is the same for every lead
    if_false: StandingValue | None


@dataclass(slots=True)
class PreparedTally:
    index: int
    tally: Tally
    window: Window
    when_paths: Paths
    parts: tuple[tuple[Verdict, Paths], ...]
    of: Value | None
    is_dynamic: bool = False  # read by a standing rule or a state gate
    standing: tuple[PreparedStanding, ...] = ()  # the rules that read it
    cuts: Cuts | None = None  # where these and state gates may turn, if they do nothing but compare it with numbers
    falls: bool = False  # whether these are known, and time alone takes from it one by one
    counts: bool = False  # whether an event can only add one to it


@dataclass(slots=True)
class PreparedStage:
    """A tally of a stage: counts the awards of these items."""

    tally: Tally
    window: Window
    items: frozenset[int]


@dataclass(slots=True)
class PreparedGate:
    index: int
    gate: Gate
    when: Verdict | None
    paths: Paths
    tallies: frozenset[str]
    tally_positions: tuple[int, ...]
    caps: tuple[tuple[int, int], ...]  # score, cap


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
    number: int = 0  # the position of the type among the declared ones
    remembered: dict[object, Candidates] = field(default_factory=dict)
    dispatch: Dispatch | None = None  # what these are found with; made when first needed
    reaching: tuple[PreparedItem, ...] = ()  # the rules of `reaches` among the items
    thresholds: dict[str, list[float]] = field(default_factory=dict)
    tallies_read: frozenset[str] = frozenset()
    clocks: list[int] = field(default_factory=list)
    gates_started: list[PreparedGate] = field(default_factory=list)
    gates_ended: list[PreparedGate] = field(default_factory=list)
    turns_gates: bool = False
    resets: tuple[int, ...] = ()  # the numbers by which marks name inactivity clocks that the type restarts
    reads_more: bool = False  # whether conditions read the type or the instant of an event


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything about a model that does not depend on a lead."""

    model: Model
    visit_gap: int
    functions: Registry
    calendar: Calendar
    reader: Reader
    numbering: Numbering
    plan: Plan
    kernel: Kernel
    by_type: dict[str, EventIndex]
    standing: tuple[PreparedStanding, ...]
    changing: tuple[PreparedStanding, ...]
    gates: tuple[PreparedGate, ...]
    turning: tuple[PreparedGate, ...]  # those that can begin and end to hold while a lead lives
    has_event_gates: bool
    tallies: tuple[PreparedTally, ...]
    tally_positions: dict[str, int]
    dynamic_tallies: frozenset[str]  # those that standing rules and state gates read
    dynamic: tuple[int, ...]  # their positions
    dynamic_visits: tuple[int, ...]  # of those that count by visit
    stages: tuple[PreparedStage, ...]
    dates: tuple[int, ...]  # at which standing rules begin and end
    constants: dict[str, object]
    needs: tuple[Verdict | None, ...]
    has_needs: bool
    audience: Verdict | None


def prepare(model: Model, functions: Registry, *, compiled: bool = False) -> Prepared:
    """Makes a model's conditions and points into functions, with those given; `compiled`: folds run as machine code.

    Raises `ImportError` where what that needs is not installed.
    """
    numbering = number(model)
    by_type = {name: EventIndex() for name in model.events}
    calendar = Calendar(ZoneInfo(model.timezone))
    counted = [tally for tally in model.tallies.values() if tally.stage is None]
    tallies = tuple(_tally(t, tally, model, functions, calendar) for t, tally in enumerate(counted))
    positions = {tally.name: t for t, tally in enumerate(counted)}
    gates = tuple(_gate(g, gate, model, numbering, functions, positions) for g, gate in enumerate(model.gates.values()))
    standing = _standing(numbering.scores, functions, positions)
    read = frozenset[str]().union(
        *(rule.tallies for rule in standing), *(gate.tallies for gate in gates if not gate.gate.is_event_gate)
    )
    dynamic = tuple(sorted(positions[name] for name in read))
    for t in dynamic:
        tallies[t].is_dynamic = True
        tallies[t].standing = rules = tuple(rule for rule in standing if t in rule.tally_positions)
        tallies[t].cuts = cuts_of(
            counted[t].name,
            [*(rule.rule.when for rule in rules), *(gate.gate.when for gate in gates if t in gate.tally_positions)],
            [points for rule in rules for points in (rule.rule.points, rule.rule.otherwise)],
        )
        adds = tallies[t].counts or counted[t].measure == "sum"
        tallies[t].falls = tallies[t].cuts is not None and adds and counted[t].per != "visit"
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
    for number_of_type, (name, index) in enumerate(by_type.items()):
        index.number = number_of_type
        index.turns_gates = bool(index.gates_started or index.gates_ended)
        index.resets = tuple(len(numbering.items) + k for k in index.clocks)
        _note_reads(index)
        _note_plain(index, model.events[name])
    plan = build_plan(model, numbering)
    return Prepared(
        model=model,
        visit_gap=model.visit_gap,
        functions=functions,
        calendar=calendar,
        reader=Reader(model, calendar.zone),
        numbering=numbering,
        plan=plan,
        kernel=_compiled_kernel(plan) if compiled else PlainKernel(plan),
        by_type=by_type,
        standing=standing,
        changing=tuple(rule for rule in standing if rule.tallies or rule.has_dates),
        gates=gates,
        turning=tuple(gate for gate in gates if gate.gate.is_event_gate or gate.tally_positions),
        has_event_gates=any(gate.gate.is_event_gate for gate in gates),
        tallies=tallies,
        tally_positions=positions,
        dynamic_tallies=read,
        dynamic=dynamic,
        dynamic_visits=tuple(t for t in dynamic if counted[t].per == "visit"),
        stages=tuple(
            _stage(tally, model, numbering, calendar) for tally in model.tallies.values() if tally.stage is not None
        ),
        dates=tuple(sorted({at for rule in standing for at in (rule.rule.starts, rule.rule.ends) if at is not None})),
        constants=dict(model.constants),
        needs=tuple(
            compile_condition(score.needs, functions, score.sales_ready) if score.needs else None
            for score in numbering.scores
        ),
        has_needs=any(score.needs for score in numbering.scores),
        audience=compile_condition(model.audience, functions, model.sales_ready) if model.audience else None,
    )


def _compiled_kernel(plan: Plan) -> Kernel:
    try:
        from rules_engine.machine.one_lead import CompiledKernel

        return CompiledKernel(plan)
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("llvmlite", "numba", "numpy", "platformdirs"):
            raise
        raise ImportError(
            f"compiled scoring needs {error.name}, which is not installed: pip install 'lead-rules-engine[batch]'",
            name=error.name,
        ) from error


def _types(events: tuple[str, ...] | None, model: Model) -> Iterable[str]:
    return model.events if events is None else events


def _note_reads(index: EventIndex) -> None:
    paths = paths_of_gates(index)
    for item in index.items:
        paths |= item.when_paths | paths_beside(item)
    for tally in index.tallies:
        paths |= tally.when_paths | paths_of([tally.tally.of] if tally.tally.of else [])
    index.tallies_read = tallies_read(paths)
    index.reads_more = any(path[:2] in (("event", "at"), ("event", "type"), ("event",)) for path in paths)


def paths_of_gates(index: EventIndex) -> Paths:
    """What the conditions of the gates read that its events start."""
    return paths_of([formula for gate in index.gates_started for formula in formulas_of(gate.gate.when)])


def paths_beside(item: PreparedItem) -> Paths:
    """What an item reads beside its condition."""
    return item.points_paths | (item.limit.each.reads if item.limit and item.limit.each else frozenset())


def _note_plain(index: EventIndex, event: EventType) -> None:
    plain = [n for n, f in event.attributes.items() if isinstance(f.type, Enumeration) or f.type in (STRING, BOOLEAN)]
    paths = [path for item in index.items for path in item.when_paths]
    paths += [path for tally in index.tallies for path in tally.when_paths]
    used = {path[1] for path in paths if path[0] == "event" and len(path) > 1}
    index.plain = tuple(name for name in plain if name in used and name not in ("type", "at"))
    if index.plain:
        index.plain_values = itemgetter(*index.plain)
    for item in index.items:
        if item.reaches is not None:
            index.thresholds.setdefault(item.reaches, []).append(item.threshold)
    for wanted in index.thresholds.values():
        wanted.sort()
    index.reaching = tuple(item for item in index.items if item.reaches is not None)


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
    return PreparedItem(
        index=i,
        item=item,
        when_paths=paths_of(formulas_of(item.when)),
        parts=_parts(item.when, functions, score.sales_ready),
        fixed=points.amount if isinstance(points, FixedPoints) else None,
        points=compile_points(points, functions, score.sales_ready) if points else None,
        points_paths=paths_of(formulas_of_points(points)),
        is_set=isinstance(item, EventRule) and item.set_to is not None,
        is_penalty=is_penalty,
        limit=item.limit,
        per=item.limit.per if item.limit else None,
        each=compile_formula(item.limit.each, functions, score.sales_ready) if item.limit and item.limit.each else None,
        reaches=reaches.tally if reaches else None,
        threshold=reaches.threshold if reaches else 0.0,
        starts=item.starts,
        ends=item.ends,
        ring=item.limit.times if item.limit and item.limit.within and not item.limit.keep_highest else 0,
        one_slot=item.limit is not None and item.limit.each is None and item.limit.per is None,
    )


def _removed(penalty: Penalty) -> Points:
    """What a penalty removes, as points; a share of the score is the kernel's to compute (1 stands for it here)."""
    if penalty.remove.formula is not None:
        return FormulaPoints(penalty.remove.formula)
    if penalty.remove.share is not None:
        return FixedPoints(1)
    return FixedPoints(penalty.remove.amount or 0)


def _standing(
    scores: tuple[Score, ...], functions: Registry, positions: dict[str, int]
) -> tuple[PreparedStanding, ...]:
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
                    tally_positions=tuple(sorted(positions[name] for name in tallies)),
                    has_dates=rule.starts is not None or rule.ends is not None,
                    if_true=_fixed_value(rule.points, verdict=True),
                    if_false=_fixed_value(rule.otherwise or FixedPoints(0), verdict=False),
                )
            )
    return tuple(found)


def _fixed_value(points: Points, *, verdict: bool) -> StandingValue | None:
    return StandingValue(points.amount, verdict, ()) if isinstance(points, FixedPoints) else None


def _tally(t: int, tally: Tally, model: Model, functions: Registry, calendar: Calendar) -> PreparedTally:
    return PreparedTally(
        t,
        tally,
        Window(tally.within, tally.per, model.visit_gap, calendar),
        paths_of(formulas_of(tally.when)),
        _parts(tally.when, functions, model.sales_ready),
        compile_formula(tally.of, functions, model.sales_ready) if tally.of else None,
        counts=tally.measure in ("count", "distinct"),
    )


def _stage(tally: Tally, model: Model, numbering: Numbering, calendar: Calendar) -> PreparedStage:
    items = frozenset(
        i for i, item in enumerate(numbering.items) if isinstance(item, EventRule) and item.stage == tally.stage
    )
    return PreparedStage(tally, Window(tally.within, tally.per, model.visit_gap, calendar), items)


def _gate(
    g: int, gate: Gate, model: Model, numbering: Numbering, functions: Registry, positions: dict[str, int]
) -> PreparedGate:
    return PreparedGate(
        g,
        gate,
        compile_condition(gate.when, functions, model.sales_ready) if gate.when else None,
        paths_of(formulas_of(gate.when)),
        tallies_read(paths_of(formulas_of(gate.when))),
        tuple(sorted(positions[name] for name in tallies_read(paths_of(formulas_of(gate.when))))),
        tuple((numbering.score_index(name), cap) for name, cap in gate.caps),
    )
