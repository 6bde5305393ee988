"""Arithmetic and comparison: which kinds of values go together, and what comes out."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.checking import bounds, lookalikes, messages_kinds, messages_names, messages_values
from rules_engine.feel.checking.checker import Checker, Scope
from rules_engine.feel.checking.relations import (
    DURATIONS,
    alike,
    allowed_texts,
    has_order,
    is_number,
    is_open,
    zones_differ,
)
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    TIME,
    ZONED_DATE_AND_TIME,
    Band,
    ListOf,
    Moment,
    Type,
    Typed,
    ends_of,
    plain,
)

Side = tuple[ast.Expression, Typed]

_DATED = (DATE, DATE_AND_TIME)
_ROUNDED = ("sqrt", "exp", "log", "mean", "stddev")


def negate(checker: Checker, node: ast.Negate, scope: Scope) -> Typed:
    operand = checker.type_of(node.operand, scope)
    if is_number(operand.type):
        return Typed(bounds.negate(operand.type), operand.nullable)
    if is_open(operand.type) or operand.type in DURATIONS:
        if operand.type == ANY:
            checker.failing.add(id(node))
        return Typed(operand.type, operand.nullable or operand.type == ANY)
    return checker.report(messages_kinds.bad_negation(node, operand.type))


def arithmetic(checker: Checker, node: ast.Arithmetic, scope: Scope) -> Typed:
    match node:
        case ast.Arithmetic(op="-", right=ast.Negate(operand=ast.Name(name=name) as note)):
            if name not in scope.names and not scope.open and name not in checker.functions:
                checker.type_of(node.left, scope)
                return checker.report(messages_names.comment_as_number(note))
    lookalikes.two_minus_signs(checker, node)
    left, right = checker.type_of(node.left, scope), checker.type_of(node.right, scope)
    if node.op == "/" and isinstance(node.right, ast.NumberLiteral) and node.right.value == 0:
        return checker.report(messages_values.divided_by_zero(node))
    kind = _result(node.op, left.type, right.type)
    if kind is None:
        return checker.report(messages_kinds.bad_arithmetic(node, left.type, right.type))
    is_open_kind = ANY in (left.type, right.type)  # which may be of a kind that does not go with the other
    if is_open_kind or _may_fail(node.op, left.type, right.type):
        checker.failing.add(id(node))
    return Typed(kind, left.nullable or right.nullable or id(node) in checker.failing)


def _may_fail(op: ast.ArithmeticOp, left: Type, right: Type) -> bool:
    """Whether numbers of these types can have no result, overflows aside."""
    if op == "/":
        return not is_number(right) or bounds.can_be_zero(right)
    if op == "**":
        base, (low, high) = ends_of(left)[0], ends_of(right)
        power_of_any = low == high and low >= 0 and low.is_integer()
        return not (power_of_any or base > 0 or (base >= 0 and low >= 0))
    return False


def _result(op: ast.ArithmeticOp, left: Type, right: Type) -> Type | None:
    """The type of `left op right`, None where the two do not go together."""
    if is_open(left) or is_open(right):
        return _open_result(op, left, right)
    if is_number(left) and is_number(right):
        return bounds.combine(op, left, right)
    match op, plain(left), plain(right):
        case "+", a, b if a == b == STRING:
            return STRING
        case (("+" | "-"), a, b) if a == b and a in DURATIONS:
            return a
        case (("+" | "-"), a, b) if a in _DATED and b in DURATIONS:
            return left
        case "+", a, b if a in DURATIONS and b in _DATED:
            return right
        case (("+" | "-"), a, b) if a == TIME and b == DAYS_TIME_DURATION:
            return left
        case "+", a, b if a == DAYS_TIME_DURATION and b == TIME:
            return right
        case "-", a, b if (a == b == TIME or (a in _DATED and b in _DATED)) and not zones_differ(
            _at_midnight(left), _at_midnight(right)
        ):
            return DAYS_TIME_DURATION
        case (("*" | "/"), a, b) if a in DURATIONS and b == NUMBER:
            return a
        case "*", a, b if a == NUMBER and b in DURATIONS:
            return b
        case "/", a, b if a == b and a in DURATIONS:
            return NUMBER
        case _:
            return None


def _at_midnight(kind: Type) -> Type:
    """A date among dates with times is its midnight in UTC."""
    return ZONED_DATE_AND_TIME if kind == DATE else kind


def _open_result(op: ast.ArithmeticOp, left: Type, right: Type) -> Type | None:
    """One side is of no known type: it may be whatever goes with the other."""
    known = plain(right if is_open(left) else left)
    if isinstance(known, ListOf) or known == BOOLEAN:
        return None
    return NUMBER if op == "**" else ANY


def comparison(checker: Checker, node: ast.Comparison, scope: Scope) -> Typed:
    values = joined_values(node.right) if isinstance(node.right, ast.Or) else []
    if node.op in ("=", "!=") and values:
        checker.type_of(node.left, scope)
        return checker.report(messages_kinds.values_joined(values, node.left, values, negated=node.op == "!="))
    left = (node.left, checker.type_of(node.left, scope))
    right = (node.right, checker.type_of(node.right, scope))
    return compared(checker, node, node.op, left, right)


def joined_values(node: ast.Expression) -> list[ast.Expression]:
    """The values of `("a" or "b")`, where all are written out."""
    match node:
        case ast.Or(left=left, right=right):
            one, other = joined_values(left), joined_values(right)
            return [*one, *other] if one and other else []
        case ast.StringLiteral() | ast.NumberLiteral():
            return [node]
        case _:
            return []


def between(checker: Checker, node: ast.Between, scope: Scope) -> Typed:
    value = (node.value, checker.type_of(node.value, scope))
    low = (node.low, checker.type_of(node.low, scope))
    high = (node.high, checker.type_of(node.high, scope))
    before = len(checker.findings)
    first = compared(checker, node, ">=", value, low)
    if len(checker.findings) > before:
        return first
    second = compared(checker, node, "<=", value, high)
    return Typed(BOOLEAN, first.nullable or second.nullable)


def compared(checker: Checker, node: ast.Node, op: ast.CompareOp, left: Side, right: Side) -> Typed:
    """Checks `left op right`, written in full or as a test of an `in`; `node` is where a finding stands."""
    if op in ("=", "!="):
        equality(checker, node, left, right)
        return Typed(BOOLEAN, nullable=ANY in (left[1].type, right[1].type))
    _order(checker, node, op, left, right)
    return Typed(BOOLEAN, any(typed.nullable or typed.type == ANY for _, typed in (left, right)))


def equality(checker: Checker, node: ast.Node, left: Side, right: Side) -> None:
    (left_node, left_typed), (right_node, right_typed) = left, right
    a, b = left_typed.type, right_typed.type
    if not alike(a, b):
        for side, kind, other in ((left_node, a, b), (right_node, b, a)):
            single = isinstance(side, ast.ListLiteral) and len(side.items) == 1
            if single and isinstance(kind, ListOf) and alike(kind.item, other):
                checker.report(messages_values.list_as_value(side, kind))
                return
        checker.report(messages_kinds.unlike(node, left_node, a, right_node, b))
    elif zones_differ(a, b):
        _report_zones(checker, node, left, right)
    else:
        possible_value(checker, left, right)
        possible_value(checker, right, left)
        for side, typed in (left, right):
            if plain(typed.type) == NUMBER and _is_rounded(side):
                checker.report(messages_values.inexact_equality(node, side))
                return


def possible_value(checker: Checker, subject: Side, value: Side) -> None:
    """`lead.country = "UK"` where the field is never "UK"."""
    allowed = allowed_texts(subject[1].type)
    node = value[0]
    if allowed is not None and isinstance(node, ast.StringLiteral) and node.value not in allowed:
        checker.report(messages_kinds.impossible_value(node, node.value, subject[0], subject[1].type, allowed))


def _order(checker: Checker, node: ast.Node, op: str, left: Side, right: Side) -> None:
    (left_node, left_typed), (right_node, right_typed) = left, right
    a, b = left_typed.type, right_typed.type
    for side, other in ((left_node, right_node), (right_node, left_node)):
        if isinstance(side, ast.NullLiteral):
            checker.report(messages_kinds.compared_with_null(node, other))
            return
    for side, kind in ((left_node, a), (right_node, b)):
        if not has_order(kind):
            checker.report(messages_kinds.never_ordered(node, side, kind))
            return
    if not alike(a, b):
        checker.report(messages_kinds.unlike(node, left_node, a, right_node, b))
    elif isinstance(a, Band):
        checker.report(messages_kinds.bands_as_text(node, left_node, a, right_node, op))
    elif isinstance(b, Band):
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
        checker.report(messages_kinds.bands_as_text(node, right_node, b, left_node, mirrored))
    elif zones_differ(a, b):
        _report_zones(checker, node, left, right)


def _report_zones(checker: Checker, node: ast.Node, left: Side, right: Side) -> None:
    local, zoned = (right, left) if isinstance(left[1].type, Moment) and left[1].type.zoned else (left, right)
    checker.report(messages_kinds.zones_mixed(node, local[0], zoned[0]))


def _is_rounded(node: ast.Expression) -> bool:
    """Does computing it round off? `a / 3`, `a * 0.1`, `sqrt(a)`; not `a + 1`, nor the constant `0.5`."""
    if isinstance(node, ast.Call):
        return node.function in _ROUNDED
    return isinstance(node, ast.Arithmetic) and any(
        (isinstance(part, ast.Arithmetic) and part.op in ("/", "**"))
        or (isinstance(part, ast.NumberLiteral) and not part.value.is_integer())
        for part in walk(node)
    )
