"""What an event can still do, by the values of its attributes: the rules and tallies that are left to ask.

Conditions that read nothing but text and truth attributes of the event (the plain ones of its `EventIndex`) give the
same answer whenever these values come again, so the answers are remembered: a pure function's, whatever the lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from rules_engine.matching.conditions import Verdict, paths_of
from rules_engine.matching.prepare import (
    EventIndex,
    Paths,
    Prepared,
    PreparedItem,
    PreparedTally,
    is_of_lead,
    paths_beside,
    paths_of_gates,
    tallies_read,
)

REMEMBERED = 4096  # how many combinations of values an event type remembers before it starts anew


class Possible(NamedTuple):
    """An item that an event may still trigger.

    `asks` are the parts of its condition that are not known to be true, None where nothing is left to ask or compute:
    then it fires, and `nominal` says what its mark is worth (None: nothing, it leaves no mark). `then` is what is left
    once the parts that `asks` begins with and that read nothing but the lead are true; None where there are none.
    """

    number: int
    nominal: int | None
    is_limited: bool
    item: PreparedItem
    asks: tuple[Verdict, ...] | None
    then: Possible | None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What an event with certain values of its plain attributes can still do.

    `items` are those whose condition is not false for these values, in order; `usual` are these without the rules of
    `reaches`, which most events do not trigger. A tally stands with the parts of its condition that must still be
    asked. `reads_event` and `tallies_read` say what all these look at, `asks_lead` whether some ask the lead first, and
    `is_idle` that the event changes nothing at all.
    """

    items: tuple[Possible, ...]
    usual: tuple[Possible, ...]
    tallies: tuple[tuple[PreparedTally, tuple[Verdict, ...]], ...]
    reads_event: bool
    tallies_read: tuple[int, ...]
    asks_lead: bool
    is_idle: bool

    def of_lead(self, scope: Mapping[str, object]) -> Candidates:
        """The same for one lead: without the items whose condition is false for it, whatever the event."""
        items = tuple(_of_lead(self.items, scope))
        usual = items if len(self.usual) == len(self.items) else tuple(one for one in items if one.item.reaches is None)
        return Candidates(items, usual, self.tallies, self.reads_event, self.tallies_read, False, self.is_idle)


def _of_lead(items: tuple[Possible, ...], scope: Mapping[str, object]) -> Iterator[Possible]:
    for one in items:
        if one.then is None or one.asks is None:
            yield one
            continue
        left = len(one.then.asks) if one.then.asks is not None else 0
        found = one.then
        for ask in one.asks[: len(one.asks) - left]:
            verdict = ask(scope)
            if verdict is False:
                break
            if verdict is not True:
                found = one  # unknown, unless a later part is false
        else:
            yield found


def candidates(prepared: Prepared, index: EventIndex, key: object, scope: Mapping[str, object]) -> Candidates:
    """What an event can do, by its plain attributes `key`; computed once for each combination of their values."""
    if len(index.remembered) >= REMEMBERED:
        index.remembered.clear()
    items = tuple(_possible(index, scope))
    tallies = tuple(
        (tally, tuple(when for when, _ in asks))
        for tally in index.tallies
        if (asks := _still_asked(tally.parts, index.plain, scope)) is not None
    )
    paths = paths_of_gates(index)
    for one in items:
        paths |= paths_beside(one.item) | (one.item.when_paths if one.asks else frozenset())
    for tally, asked in tallies:
        paths |= paths_of([tally.tally.of]) if tally.tally.of else frozenset()
        paths |= tally.when_paths if asked else frozenset()
    usual = tuple(one for one in items if one.item.reaches is None) if index.reaching else items
    found = index.remembered[key] = Candidates(
        items,
        usual,
        tallies,
        any(path[0] == "event" for path in paths),
        tuple(sorted(prepared.tally_positions[name] for name in tallies_read(paths))),
        any(one.then is not None for one in items),
        not (usual or tallies or index.resets or index.turns_gates),  # nothing is reached where nothing is counted
    )
    return found


def _still_asked(
    parts: tuple[tuple[Verdict, Paths], ...], plain: tuple[str, ...], scope: Mapping[str, object]
) -> tuple[tuple[Verdict, Paths], ...] | None:
    """The parts that are not true by the plain attributes alone; None where one is false by them."""
    verdicts = [when(scope) if _is_plain(paths, plain) else None for when, paths in parts]
    if any(verdict is False for verdict in verdicts):
        return None
    return tuple(part for part, verdict in zip(parts, verdicts, strict=True) if verdict is not True)


def _possible(index: EventIndex, scope: Mapping[str, object]) -> Iterator[Possible]:
    for item in index.items:
        asks = _still_asked(item.parts, index.plain, scope)
        if asks is None:
            continue
        then = None
        of_lead = len(list(takewhile(lambda part: is_of_lead(part[1]), asks))) if item.is_always else 0
        if of_lead:
            then = _left_of(item, tuple(when for when, _ in asks[of_lead:]), None)
        yield _left_of(item, tuple(when for when, _ in asks), then)


def _left_of(item: PreparedItem, asks: tuple[Verdict, ...], then: Possible | None) -> Possible:
    settled = not asks and item.is_always and item.fixed is not None
    nominal = item.fixed or 0 if settled and (item.fixed or item.is_penalty) else None
    return Possible(item.index, nominal, item.limit is not None, item, None if settled else asks, then)


def _is_plain(paths: Paths, plain: tuple[str, ...]) -> bool:
    return all(path[0] == "constants" or (path[0] == "event" and len(path) == 2 and path[1] in plain) for path in paths)
