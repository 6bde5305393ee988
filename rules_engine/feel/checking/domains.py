"""Sets of values that a part of an expression can have: ranges of numbers, sets of texts, and null beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from rules_engine.feel.checking.bounds import Ends
from rules_engine.records import dataclass

Cut: TypeAlias = tuple[float, int]  # (3.0, 0) is just before 3, (3.0, 1) just after it
Interval: TypeAlias = tuple[Cut, Cut]

LOWEST: Cut = (-math.inf, 0)
HIGHEST: Cut = (math.inf, 1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers in intervals that do not touch, rising. Dates and durations count as numbers of their own kind."""

    intervals: tuple[Interval, ...]

    def both(self, other: Numbers) -> Numbers:
        found = [(max(a, c), min(b, d)) for a, b in self.intervals for c, d in other.intervals if max(a, c) < min(b, d)]
        return Numbers(tuple(sorted(found)))

    def either(self, other: Numbers) -> Numbers:
        merged: list[Interval] = []
        for low, high in sorted(self.intervals + other.intervals):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return Numbers(tuple(merged))

    def others(self) -> Numbers:
        edges = [LOWEST, *(cut for interval in self.intervals for cut in interval), HIGHEST]
        gaps = zip(edges[::2], edges[1::2], strict=True)
        return Numbers(tuple((low, high) for low, high in gaps if low < high))

    @property
    def is_empty(self) -> bool:
        return not self.intervals


@dataclass(frozen=True, slots=True)
class Values:
    """Texts, or true and false: those in `items`; with `inverted`, all but those."""

    items: frozenset[object]
    inverted: bool = False

    def both(self, other: Values) -> Values:
        match self.inverted, other.inverted:
            case False, False:
                return Values(self.items & other.items)
            case False, True:
                return Values(self.items - other.items)
            case True, False:
                return Values(other.items - self.items)
            case _:
                return Values(self.items | other.items, inverted=True)

    def either(self, other: Values) -> Values:
        return self.others().both(other.others()).others()

    def others(self) -> Values:
        return Values(self.items, not self.inverted)

    @property
    def is_empty(self) -> bool:
        return not self.items and not self.inverted


Known: TypeAlias = Numbers | Values


@dataclass(frozen=True, slots=True)
class Domain:
    """What a value can be: `known` when it is not null, and whether it can be null."""

    known: Known
    null: bool

    def both(self, other: Domain) -> Domain:
        return Domain(_both(self.known, other.known), self.null and other.null)

    def either(self, other: Domain) -> Domain:
        match self.known, other.known:
            case (Numbers() as a, Numbers() as b) | (Values() as a, Values() as b):
                return Domain(a.either(b), self.null or other.null)  # type: ignore[arg-type]  # the two are of one kind
            case _:
                return Domain(EVERYTHING, self.null or other.null)

    @property
    def is_empty(self) -> bool:
        return self.known.is_empty and not self.null


def _both(one: Known, other: Known) -> Known:
    match one, other:
        case Numbers(), Numbers():
            return one.both(other)
        case Values(), Values():
            return one.both(other)
        case Values(items=items, inverted=True), Numbers() if not items:
            return other
        case _:
            return one  # of two kinds: the checker has said so, or nothing is known


EVERYTHING = Values(frozenset(), inverted=True)
NULL_ONLY = Domain(Values(frozenset()), null=True)
NOT_NULL = Domain(EVERYTHING, null=False)


def any_of(domains: Sequence[Domain]) -> Domain:
    """What is in one of them at least. In one go: a list can have thousands of values."""
    null = any(domain.null for domain in domains)
    known = [domain.known for domain in domains if not domain.known.is_empty]
    numbers = [one for one in known if isinstance(one, Numbers)]
    values = [one for one in known if isinstance(one, Values)]
    if numbers and values:
        return Domain(EVERYTHING, null)
    if numbers:
        return Domain(numbers[0].either(Numbers(tuple(i for one in numbers[1:] for i in one.intervals))), null)
    inside = frozenset().union(*(one.items for one in values if not one.inverted))
    outside = [one.items for one in values if one.inverted]
    if outside:
        return Domain(Values(frozenset.intersection(*outside) - inside, inverted=True), null)
    return Domain(Values(inside), null)


def all_of(domains: Sequence[Domain]) -> Domain:
    """What is in all of them."""
    found = any_of([Domain(domain.known.others(), not domain.null) for domain in domains])
    return Domain(found.known.others(), not found.null)


def between(ends: Ends) -> Numbers:
    """Both ends included."""
    return Numbers((((ends[0], 0), (ends[1], 1)),))


def compared(op: str, ends: Ends) -> Numbers:
    """What a number can be that is `op` some number between the ends: for `>` and 3 to 5, all above 3."""
    low, high = ends
    match op:
        case "<":
            return Numbers(((LOWEST, (high, 0)),)) if high > -math.inf else Numbers(())
        case "<=":
            return Numbers(((LOWEST, (high, 1)),))
        case ">":
            return Numbers((((low, 1), HIGHEST),)) if low < math.inf else Numbers(())
        case ">=":
            return Numbers((((low, 0), HIGHEST),))
        case _:
            return between(ends)
