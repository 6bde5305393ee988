"""`in` and its tests: `x in ("a", "b")`, `x in [1..9]`, `x in (> 5, null)`, `event.path in constants.pages`."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.checking import lookalikes, messages_kinds, messages_values
from rules_engine.feel.checking.checker import Checker, Scope
from rules_engine.feel.checking.operators import Side, compared, equality, joined_values, possible_value
from rules_engine.feel.checking.relations import alike, has_order, is_open, join
from rules_engine.feel.checking.tree import uses_input
from rules_engine.feel.types import ANY, BOOLEAN, POISON, Band, ListOf, RangeOf, Type, Typed, plain


def contained(checker: Checker, node: ast.In, scope: Scope) -> Typed:
    value = (node.value, checker.type_of(node.value, scope))
    inside = scope.bind_name("?", value[1])
    match node.tests:
        case (ast.ValueTest(value=ast.Or() as tested),) if values := joined_values(tested):
            return checker.report(messages_kinds.values_joined(values, node.value, values))
    before = len(checker.findings)
    nullable = [_test(checker, test, value, inside) for test in node.tests]
    if len(checker.findings) == before:
        lookalikes.in_tests(checker, node, value[1])
    return Typed(BOOLEAN, any(nullable))


def unary_tests(checker: Checker, node: ast.UnaryTests, scope: Scope) -> Typed:
    value = (ast.Name("?", span=node.span), scope.names.get("?", Typed(ANY)))
    nullable = [_test(checker, test, value, scope) for test in node.tests]
    return Typed(BOOLEAN, any(nullable))


def _test(checker: Checker, test: ast.Test, value: Side, scope: Scope) -> bool:
    """Checks one test of `value`; gives whether its outcome can be null."""
    tested = checker.type_of(test.value, scope)
    other = (test.value, tested)
    if isinstance(test, ast.OpTest):
        return compared(checker, test, test.op, value, other).nullable
    if uses_input(test.value):
        if not is_open(tested.type) and tested.type != BOOLEAN:
            checker.report(messages_kinds.not_a_condition(test.value, tested.type, "A test with `?`"))
        return tested.nullable
    if is_open(tested.type) or is_open(value[1].type):
        return value[1].nullable or tested.nullable or ANY in (tested.type, value[1].type)
    match tested.type:
        case ListOf(item=item) if not isinstance(plain(value[1].type), ListOf):
            _in_list(checker, test, value, other, item)
        case RangeOf(item=item) if not isinstance(value[1].type, RangeOf):
            _in_range(checker, test, value, other, item)
            return value[1].nullable or tested.nullable
        case ListOf(item=item) if not alike(value[1].type, tested.type) and alike(value[1].type, item):
            pass  # a list in a list of lists
        case _:
            equality(checker, test.value, value, other)
    return tested.nullable


def _in_list(checker: Checker, test: ast.ValueTest, value: Side, other: Side, item: Type) -> None:
    if isinstance(test.value, ast.ListLiteral):
        for part in test.value.items:
            kind = checker.types[id(part)].type
            if isinstance(kind, RangeOf):
                _in_range(checker, test, value, (part, checker.types[id(part)]), kind.item)
            elif alike(value[1].type, kind):
                possible_value(checker, value, (part, checker.types[id(part)]))
            else:
                checker.report(messages_kinds.unlike(part, value[0], value[1].type, part, kind))
    elif isinstance(item, RangeOf):
        _in_range(checker, test, value, other, item.item)
    elif not alike(value[1].type, item):
        checker.report(messages_kinds.unlike(test.value, value[0], value[1].type, other[0], other[1].type))


def _in_range(checker: Checker, test: ast.ValueTest, value: Side, other: Side, item: Type) -> None:
    literal = other[0] if isinstance(other[0], ast.RangeLiteral) else None
    ends = [end for end in (literal.low, literal.high) if end is not None] if literal else []
    if isinstance(value[1].type, Band):
        bound = ends[0] if ends else other[0]
        checker.report(messages_kinds.bands_as_text(test.value, value[0], value[1].type, bound, ">="))
    elif ends:
        compared(checker, test.value, ">=", value, (ends[0], checker.types[id(ends[0])]))
    elif not alike(value[1].type, item):
        checker.report(messages_kinds.unlike(test.value, value[0], value[1].type, other[0], other[1].type))


def range_literal(checker: Checker, node: ast.RangeLiteral, scope: Scope) -> Typed:
    ends = [(end, checker.type_of(end, scope)) for end in (node.low, node.high) if end is not None]
    kind: Type = ANY
    for end, typed in ends:
        if not has_order(typed.type):
            return checker.report(messages_kinds.never_ordered(node, end, typed.type))
        if not alike(kind, typed.type):
            return checker.report(messages_kinds.unlike(node, ends[0][0], ends[0][1].type, end, typed.type))
        kind = typed.type if kind == ANY else join(kind, typed.type)
    if kind == POISON:
        return Typed(POISON)
    low, high = node.low, node.high
    if lookalikes.third_dot(checker, node):
        return Typed(RangeOf(plain(kind)), nullable=False)
    if isinstance(low, ast.NumberLiteral) and isinstance(high, ast.NumberLiteral) and _is_empty(node, low, high):
        return checker.report(messages_values.empty_range(node))
    # of ends of any type one may be no end for the other
    return Typed(RangeOf(plain(kind)), any(typed.nullable or typed.type == ANY for _, typed in ends))


def _is_empty(node: ast.RangeLiteral, low: ast.NumberLiteral, high: ast.NumberLiteral) -> bool:
    return low.value > high.value or (low.value == high.value and not (node.low_closed and node.high_closed))
