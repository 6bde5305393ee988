"""Names and paths: `lead`, `lead.title`, `event.at.hour`, `orders.amount`."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_names, messages_values
from rules_engine.feel.checking.checker import UNKNOWN, WRONG, Checker, Scope
from rules_engine.feel.checking.relations import is_open
from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    POISON,
    STRING,
    TIME,
    YEARS_MONTHS_DURATION,
    Bounded,
    ContextOf,
    ListOf,
    RangeOf,
    Type,
    Typed,
    plain,
)
from rules_engine.feel.values.calendar import MAX_YEAR

_OF_DATE: dict[str, Type] = {
    "year": Bounded(-MAX_YEAR, MAX_YEAR, whole=True),
    "month": Bounded(1, 12, whole=True),
    "day": Bounded(1, 31, whole=True),
    "weekday": Bounded(1, 7, whole=True),
}
_OF_TIME: dict[str, Type] = {
    "hour": Bounded(0, 23, whole=True),
    "minute": Bounded(0, 59, whole=True),
    "second": Bounded(0, 60),
    "time offset": DAYS_TIME_DURATION,
    "timezone": STRING,
}
PROPERTIES: dict[Type, dict[str, Type]] = {
    DATE: _OF_DATE,
    TIME: _OF_TIME,
    DATE_AND_TIME: {**_OF_DATE, **_OF_TIME},
    DAYS_TIME_DURATION: {"days": NUMBER, "hours": NUMBER, "minutes": NUMBER, "seconds": NUMBER},
    YEARS_MONTHS_DURATION: {"years": NUMBER, "months": NUMBER},
}
_CAN_BE_MISSING = ("time offset", "timezone")


def name(checker: Checker, node: ast.Name, scope: Scope) -> Typed:
    found = scope.names.get(node.name)
    if found is not None:
        return found
    if scope.open:
        return UNKNOWN
    if node.name == "?":
        return checker.report(messages_values.no_unary_input(node))
    function = checker.functions.get(node.name)
    if function is not None:
        return checker.report(messages_names.function_without_parentheses(node, function))
    fields = [
        f"{root}.{entry.name}"
        for root, typed in scope.names.items()
        if isinstance(typed.type, ContextOf)
        for entry in typed.type.entries
    ]
    return checker.report(messages_names.unknown_name(node, list(scope.names), fields, checker.functions.names()))


def path(checker: Checker, node: ast.Path, scope: Scope) -> Typed:
    source = checker.type_of(node.source, scope)
    return _step(checker, node, source)


def _step(checker: Checker, node: ast.Path, source: Typed) -> Typed:
    kind = source.type
    if kind == POISON:
        return WRONG
    if is_open(kind):
        checker.failing.add(id(node))
        return UNKNOWN
    match kind:
        case ContextOf():
            entry = kind.get(node.name)
            if entry is None:
                return checker.report(messages_names.unknown_field(node, kind))
            return Typed(entry.type, source.nullable or entry.nullable)
        case ListOf(item=item, nullable=nullable) if _has_parts(item, node.name):  # `orders.amount`: of each item
            inner = _step(checker, node, Typed(item, nullable))
            return WRONG if inner.type == POISON else Typed(ListOf(inner.type, inner.nullable), source.nullable)
        case RangeOf(item=end):
            ends: dict[str, Type] = {"start": end, "end": end, "start included": BOOLEAN, "end included": BOOLEAN}
            if node.name in ends:
                return _part(checker, node, source, ends[node.name], is_sure=node.name not in ("start", "end"))
    found = PROPERTIES.get(plain(kind), {}).get(node.name)
    if found is None:
        return checker.report(messages_values.no_fields(node, kind))
    return _part(checker, node, source, found, is_sure=node.name not in _CAN_BE_MISSING)


def _part(checker: Checker, node: ast.Path, source: Typed, kind: Type, *, is_sure: bool) -> Typed:
    if not is_sure:
        checker.failing.add(id(node))
    return Typed(kind, source.nullable or not is_sure)


def _has_parts(item: Type, name: str) -> bool:
    """Whether `name` can be asked of the items of a list: contexts, dates and the like, and lists of these."""
    match item:
        case ContextOf():
            return True
        case ListOf(item=inner):
            return _has_parts(inner, name)
        case _:
            return item == ANY or name in PROPERTIES.get(plain(item), {})
