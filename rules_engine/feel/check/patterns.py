"""Patterns (regular expressions) that stand as constant text in `matches`, `replace` and `split`."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Parameter
from rules_engine.feel.check.checker import Checker
from rules_engine.feel.types import Typed


def check_pattern_arguments(
    checker: Checker, function: str, pairs: list[tuple[tuple[ast.Expression, Typed], Parameter]]
) -> None:
    """A finding for a pattern that the language of patterns does not have."""
