"""What an event can still do, by the values of its attributes: the rules and tallies that are left to ask.

Conditions that read nothing but text and truth attributes of the event (the plain ones of its `EventIndex`) give the
same answer whenever these values come again, so the answers are remembered: a pure function's, whatever the lead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import takewhile
from math import inf
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from rules_engine.feel import ast
from rules_engine.feel.interpret.compile import all_texts
from rules_engine.matching.conditions import Paths, Value, Verdict, conjuncts, is_of_lead, tallies_read
from rules_engine.matching.prepared import EventIndex, Prepared, PreparedItem, PreparedTally
from rules_engine.model.types import Formula
from rules_engine.records import dataclass

_NO_PATHS: Paths = frozenset()
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


class Counting(NamedTuple):
    """A tally that may count an event, with the parts of its condition that must still be asked.

    `thresholds` are those of `reaches` that events of the type can take it across, None where there are none; below
    `nearly` a further event does not reach the first of them.
    """

    number: int
    tally: PreparedTally
    asks: tuple[Verdict, ...]
    of: Value | None
    thresholds: list[float] | None
    nearly: float
    falls: bool
    is_dynamic: bool


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What an event with certain values of its plain attributes can still do.

    `items` are those whose condition is not false for these values, in order; `usual` are these without the rules of
    `reaches`, which most events do not trigger. `reads_event` and `tallies_read` say what all these and the tallies
    look at, `asks_lead` whether some ask the lead first, and `is_idle` that the event changes nothing at all.
    """

    items: tuple[Possible, ...]
    usual: tuple[Possible, ...]
    tallies: tuple[Counting, ...]
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
    if index.dispatch is None:
        index.dispatch = Dispatch.of_type(index)
    dispatch = index.dispatch
    items: list[Possible] = []
    counted: list[Counting] = []
    paths = dispatch.paths
    for asked in dispatch.asked(scope):
        undecided = asked.undecided(scope)
        if undecided is not None:
            possible, read = asked.known.get(undecided) or asked.learn(undecided)
            items.append(possible)
            paths |= read
    for tally in dispatch.tallies:
        undecided = tally.undecided(scope)
        if undecided is not None:
            left = tally.left(undecided)
            counted.append(_counting(index, tally.part, tuple(when for when, _ in left)))
            paths |= tally.paths_beside | (tally.part.when_paths if left else _NO_PATHS)
    usual = [one for one in items if one.item.reaches is None] if index.reaching else items
    found = index.remembered[key] = Candidates(
        tuple(items),
        tuple(usual),
        tuple(counted),
        any(path[0] == "event" for path in paths),
        tuple(sorted(prepared.tally_positions[name] for name in tallies_read(paths))),
        any(one.then is not None for one in items),
        not (usual or counted or index.resets or index.turns_gates),  # nothing is reached where nothing is counted
    )
    return found


def _counting(index: EventIndex, tally: PreparedTally, asks: tuple[Verdict, ...]) -> Counting:
    thresholds = index.thresholds.get(tally.tally.name)
    nearly = thresholds[0] - 1 if thresholds is not None and tally.counts else -inf
    return Counting(tally.index, tally, asks, tally.of, thresholds, nearly, tally.falls, tally.is_dynamic)


Part = TypeVar("Part", bound=PreparedItem | PreparedTally)
Test: TypeAlias = tuple[str, frozenset[str] | None, str | None]  # an attribute, the texts it may be, how it begins
Parts: TypeAlias = tuple[tuple[Verdict, Paths], ...]


