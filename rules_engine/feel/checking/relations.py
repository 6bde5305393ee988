"""How types stand to each other: does one fit where another is wanted, can two be equal, what joins them.

ANY fits everything and POISON is never a reason for a second message.
"""

from __future__ import annotations

from rules_engine.feel.types import (
    ANY,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NULL,
    NUMBER,
    POISON,
    STRING,
    TIME,
    YEARS_MONTHS_DURATION,
    Band,
    Bounded,
    ContextOf,
    Entry,
    Enumeration,
    ListOf,
    Moment,
    RangeOf,
    Type,
    Typed,
    plain,
)

ORDERED = (NUMBER, STRING, DATE, TIME, DATE_AND_TIME, DAYS_TIME_DURATION, YEARS_MONTHS_DURATION)
DURATIONS = (DAYS_TIME_DURATION, YEARS_MONTHS_DURATION)


def is_open(kind: Type) -> bool:
    """Nothing is known about the value (or something was already said), so nothing more is said."""
    return kind in (ANY, POISON, NULL)


def has_order(kind: Type) -> bool:
    """Can one of its values be less than another? True where nothing is known about it."""
    return is_open(kind) or plain(kind) in ORDERED


def fits(actual: Type, wanted: Type) -> bool:
    """Can a value of `actual` stand where `wanted` is asked for? `lead.country` fits a string."""
    if is_open(actual) or is_open(wanted):
        return True
    match actual, wanted:
        case ListOf(item=a), ListOf(item=w):
            return fits(a, w)
        case RangeOf(item=a), RangeOf(item=w):
            return fits(a, w)
        case ContextOf(), ContextOf(entries=entries):
            return all((own := actual.get(entry.name)) is not None and fits(own.type, entry.type) for entry in entries)
        case Moment(zoned=a), Moment(zoned=w) if a != w:
            return False
        case _:
            return plain(actual) == plain(wanted)


def alike(left: Type, right: Type) -> bool:
    """Can values of the two ever be equal, as far as their kinds go? `[1]` and `[]` can, `1` and `"1"` cannot."""
    if is_open(left) or is_open(right):
        return True
    match left, right:
        case ListOf(item=a), ListOf(item=b):
            return alike(a, b)
        case RangeOf(item=a), RangeOf(item=b):
            return alike(a, b)
        case ContextOf(), ContextOf():
            return True
        case _:
            return plain(left) == plain(right)


def zones_differ(left: Type, right: Type) -> bool:
    """One carries a time zone and the other is known to carry none."""
    return isinstance(left, Moment) and isinstance(right, Moment) and left.zoned != right.zoned


def allowed_texts(kind: Type) -> tuple[str, ...] | None:
    """The texts that a value of this type can be, where they are known: `one_of` of a field, the bands of a score."""
    match kind:
        case Enumeration(values=values):
            return values
        case Band(order=order):
            return order
        case _:
            return None


def join(left: Type, right: Type) -> Type:
    """The narrowest type that holds both: of the branches of an `if`, of the items of a list."""
    if left == right:
        return left
    if POISON in (left, right):
        return POISON
    if NULL in (left, right):
        return right if left == NULL else left
    match left, right:
        case Enumeration(values=a), Enumeration(values=b):
            return Enumeration(a + tuple(value for value in b if value not in a))
        case Bounded(), Bounded():
            low = None if left.low is None or right.low is None else min(left.low, right.low)
            high = None if left.high is None or right.high is None else max(left.high, right.high)
            return NUMBER if low is None and high is None else Bounded(low, high, left.whole and right.whole)
        case ListOf(item=a), ListOf(item=b):
            return ListOf(join(a, b), left.nullable or right.nullable)
        case RangeOf(item=a), RangeOf(item=b):
            return RangeOf(join(a, b))
        case ContextOf(), ContextOf():
            return _join_contexts(left, right)
        case _:
            return plain(left) if plain(left) == plain(right) else ANY


def _join_contexts(left: ContextOf, right: ContextOf) -> Type:
    names = [entry.name for entry in left.entries]
    if names != [entry.name for entry in right.entries]:
        return ANY
    entries = tuple(
        Entry(a.name, join(a.type, b.type), a.nullable or b.nullable)
        for a, b in zip(left.entries, right.entries, strict=True)
    )
    return ContextOf(entries, left.label)


def join_typed(parts: list[Typed]) -> Typed:
    """The join of several; of none: any value, never null (the item of an empty list)."""
    if not parts:
        return Typed(ANY, nullable=False)
    kind = parts[0].type
    for part in parts[1:]:
        kind = join(kind, part.type)
    return Typed(kind, any(part.nullable for part in parts))


def item_of(kind: Type) -> Type:
    """The type of the items of a list; a value that is no list counts as a list of itself, as in the standard."""
    match kind:
        case ListOf(item=item):
            return item
        case _:
            return kind


def is_text(kind: Type) -> bool:
    return plain(kind) == STRING


def is_number(kind: Type) -> bool:
    return plain(kind) == NUMBER
