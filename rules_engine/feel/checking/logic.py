"""Conditions and choices: `a and b`, `a or b`, `if c then a else b`, `x instance of number`."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_kinds, messages_values
from rules_engine.feel.checking.checker import Checker, Scope
from rules_engine.feel.checking.relations import alike, fits, is_open, join_typed
from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NULL,
    NUMBER,
    STRING,
    TIME,
    YEARS_MONTHS_DURATION,
    ContextOf,
    Entry,
    ListOf,
    RangeOf,
    Type,
    Typed,
)

_SIMPLE: dict[str, Type] = {
    kind.name: kind
    for kind in (
        NULL,
        STRING,
        NUMBER,
        BOOLEAN,
        DATE,
        TIME,
        DATE_AND_TIME,
        DAYS_TIME_DURATION,
        YEARS_MONTHS_DURATION,
    )
}


def both(checker: Checker, node: ast.And | ast.Or, scope: Scope) -> Typed:
    if isinstance(node, ast.Or) and (found := _values_of_one(node)) is not None:
        first, values = found
        checker.type_of(first.left, scope)
        negated = first.op == "!="
        return checker.report(messages_kinds.values_joined(values[1:], first.left, values, negated=negated))
    word = "and" if isinstance(node, ast.And) else "or"
    left = checker.condition(node.left, scope, f"The left side of `{word}`")
    right = checker.condition(node.right, scope, f"The right side of `{word}`")
    return Typed(BOOLEAN, any(side.nullable or side.type == ANY for side in (left, right)))


def _values_of_one(node: ast.Or) -> tuple[ast.Comparison, list[ast.Expression]] | None:
    """The comparison with the first value and all values of `x = "a" or "b" or "c"`, `x != "a" or "b"`."""
    values: list[ast.Expression] = []
    left: ast.Expression = node
    while isinstance(left, ast.Or) and isinstance(left.right, ast.StringLiteral | ast.NumberLiteral):
        values.insert(0, left.right)
        left = left.left
    match left:
        case ast.Comparison(op="=" | "!=", right=ast.StringLiteral() | ast.NumberLiteral()) if values:
            return left, [left.right, *values]
        case _:
            return None


def choice(checker: Checker, node: ast.If, scope: Scope) -> Typed:
    checker.condition(node.condition, scope, "The condition of `if`")
    return join_typed([checker.type_of(node.then, scope), checker.type_of(node.otherwise, scope)])


def instance_of(checker: Checker, node: ast.InstanceOf, scope: Scope) -> Typed:
    value = checker.type_of(node.value, scope)
    wanted = named_type(node.type)
    if not is_open(value.type) and wanted is not None:
        if not alike(value.type, wanted):
            checker.report(messages_values.instance_is_fixed(node, value.type, always=False))
        elif not value.nullable and wanted != NULL and fits(value.type, wanted):
            checker.report(messages_values.instance_is_fixed(node, value.type, always=True))
    return Typed(BOOLEAN, nullable=False)


def named_type(name: ast.TypeName) -> Type | None:
    """The type that `list<number>` stands for; None where it says nothing that can be checked (`Any`, a function)."""
    if name.name in _SIMPLE:
        return _SIMPLE[name.name]
    inner = [named_type(argument) or ANY for argument in name.arguments] or [ANY]
    match name.name:
        case "list":
            return ListOf(inner[0])
        case "range":
            return RangeOf(inner[0])
        case "context":
            return ContextOf(tuple(Entry(key, named_type(kind) or ANY) for key, kind in name.entries))
        case _:
            return None