class Asked(Generic[Part]):
    """A rule, penalty or tally, with the parts of its condition that the plain attributes alone decide."""

    __slots__ = ("known", "part", "paths_beside", "places", "plain", "prefix", "texts")

    def __init__(self, part: Part, plain: tuple[str, ...]) -> None:
        self.part = part
        self.paths_beside = part.paths_beside
        self.places = [n for n, (_, paths) in enumerate(part.parts) if _is_plain(paths, plain)]
        self.plain = [part.parts[n][0] for n in self.places]
        self.texts: frozenset[str] | None = None  # what the attribute of the dispatch must be one of
        self.prefix: str | None = None  # what it must begin with
        self.known: dict[int, tuple[Possible, Paths]] = {}

    def undecided(self, scope: Mapping[str, object]) -> int | None:
        """Which plain parts, by their bits, are not known to be true; None where one is false."""
        mask, bit = 0, 1
        for ask in self.plain:
            verdict = ask(scope)
            if verdict is False:
                return None
            if verdict is not True:
                mask |= bit
            bit <<= 1
        return mask

    def left(self, undecided: int) -> Parts:
        """The parts that must still be asked."""
        true = {place for n, place in enumerate(self.places) if not undecided >> n & 1}
        return tuple(part for n, part in enumerate(self.part.parts) if n not in true)

    def learn(self: Asked[PreparedItem], undecided: int) -> tuple[Possible, Paths]:
        """What is left of a rule or penalty, and what that reads."""
        item, asks, then = self.part, self.left(undecided), None
        of_lead = len(list(takewhile(lambda part: is_of_lead(part[1]), asks))) if item.is_always else 0
        if of_lead:
            then = _left_of(item, tuple(when for when, _ in asks[of_lead:]), None)
        possible = _left_of(item, tuple(when for when, _ in asks), then)
        found = self.known[undecided] = possible, self.paths_beside | (item.when_paths if asks else _NO_PATHS)
        return found


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The rules, penalties and tallies of an event type, by the text that many rules compare one attribute with.

    `named` has, for each such text, the rules that it may trigger; for other texts these are `others`.
    """

    attribute: str | None
    named: dict[str, list[Asked[PreparedItem]]]
    others: list[Asked[PreparedItem]]
    everything: list[Asked[PreparedItem]]
    tallies: list[Asked[PreparedTally]]
    paths: Paths  # what the gates read

    @classmethod
    def of_type(cls, index: EventIndex) -> Dispatch:
        """For the rules of an event type."""
        everything = [Asked(item, index.plain) for item in index.items]
        tests = [_tests(item, index.plain) for item in index.items]
        names = Counter(name for found in tests for name in {name for name, _, _ in found})
        attribute = names.most_common(1)[0][0] if names else None
        for asked, found in zip(everything, tests, strict=True):
            for name, texts, prefix in found:
                if name == attribute and texts is not None:
                    asked.texts = texts if asked.texts is None else asked.texts & texts
                elif name == attribute:
                    asked.prefix = prefix
        named = {text for asked in everything for text in asked.texts or ()}
        return cls(
            attribute,
            {text: [one for one in everything if one.texts is None or text in one.texts] for text in named},
            [one for one in everything if one.texts is None],
            everything,
            [Asked(tally, index.plain) for tally in index.tallies],
            index.paths_of_gates(),
        )

    def asked(self, scope: Mapping[str, object]) -> list[Asked[PreparedItem]]:
        """The rules and penalties that the event in the scope may trigger, in order."""
        if self.attribute is None:
            return self.everything
        event = scope["event"]
        value = event.get(self.attribute) if isinstance(event, Mapping) else None
        if type(value) is not str:
            return self.everything
        found = self.named.get(value, self.others)
        return [one for one in found if one.prefix is None or value.startswith(one.prefix)]


def _tests(item: PreparedItem, plain: tuple[str, ...]) -> list[Test]:
    """The parts of a condition that want a plain attribute to be one of some texts, or to begin with one."""
    found: list[Test] = []
    test: Test
    for part in conjuncts(item.item.when) if item.item.when is not None else ():
        match part.tree if isinstance(part, Formula) else None:
            case ast.Comparison(op="=", left=ast.Path() as path, right=ast.StringLiteral(value=one)):
                test = _of_event(path), frozenset((one,)), None
            case ast.In(value=ast.Path() as path, tests=wanted):
                test = _of_event(path), all_texts(wanted), None
            case ast.Call(
                function="starts with",
                arguments=(
                    ast.Argument(name=None, value=ast.Path() as path),
                    ast.Argument(value=ast.StringLiteral(value=one)),
                ),
            ):
                test = _of_event(path), None, one
            case _:
                continue
        if test[0] in plain and test[1:] != (None, None):
            found.append(test)
    return found


def _of_event(path: ast.Path) -> str:
    """The name of an attribute of the event; "" for anything else."""
    return path.name if isinstance(path.source, ast.Name) and path.source.name == "event" else ""


def _left_of(item: PreparedItem, asks: tuple[Verdict, ...], then: Possible | None) -> Possible:
    settled = not asks and item.is_always and item.fixed is not None
    nominal = item.fixed or 0 if settled and (item.fixed or item.is_penalty) else None
    return Possible(item.index, nominal, item.limit is not None, item, None if settled else asks, then)


def _is_plain(paths: Paths, plain: tuple[str, ...]) -> bool:
    return all(path[0] == "constants" or (path[0] == "event" and len(path) == 2 and path[1] in plain) for path in paths)
