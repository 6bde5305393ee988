"""Counting fields: one running tally over a lead's matching events, asked at rising instants."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from math import inf
from typing import Any, Literal, Protocol, cast

from rules_engine.matching.calendar import Calendar
from rules_engine.matching.cuts import Cuts, spared
from rules_engine.matching.keys import key_of, rank_of
from rules_engine.records import dataclass
from rules_engine.scoring.amounts import MICRO, to_micropoints

Measure = Literal["count", "sum", "distinct", "latest", "min", "max"]

_SPARE = 32  # so many forgotten places at the front are put up with before they are cut off


class Visits(Protocol):
    """What windows of visits must know: when the last visit began, and the last event."""

    visit_start: int
    last_event: int


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

    Made by `running_tally`, of a class for each measure. Sums are exact integers of micro-units. Null values of the
    expression are not added by the caller. What counts now stands in `held` with its instants in `held_at`, both from
    position `head` on; for `min` and `max` only what can still win. Plain counts hold instants only, and tallies of all
    history hold nothing they need not.
    """

    __slots__ = (
        "count",
        "distinct",
        "endless",
        "first",
        "head",
        "held",
        "held_at",
        "high",
        "last",
        "low",
        "sum",
        "window",
        "within",
    )
    is_number = True  # whether its value always is one

    def __init__(self, window: Window) -> None:
        self.window = window
        self.within = window.within
        self.endless = window.is_endless
        self.first: int | None = None
        self.last: int | None = None
        self.count = 0  # of a sum: how many of the values that it holds are below zero
        self.sum = 0
        self.head = 0
        self.held_at: list[int] = []
        self.held: list[object] = []
        self.distinct: dict[object, int] = {}
        # while its value stays between these, once known, nothing that reads it changes
        self.low, self.high = inf, -inf

    def copy(self) -> RunningTally:
        """An independent one in the same state."""
        made = object.__new__(type(self))
        made.window, made.within, made.endless = self.window, self.within, self.endless
        made.first, made.last, made.count, made.sum, made.head = self.first, self.last, self.count, self.sum, 0
        made.held_at, made.held = self.held_at[self.head :], self.held[self.head :]
        made.distinct = self.distinct.copy()
        made.low, made.high = self.low, self.high
        return made

    def current(self, now: int, visits: Visits) -> RunningTally:
        """An independent one that has let go of what no longer counts at `now`."""
        made = self.copy()
        made.let_go(now, visits)
        return made

    def mark(self, at: int) -> None:
        """A matching event, whatever its value: moves `first` and `last`."""
        if self.first is None:
            self.first = at
        self.last = at

    def add(self, at: int, value: Any) -> None:
        """Counts an event with a value that is not null (True for a count)."""
        raise NotImplementedError

    def value(self, now: int, visits: Visits) -> object:
        """The tally at `now`: a float for count, sum and distinct; null (None) for the others where nothing counts."""
        raise NotImplementedError

    def value_kept(self, now: int, visits: Visits) -> object:
        """The same without letting go of anything."""
        if self.endless or self.head == len(self.held_at):
            return self.value(now, visits)
        begins = self.window.begins(now, visits.visit_start, visits.last_event)
        return self._value_from(bisect_left(self.held_at, begins, self.head))

    def _value_from(self, place: int) -> object:
        """The value of what is held from a place on."""
        raise NotImplementedError

    def _subtract(self, end: int) -> None:
        """Takes what is held up to the place `end` out of the value."""
        raise NotImplementedError

    def let_go(self, now: int, visits: Visits) -> None:
        """Forgets what no longer counts at `now`."""
        held_at, head = self.held_at, self.head
        if head < len(held_at):
            if self.within is not None:
                begins = now - self.within + 1
            else:
                begins = self.window.begins(now, visits.visit_start, visits.last_event)
            if held_at[head] < begins:
                end = bisect_left(held_at, begins, head)
                self._subtract(end)
                self._cut(end)

    def most(self) -> float:
        """The value of a count, sum or distinct, where nothing has stopped to count since it was asked.

        It is not more than that in any case. Infinite where it cannot be told, since things below zero count.
        """
        return self.count

    def spared(self, cuts: Cuts) -> int | None:
        """How many of the things that count may stop to before the value falls below one of the cuts; None: all."""
        return spared(cuts, int(self.most()))

    def _cut(self, head: int) -> None:
        self.head = head
        if head > _SPARE and head * 2 > len(self.held_at):
            del self.held_at[:head]
            del self.held[:head]
            self.head = 0

    def next_end(self, spared: int = 0) -> int | None:
        """When so many things have stopped to count, and then the next one; None where they are not that many.

        Not for windows of visits.
        """
        place = self.head + spared
        return self.window.ends(self.held_at[place]) if place < len(self.held_at) else None

    def ends(self, after: int, before: int) -> Iterator[int]:
        """The instants between two others at which things that count stop to, if nothing else happens.

        Not for windows of visits.
        """
        if self.endless:
            return
        # What no longer counts may still be held. A copy: whoever asks may let go of things meanwhile.
        held_at, last = self.held_at, None
        ends = cast(Callable[[int], int], self.window.ends)  # this window ends
        for at in held_at[bisect_right(held_at, after, self.head, key=ends) :]:
            end = ends(at)
            if end >= before:
                break
            if end != last:
                yield end
            last = end


