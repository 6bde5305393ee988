"""`in` and its tests in the abstract evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules_engine.feel import ast
from rules_engine.feel.checking import outcomes as o
from rules_engine.feel.checking.outcomes import Kind, Outcomes
from rules_engine.feel.checking.tree import uses_input

if TYPE_CHECKING:
    from rules_engine.feel.checking.missing import Around, Evaluation


def membership(run: Evaluation, node: ast.In, around: Around) -> Outcomes:
    value = run.of(node.value, around)
    found = o.FALSE
    for test in node.tests:
        found = o.disjunction(found, one_test(run, node, test, value, around))
    return found


def one_test(run: Evaluation, node: ast.In, test: ast.Test, value: Outcomes, around: Around) -> Outcomes:
    """One test; `node` is its origin, as the test alone reads badly."""
    inside = around.bind("?", value)
    tested = run.of(test.value, inside)
    if isinstance(test, ast.OpTest):
        if test.op not in ("=", "!="):
            return run.pair(node, value, tested, o.ordered)
        equal = run.pair(node, value, tested, o.equal)
        return equal if test.op == "=" else o.negation(equal)
    return value_test(run, node, test.value, value, tested, inside)


def value_test(
    run: Evaluation, node: ast.In, test: ast.Expression, value: Outcomes, tested: Outcomes, around: Around
) -> Outcomes:
    match test:
        case ast.NullLiteral() if run.is_null_test(node.value, test, around):
            return o.TRUE
        case ast.ListLiteral(items=items):
            found = o.FALSE
            for item in items:
                one = value_test(run, node, item, value, run.of(item, around), around)
                found = o.disjunction(found, or_not(run, node, one))
            return found
        case ast.RangeLiteral():
            found = o.TRUE
            for end in (test.low, test.high):
                if end is not None and not isinstance(end, ast.NullLiteral):
                    found = o.conjunction(found, run.pair(node, value, run.of(end, around), o.ordered))
            return found  # also null in a range that is null is null, not true
        case _ if uses_input(test):
            return tested
    found = run.pair(node, value, tested, o.equal)
    if tested.inner is not None:  # a list: equal to one of its items
        contained = or_not(run, node, run.pair(node, value, tested.inner, o.equal))
        found |= o.through(tested, contained | o.FALSE)
    return found


def or_not(run: Evaluation, node: ast.Node, outcomes: Outcomes) -> Outcomes:
    """What is not true of an item is false: `null in [[1..5]]`."""
    flags = [
        ((Kind.FALSE, marked), origins | {run.here(node)} if marked else origins)
        if kind is Kind.NULL
        else ((kind, marked), origins)
        for (kind, marked), origins in outcomes.flags.items()
    ]
    return Outcomes(o.build(flags))
