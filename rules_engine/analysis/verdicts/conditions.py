"""The conditions of a model that are looked at lead by lead: of tallies, scores, rules, penalties, gates, choices of
labels, members of accounts, segments and automations."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.matching.conditions import formulas_of
from rules_engine.model.types import Condition, EventRule, Formula, Model, Penalty
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Owned:
    """A condition and whose it is: `name` is such as "readiness.demo", "gate job_seeker" or "segment wake_up".

    `label` is the name of the label whose choice it is; each choice is looked at, whichever is given.
    `events` are the types of events at which it is looked at (None: any); where `at_events` is False it is looked at as
    of the moment. [`starts`, `ends`) are the instants between which it counts.
    """

    name: str
    condition: Condition
    at_events: bool
    events: tuple[str, ...] | None
    sales_ready: int
    span: Span
    starts: int | None = None
    ends: int | None = None
    label: str | None = None

    @property
    def lines(self) -> tuple[Formula, ...]:
        return tuple(formulas_of(self.condition))

    def line_names(self) -> tuple[str, ...]:
        """A condition of one line goes by the name of its owner, several lines by their text as well."""
        lines = self.lines
        if len(lines) == 1:
            return (self.name,)
        return tuple(f"{self.name}: {' '.join(line.text.split())}" for line in lines)

    def is_of(self, event_type: str, at: int) -> bool:
        """Whether it is looked at at an event."""
        if not self.at_events or not (self.events is None or event_type in self.events):
            return False
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)


def conditions_of(model: Model) -> tuple[Owned, ...]:
    """All of them in the order of the file's blocks."""
    return tuple(_conditions(model))


def _conditions(model: Model) -> Iterator[Owned]:
    for tally in model.tallies.values():
        if tally.when is not None:
            yield Owned(f"tally {tally.name}", tally.when, True, tally.events, model.sales_ready, tally.span)
    for score in model.scores.values():
        if score.needs is not None:
            yield Owned(f"{score.name} needs", score.needs, False, None, score.sales_ready, score.needs.span)
        items: tuple[EventRule | Penalty, ...] = (*score.event_rules, *score.penalties)
        for item in items:
            if item.when is not None:
                name, ready = f"{score.name}.{item.name}", score.sales_ready
                yield Owned(name, item.when, True, item.events, ready, item.span, item.starts, item.ends)
        for rule in score.standing_rules:
            if rule.when is not None:
                name = f"{score.name}.{rule.name}"
                yield Owned(name, rule.when, False, None, score.sales_ready, rule.span, rule.starts, rule.ends)
    for gate in model.gates.values():
        if gate.when is not None:
            name = f"gate {gate.name}"
            yield Owned(name, gate.when, gate.is_event_gate, gate.events, model.sales_ready, gate.span)
    ready = model.sales_ready
    for label in model.labels.values():
        for choice in label.choices:
            if choice.when is not None:
                name = f"label {label.name}: {choice.name}"
                yield Owned(name, choice.when, False, None, ready, choice.span, label=label.name)
    for account in model.accounts.values():
        if account.where is not None:
            yield Owned(f"account {account.name} where", account.where, False, None, ready, account.span)
    for segment in model.segments.values():
        if segment.where is not None:
            yield Owned(f"segment {segment.name}", segment.where, False, None, model.sales_ready, segment.span)
    for automation in model.automations.values():
        if automation.when is not None:
            name = f"automation {automation.name}"
            yield Owned(name, automation.when, False, None, model.sales_ready, automation.span)