class _Count(RunningTally):
    __slots__ = ()

    def add(self, at: int, value: Any) -> None:
        if not self.endless:
            self.held_at.append(at)
        self.count += 1

    def value(self, now: int, visits: Visits) -> object:
        if not self.endless:
            self.let_go(now, visits)
        return float(self.count)

    def _value_from(self, place: int) -> object:
        return float(self.count - (place - self.head))

    def _subtract(self, end: int) -> None:
        self.count -= end - self.head


class _Sum(RunningTally):
    __slots__ = ()

    def most(self) -> float:
        return inf if self.count else self.sum / MICRO

    def spared(self, cuts: Cuts) -> int | None:
        if self.count:  # it may rise, too
            return 0
        left = self.sum
        at = bisect_right(cuts, left / MICRO)
        if at:
            for n, value in enumerate(self.held[self.head :]):
                left -= value  # type: ignore[operator]  # micro-units
                if left / MICRO < cuts[at - 1]:
                    return n
        return None

    def add(self, at: int, value: Any) -> None:
        value = to_micropoints(value)
        self.sum += value
        if value < 0:
            self.count += 1
        if not self.endless:
            self.held_at.append(at)
            self.held.append(value)

    def value(self, now: int, visits: Visits) -> object:
        if not self.endless:
            self.let_go(now, visits)
        return self.sum / MICRO

    def _value_from(self, place: int) -> object:
        gone: Any = self.held[self.head : place]
        return (self.sum - sum(gone)) / MICRO

    def _subtract(self, end: int) -> None:
        gone: Any
        for gone in self.held[self.head : end]:
            self.sum -= gone
            if gone < 0:
                self.count -= 1


class _Distinct(RunningTally):
    __slots__ = ()

    def most(self) -> float:
        return len(self.distinct)

    def add(self, at: int, value: Any) -> None:
        value = ("string", value) if type(value) is str else key_of(value)
        self.distinct[value] = self.distinct.get(value, 0) + 1
        if not self.endless:
            self.held_at.append(at)
            self.held.append(value)

    def value(self, now: int, visits: Visits) -> object:
        if not self.endless:
            self.let_go(now, visits)
        return float(len(self.distinct))

    def _value_from(self, place: int) -> object:
        gone = Counter(self.held[self.head : place])
        return float(len(self.distinct) - sum(self.distinct[value] == times for value, times in gone.items()))

    def _subtract(self, end: int) -> None:
        distinct = self.distinct
        for gone in self.held[self.head : end]:
            left = distinct.pop(gone) - 1
            if left:
                distinct[gone] = left


class _Picked(RunningTally):
    """One of the values that count: the first that is held."""

    __slots__ = ()
    is_number = False

    def value(self, now: int, visits: Visits) -> object:
        self.let_go(now, visits)
        return self._value_from(self.head)

    def _value_from(self, place: int) -> object:
        return self.held[place] if place < len(self.held) else None

    def _subtract(self, end: int) -> None:
        """What is held is the value."""


class _Latest(_Picked):
    __slots__ = ()

    def add(self, at: int, value: Any) -> None:
        self._cut(len(self.held_at))
        self.held_at.append(at)
        self.held.append(value)


class _Extreme(_Picked):
    __slots__ = ()
    rising = False  # whether what is held rises: then the first is the minimum

    def add(self, at: int, value: Any) -> None:
        held, held_at, head, rising = self.held, self.held_at, self.head, self.rising
        while len(held) > head and _loses(held[-1], value, rising):
            held.pop()
            held_at.pop()
        held_at.append(at)
        held.append(value)


class _Least(_Extreme):
    __slots__ = ()
    rising = True


_CLASSES: dict[Measure, type[RunningTally]] = {
    "count": _Count,
    "sum": _Sum,
    "distinct": _Distinct,
    "latest": _Latest,
    "min": _Least,
    "max": _Extreme,
}


def running_tally(measure: Measure, window: Window) -> RunningTally:
    """A tally that has counted nothing yet."""
    return _CLASSES[measure](window)


def _loses(held: object, value: object, rising: bool) -> bool:
    """Whether a held value can no longer be the minimum (or maximum) beside a newer one."""
    one, other = rank_of(held), rank_of(value)
    return one >= other if rising else one <= other  # type: ignore[operator, no-any-return]
