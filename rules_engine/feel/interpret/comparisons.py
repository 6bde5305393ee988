"""Comparisons by their sign, and closures of those with a known number, text or null on the right, the usual ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules_engine.feel.interpret import compare
from rules_engine.feel.interpret.scope import Run, Scope

COMPARE: dict[str, Callable[[object, object], bool | None]] = {
    "=": compare.equal,
    "!=": compare.not_equal,
    "<": compare.less,
    "<=": compare.less_or_equal,
    ">": compare.greater,
    ">=": compare.greater_or_equal,
}


def with_literal(op: str, left: Run, literal: object, general: Callable[[object, object], bool | None]) -> Run | None:
    """The general comparison's outcome, only faster; None where there is no faster way."""
    if literal is None and op in ("=", "!="):
        return (lambda scope: left(scope) is None) if op == "=" else (lambda scope: left(scope) is not None)
    wanted = type(literal)
    if wanted not in (float, str):
        return None
    right: Any = literal

    def run_equal(scope: Scope) -> object:
        value: Any = left(scope)
        return value == right if type(value) is wanted else general(value, right)

    def run_not_equal(scope: Scope) -> object:
        value: Any = left(scope)
        return value != right if type(value) is wanted else general(value, right)

    def run_less(scope: Scope) -> object:
        value: Any = left(scope)
        return value < right if type(value) is wanted else general(value, right)

    def run_less_or_equal(scope: Scope) -> object:
        value: Any = left(scope)
        return value <= right if type(value) is wanted else general(value, right)

    def run_greater(scope: Scope) -> object:
        value: Any = left(scope)
        return value > right if type(value) is wanted else general(value, right)

    def run_greater_or_equal(scope: Scope) -> object:
        value: Any = left(scope)
        return value >= right if type(value) is wanted else general(value, right)

    return {
        "=": run_equal,
        "!=": run_not_equal,
        "<": run_less,
        "<=": run_less_or_equal,
        ">": run_greater,
        ">=": run_greater_or_equal,
    }[op]
