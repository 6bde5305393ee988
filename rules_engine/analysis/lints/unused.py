"""What is declared and never used (RE740-RE746)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from rules_engine.analysis.lints.subject import Subject, at_events_of, rules_of
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.feel.checking.reads import reads
from rules_engine.model.types import (
    Condition,
    EventRule,
    Formula,
    FormulaPoints,
    Limit,
    Model,
    Points,
    Score,
    StandingRule,
    StepPoints,
    ValuePoints,
)
from rules_engine.model.yaml_nodes import ListNode

Path: TypeAlias = tuple[str, ...]
Events: TypeAlias = tuple[str, ...] | None
# A formula, and the events at which it is looked at: None for any type, () for none.
Use: TypeAlias = tuple[Formula, Events]


def uses(model: Model) -> Iterator[Use]:
    """Every expression of a model."""
    yield from _of(model.audience)
    for tally in model.tallies.values():
        yield from _of(tally.when, tally.events)
        yield from _of(tally.of, tally.events)
    for score in model.scores.values():
        yield from _of(score.needs)
        for rule in rules_of(score):
            yield from _of_rule(rule)
        for penalty in score.penalties:
            yield from _of(penalty.when, penalty.events)
            yield from _of(penalty.remove.formula, penalty.events)
            yield from _of_limit(penalty.limit, penalty.events)
    for gate in model.gates.values():
        yield from _of(gate.when, gate.events if gate.is_event_gate else ())
    for label in model.labels.values():
        yield from _of(label.formula)
        for choice in label.choices:
            yield from _of(choice.when)
    for account in model.accounts.values():
        yield from (*_of(account.weight), *_of(account.where))
    for segment in model.segments.values():
        yield from (*_of(segment.where), *_of(segment.highest), *_of(segment.lowest))
    for automation in model.automations.values():
        yield from _of(automation.when)


def _of(condition: Condition | None, events: Events = ()) -> Iterator[Use]:
    if isinstance(condition, Formula):
        yield condition, events
    elif condition is not None:
        for part in condition.parts:
            yield from _of(part, events)


def _of_rule(rule: EventRule | StandingRule) -> Iterator[Use]:
    events: Events = rule.events if isinstance(rule, EventRule) else ()
    yield from _of(rule.when, events)
    yield from _of_points(rule.points, events)
    if isinstance(rule, EventRule):
        yield from _of_limit(rule.limit, events)
    else:
        yield from _of_points(rule.otherwise, events)


def _of_points(points: Points | None, events: Events) -> Iterator[Use]:
    match points:
        case FormulaPoints(formula=formula):
            yield formula, events
        case StepPoints(of=formula) | ValuePoints(of=formula):
            yield formula, events


def _of_limit(limit: Limit | None, events: Events) -> Iterator[Use]:
    if limit is not None:
        yield from _of(limit.each, events)


def _read(subject: Subject) -> frozenset[Path]:
    """Every path that is read, also by definitions that nothing uses: they are told about by themselves."""
    found = {path for formula, _ in uses(subject.model) for path in formula.reads}
    for definition in subject.names.definitions.values():
        if definition.tree is not None:
            found |= reads(definition.tree)
    return frozenset(found)


def _unused(
    code: str, kind: str, declared: Iterable[str], used: Iterable[str], subject: Subject, *at: str, prefix: str = ""
) -> Iterator[Diagnostic]:
    """A finding for each declared name, found below the keys `at` of the file, that is not among those used."""
    known = set(used)
    for name in declared:
        entry = subject.entry(*at, name)
        if name not in known and entry is not None:
            yield finding(
                code, f'{kind} "{prefix}{name}" is declared but never used.', entry.key.span, "Delete it, or use it."
            )


def unused_fields(subject: Subject) -> Iterator[Diagnostic]:
    """RE740: a field of leads or accounts, or an attribute of an event, that no expression reads.

    Of an event that nothing listens to the attributes are not told beside it.
    """
    read = _read(subject)
    model = subject.model
    for root, fields in (("lead", model.lead_fields), ("account", model.account_fields)):
        if (root,) not in read:
            used = (path[1] for path in read if path[0] == root and len(path) > 1)
            yield from _unused("RE740", "Field", fields, used, subject, "fields", root, prefix=f"{root}.")
    at_events = [(path, events) for formula, events in uses(model) for path in formula.reads if path[0] == "event"]
    defined = {path for d in subject.names.definitions.values() if d.tree is not None for path in reads(d.tree)}
    heard = _heard(subject)
    for event in model.events.values():
        if event.name not in heard:
            continue
        names = {path[1] for path in defined if path[0] == "event" and len(path) > 1}
        for path, events in at_events:
            if events is None or event.name in events:
                names.update(path[1:2] or event.attributes)
        where = ("events", event.name)
        yield from _unused("RE740", "Attribute", event.attributes, names, subject, *where, prefix=f"{event.name}.")


def unused_events(subject: Subject) -> Iterator[Diagnostic]:
    """RE741: an event type that nothing listens to."""
    yield from _unused("RE741", "Event type", subject.model.events, _heard(subject), subject, "events")


def _heard(subject: Subject) -> set[str]:
    """The event types that something listens to. Where any event counts, or a visit, every type is used."""
    model = subject.model
    heard: set[str] = set()
    listeners: list[Events] = [
        *(tally.events for tally in model.tallies.values() if tally.stage is None),
        *(gate.events for gate in model.gates.values() if gate.is_event_gate),
        *(gate.until_events for gate in model.gates.values()),
    ]
    windows = [tally.per for tally in model.tallies.values()]
    for score in model.scores.values():
        parts = at_events_of(score)
        listeners += [part.events for part in parts]
        windows += [part.limit.per for part in parts if part.limit is not None]
        listeners += [None if clock.any_event else clock.activity or () for clock in score.inactivity]
    if "visit" in windows or None in listeners:
        return set(model.events)
    for events in listeners:
        heard.update(events or ())
    return heard


def unused_tallies(subject: Subject) -> Iterator[Diagnostic]:
    """RE742: a tally that no expression and no `reaches` asks for."""
    read = {path[1] for path in _read(subject) if path[0] in ("tally", "last", "first") and len(path) > 1}
    reached = {rule.reaches.tally for score in subject.scores for rule in score.event_rules if rule.reaches is not None}
    yield from _unused("RE742", "Tally", subject.model.tallies, read | reached, subject, "tallies")


def unused_definitions(subject: Subject) -> Iterator[Diagnostic]:
    """RE743: a definition that no condition uses, also not through another definition."""
    known = subject.names.definitions
    used: set[str] = set()
    waiting = list(subject.names.used_definitions)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += known[name].uses
    yield from _unused("RE743", "Definition", known, used, subject, "define")


def unused_constants(subject: Subject) -> Iterator[Diagnostic]:
    """RE744: a constant that no expression reads."""
    used = (path[1] for path in _read(subject) if path[0] == "constants" and len(path) > 1)
    yield from _unused("RE744", "Constant", subject.model.constants, used, subject, "constants")


def unused_groups_and_stages(subject: Subject) -> Iterator[Diagnostic]:
    """RE745: a group without rules, a stage of the journey that no rule belongs to."""
    for score in subject.scores:
        used = {rule.group for rule in score.event_rules if rule.group is not None}
        named = (group.name for group in score.groups)
        yield from _unused("RE745", "Group", named, used, subject, "scores", subject.called(score), "groups")
    rules = (rule for score in subject.scores for rule in rules_of(score))
    staged = {rule.stage for rule in rules} | {tally.stage for tally in subject.model.tallies.values()}
    entry = subject.entry("stages")
    items = entry.value.items if entry is not None and isinstance(entry.value, ListNode) else ()
    for stage, item in zip(subject.model.stages, items, strict=False):
        if stage not in staged:
            yield finding(
                "RE745", f'Stage "{stage}" has no rules.', item.span, "Give rules this `stage`, or delete it."
            )


def unused_variables(subject: Subject) -> Iterator[Diagnostic]:
    """RE746: a variable of `for_each` whose values all make the same score, as nothing of the score reads it."""
    for family, names in subject.names.families.items():
        scores = [score for name in names if (score := subject.model.scores.get(name)) is not None]
        for variable, _ in scores[0].variant if scores else ():
            entry = subject.entry("scores", family, "for_each", variable)
            alike = _alike(subject.model, scores, variable)
            if entry is not None and alike:
                same = " and ".join(alike)
                yield finding(
                    "RE746",
                    f'"{variable}" of for_each is read nowhere in score "{family}": {same} are the same.',
                    entry.key.span,
                    f"Read it in a condition, such as event.{variable} = {variable}, or delete it from for_each.",
                )


def _alike(model: Model, scores: Iterable[Score], variable: str) -> tuple[str, ...]:
    """Two scores that differ in the variable only and have the same content, if that holds for all; else ().

    A gate may cap one of them by its whole name: then they read differently.
    """
    groups: dict[Path, list[Score]] = {}
    for score in scores:
        others = tuple(value for name, value in score.variant if name != variable)
        groups.setdefault(others, []).append(score)
    for group in groups.values():
        first, *rest = ((replace(score, name="", variant=()), _caps(model, score.name)) for score in group)
        if not rest or any(other != first for other in rest):
            return ()
    return tuple(score.name for score in next(iter(groups.values()), [])[:2])


def _caps(model: Model, score: str) -> tuple[tuple[str, int], ...]:
    """The gates that cap a score, and at how many micropoints."""
    return tuple((gate.name, cap) for gate in model.gates.values() for name, cap in gate.caps if name == score)
