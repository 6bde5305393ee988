"""Tallies, counted anew from all events at every question."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.model.types import Model, Tally
from tests.reference.conditions import MILLION, Context, is_number, truth, value_of
from tests.reference.history import Event, calendar_window, calendar_window_end, to_datetime


def event_context(base: Context, event: Event, tallies: Context | None = None) -> dict[str, object]:
    attributes = {**event.attributes, "at": to_datetime(event.at, base["timezone"]), "type": event.type}
    return {**base, "event": attributes, **({} if tallies is None else {"tally": tallies})}


class TallyBook:
    """Which events match each tally of events, found once; windows and sums are made on every question."""

    def __init__(self, model: Model, events: Sequence[Event], base: Context) -> None:
        self.model = model
        self.events = events
        self.tallies = {name: tally for name, tally in model.tallies.items() if tally.stage is None}
        self.matching = {name: self._matching(tally, base) for name, tally in self.tallies.items()}

    def _matching(self, tally: Tally, base: Context) -> list[tuple[Event, object]]:
        found: list[tuple[Event, object]] = []
        for event in self.events:
            if tally.events is not None and event.type not in tally.events:
                continue
            context = event_context(base, event)
            if truth(tally.when, context) is True:
                found.append((event, value_of(tally.of, context) if tally.of is not None else None))
        return found

    def _in_window(self, tally: Tally, event: Event, now: int, last: Event | None) -> bool:
        """Whether an event is in the tally's window at `now`; `last` is the last event of any type known there."""
        if tally.within is not None:
            return now - tally.within < event.at <= now
        if tally.per == "visit":
            return last is not None and event.visit == last.visit and now - last.at <= self.model.visit_gap
        if tally.per is not None:
            zone = self.model.timezone
            return calendar_window(event.at, tally.per, zone) == calendar_window(now, tally.per, zone)
        return True

    def _measure(self, name: str, seen: Sequence[Event], now: int, last: Event | None) -> object:
        tally = self.tallies[name]
        kept = [
            (event, value)
            for event, value in self.matching[name]
            if event.place < len(seen) and self._in_window(tally, event, now, last)
        ]
        if tally.measure == "count":
            return float(len(kept))
        values = [value for _, value in kept if value is not None]
        if tally.measure == "distinct":
            return float(len({(type(value) is bool, value) for value in values}))
        if tally.measure == "latest":
            return values[-1] if values else None
        if tally.measure == "sum":
            return sum(round(value * MILLION) for value in values if is_number(value)) / MILLION
        return (min(values) if tally.measure == "min" else max(values)) if values else None

    def at_event(self, event: Event) -> dict[str, object]:
        """At an event a window holds the events up to and including it, in order."""
        seen = self.events[: event.place + 1]
        return {name: self._measure(name, seen, event.at, event) for name in self.tallies}

    def before_event(self, event: Event) -> dict[str, object]:
        """The same window at the same instant without the event itself."""
        seen = self.events[: event.place]
        return {name: self._measure(name, seen, event.at, event) for name in self.tallies}

    def at_instant(self, now: int) -> dict[str, object]:
        seen = [event for event in self.events if event.at <= now]
        return {name: self._measure(name, seen, now, seen[-1] if seen else None) for name in self.tallies}

    def first_and_last(self, now: int) -> tuple[dict[str, int | None], dict[str, int | None]]:
        """Instants of the first and the last matching event in all history."""
        times = {name: [e.at for e, _ in found if e.at <= now] for name, found in self.matching.items()}
        first = {name: seen[0] if seen else None for name, seen in times.items()}
        return first, {name: seen[-1] if seen else None for name, seen in times.items()}

    def change_instants(self) -> set[int]:
        """Instants besides the events at which a tally can change: the ends of windows."""
        instants: set[int] = set()
        for tally in self.tallies.values():
            for event in self.events:
                if tally.within is not None:
                    instants.add(event.at + tally.within)
                elif tally.per == "visit":
                    instants.add(event.at + self.model.visit_gap + 1)
                elif tally.per is not None:
                    instants.add(calendar_window_end(event.at, tally.per, self.model.timezone))
        return instants
