"""Unary tests: the cell of a decision table, here the texts that `unary_test` takes."""

from __future__ import annotations

from collections.abc import Callable

from rules_engine.feel import ast
from rules_engine.feel.interpret.compile import Compiler
from rules_engine.feel.interpret.membership import any_of
from rules_engine.feel.interpret.scope import Scope


def compile_unary_tests(compiler: Compiler, node: ast.UnaryTests) -> Callable[[Scope, object], bool | None]:
    """A function of the scope and the value: whether one of the tests (none of them, after `not`) is satisfied."""
    if node.any:
        return lambda scope, value: True
    tests = [compiler.test(test) for test in node.tests]

    def run(scope: Scope, value: object) -> bool | None:
        inner = dict(scope)
        inner["?"] = value
        outcome = any_of([test(inner, value) for test in tests])
        if not node.negated or outcome is None:
            return outcome
        return not outcome

    return run
