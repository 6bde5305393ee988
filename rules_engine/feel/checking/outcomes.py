"""What an expression can come to when one value is missing: sets of outcomes, and the operators on such sets.

An outcome is TRUE, FALSE, NULL or VALUE (any other value), and it is *marked* when it comes about through the missing
value: had the value been there, the outcome could be another. A mark on an outcome that is not null carries its
origins, the parts of the expression that made something of nothing (`lead.country != "US"`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import Enum
from typing import TypeAlias

from rules_engine.records import dataclass


class Kind(Enum):
    TRUE = "true"
    FALSE = "false"
    NULL = "null"
    VALUE = "value"


Origins: TypeAlias = frozenset[int]  # ids of nodes
Flag: TypeAlias = tuple[Kind, bool]  # the outcome, and whether it is marked
NONE: Origins = frozenset()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A set of outcomes, each with its origins; `inner` are those of a list's items or a context's entries."""

    flags: Mapping[Flag, Origins] = field(default_factory=dict)
    inner: Outcomes | None = None

    @property
    def marked(self) -> bool:
        """Can any outcome, also of an item, come about through the missing value?"""
        return any(marked for _, marked in self.flags) or (self.inner is not None and self.inner.marked)

    @property
    def origins(self) -> Origins:
        own = frozenset(origin for origins in self.flags.values() for origin in origins)
        return own if self.inner is None else own | self.inner.origins

    @property
    def can_be_missing(self) -> bool:
        """Is one of the outcomes the missing value itself, also as an item?"""
        return (Kind.NULL, True) in self.flags or (self.inner is not None and self.inner.can_be_missing)

    def origins_of(self, *kinds: Kind) -> Origins | None:
        """The origins of the marked outcomes of these kinds; None where there are no such outcomes."""
        found = [origins for (kind, marked), origins in self.flags.items() if marked and kind in kinds]
        return frozenset().union(*found) if found else None

    def mark(self, origins: Origins) -> Outcomes:
        """All outcomes marked, by these origins beside their own."""
        flags = build(((kind, True), own | origins) for (kind, _), own in self.flags.items())
        return Outcomes(flags, None if self.inner is None else self.inner.mark(origins))

    def __or__(self, other: Outcomes) -> Outcomes:
        """Either this or that."""
        inners = [inner for inner in (self.inner, other.inner) if inner is not None]
        inner = inners[0] | inners[1] if len(inners) == 2 else next(iter(inners), None)
        return Outcomes(build([*self.flags.items(), *other.flags.items()]), inner)


def build(flags: Iterable[tuple[Flag, Origins]]) -> dict[Flag, Origins]:
    made: dict[Flag, Origins] = {}
    for flag, origins in flags:
        made[flag] = made.get(flag, NONE) | origins
    return made


def of(*kinds: Kind, inner: Outcomes | None = None) -> Outcomes:
    """Unmarked outcomes."""
    return Outcomes({(kind, False): NONE for kind in kinds}, inner)


MISSING = Outcomes({(Kind.NULL, True): NONE})
TRUE, FALSE, NULL, VALUE = (of(kind) for kind in Kind)
BOOLEAN = of(Kind.TRUE, Kind.FALSE)
TRUTH = of(Kind.TRUE, Kind.FALSE, Kind.NULL)
ANYTHING = of(*Kind, inner=of(*Kind))
NOBODY = Outcomes()


def known(found: Outcomes) -> Outcomes:
    """What is left where it is not null."""
    return Outcomes({flag: origins for flag, origins in found.flags.items() if flag[0] is not Kind.NULL}, found.inner)


Pair: TypeAlias = Callable[[Kind, Kind], tuple[Kind, ...]]


def conjunction(left: Outcomes, right: Outcomes) -> Outcomes:
    """`left and right`: a false side decides, whatever the other."""
    return _kleene(left, right, Kind.FALSE)


def disjunction(left: Outcomes, right: Outcomes) -> Outcomes:
    """`left or right`: a true side decides, whatever the other."""
    return _kleene(left, right, Kind.TRUE)


