"""Which arguments always give a result: rules for functions that are null for some values, such as `sqrt(-1)`.

A rule takes the code of the function and what is known of its arguments before evaluation: a constant number is
bounded by itself, a constant text is an enumeration of itself. It says whether every value of these types gives a
result. An overflow does not count, as it does not in arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

from rules_engine.feel.builtins.decimals import LARGEST_SCALE, SMALLEST_SCALE
from rules_engine.feel.types import NULL, Band, Bounded, Enumeration, ListOf, Type, ends_of

Scalar: TypeAlias = Callable[..., object]
TotalRule: TypeAlias = Callable[[Scalar, tuple[Type, ...]], bool]

_LARGEST_EXPONENT = 709  # e to a greater power is no double


def of_constants(*any_text: int) -> TotalRule:
    """Where the arguments are known, the code itself says whether there is a result: `date(2026, 9, 1)`.

    `any_text` are places of texts that do not matter: a pattern that can be read works on every text.
    """

    def rule(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
        known = [("",) if place in any_text else _constants(kind) for place, kind in enumerate(arguments)]
        return all(known) and all(scalar(*values) is not None for values in product(*known))

    return rule


def of_whole_parts(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    """Every combination of the parts that it can be made of is one: `date(event.at.year, 1, 1)`, not `…, 2, 29)`."""
    parts = [_parts(kind) for kind in arguments]
    return all(parts) and all(scalar(*values) is not None for values in product(*parts))


def _parts(kind: Type) -> tuple[object, ...]:
    match kind:
        case Bounded(low=low, high=high, whole=True) if low is not None and high is not None:
            if high - low <= _MOST_PARTS:
                return tuple(float(value) for value in range(int(low), int(high) + 1))
            return (float(low), _COMMON_YEAR, float(high))
        case _:
            return _constants(kind)


_MOST_PARTS = 60  # months, days, hours, minutes; of years the ends count, and one without a 29 February
_COMMON_YEAR = 2026.0


def at_least_zero(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    return ends_of(arguments[0])[0] >= 0


def above_zero(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    return ends_of(arguments[0])[0] > 0


def small_exponent(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    return ends_of(arguments[0])[1] <= _LARGEST_EXPONENT


def divisor_not_zero(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    low, high = ends_of(arguments[1])
    return low > 0 or high < 0


def no_missing_items(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    return not any(isinstance(kind, ListOf) and kind.nullable for kind in arguments)


def known_bands(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    match arguments:
        case (Band(order=order), Enumeration(values=names)):
            return set(names) <= set(order)
        case _:
            return False


def scale_in_range(scalar: Scalar, arguments: tuple[Type, ...]) -> bool:
    return all(ends_of(kind)[0] >= SMALLEST_SCALE and ends_of(kind)[1] <= LARGEST_SCALE for kind in arguments[1:])


def _constants(kind: Type) -> tuple[object, ...]:
    """The values that it can be, where these are few and known."""
    match kind:
        case Bounded(low=low, high=high) if low == high and low is not None:
            return (low,)
        case Enumeration(values=values):
            return values
        case _:
            return (None,) if kind == NULL else ()
