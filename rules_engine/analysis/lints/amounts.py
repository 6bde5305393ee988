"""The least and the most of single things: what a rule is worth once, and what its awards can come to together.

Micropoints; an end that nothing bounds is infinite. Every bound is safe: no history gives more (or less), though maybe
none gives as much.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.checking.tree import conjuncts
from rules_engine.feel.types import BOOLEAN, Enumeration, Type, ends_of
from rules_engine.model.types import (
    Condition,
    Decay,
    EventRule,
    FixedPoints,
    Formula,
    FormulaPoints,
    Group,
    Limit,
    Model,
    Penalty,
    Points,
    StepPoints,
    ValuePoints,
)

Ends: TypeAlias = tuple[float, float]

_MICRO = 1e6
# The shortest that a calendar window can be, in microseconds: a day of 23 hours, the month of February.
_HOUR = 3_600_000_000
_SHORTEST = {"day": 23 * _HOUR, "week": (7 * 24 - 1) * _HOUR, "month": (28 * 24 - 1) * _HOUR}
# Longer sums of windows are not added up; nothing is said then.
_MOST_WINDOWS = 100_000


def of_points(points: Points | None) -> Ends:
    """What one award can be, as it stands in the file or follows from the types of what a formula reads."""
    match points:
        case None:
            return (0, 0)
        case FixedPoints(amount=amount):
            return (amount, amount)
        case FormulaPoints(formula=formula):
            low, high = ends_of(formula.type)
            return (_micro(low), _micro(high))
        case StepPoints(of=of):
            return _ends(_step_amounts(points, *ends_of(of.type)))
        case ValuePoints():
            return _ends(_value_amounts(points))


def _step_amounts(points: StepPoints, low: float, high: float) -> Iterator[int]:
    """The amounts that values from `low` to `high` can look up."""
    ends = (*points.bounds[1:], math.inf)
    for bound, end, amount in zip(points.bounds, ends, points.amounts, strict=True):
        if bound <= high and end > low:
            yield amount
    if low < points.bounds[0]:
        yield points.otherwise or 0
    yield points.missing or 0


def _value_amounts(points: ValuePoints) -> Iterator[int]:
    yield from (amount for _, amount in points.values)
    every = values_of(points.of.type)
    if every is None or every > len(points.values):
        yield points.otherwise or 0
    yield points.missing or 0


def _ends(amounts: Iterable[int]) -> Ends:
    known = tuple(amounts)
    return (min(known), max(known))


def _micro(points: float) -> float:
    return round(points * _MICRO) if math.isfinite(points) else points


def values_of(kind: Type) -> int | None:
    """How many values a type has; None where there is no telling."""
    if isinstance(kind, Enumeration):
        return len(kind.values)
    return 2 if kind == BOOLEAN else None


# --- awards together ------------------------------------------------------------------------------------------------


def most_held(rule: EventRule | Penalty, most: float, model: Model) -> float:
    """The most that the awards of a rule can come to at one time (what a penalty can hold, to give back).

    `most` is the largest single one. Counts how many the limit lets through while the earlier ones last.
    """
    if most <= 0:
        return 0
    times = awards_held(rule, model)
    total = most * times
    if rule.decay is None or not math.isfinite(total):
        return total
    # what remains is rounded once a step, so by half a millionth of a point an award
    return math.ceil(total * (1 + 1e-12)) + math.ceil(times)


def awards_held(rule: EventRule | Penalty, model: Model) -> float:
    """How many whole awards the remains of all awards of a rule can be worth at one time."""
    limit = rule.limit
    if isinstance(rule, EventRule) and fires_once(rule, model):
        return 1
    if limit is None:
        return math.inf
    values = 1.0
    if limit.each is not None and not asks_for_one(rule, limit.each):
        known = values_of(limit.each.type)
        values = math.inf if known is None else known + 1  # one more where there is none
    if limit.within is None and limit.per is None:
        return limit.times * values
    window = shortest_window(limit)
    if window is None:
        return math.inf
    extra = 0 if limit.within is not None else 1  # the calendar window going on, beside the whole ones before it
    return limit.times * values * (extra + _windows(rule.decay, window))


def shortest_window(limit: Limit) -> int | None:
    """The shortest that the window of a limit can be; None for a visit, and without a window."""
    return limit.within if limit.within is not None else _SHORTEST.get(limit.per or "")


def fires_once(rule: EventRule, model: Model) -> bool:
    """A count of all time reaches its number once; in a window it can fall and reach it again."""
    if rule.reaches is None:
        return False
    tally = model.tallies[rule.reaches.tally]
    return tally.measure in ("count", "distinct") and tally.within is None and tally.per is None


def asks_for_one(rule: EventRule | Penalty, key: Formula) -> bool:
    """Whether the rule counts events with one value of `key` only: the row of a sheet, `event.asset = "ebook"`."""
    return any(
        isinstance(part, ast.Comparison)
        and part.op == "="
        and (
            (part.left == key.tree and isinstance(part.right, _LITERALS))
            or (part.right == key.tree and isinstance(part.left, _LITERALS))
        )
        for part in _parts(rule.when)
    )


_LITERALS = (ast.StringLiteral, ast.NumberLiteral, ast.BooleanLiteral)


def _parts(when: Condition | None) -> Iterator[ast.Expression]:
    """The expressions that must all be true."""
    if isinstance(when, Group):
        if when.kind == "all":
            for part in when.parts:
                yield from _parts(part)
    elif when is not None:
        yield from conjuncts(when.tree)


def _windows(decay: Decay | None, window: int) -> float:
    """The sum of what is left of an award at the beginning of each window back in time."""
    if decay is None or decay.keep > 0:
        return math.inf
    if decay.kind == "half_life":
        fresh = math.ceil(decay.delay / window)
        first = _half(fresh * window - decay.delay, decay.period)
        return fresh + first / (1 - _half(window, decay.period))
    life = decay.delay + (decay.period if decay.kind == "linear" else decay.ages[-1])
    if decay.kind == "steps" and decay.weights[-1] > 0:
        return math.inf
    if life / window > _MOST_WINDOWS:
        return math.inf
    return sum(weight(decay, k * window) for k in range(math.ceil(life / window)))


def weight(decay: Decay | None, age: float) -> float:
    """The share of an award that is left at an age in microseconds."""
    if decay is None:
        return 1.0
    since = age - decay.delay
    if since < 0:
        return 1.0
    match decay.kind:
        case "half_life":
            left = _half(since, decay.period)
        case "linear":
            left = max(0.0, 1 - since / decay.period)
        case _:
            left = next(
                (w for a, w in zip(reversed(decay.ages), reversed(decay.weights), strict=True) if since >= a), 1.0
            )
    return max(decay.keep, left)


def _half(age: float, half_life: int) -> float:
    return math.pow(2.0, -max(0.0, age) / half_life)


def fades(decay: Decay | None) -> bool:
    """Whether in the end nothing is left of an award."""
    return decay is not None and decay.keep == 0 and (decay.kind != "steps" or decay.weights[-1] == 0)
