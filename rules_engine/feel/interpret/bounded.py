"""Values that are known by their bounds only, and what operators and comparisons give for them.

Ends of bounds go through the very functions that evaluation uses. These round monotonically, so that what lies between
two ends gives what lies between their outcomes; where that is not sure (`**`), outcomes are moved apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rules_engine.feel.interpret.arithmetic import negate
from rules_engine.feel.interpret.compare import less, order
from rules_engine.feel.interpret.comparisons import COMPARE
from rules_engine.feel.interpret.compile import ARITHMETIC
from rules_engine.feel.values import Range, Time
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """All values from `low` to `high`, which are of one kind, have an order and are not equal."""

    low: object
    high: object


class Anything:
    """Any value."""

    __slots__ = ()


ANYTHING: Final = Anything()
SLACK = 1e-14  # of a power: a library may be wrong in its last digits


def is_known(value: object) -> bool:
    """Whether this is one value."""
    return type(value) is not Bounds and value is not ANYTHING


def low_of(value: object) -> object:
    """The lowest that it can be."""
    return value.low if isinstance(value, Bounds) else value


def high_of(value: object) -> object:
    """The highest that it can be."""
    return value.high if isinstance(value, Bounds) else value


def around(*values: object) -> object:
    """The bounds of all these, two at least; `ANYTHING` where they have no order."""
    low = high = values[0]
    for value in values[1:]:
        above, below = order(value, high), order(value, low)
        if above is None or below is None:
            return ANYTHING
        low, high = value if below < 0 else low, value if above > 0 else high
    return low if order(low, high) == 0 else Bounds(low, high)


def all_of(outcomes: Iterable[object]) -> object:
    """`and` of conditions. What comes after one that is false is not asked for."""
    result: object = True
    for outcome in outcomes:
        if outcome is False:
            return False
        if outcome is ANYTHING or result is ANYTHING:
            result = ANYTHING
        elif outcome is not True:
            result = None
    return result


def any_of(outcomes: Iterable[object]) -> object:
    """`or` of conditions."""
    return opposite(all_of(opposite(outcome) for outcome in outcomes))


def opposite(outcome: object) -> object:
    """`not` of a condition."""
    if outcome is ANYTHING:
        return ANYTHING
    return not outcome if isinstance(outcome, bool) else None


def either(one: object, other: object) -> object:
    """What is one of two."""
    plain = type(one) in (float, str, bool, type(None))
    if plain and type(one) is type(other) and one == other:
        return one
    if one is ANYTHING or other is ANYTHING:
        return ANYTHING
    return around(low_of(one), high_of(one), low_of(other), high_of(other))


def compared(op: str, left: object, right: object) -> object:
    """A comparison."""
    operate = COMPARE[op]
    if is_known(left) and is_known(right):
        return operate(left, right)
    if left is ANYTHING or right is ANYTHING:
        return ANYTHING
    if op not in ("=", "!="):
        one, other = operate(low_of(left), high_of(right)), operate(high_of(left), low_of(right))
        return one if one is other else ANYTHING
    if left is None or right is None or less(high_of(left), low_of(right)) or less(high_of(right), low_of(left)):
        return op == "!="
    return ANYTHING


def calculated(op: str, left: object, right: object) -> object:
    """An arithmetic operation."""
    operate = ARITHMETIC[op]
    if is_known(left) and is_known(right):
        return operate(left, right)
    if left is ANYTHING or right is ANYTHING:
        return ANYTHING
    low, high, first, last = low_of(left), high_of(left), low_of(right), high_of(right)
    if any(isinstance(end, str | Time) for end in (low, first)):  # joined texts have another order, a day goes around
        return ANYTHING
    if op == "+":
        return around(operate(low, first), operate(high, last))
    if op == "-":
        return around(operate(low, last), operate(high, first))
    if op == "/" and isinstance(first, float) and isinstance(last, float) and first <= 0.0 <= last:
        return ANYTHING
    if op == "**" and not (isinstance(low, float) and low > 0.0):
        return ANYTHING
    found = around(*[operate(one, other) for one in (low, high) for other in (first, last)])
    return _apart(found) if op == "**" else found


def _apart(value: object) -> object:
    low, high = low_of(value), high_of(value)
    if not isinstance(low, float) or not isinstance(high, float):
        return ANYTHING
    return Bounds(low - low * SLACK, high + high * SLACK)  # powers of what is above zero


def negated(value: object) -> object:
    """`-x`"""
    if value is ANYTHING:
        return ANYTHING
    return around(negate(high_of(value)), negate(low_of(value))) if isinstance(value, Bounds) else negate(value)


def size_of(value: object) -> object:
    """`abs` of a number with bounds."""
    low, high = low_of(value), high_of(value)
    if not isinstance(low, float) or not isinstance(high, float):
        return ANYTHING
    return around(abs(low), abs(high), 0.0 if low < 0.0 < high else abs(low))


def is_in(value: object, wanted: object) -> object:
    """`value in wanted`, where `value` is no list and no range."""
    if wanted is ANYTHING:
        return ANYTHING
    if isinstance(wanted, Range):
        return is_within(value, wanted.low, wanted.high, wanted.low_closed, wanted.high_closed)
    if isinstance(wanted, list):
        outcomes = [is_in(value, item) if isinstance(item, Range) else compared("=", value, item) for item in wanted]
        return True if True in outcomes else ANYTHING if ANYTHING in outcomes else False
    return compared("=", value, wanted)


def is_within(value: object, low: object, high: object, low_closed: bool, high_closed: bool) -> object:
    """`value in [low..high]`; an end of None is open."""
    above = True if low is None else compared(">=" if low_closed else ">", value, low)
    below = True if high is None else compared("<=" if high_closed else "<", value, high)
    return all_of((above, below))
