"""The values behind a failed expectation: what the conditions concerned read, and the entries of a score.

Takes the model, a case and its result, gives (path, text) lines for a report; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from rules_engine.analysis.case_types import Check, ModelTest, NamesCheck, OutcomeCheck, RowsCheck, ValueCheck
from rules_engine.analysis.compare import rules_called, show, show_points
from rules_engine.matching.calendar import format_instant
from rules_engine.model.types import (
    Condition,
    EventRule,
    Formula,
    FormulaPoints,
    Label,
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


def behind(check: Check, model: Model, test: ModelTest, result: Result) -> Lines:
    """The values that explain why a check failed; () where there is nothing more to say than the check does."""
    lines: Iterable[tuple[str, str]] = ()
    if isinstance(check, OutcomeCheck):
        rules = rules_called(check.rule, result)
        found = (_rule_values(model, score, rule.rule, test, result) for score, rule in rules)
        lines = dict(chain.from_iterable(found)).items()
    elif isinstance(check, RowsCheck):
        lines = _score_lines(check.score, model, test, result)
    elif isinstance(check, NamesCheck) and check.what == "gates":
        gates = (_values(_reads_of(gate.when), gate.events, test, result) for gate in model.gates.values())
        lines = dict(chain.from_iterable(gates)).items()
    elif isinstance(check, ValueCheck) and check.path[0] in ("scores", "bands"):
        lines = _score_lines(check.path[1], model, test, result)
    elif isinstance(check, ValueCheck) and check.path[0] == "labels":
        label = model.labels.get(check.path[1])
        lines = _values(_label_reads(label), (), test, result) if label is not None else lines
    elif isinstance(check, ValueCheck) and check.path[0] == "scored":
        lines = _values(_reads_of(model.audience), (), test, result)
    return tuple(lines)[:MOST_LINES]


def _score_lines(name: str, model: Model, test: ModelTest, result: Result) -> Iterator[tuple[str, str]]:
    """What made the score: its entries, its standing rules, its cap, and what its unknown rules miss."""
    score = result.scores.get(name)
    if score is None:
        return
    for entry in score.ledger:
        text = show_points(entry.effective)
        if entry.nominal != entry.effective:
            text += f" of {show_points(entry.nominal)}" + (f" ({entry.reason})" if entry.reason else "")
        yield f"{format_instant(entry.at)} {entry.kind} {entry.rule or ''}".rstrip(), text
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
    reads = _reads_of(found.when)
    events: tuple[str, ...] | None = ()
    if not isinstance(found, Penalty):
        reads |= _points_reads(found.points)
    if not isinstance(found, StandingRule):
        events = found.events
    yield from _values(reads, events, test, result)


def _find(score: Score | None, name: str) -> EventRule | StandingRule | Penalty | None:
    if score is None:
        return None
    everything: tuple[EventRule | StandingRule | Penalty, ...] = (
        *score.event_rules,
        *score.standing_rules,
        *score.penalties,
    )
    return next((rule for rule in everything if rule.name == name), None)


def _reads_of(condition: Condition | None) -> frozenset[tuple[str, ...]]:
    if condition is None:
        return frozenset()
    if isinstance(condition, Formula):
        return condition.reads
    return frozenset(path for part in condition.parts for path in _reads_of(part))


def _points_reads(points: Points | None) -> frozenset[tuple[str, ...]]:
    if isinstance(points, FormulaPoints):
        return points.formula.reads
    return points.of.reads if isinstance(points, (StepPoints, ValuePoints)) else frozenset()


def _label_reads(label: Label) -> frozenset[tuple[str, ...]]:
    own = label.formula.reads if label.formula is not None else frozenset()
    return own | frozenset(path for choice in label.choices for path in _reads_of(choice.when))


def _values(
    reads: frozenset[tuple[str, ...]], events: tuple[str, ...] | None, test: ModelTest, result: Result
) -> Iterator[tuple[str, str]]:
    """The value of each path that is read; of an event's attribute one line per event (the first few)."""
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
            yield shown, _of_score(root, rest[0], result)
        elif root == "tally":
            yield shown, show(result.tallies.get(rest[0]))
        elif root == "label":
            yield shown, show(result.labels.get(rest[0]))
        elif root == "gate":
            yield shown, show(any(gate.name == rest[0] for gate in result.gates))


def _of_score(root: str, name: str, result: Result) -> str:
    score = result.scores.get(name)
    if score is None or not score.has_value:
        return show(None)
    if root == "score":
        return show_points(score.reading)
    if root == "band":
        return show(score.band)
    return show(None if score.last_increase is None else format_instant(score.last_increase))


def _attribute(event: Mapping[str, object], name: str) -> object:
    nested = event.get("attributes")
    return nested.get(name) if isinstance(nested, Mapping) else event.get(name)
