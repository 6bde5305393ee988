"""Bounds of numbers through arithmetic: `lead.nps * 10` of a field from 0 to 10 lies from 0 to 100.

Computed in the doubles that evaluation uses; `+`, `-` and `*` round monotonically, so the ends bound every result.
"""

from __future__ import annotations

import math

from rules_engine.feel import ast
from rules_engine.feel.types import NUMBER, Bounded, Type, ends_of

Ends = tuple[float, float]


def number_between(low: float, high: float) -> Type:
    if math.isnan(low) or math.isnan(high) or (low == -math.inf and high == math.inf):
        return NUMBER
    return Bounded(None if low == -math.inf else low, None if high == math.inf else high)


def point(value: float) -> Type:
    return Bounded(float(value), float(value))


def combine(op: ast.ArithmeticOp, left: Type, right: Type) -> Type:
    """The number type of `left op right`."""
    (a, b), (c, d) = ends_of(left), ends_of(right)
    match op:
        case "+":
            return number_between(a + c, b + d)
        case "-":
            return number_between(a - d, b - c)
        case "*":
            products = [_times(x, y) for x in (a, b) for y in (c, d)]
            return number_between(min(products), max(products))
        case "/" if c > 0 or d < 0:
            shares = [_share(x, y) for x in (a, b) for y in (c, d)]
            return NUMBER if any(math.isnan(s) for s in shares) else number_between(min(shares), max(shares))
        case _:
            return NUMBER


def negate(kind: Type) -> Type:
    low, high = ends_of(kind)
    return number_between(-high, -low)


def can_be_zero(kind: Type) -> bool:
    low, high = ends_of(kind)
    return low <= 0 <= high


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def _share(x: float, y: float) -> float:
    return x / y if math.isfinite(x) or math.isfinite(y) else math.nan
