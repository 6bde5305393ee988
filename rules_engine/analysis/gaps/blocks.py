"""Inputs made for one thing each: an event that a rule fires for, events that bring a tally to a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from rules_engine.analysis.gaps.candidate import Candidate, TriedEvent, Values
from rules_engine.analysis.gaps.solve import Found, Solver
from rules_engine.analysis.verdicts.conditions import Owned
from rules_engine.model.durations import DAY, HOUR, MINUTE
from rules_engine.model.types import EventRule, FixedPoints, Gate, Model, Penalty, Points, StandingRule, Tally

MOST_EVENTS = 60
MOST_LOOKED_UP = 20
SOLUTIONS = 3  # of a condition that are tried, since values may stand in each other's way


class Blocks:
    """Makes candidates for the parts of a model."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.model: Model = solver.model

    def of_condition(self, owned: Owned, wanted: bool) -> Iterator[Candidate]:
        """Candidates for which a whole condition, or some line of it, should come out as `wanted`."""
        for condition in (owned.condition, *owned.lines):
            for event_type in self._types(owned):
                found = self.solver.solve(condition, wanted, owned.sales_ready, event_type)
                yield from self._made(islice(found, SOLUTIONS), event_type, owned.starts, owned.ends)

    def of_event_item(self, item: EventRule | Penalty, sales_ready: int) -> Iterator[Candidate]:
        """Candidates for which an event rule or a penalty should fire."""
        points = item.points if isinstance(item, EventRule) else None
        reaches = item.reaches if isinstance(item, EventRule) else None
        if reaches is not None:
            tally = self.model.tallies[reaches.tally]
            for event_type in tally.events or tuple(self.model.events):
                for found in islice(self.solver.solve(item.when, True, sales_ready, event_type), SOLUTIONS):
                    yield from self._dated(
                        self._candidate(found, None, self.for_tally(tally, reaches.threshold, found.event)), item
                    )
            return
        for event_type in item.events or tuple(self.model.events):
            found_ = self.solver.solve(item.when, True, sales_ready, event_type, _computed(points))
            yield from self._made(islice(found_, SOLUTIONS), event_type, item.starts, item.ends)

    def of_standing(self, rule: StandingRule, sales_ready: int) -> Iterator[Candidate]:
        """Candidates for which a profile or standing rule should hold."""
        found = self.solver.solve(rule.when, True, sales_ready, None, _computed(rule.points))
        yield from self._made(islice(found, SOLUTIONS), None, rule.starts, rule.ends)

    def of_values(self, rule: StandingRule, sales_ready: int) -> Iterator[Candidate]:
        """Candidates with the values that a rule looks its points up by."""
        points = _computed(rule.points)
        if points is not None:
            found = self.solver.solve(rule.when, True, sales_ready, None, points, zero_too=True)
            yield from self._made(islice(found, MOST_LOOKED_UP), None, rule.starts, rule.ends)

    def of_gate(self, gate: Gate) -> Iterator[Candidate]:
        """Candidates that a gate should hold."""
        types = (gate.events or tuple(self.model.events)) if gate.is_event_gate else (None,)
        for event_type in types:
            found = self.solver.solve(gate.when, True, self.model.sales_ready, event_type)
            yield from self._made(islice(found, SOLUTIONS), event_type, None, None)

    def for_tally(self, tally: Tally, value: float, beside: Values | None = None) -> tuple[TriedEvent, ...]:
        """Events that should bring a tally to a number; () where it is not known how."""
        if tally.stage is not None or value <= 0:
            return ()
        event_type = next(iter(tally.events or tuple(self.model.events)), None)
        if event_type is None:
            return ()
        found = next(self.solver.solve(tally.when, True, self.model.sales_ready, event_type), None)
        if found is None:
            return ()
        attributes = {**found.event, **(beside or {})}
        measured = next(iter(tally.of.reads), None) if tally.of is not None else None
        if tally.measure == "count" or measured is None:
            return tuple(_event(event_type, i, attributes) for i in range(min(int(value), MOST_EVENTS)))
        name = measured[-1]
        if tally.measure == "distinct":
            values: list[object] = [f"{name} {i + 1}" for i in range(min(int(value), MOST_EVENTS))]
            return tuple(_event(event_type, i, attributes | {name: one}) for i, one in enumerate(values))
        return (_event(event_type, 0, attributes | {name: int(value) if value.is_integer() else value}),)

    def _types(self, owned: Owned) -> tuple[str | None, ...]:
        return (owned.events or tuple(self.model.events)) if owned.at_events else (None,)

    def _made(
        self, found: Iterable[Found], event_type: str | None, starts: int | None, ends: int | None
    ) -> Iterator[Candidate]:
        for one in found:
            events: tuple[TriedEvent, ...] = ()
            for name, value in one.tallies.items():
                events += self.for_tally(self.model.tallies[name], value)
            whole = self._candidate(one, event_type, events)
            yield from _within(whole, starts, ends)
            if event_type is not None and events:  # the event itself may count in the tally
                yield from _within(self._candidate(one, event_type, events[1:]), starts, ends)

    def _candidate(self, found: Found, event_type: str | None, events: tuple[TriedEvent, ...]) -> Candidate:
        own = () if event_type is None else (TriedEvent(event_type, 0, found.event),)
        return Candidate(self.solver.as_of, found.lead, found.account, (*events, *own))

    def _dated(self, candidate: Candidate, item: EventRule | Penalty) -> Iterator[Candidate]:
        return _within(candidate, item.starts, item.ends)


def _computed(points: Points | None) -> Points | None:
    """Points whose value depends on something."""
    return None if points is None or isinstance(points, FixedPoints) else points


def _event(event_type: str, number: int, attributes: Mapping[str, object]) -> TriedEvent:
    return TriedEvent(event_type, (number + 1) * MINUTE, dict(attributes))


def _within(candidate: Candidate, starts: int | None, ends: int | None) -> Iterator[Candidate]:
    """The candidate at a moment inside the dates of its rule."""
    if starts is not None and candidate.as_of < starts + DAY:
        candidate = replace(candidate, as_of=starts + DAY)
    if ends is not None and candidate.as_of >= ends:
        candidate = replace(candidate, as_of=ends - HOUR)
    yield candidate
