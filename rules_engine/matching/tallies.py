"""Counting fields: one running tally over a lead's matching events, asked at rising instants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rules_engine.matching.calendar import Calendar
from rules_engine.matching.keys import key_of, rank_of
from rules_engine.scoring.amounts import MICRO, to_micropoints

Measure = Literal["count", "sum", "distinct", "latest", "min", "max"]

_SPARE = 32  # so many forgotten places at the front are put up with before they are cut off


@dataclass(frozen=True, slots=True)
class Window:
    """What part of the past a tally sees: rolling (`within`), a calendar window or visit (`per`), or all of it."""

    within: int | None
    per: Literal["day", "week", "month", "visit"] | None
    visit_gap: int
    calendar: Calendar

    def begins(self, now: int, visit_start: int, last_event: int) -> int:
        """The first instant that still counts at `now`, which may be after `now` (nothing counts)."""
        if self.within is not None:
            return now - self.within + 1
        if self.per is None:
            return -(2**62)
        if self.per == "visit":
            return visit_start if now - last_event <= self.visit_gap else now + 1
        return self.calendar.window(now, self.per)[0]

    def ends(self, at: int) -> int | None:
        """When an event at `at` stops counting if nothing else happens; None for never."""
        if self.within is not None:
            return at + self.within
        if self.per is None:
            return None
        if self.per == "visit":
            return at + self.visit_gap + 1
        return self.calendar.window(at, self.per)[1]

    @property
    def is_endless(self) -> bool:
        """Whether nothing ever stops counting."""
        return self.within is None and self.per is None


class RunningTally:
    """A tally while time goes forward: `add` matching events in order, `value` at any instant from the last on.

    Sums are exact integers of micro-units. Null values of the expression are not added by the caller. What counts now
    stands in `held` with its instants in `held_at`, both from position `head` on; for `min` and `max` only what can
    still win. Plain counts hold instants only, and tallies of all history hold nothing they need not.
    """

    __slots__ = ("count", "distinct", "first", "head", "held", "held_at", "last", "measure", "sum", "window")

    def __init__(self, measure: Measure, window: Window) -> None:
        self.measure = measure
        self.window = window
        self.first: int | None = None
        self.last: int | None = None
        self.count = 0
        self.sum = 0
        self.head = 0
        self.held_at: list[int] = []
        self.held: list[object] = []
        self.distinct: dict[object, int] = {}

    def copy(self) -> RunningTally:
        """An independent one in the same state."""
        made = RunningTally.__new__(RunningTally)
        made.measure, made.window, made.first, made.last = self.measure, self.window, self.first, self.last
        made.count, made.sum, made.head = self.count, self.sum, 0
        made.held_at, made.held = self.held_at[self.head :], self.held[self.head :]
        made.distinct = self.distinct.copy()
        return made

    def current(self, now: int, visit_start: int, last_event: int) -> RunningTally:
        """An independent one that has let go of what no longer counts at `now`."""
        made = self.copy()
        begins = made.window.begins(now, visit_start, last_event)
        if made.held_at and made.held_at[0] < begins:
            made._evict(begins)
        return made

    def mark(self, at: int) -> None:
        """A matching event, whatever its value: moves `first` and `last`."""
        if self.first is None:
            self.first = at
        self.last = at

    def add(self, at: int, value: object) -> None:
        """Counts an event with a value that is not null (True for a count)."""
        measure = self.measure
        if measure == "count":
            if not self.window.is_endless:
                self.held_at.append(at)
            self.count += 1
            return
        if measure == "sum":
            value = to_micropoints(value)  # type: ignore[arg-type]  # checked to be a number
            self.sum += value
        elif measure == "distinct":
            value = key_of(value)
            self.distinct[value] = self.distinct.get(value, 0) + 1
        elif measure == "latest":
            self._cut(len(self.held_at))
        else:
            rising = measure == "min"
            while len(self.held) > self.head and _loses(self.held[-1], value, rising):
                self.held.pop()
                self.held_at.pop()
        if measure in ("sum", "distinct") and self.window.is_endless:
            return
        self.held_at.append(at)
        self.held.append(value)

    def _cut(self, head: int) -> None:
        self.head = head
        if head > _SPARE and head * 2 > len(self.held_at):
            del self.held_at[:head]
            del self.held[:head]
            self.head = 0

    def _forget(self, value: object) -> None:
        left = self.distinct.pop(value) - 1
        if left:
            self.distinct[value] = left

    def _evict(self, begins: int) -> None:
        held_at, head, end, measure = self.held_at, self.head, len(self.held_at), self.measure
        was = head
        while head < end and held_at[head] < begins:
            if measure == "sum":
                self.sum -= self.held[head]  # type: ignore[operator]
            elif measure == "distinct":
                self._forget(self.held[head])
            head += 1
        if measure == "count":
            self.count -= head - was
        self._cut(head)

    def value(self, now: int, visit_start: int, last_event: int) -> float | object | None:
        """The tally at `now`: a float for count, sum and distinct; null (None) for the others where nothing counts."""
        begins = self.window.begins(now, visit_start, last_event)
        if self.head < len(self.held_at) and self.held_at[self.head] < begins:
            self._evict(begins)
        measure = self.measure
        if measure == "count":
            return float(self.count)
        if measure == "sum":
            return self.sum / MICRO
        if measure == "distinct":
            return float(len(self.distinct))
        return self.held[self.head] if self.head < len(self.held) else None

    def next_end(self) -> int | None:
        """When the first thing that counts stops to; None where nothing does. Not for windows of visits."""
        return self.window.ends(self.held_at[self.head]) if self.head < len(self.held_at) else None

    def ends(self) -> list[int]:
        """When each thing that counts stops to, if nothing else happens."""
        ends = (self.window.ends(at) for at in self.held_at[self.head :])
        return [end for end in ends if end is not None]


def _loses(held: object, value: object, rising: bool) -> bool:
    """Whether a held value can no longer be the minimum (or maximum) beside a newer one."""
    one, other = rank_of(held), rank_of(value)
    return one >= other if rising else one <= other  # type: ignore[operator, no-any-return]
