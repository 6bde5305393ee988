"""`in`, and unary tests: what it means for a value to satisfy a test (table 55)."""

from __future__ import annotations

from rules_engine.feel.interpret.compare import equal, in_range
from rules_engine.feel.values import Range


def matches_value(value: object, wanted: object) -> bool | None:
    """`value in wanted`, for a test that is a value: equal to it, in a range, or in a list of values and ranges."""
    if isinstance(wanted, Range) and not isinstance(value, Range):
        return in_range(value, wanted)
    if isinstance(wanted, list):
        if any(_is_item(value, item) for item in wanted):
            return True
        return isinstance(value, list) and equal(value, wanted) is True
    return equal(value, wanted)


def _is_item(value: object, item: object) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        return in_range(value, item) is True
    return equal(value, item) is True


def any_of(outcomes: list[bool | None]) -> bool | None:
    """`or` over outcomes: true if one is, else null if one is, else false."""
    if True in outcomes:
        return True
    return None if None in outcomes else False
