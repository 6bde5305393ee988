"""The static check of one expression: walks the tree, gives each part a type, collects findings.

Takes: a tree, the names around it with their types, the functions. Gives: the type and the findings. Each kind of node
is handled in the module named after what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import calls, lists, literals, logic, membership, messages_kinds, names, operators
from rules_engine.feel.checking.checker import NOTHING, Checker, Handler, Scope
from rules_engine.feel.checking.findings import CheckResult
from rules_engine.feel.checking.relations import fits
from rules_engine.feel.functions import all_functions
from rules_engine.feel.types import BOOLEAN, STRING, Type, Typed


def check(
    node: ast.Expression | ast.UnaryTests,
    scope: Mapping[str, Typed],
    functions: Registry | None = None,
    expected: Type | None = None,
) -> CheckResult:
    """The type of an expression and all findings in it.

    `scope` holds the names around it (`lead` a context, `now` a date and time; for unary tests `?`). `functions` are
    those that it may call, by default the built-in ones. With `expected`, a value of another type is a finding.
    """
    from rules_engine.feel.checking.always import constant_conditions  # late: it needs the types of this run

    checker = Checker(functions or all_functions(), frozenset(scope), HANDLERS)
    typed = checker.type_of(node, Scope(scope))
    if expected is not None and not isinstance(node, ast.UnaryTests):
        _expect(checker, node, expected)
    if not checker.findings:
        checker.findings.extend(constant_conditions(node, checker.types))
    return _result(checker, typed)


def check_types(node: ast.Expression, scope: Mapping[str, Typed], functions: Registry | None = None) -> CheckResult:
    """The same without the look for conditions that are never or always true, which takes as long and only warns."""
    checker = Checker(functions or all_functions(), frozenset(scope), HANDLERS)
    return _result(checker, checker.type_of(node, Scope(scope)))


def failing_nodes(
    node: ast.Expression, scope: Mapping[str, Typed], functions: Registry, definitions: Mapping[str, ast.Expression]
) -> AbstractSet[int] | None:
    """The nodes, by id, that may be null though what they are made of is there: `a / b`, but not `upper case(a)`.
    None where a mistake leaves types unknown.

    `definitions` are names that stand for expressions over the scope; their nodes count, too.
    """
    checker = Checker(functions, frozenset(scope), HANDLERS)
    around = Scope(scope)
    for name, meant in definitions.items():
        around = around.bind_name(name, checker.type_of(meant, Scope(scope)))
    checker.type_of(node, around)
    return None if any(finding.is_error for finding in checker.findings) else checker.failing


def _result(checker: Checker, typed: Typed) -> CheckResult:
    return CheckResult(typed, tuple(sorted(checker.findings, key=lambda found: (found.start, found.end, found.code))))


def _expect(checker: Checker, node: ast.Expression, expected: Type) -> None:
    """Looks into the branches of `if`, so that the finding stands at the branch that is wrong."""
    if isinstance(node, ast.If):
        _expect(checker, node.then, expected)
        _expect(checker, node.otherwise, expected)
        return
    kind = checker.types[id(node)].type
    if fits(kind, expected):
        return
    if expected == BOOLEAN:
        checker.report(messages_kinds.not_a_condition(node, kind, "A condition"))
    else:
        checker.report(messages_kinds.not_expected(node, kind, expected))


def _null(checker: Checker, node: ast.NullLiteral, scope: Scope) -> Typed:
    return NOTHING


def _boolean(checker: Checker, node: ast.BooleanLiteral, scope: Scope) -> Typed:
    return Typed(BOOLEAN, nullable=False)


def _string(checker: Checker, node: ast.StringLiteral, scope: Scope) -> Typed:
    return Typed(STRING, nullable=False)


HANDLERS: dict[type[ast.Node], Handler] = {
    ast.NullLiteral: _null,
    ast.BooleanLiteral: _boolean,
    ast.StringLiteral: _string,
    ast.NumberLiteral: literals.number,
    ast.AtLiteral: literals.at_literal,
    ast.Name: names.name,
    ast.Path: names.path,
    ast.Call: calls.call,
    ast.Negate: operators.negate,
    ast.Arithmetic: operators.arithmetic,
    ast.Comparison: operators.comparison,
    ast.Between: operators.between,
    ast.And: logic.both,
    ast.Or: logic.both,
    ast.If: logic.choice,
    ast.InstanceOf: logic.instance_of,
    ast.In: membership.contained,
    ast.UnaryTests: membership.unary_tests,
    ast.RangeLiteral: membership.range_literal,
    ast.Filter: lists.filtered,
    ast.For: lists.loop,
    ast.Quantified: lists.quantified,
    ast.ListLiteral: lists.list_literal,
    ast.ContextLiteral: lists.context_literal,
}
