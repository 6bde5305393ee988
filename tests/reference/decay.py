"""What remains of awards by their age, from the effective amounts and the law alone, with 50 digits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache

from rules_engine.model.types import Decay


def half_even(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))


@lru_cache(maxsize=100_000)
def continuous_weight(law: Decay, age: int) -> Decimal:
    """The share that a half-life or linear law leaves at an age, to 50 digits."""
    passed = max(0, age - law.delay)
    with localcontext() as context:
        context.prec = 50
        if law.kind == "half_life":
            share = Decimal(2) ** (Decimal(-passed) / Decimal(law.period))
        else:
            share = max(Decimal(0), 1 - Decimal(passed) / Decimal(law.period))
        return max(Decimal(law.keep), share)


def stepped_weight(law: Decay, age: int) -> float:
    """The weight of the last step whose age has been reached; 1 before the first."""
    weight = 1.0
    for step_age, step_weight in zip(law.ages, law.weights, strict=True):
        if age >= law.delay + step_age:
            weight = step_weight
    return weight


def stepped_remainder(effective: int, law: Decay, age: int) -> int:
    """Rounded for each award by itself: each part is the difference of rounded remainders."""
    return round(effective * stepped_weight(law, age))


def remaining(law: Decay | None, awards: Iterable[tuple[int, int]], at: int) -> int:
    """What remains at an instant of a rule's positive awards, each (instant, effective micropoints)."""
    if law is None:
        return sum(effective for _, effective in awards)
    if law.kind == "steps":
        return sum(stepped_remainder(effective, law, at - given) for given, effective in awards)
    with localcontext() as context:
        context.prec = 50
        return half_even(
            sum((effective * continuous_weight(law, at - given) for given, effective in awards), Decimal(0))
        )
