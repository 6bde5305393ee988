"""Gates: when they hold, from the events and the condition alone."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.model.types import Gate
from tests.reference.conditions import Context, truth
from tests.reference.history import Event
from tests.reference.tallies import TallyBook, event_context

FOR_EVER = 2**63


class GateBook:
    """Each event gate is a list of half-open intervals; a state gate is its condition, asked anew each time."""

    def __init__(self, gates: Sequence[Gate], events: Sequence[Event], book: TallyBook, base: Context) -> None:
        self.gates, self.book, self.base = gates, book, base
        self.intervals = {gate.name: self._intervals(gate, events) for gate in gates if gate.is_event_gate}

    def _intervals(self, gate: Gate, events: Sequence[Event]) -> list[tuple[int, int]]:
        """[t, t + hold) of each matching event, each cut short at the first `until` event after it in event order."""
        found: list[tuple[int, int]] = []
        for event in events:
            if gate.events is not None and event.type not in gate.events:
                continue
            if truth(gate.when, event_context(self.base, event, self.book.at_event(event))) is not True:
                continue
            end = FOR_EVER if gate.hold is None else event.at + gate.hold
            for later in events[event.place + 1 :]:
                if later.type in gate.until_events:
                    end = min(end, later.at)
                    break
            if event.type in gate.until_events:
                end = event.at
            if end > event.at:
                found.append((event.at, end))
        return found

    def change_instants(self) -> set[int]:
        return {instant for spans in self.intervals.values() for span in spans for instant in span}

    def holding(self, at: int, tallies: Context, event_gates: bool = True) -> set[str]:
        """Names of the gates that hold at an instant."""
        names: set[str] = set()
        for gate in self.gates:
            if gate.is_event_gate:
                if event_gates and any(begin <= at < end for begin, end in self.intervals[gate.name]):
                    names.add(gate.name)
            elif truth(gate.when, {**self.base, "tally": tallies}) is True:
                names.add(gate.name)
        return names

    def until(self, name: str, at: int) -> int | None:
        """When the event gate that holds now ends if nothing happens; None for ever, or for a state gate."""
        ends = [end for begin, end in self.intervals.get(name, []) if begin <= at < end]
        return max(ends) if ends and max(ends) < FOR_EVER else None
