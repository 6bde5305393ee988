"""Conditions at the events of a lead: the verdict of each line with the values it read there."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.verdicts.conditions import Owned
from rules_engine.analysis.verdicts.given import Given
from rules_engine.engine import Engine
from rules_engine.feel.functions import all_functions
from rules_engine.matching.calendar import moment_at
from rules_engine.matching.conditions import compile_formula, truth
from rules_engine.matching.history import Event, InputError, read_instant

Scope = dict[str, object]


class AtEvents:
    """One lead's events with the scope that conditions have at each of them."""

    def __init__(self, engine: Engine, given: Given) -> None:
        self._engine = engine
        self._given = given
        instant = read_instant(given.as_of, engine.zone, "call", "as_of")
        self._as_of = instant
        self._history = engine.prepared.reader.history(given.lead, given.account, given.events, instant)
        self._scopes: dict[tuple[int, bool], Scope] = {}

    def events(self, owned: Owned) -> Iterator[tuple[int, Event]]:
        """The events at which a condition is looked at, with their numbers, in order."""
        for number, event in enumerate(self._history.events):
            if owned.is_of(event.type, event.at):
                yield number, event

    def uncounted(self, owned: Owned) -> Iterator[tuple[int, bool]]:
        """The given events of its types that it is not looked at: their positions, and whether that is because they
        are later than as_of; else they lie outside its own dates. Events whose time cannot be read are not told.
        """
        for position, event in enumerate(self._given.events):
            kind, at = event.get("type"), event.get("at")
            if owned.events is not None and kind not in owned.events:
                continue
            try:
                instant = read_instant(at, self._engine.zone, "event", "at")
            except InputError:
                continue
            if instant > self._as_of:
                yield position, True
            elif not owned.is_of(str(kind), instant):
                yield position, False

    def position(self, number: int) -> int:
        """Which of the given events it is, from 0."""
        return self._history.events[number].position - 1

    def scope(self, owned: Owned, number: int) -> Scope:
        """The values at an event; tallies are those that include it."""
        reads_tallies = any(path[0] == "tally" for line in owned.lines for path in line.reads)
        found = self._scopes.get((number, reads_tallies))
        if found is None:
            found = self._scopes[number, reads_tallies] = self._at(number, reads_tallies)
        return found

    def verdicts(self, owned: Owned, number: int) -> tuple[bool | None, ...]:
        """One per line."""
        functions = self._engine.extensions.functions or all_functions()
        scope = self.scope(owned, number)
        return tuple(truth(compile_formula(line, functions, owned.sales_ready)(scope)) for line in owned.lines)

    def _at(self, number: int, with_tallies: bool) -> Scope:
        event = self._history.events[number]
        at = moment_at(event.at, self._engine.zone)
        tallies: dict[str, object] = {}
        if with_tallies:
            before = [self._given.events[earlier.position - 1] for earlier in self._history.events[: number + 1]]
            then = self._engine.score(self._given.lead, self._given.account, before, as_of=event.at)
            tallies = dict(then.tallies)
        return {
            "lead": self._history.lead,
            "account": self._history.account,
            "constants": dict(self._engine.model.constants),
            "event": event.attributes | {"type": event.type, "at": at},
            "tally": tallies,
        }
