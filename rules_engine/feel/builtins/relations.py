"""Range functions (10.3.4.8): how points and ranges lie to each other, after Allen's algebra.

An end that is open to all values lies before, or after, everything. Null where two ends have no order.
"""

from __future__ import annotations

from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.interpret.compare import equal, order
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.values import Range
from rules_engine.records import dataclass

GROUP = "Ranges"


class _NoOrderError(ValueError):
    """Two ends of kinds that do not compare."""

    def __init__(self) -> None:
        super().__init__("the ends are of kinds that do not compare")


@dataclass(frozen=True, slots=True)
class _End:
    """An end of a range; `side` is -1 or 1 for one that is open to all values on that side, else 0."""

    value: object
    included: bool
    side: int = 0


def _compare(one: _End, other: _End) -> int:
    if one.side or other.side:
        return (one.side > other.side) - (one.side < other.side)
    found = order(one.value, other.value)
    if found is None:
        raise _NoOrderError
    return found


def _ends(bounds: Range) -> tuple[_End, _End]:
    low = _End(bounds.low, bounds.low_closed, 0 if bounds.low is not None else -1)
    return low, _End(bounds.high, bounds.high_closed, 0 if bounds.high is not None else 1)


def _point(value: object) -> Range:
    """A point as the range of only itself: most relations are then those of ranges."""
    if isinstance(value, Range):
        raise _NoOrderError
    return Range(value, value, True, True)


def _is_before(one: Range, other: Range) -> bool:
    end, start = _ends(one)[1], _ends(other)[0]
    found = _compare(end, start)
    return found < 0 or (found == 0 and not (end.included and start.included))


@standard.function(
    "before(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether all of the first lies before all of the second.",
    examples={
        "before(1, 10)": "true",
        "before(1, [5..10])": "true",
        "before([1..5], 10)": "true",
        "before([1..5), [5..10])": "true",
        "before([1..5], [5..10])": "false",
    },
)
def before(one: Range, other: Range) -> object:
    return _is_before(one, other)


@standard.function("before(point: Any, range: range) -> boolean")
def before_point_range(point: object, other: Range) -> object:
    return _is_before(_point(point), other)


@standard.function("before(range: range, point: Any) -> boolean")
def before_range_point(one: Range, point: object) -> object:
    return _is_before(one, _point(point))


@standard.function("before(point1: Any, point2: Any) -> boolean")
def before_points(one: object, other: object) -> object:
    return _is_before(_point(one), _point(other))


@standard.function(
    "after(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether all of the first lies after all of the second.",
    examples={"after(10, 5)": "true", "after(12, [1..10])": "true", "after([11..20], [1..11))": "true"},
)
def after(one: Range, other: Range) -> object:
    return _is_before(other, one)


@standard.function("after(point: Any, range: range) -> boolean")
def after_point_range(point: object, other: Range) -> object:
    return _is_before(other, _point(point))


@standard.function("after(range: range, point: Any) -> boolean")
def after_range_point(one: Range, point: object) -> object:
    return _is_before(_point(point), one)


@standard.function("after(point1: Any, point2: Any) -> boolean")
def after_points(one: object, other: object) -> object:
    return _is_before(_point(other), _point(one))


def _meets(one: Range, other: Range) -> bool:
    end, start = _ends(one)[1], _ends(other)[0]
    return _compare(end, start) == 0 and end.included and start.included


@standard.function(
    "meets(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the first ends with the very value the second starts with.",
    examples={"meets([1..5], [5..10])": "true", "meets([1..5), [5..10])": "false"},
)
def meets(one: Range, other: Range) -> object:
    return _meets(one, other)


@standard.function(
    "met by(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the first starts with the very value the second ends with.",
    examples={"met by([5..10], [1..5])": "true"},
)
def met_by(one: Range, other: Range) -> object:
    return _meets(other, one)


def _touches(end: _End, start: _End) -> bool:
    """Whether what ends with `end` reaches what starts with `start`."""
    found = _compare(end, start)
    return found > 0 or (found == 0 and end.included and start.included)


def _starts_first(one: _End, other: _End) -> bool:
    found = _compare(one, other)
    return found < 0 or (found == 0 and one.included and not other.included)


def _ends_not_later(one: _End, other: _End) -> bool:
    found = _compare(one, other)
    return found < 0 or (found == 0 and (not one.included or other.included))


def _starts_not_later(one: _End, other: _End) -> bool:
    found = _compare(one, other)
    return found < 0 or (found == 0 and (one.included or not other.included))


@standard.function(
    "overlaps(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the two share a value.",
    examples={"overlaps([1..5], [3..8])": "true", "overlaps([1..5), [5..8])": "false"},
)
def overlaps(one: Range, other: Range) -> object:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return _touches(end_1, start_2) and _touches(end_2, start_1)


