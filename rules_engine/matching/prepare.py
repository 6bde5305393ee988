"""Makes a model ready for matching: see `prepared` for what comes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from operator import itemgetter

from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.types import BOOLEAN, STRING, Enumeration
from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import Calendar
from rules_engine.matching.conditions import (
    Paths,
    Verdict,
    compile_condition,
    compile_formula,
    compile_points,
    conjuncts,
    formulas_of,
    formulas_of_points,
    paths_of,
    tallies_read,
)
from rules_engine.matching.cuts import cuts_of
from rules_engine.matching.history import Reader
from rules_engine.matching.plan import Numbering, build_plan, number
from rules_engine.matching.prepared import (
    EventIndex,
    Prepared,
    PreparedGate,
    PreparedItem,
    PreparedStage,
    PreparedStanding,
    PreparedTally,
    StandingValue,
)
from rules_engine.matching.tallies import Window
from rules_engine.model.types import (
    Condition,
    EventRule,
    EventType,
    FixedPoints,
    FormulaPoints,
    Gate,
    Model,
    Penalty,
    Points,
    Score,
    Tally,
)
from rules_engine.scoring.kernel import Kernel, PlainKernel
from rules_engine.scoring.plan import Plan


def _state_hash(model: Model, plugins: Sequence[str]) -> str:
    if not plugins:
        return model.hash
    return hashlib.sha256(json.dumps([model.hash, *plugins]).encode()).hexdigest()


def prepare(model: Model, functions: Registry, *, compiled: bool = False, plugins: Sequence[str] = ()) -> Prepared:
    """Makes a model's conditions and points into functions, with those given; `compiled`: folds run as machine code.

    `plugins` are those of whose functions the model calls some, with their versions: states depend on them.
    Raises `ImportError` where what that needs is not installed.
    """
    numbering = number(model)
    calendar = Calendar(zone_of(model.timezone))
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
        _note_readers(tallies[t], standing, gates)
    plan = build_plan(model, numbering)
    return Prepared(
        model=model,
        state_hash=_state_hash(model, plugins),
        visit_gap=model.visit_gap,
        functions=functions,
        calendar=calendar,
        reader=Reader(model, calendar.zone),
        numbering=numbering,
        plan=plan,
        kernel=_compiled_kernel(plan) if compiled else PlainKernel(plan),
        by_type=_by_type(model, numbering, functions, tallies, gates),
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
        stages=tuple(_stage(tally, model, numbering, calendar) for tally in model.tallies.values() if tally.stage),
        dates=tuple(sorted({at for rule in standing for at in (rule.rule.starts, rule.rule.ends) if at is not None})),
        constants=dict(model.constants),
        needs=tuple(
            compile_condition(score.needs, functions, score.sales_ready) if score.needs else None
            for score in numbering.scores
        ),
        has_needs=any(score.needs for score in numbering.scores),
        audience=compile_condition(model.audience, functions, model.sales_ready) if model.audience else None,
    )


def _note_readers(tally: PreparedTally, standing: Sequence[PreparedStanding], gates: Sequence[PreparedGate]) -> None:
    """Notes of a tally which standing rules and state gates read it, and where these may turn."""
    tally.is_dynamic = True
    tally.standing = tuple(rule for rule in standing if tally.index in rule.tally_positions)
    reading = [gate.gate.when for gate in gates if tally.index in gate.tally_positions]
    tally.cuts = cuts_of(
        tally.tally.name,
        [*(rule.rule.when for rule in tally.standing), *reading],
        [points for rule in tally.standing for points in (rule.rule.points, rule.rule.otherwise)],
    )
    adds = tally.counts or tally.tally.measure == "sum"
    tally.falls = tally.cuts is not None and adds and tally.tally.per != "visit"


def _by_type(
    model: Model,
    numbering: Numbering,
    functions: Registry,
    tallies: Sequence[PreparedTally],
    gates: Sequence[PreparedGate],
) -> dict[str, EventIndex]:
    """What events of each type can do."""
    by_type = {name: EventIndex(number=n) for n, name in enumerate(model.events)}
    _index_items(model, numbering, functions, by_type)
    for tally in tallies:
        for name in _types(tally.tally.events, model):
            by_type[name].tallies.append(tally)
    for k, (s, position) in enumerate(numbering.clocks):
        clock = numbering.scores[s].inactivity[position]
        for name in model.events if clock.any_event else clock.activity or ():
            by_type[name].clocks.append(k)
    for gate in gates:
        if gate.gate.is_event_gate:
            for name in _types(gate.gate.events, model):
                by_type[name].gates_started.append(gate)
            for name in gate.gate.until_events:
                by_type[name].gates_ended.append(gate)
    for name, index in by_type.items():
        index.turns_gates = bool(index.gates_started or index.gates_ended)
        index.resets = tuple(len(numbering.items) + k for k in index.clocks)
        _note_reads(index)
        _note_reaching(index)
        _note_plain(index, model.events[name])
    return by_type


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
    """Notes which tallies conditions read, and whether they read the event itself."""
    paths = index.paths_of_gates()
    for part in index.parts():
        paths |= part.when_paths | part.paths_beside
    index.tallies_read = tallies_read(paths)
    index.reads_more = any(path[:2] in (("event", "at"), ("event", "type"), ("event",)) for path in paths)


def _note_reaching(index: EventIndex) -> None:
    """Notes the rules of `reaches`, and the thresholds of each tally that they wait for."""
    index.reaching = tuple(item for item in index.items if item.reaches is not None)
    for item in index.reaching:
        if item.reaches is not None:
            index.thresholds.setdefault(item.reaches, []).append(item.threshold)
    for wanted in index.thresholds.values():
        wanted.sort()


def _note_plain(index: EventIndex, event: EventType) -> None:
    """Notes which text and truth attributes conditions read."""
    plain = [n for n, f in event.attributes.items() if isinstance(f.type, Enumeration) or f.type in (STRING, BOOLEAN)]
    paths = [path for part in index.parts() for path in part.when_paths]
    used = {path[1] for path in paths if path[0] == "event" and len(path) > 1}
    index.plain = tuple(name for name in plain if name in used and name not in ("type", "at"))
    if index.plain:
        index.plain_values = itemgetter(*index.plain)


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
            otherwise = rule.otherwise or FixedPoints(0)
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
                    otherwise=compile_points(otherwise, functions, score.sales_ready),
                    paths=paths,
                    tallies=tallies,
                    tally_positions=tuple(sorted(positions[name] for name in tallies)),
                    has_dates=rule.starts is not None or rule.ends is not None,
                    if_true=_fixed_value(rule.points, verdict=True),
                    if_false=_fixed_value(otherwise, verdict=False),
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
    paths = paths_of(formulas_of(gate.when))
    tallies = tallies_read(paths)
    return PreparedGate(
        g,
        gate,
        compile_condition(gate.when, functions, model.sales_ready) if gate.when else None,
        paths,
        tallies,
        tuple(sorted(positions[name] for name in tallies)),
        tuple((numbering.score_index(name), cap) for name, cap in gate.caps),
    )
