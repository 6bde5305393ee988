"""FEEL for callers: evaluate a text, test a value, or compile once and run often.

Values go in and out as plain Python: numbers, text, booleans, None, `datetime`'s classes, lists and dicts; see
`values/convert.py`. What goes wrong with values is None; only texts that are no expressions, and limits, are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.functions import all_functions
from rules_engine.feel.interpret.compile import Compiler
from rules_engine.feel.interpret.scope import CLOCK, Run
from rules_engine.feel.interpret.trace import Part, trace
from rules_engine.feel.interpret.unary import compile_unary_tests
from rules_engine.feel.syntax.parse import parse, parse_unary_tests
from rules_engine.feel.types import Type, Typed
from rules_engine.feel.values import from_feel, to_feel

if TYPE_CHECKING:
    from rules_engine.feel.checking.findings import CheckResult


def compile_expression(
    node: ast.Expression, functions: Registry | None = None
) -> Callable[[Mapping[str, object]], object]:
    """A closure from a scope of FEEL values (`{"lead": {...}, "now": ...}`) to the value, a FEEL value too.

    Roots and their entries may be Python values; what lies deeper, in lists, should come through `feel.to_feel` once.
    `now()` is the scope's `now`. Null instead of errors; `FeelLimitError` past a limit on loops or sizes.
    """
    return Compiler(functions or all_functions()).compile(node)


@lru_cache(maxsize=2048)
def _compiled(node: ast.Expression) -> Run:
    return Compiler(all_functions()).compile(node)


@lru_cache(maxsize=1024)
def _compiled_tests(node: ast.UnaryTests) -> Callable[[Mapping[str, object], object], bool | None]:
    return compile_unary_tests(Compiler(all_functions()), node)


def evaluate(
    expression: str | ast.Expression,
    context: Mapping[str, object] | None = None,
    *,
    now: datetime | None = None,
) -> Any:
    """The value of an expression, such as `evaluate("lead.nps >= 9", {"lead": {"nps": 10}})`.

    `now` is what `now()` and `today()` say; the wall clock in UTC if it is left out.
    """
    node = parse(expression) if isinstance(expression, str) else expression
    return from_feel(_compiled(node)(scope_of(context, now)))


def check(
    expression: str | ast.Expression, types: Mapping[str, Type | Typed], functions: Registry | None = None
) -> CheckResult:
    """The type of an expression and what is wrong with it, as a pair (type, findings).

    `types` are the names around it: `check("lead.nps >= 9", {"lead": ContextOf((Entry("nps", NUMBER),), "lead")})`; a
    plain type stands for one that may be null. A text that is no expression is a `FeelSyntaxError`.
    """
    from rules_engine.feel import checking  # late: evaluating needs no checker

    node = parse(expression) if isinstance(expression, str) else expression
    scope = {name: type_ if isinstance(type_, Typed) else Typed(type_, True) for name, type_ in types.items()}
    return checking.check(node, scope, functions)


def unary_test(
    tests: str | ast.UnaryTests,
    value: object,
    context: Mapping[str, object] | None = None,
    *,
    now: datetime | None = None,
) -> bool | None:
    """Whether `value` satisfies tests such as `"a", "b"`, `not([1..5])`, `> 3`, `? * 2 < 9` or `-`."""
    node = parse_unary_tests(tests) if isinstance(tests, str) else tests
    return _compiled_tests(node)(scope_of(context, now), to_feel(value))


def explain(
    expression: str | ast.Expression,
    context: Mapping[str, object] | None = None,
    *,
    now: datetime | None = None,
    functions: Registry | None = None,
) -> Part:
    """The value of an expression and of each of its parts as they were evaluated, with the reasons of nulls."""
    node = parse(expression) if isinstance(expression, str) else expression
    return trace(node, scope_of(context, now), functions or all_functions())


def scope_of(context: Mapping[str, object] | None, now: datetime | None) -> dict[str, object]:
    """The scope for a context of Python values, with the clock set."""
    scope = {name: to_feel(value) for name, value in (context or {}).items()}
    scope[CLOCK] = now or datetime.now(UTC)
    return scope