def _kleene(left: Outcomes, right: Outcomes, decider: Kind) -> Outcomes:
    flags: list[tuple[Flag, Origins]] = []
    for a, marked_a, from_a in _truths(left):
        for b, marked_b, from_b in _truths(right):
            sides = [(a, marked_a, from_a), (b, marked_b, from_b)]
            deciding = [side for side in sides if side[0] is decider]
            if any(not marked for _, marked, _ in deciding):
                flags.append(((decider, False), NONE))
                continue
            if deciding:
                kind, sides = decider, deciding
            else:
                kind = Kind.NULL if Kind.NULL in (a, b) else a
            origins = frozenset().union(*(origins for _, marked, origins in sides if marked))
            flags.append(((kind, any(marked for _, marked, _ in sides)), origins))
    return Outcomes(build(flags))


def negation(operand: Outcomes) -> Outcomes:
    opposite = {Kind.TRUE: Kind.FALSE, Kind.FALSE: Kind.TRUE, Kind.NULL: Kind.NULL}
    return Outcomes(build(((opposite[kind], marked), origins) for kind, marked, origins in _truths(operand)))


def _truths(outcomes: Outcomes) -> list[tuple[Kind, bool, Origins]]:
    """As a condition sees them: what is not true or false is null."""
    return [
        (Kind.NULL if kind is Kind.VALUE else kind, marked, origins)
        for (kind, marked), origins in outcomes.flags.items()
    ]


def paired(left: Outcomes, right: Outcomes, pair: Pair, here: int, inside: bool = True) -> Outcomes:
    """All pairs of outcomes through `pair`; `here` is the origin where something is made of the missing value.

    The items of two lists count only where both are there (`inside`): `lead.tags = null` looks at no items.
    """
    flags: list[tuple[Flag, Origins]] = []
    for (a, marked_a), from_a in left.flags.items():
        for (b, marked_b), from_b in right.flags.items():
            marked, origins = marked_a or marked_b, from_a | from_b
            missing = (a is Kind.NULL and marked_a) or (b is Kind.NULL and marked_b)
            if inside and Kind.NULL not in (a, b):
                for side in (left, right):
                    if side.inner is not None and side.inner.marked:
                        marked, origins = True, origins | side.inner.origins
                        missing = missing or side.inner.can_be_missing
            for kind in pair(a, b):
                # a null that is there whatever becomes of the missing value: null < lead.nps
                settled = kind is Kind.NULL and ((a is Kind.NULL and not marked_a) or (b is Kind.NULL and not marked_b))
                if settled or not marked:
                    flags.append(((kind, False), NONE))
                else:
                    flags.append(((kind, True), origins | {here} if missing and kind is not Kind.NULL else origins))
    return Outcomes(build(flags))


def through(source: Outcomes, made: Outcomes) -> Outcomes:
    """Null where `source` is null, else `made`; marked where `source` is."""
    found = NOBODY
    for (kind, marked), origins in source.flags.items():
        if kind is Kind.NULL:
            found |= Outcomes({(Kind.NULL, marked): origins})
        else:
            found |= made.mark(origins) if marked else made
    return found


def equal(a: Kind, b: Kind) -> tuple[Kind, ...]:
    """`=`: null is equal to null only, and values of unlike kinds give null."""
    if Kind.NULL in (a, b):
        return (Kind.TRUE,) if a is b else (Kind.FALSE,)
    if Kind.VALUE in (a, b):
        return (Kind.TRUE, Kind.FALSE, Kind.NULL) if a is b else (Kind.FALSE, Kind.NULL)
    return (Kind.TRUE,) if a is b else (Kind.FALSE,)


def same(a: Kind, b: Kind) -> tuple[Kind, ...]:
    """`is(a, b)`: true or false, of whatever."""
    if a is not b:
        return (Kind.FALSE,)
    return (Kind.TRUE, Kind.FALSE) if a is Kind.VALUE else (Kind.TRUE,)


def ordered(a: Kind, b: Kind) -> tuple[Kind, ...]:
    """`<` and its like: null with null."""
    return (Kind.NULL,) if Kind.NULL in (a, b) else (Kind.TRUE, Kind.FALSE, Kind.NULL)


def whole(a: Kind, b: Kind) -> tuple[Kind, ...]:
    """What always has a result: null with null only."""
    return (Kind.NULL,) if Kind.NULL in (a, b) else (Kind.VALUE,)


def strict(a: Kind, b: Kind) -> tuple[Kind, ...]:
    """Arithmetic: null with null, and null where there is no result."""
    return (Kind.NULL,) if Kind.NULL in (a, b) else (Kind.VALUE, Kind.NULL)
