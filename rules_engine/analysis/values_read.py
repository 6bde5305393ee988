"""What explains a failed expectation: the entries of a score, and the conditions concerned with what they read.

Takes the engine, a case and its result, gives lines for a report; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from zoneinfo import ZoneInfo

from rules_engine.analysis.case_types import Check, ModelTest, NamesCheck, OutcomeCheck, RowsCheck, ValueCheck
from rules_engine.analysis.compare import rules_called, show, show_points
from rules_engine.analysis.verdicts.conditions import Owned, conditions_of
from rules_engine.analysis.verdicts.given import Given
from rules_engine.analysis.verdicts.shown import Look, looks_as_of, looks_at_events
from rules_engine.engine import Engine
from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import format_local
from rules_engine.model.types import (
    EventRule,
    FormulaPoints,
    Model,
    Penalty,
    Points,
    Score,
    StandingRule,
    StepPoints,
    ValuePoints,
)
from rules_engine.result.types import Result

Lines = tuple[tuple[str, str], ...]
MOST_LINES = 20
MOST_EVENTS = 5
MOST_LOOKS = 12


def values_behind(check: Check, model: Model, test: ModelTest, result: Result) -> Lines:
    """Entries and values that explain why a check failed; () where there is nothing to say beside the conditions."""
    lines: Iterable[tuple[str, str]] = ()
    if isinstance(check, OutcomeCheck):
        rules = rules_called(check.rule, result)
        found = (_rule_values(model, score, rule.rule, test, result) for score, rule in rules)
        lines = dict(chain.from_iterable(found)).items()
    elif isinstance(check, RowsCheck):
        lines = _score_lines(check.score, model, test, result)
    elif isinstance(check, ValueCheck) and check.path[0] in ("scores", "bands"):
        lines = _score_lines(check.path[1], model, test, result)
    elif isinstance(check, ValueCheck) and check.path[0] == "labels":
        label = model.labels.get(check.path[1])
        if label is not None and label.formula is not None:
            lines = _values(model, label.formula.reads, (), test, result)
    return tuple(lines)[:MOST_LINES]


def conditions_behind(check: Check, engine: Engine, test: ModelTest, given: Given, result: Result) -> tuple[Look, ...]:
    """The conditions that a failed check depends on, where they were looked at."""
    concerned = tuple(_concerned(check, engine.model, result))

    def told(position: int) -> str:
        event = test.events[position]
        return f"{event.given.get('type')}, {event.at.text}"

    aside = not isinstance(check, OutcomeCheck)  # then what no event was given for goes without saying
    at_events = (looks_at_events(engine, given, owned, told, aside=aside) for owned in concerned if owned.at_events)
    as_of = looks_as_of(engine, given, [owned for owned in concerned if not owned.at_events])
    return tuple(islice(chain(chain.from_iterable(at_events), as_of), MOST_LOOKS))


def _concerned(check: Check, model: Model, result: Result) -> Iterator[Owned]:
    if isinstance(check, OutcomeCheck):
        names = {f"{score}.{rule.rule}" for score, rule in rules_called(check.rule, result)}
        yield from (owned for owned in conditions_of(model) if owned.name in names)
    elif isinstance(check, RowsCheck):
        yield from _not_fired(check.score, model, result)
    elif isinstance(check, ValueCheck) and check.path[0] in ("scores", "bands"):
        yield from _not_fired(check.path[1], model, result)
    elif isinstance(check, NamesCheck) and check.what == "gates":
        held = {gate.name for gate in result.gates}
        names = {f"gate {name}" for name in held ^ set(check.names)}
        yield from (owned for owned in conditions_of(model) if owned.name in names)
    elif isinstance(check, ValueCheck) and check.path[0] == "labels" and check.path[1] in model.labels:
        for owned in conditions_of(model):
            if owned.label == check.path[1]:
                yield replace(owned, name=owned.name.removeprefix("label "))
    elif isinstance(check, ValueCheck) and check.path[0] == "scored" and model.audience is not None:
        yield Owned("audience", model.audience, False, None, model.sales_ready, model.audience.span)


def _not_fired(name: str, model: Model, result: Result) -> Iterator[Owned]:
    """The conditions of a score, or of the parts of a combined one, that were not always true."""
    score = model.scores.get(name)
    for part, _ in score.combine if score is not None else ():
        yield from _not_fired(part, model, result)
    found = result.scores.get(name)
    rules = found.rules if found is not None else ()
    names = {f"{name}.{rule.rule}" for rule in rules if rule.not_fired or rule.unknown or rule.outcome != "fired"}
    yield from (owned for owned in conditions_of(model) if owned.name in names)


def _score_lines(name: str, model: Model, test: ModelTest, result: Result) -> Iterator[tuple[str, str]]:
    """What made the score: its entries, its standing rules, its cap, and what its unknown rules miss."""
    score = result.scores.get(name)
    if score is None:
        return
    for entry in score.ledger:
        text = show_points(entry.effective)
        if entry.nominal != entry.effective:
            text += f" of {show_points(entry.nominal)}" + (f" ({entry.reason})" if entry.reason else "")
        yield f"{format_local(entry.at, zone_of(model.timezone))} {entry.kind} {entry.rule or ''}".rstrip(), text
    for line in score.contributions:
        if line.amount:
            yield f"profile {line.rule}", show_points(line.amount)
    for component, weight, amount in score.components:
        yield f"{component} times {show(weight)}", show_points(amount)
    if score.capped_by is not None and score.cap is not None:
        yield f"gate {score.capped_by}", f"reading at most {show_points(score.cap)}"
    unknown = (rule.rule for rule in score.rules if rule.outcome == "unknown")
    values = chain.from_iterable(_rule_values(model, name, rule, test, result) for rule in unknown)
    yield from dict(values).items()


def _rule_values(model: Model, score: str, rule: str, test: ModelTest, result: Result) -> Iterator[tuple[str, str]]:
    found = _find(model.scores.get(score), rule)
    if found is None:
        return
    reads: frozenset[tuple[str, ...]] = frozenset()
    events: tuple[str, ...] | None = ()
    if not isinstance(found, Penalty):
        reads = _points_reads(found.points)
    if not isinstance(found, StandingRule):
        events = found.events
    yield from _values(model, reads, events, test, result)


def _find(score: Score | None, name: str) -> EventRule | StandingRule | Penalty | None:
    if score is None:
        return None
    everything: tuple[EventRule | StandingRule | Penalty, ...] = (
        *score.event_rules,
        *score.standing_rules,
        *score.penalties,
    )
    return next((rule for rule in everything if rule.name == name), None)


def _points_reads(points: Points | None) -> frozenset[tuple[str, ...]]:
    if isinstance(points, FormulaPoints):
        return points.formula.reads
    return points.of.reads if isinstance(points, (StepPoints, ValuePoints)) else frozenset()


def _values(
    model: Model, reads: frozenset[tuple[str, ...]], events: tuple[str, ...] | None, test: ModelTest, result: Result
) -> Iterator[tuple[str, str]]:
    """The value of each path that is read; of an event's attribute one line per event (the first few)."""
    zone = zone_of(model.timezone)
    for path in sorted(reads):
        root, *rest = path
        if not rest:
            continue
        shown = ".".join(path)
        if root == "lead":
            yield shown, show(test.lead.get(rest[0]))
        elif root == "account":
            yield shown, show(test.account.get(rest[0]))
        elif root == "event":
            given = [event for event in test.events if events is None or event.given.get("type") in events]
            for event in given[:MOST_EVENTS]:
                yield f"{shown} ({event.given.get('type')}, {event.at.text})", show(_attribute(event.given, rest[0]))
        elif root in ("score", "band", "last_increase"):
            yield shown, _of_score(root, rest[0], result, zone)
        elif root == "tally":
            yield shown, show(result.tallies.get(rest[0]))
        elif root == "label":
            yield shown, show(result.labels.get(rest[0]))
        elif root == "gate":
            yield shown, show(any(gate.name == rest[0] for gate in result.gates))


def _of_score(root: str, name: str, result: Result, zone: ZoneInfo) -> str:
    score = result.scores.get(name)
    if score is None or not score.has_value:
        return show(None)
    if root == "score":
        return show_points(score.reading)
    if root == "band":
        return show(score.band)
    return show(None if score.last_increase is None else format_local(score.last_increase, zone))


def _attribute(event: Mapping[str, object], name: str) -> object:
    nested = event.get("attributes")
    return nested.get(name) if isinstance(nested, Mapping) else event.get(name)
