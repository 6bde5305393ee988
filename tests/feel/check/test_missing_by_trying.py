"""The check of what missing data earns, against trying all values: no gain is overlooked."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings

from rules_engine.feel import ast
from rules_engine.feel.api import compile_expression
from rules_engine.feel.checking.gains import Counts, Gains, missing_paths
from rules_engine.feel.checking.reads import reads
from rules_engine.feel.functions import all_functions

from .expressions import SCOPE, VALUES, conditions, field, leads, numbers

MANY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
MOST_LEADS = 1_500


def answered(node: Any, name: str) -> Any:
    """The expression with the author's tests of one field answered as they are when it is missing."""
    match node:
        case ast.Comparison(op=op, left=left, right=ast.NullLiteral()) if left == field(name):
            return ast.BooleanLiteral(op == "=")
        case ast.Call(function="list contains", arguments=(listed, element)) if element.value == field(name):
            if ast.NullLiteral() in getattr(listed.value, "items", ()):
                return ast.BooleanLiteral(True)
        case ast.In(value=value, tests=tests) if value == field(name) and ast.ValueTest(ast.NullLiteral()) in tests:
            return ast.BooleanLiteral(True)
    if not isinstance(node, ast.Node):
        return tuple(answered(part, name) for part in node) if isinstance(node, tuple) else node
    return replace(node, **{f.name: answered(getattr(node, f.name), name) for f in fields(node)})


def gains(node: Any, name: str, counts: Counts) -> bool:
    """The definition, word for word: some lead counts without the field, and not so with some value of it."""
    run = compile_expression(answered(node, name))
    others = {path[1] for path in reads(node)} - {name}
    for lead in leads(others):
        missing = run({"lead": {**lead, name: None}})
        if missing is True if counts == "condition" else missing is not None:
            for value in VALUES[name]:
                if run({"lead": {**lead, name: value}}) != missing:
                    return True
    return False


def few_leads(node: Any) -> bool:
    return len(leads({path[1] for path in reads(node)})) <= MOST_LEADS


def no_gain_is_overlooked(node: Any, counts: Counts) -> None:
    assume(few_leads(node))
    for path in missing_paths(node, SCOPE):
        if gains(node, path[1], counts):
            assert Gains(node, SCOPE, all_functions(), counts).by(path, node) is not None


@MANY
@given(conditions(3))
def test_no_gain_of_a_condition_is_overlooked(node: Any) -> None:
    no_gain_is_overlooked(node, "condition")


@MANY
@given(numbers(3))
def test_no_gain_of_a_formula_is_overlooked(node: Any) -> None:
    no_gain_is_overlooked(node, "value")
