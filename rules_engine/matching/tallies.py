"""Counting fields: one running tally over a lead's matching events, asked at rising instants."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from rules_engine.matching.calendar import Calendar
from rules_engine.matching.keys import key_of
from rules_engine.scoring.amounts import MICRO, to_micropoints

Measure = Literal["count", "sum", "distinct", "latest", "min", "max"]


@dataclass(slots=True)
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


class RunningTally:
    """A tally while time goes forward: `add` matching events in order, `value` at any instant from the last on.

    Sums are exact integers of micro-units. Null values of the expression are not added by the caller.
    """

    def __init__(self, measure: Measure, window: Window) -> None:
        self.measure = measure
        self.window = window
        self.first: int | None = None
        self.last: int | None = None
        self._held: deque[tuple[int, object]] = deque()  # what counts now; for min and max only what can still win
        self._count = 0
        self._sum = 0
        self._distinct: dict[object, int] = {}

    def mark(self, at: int) -> None:
        """A matching event, whatever its value: moves `first` and `last`."""
        if self.first is None:
            self.first = at
        self.last = at

    def add(self, at: int, value: object) -> None:
        """Counts an event with a value that is not null (True for a count)."""
        if self.measure == "sum":
            value = to_micropoints(value)  # type: ignore[arg-type]  # checked to be a number
            self._sum += value
        elif self.measure == "distinct":
            value = key_of(value)
            self._distinct[value] = self._distinct.get(value, 0) + 1
        elif self.measure == "latest":
            self._held.clear()
        elif self.measure in ("min", "max"):
            rising = self.measure == "min"
            while self._held and _loses(self._held[-1][1], value, rising):
                self._held.pop()
        if self.window.within is None and self.window.per is None and self.measure in ("count", "sum", "distinct"):
            self._count += 1
            return
        self._held.append((at, value))
        self._count += 1

    def _forget(self, value: object) -> None:
        left = self._distinct.pop(value) - 1
        if left:
            self._distinct[value] = left

    def value(self, now: int, visit_start: int, last_event: int) -> float | object | None:
        """The tally at `now`: a float for count, sum and distinct; null (None) for the others where nothing counts."""
        begins = self.window.begins(now, visit_start, last_event)
        held = self._held
        while held and held[0][0] < begins:
            _, gone = held.popleft()
            self._count -= 1
            if self.measure == "sum":
                self._sum -= gone  # type: ignore[operator]
            elif self.measure == "distinct":
                self._forget(gone)
        if self.measure == "count":
            return float(self._count)
        if self.measure == "sum":
            return self._sum / MICRO
        if self.measure == "distinct":
            return float(len(self._distinct))
        return held[0][1] if held else None


def _loses(held: object, value: object, rising: bool) -> bool:
    """Whether a held value can no longer be the minimum (or maximum) beside a newer one."""
    return held >= value if rising else held <= value  # type: ignore[operator, no-any-return]
