"""Patterns (regular expressions) that stand as constant text in `matches`, `replace` and `split`."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Parameter
from rules_engine.feel.checking import messages_values
from rules_engine.feel.checking.checker import Checker
from rules_engine.feel.checking.lookalikes import flags_in_pattern
from rules_engine.feel.patterns import check_pattern, compile_pattern
from rules_engine.feel.types import Typed

_PATTERN = {"matches": "pattern", "replace": "pattern", "split": "delimiter"}


def check_pattern_arguments(
    checker: Checker, function: str, pairs: list[tuple[tuple[ast.Expression, Typed], Parameter]]
) -> None:
    """A finding for a pattern that the language of patterns does not have, or that finds nothing to replace."""
    wanted = _PATTERN.get(function)
    if wanted is None:
        return
    given = {parameter.name: value for (value, _), parameter in pairs}
    pattern, flags = given.get(wanted), given.get("flags")
    if not isinstance(pattern, ast.StringLiteral):
        return
    with_flags = flags.value if isinstance(flags, ast.StringLiteral) else ""
    wrong = check_pattern(pattern.value)
    if wrong is not None:
        checker.report(messages_values.bad_pattern(pattern, wrong, flags_in_pattern(pairs[0][0][0], pattern.value)))
    elif isinstance(flags, ast.StringLiteral) and (wrong := check_pattern(pattern.value, with_flags)) is not None:
        checker.report(messages_values.bad_pattern(flags, wrong))
    elif function != "matches" and compile_pattern(pattern.value, with_flags).matches_nothing():
        checker.report(messages_values.empty_match(pattern, function))