def _overlaps_before(one: Range, other: Range) -> bool:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return _starts_first(start_1, start_2) and _touches(end_1, start_2) and _ends_not_later(end_1, end_2)


@standard.function(
    "overlaps before(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the first starts before the second, reaches into it and does not end after it.",
    examples={"overlaps before([1..5], [3..8])": "true", "overlaps before([1..5], [1..8])": "false"},
)
def overlaps_before(one: Range, other: Range) -> object:
    return _overlaps_before(one, other)


@standard.function(
    "overlaps after(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the second starts before the first, reaches into it and does not end after it.",
    examples={"overlaps after([3..8], [1..5])": "true"},
)
def overlaps_after(one: Range, other: Range) -> object:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return _starts_first(start_2, start_1) and _touches(end_2, start_1) and _ends_not_later(end_2, end_1)


def _finishes(one: Range, other: Range) -> bool:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return _compare(end_1, end_2) == 0 and end_1.included is end_2.included and _starts_not_later(start_2, start_1)


@standard.function(
    "finishes(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the first is the last part of the second.",
    examples={
        "finishes(10, [1..10])": "true",
        "finishes([5..10], [1..10])": "true",
        "finishes([5..10), [1..10])": "false",
    },
)
def finishes(one: Range, other: Range) -> object:
    return _finishes(one, other)


@standard.function("finishes(point: Any, range: range) -> boolean")
def finishes_point(point: object, other: Range) -> object:
    return _finishes(_point(point), other)


@standard.function(
    "finished by(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the second is the last part of the first.",
    examples={"finished by([1..10], 10)": "true", "finished by([1..10], [5..10])": "true"},
)
def finished_by(one: Range, other: Range) -> object:
    return _finishes(other, one)


@standard.function("finished by(range: range, point: Any) -> boolean")
def finished_by_point(one: Range, point: object) -> object:
    return _finishes(_point(point), one)


def _includes(one: Range, other: Range) -> bool:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return _starts_not_later(start_1, start_2) and _ends_not_later(end_2, end_1)


@standard.function(
    "includes(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether all of the second lies in the first.",
    examples={"includes([1..10], 5)": "true", "includes([1..10), 10)": "false", "includes([1..10], [4..6])": "true"},
)
def includes(one: Range, other: Range) -> object:
    return _includes(one, other)


@standard.function("includes(range: range, point: Any) -> boolean")
def includes_point(one: Range, point: object) -> object:
    return _includes(one, _point(point))


@standard.function(
    "during(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether all of the first lies in the second.",
    examples={"during(5, [1..10])": "true", "during([4..6], [1..10])": "true"},
)
def during(one: Range, other: Range) -> object:
    return _includes(other, one)


@standard.function("during(point: Any, range: range) -> boolean")
def during_point(point: object, other: Range) -> object:
    return _includes(other, _point(point))


def _starts(one: Range, other: Range) -> bool:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return _compare(start_1, start_2) == 0 and start_1.included is start_2.included and _ends_not_later(end_1, end_2)


@standard.function(
    "starts(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the first is the first part of the second.",
    examples={"starts(1, [1..10])": "true", "starts([1..5], [1..10])": "true", "starts((1..5], [1..10])": "false"},
)
def starts(one: Range, other: Range) -> object:
    return _starts(one, other)


@standard.function("starts(point: Any, range: range) -> boolean")
def starts_point(point: object, other: Range) -> object:
    return _starts(_point(point), other)


@standard.function(
    "started by(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the second is the first part of the first.",
    examples={"started by([1..10], 1)": "true", "started by([1..10], [1..5])": "true"},
)
def started_by(one: Range, other: Range) -> object:
    return _starts(other, one)


@standard.function("started by(range: range, point: Any) -> boolean")
def started_by_point(one: Range, point: object) -> object:
    return _starts(_point(point), one)


@standard.function(
    "coincides(range1: range, range2: range) -> boolean",
    group=GROUP,
    doc="Whether the two are equal.",
    examples={"coincides(5, 5)": "true", "coincides([1..5], [1..5])": "true", "coincides([1..5), [1..5])": "false"},
)
def coincides(one: Range, other: Range) -> object:
    (start_1, end_1), (start_2, end_2) = _ends(one), _ends(other)
    return (
        _compare(start_1, start_2) == 0
        and _compare(end_1, end_2) == 0
        and start_1.included is start_2.included
        and end_1.included is end_2.included
    )


@standard.function("coincides(point1: Any, point2: Any) -> boolean")
def coincides_points(one: object, other: object) -> object:
    if isinstance(one, Range) or isinstance(other, Range):
        return undefined("a point and a range never coincide")
    return equal(one, other)
