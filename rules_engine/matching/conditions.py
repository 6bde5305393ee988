"""Conditions and points of a model as Python functions of a scope: the three outcomes, and micropoints."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from rules_engine import feel
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel.ast import And, Expression, NumberLiteral
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import reads, substitute
from rules_engine.feel.functions import all_functions
from rules_engine.matching.keys import key_of
from rules_engine.model.extensions import PluginError
from rules_engine.model.formulas import functions_of
from rules_engine.model.types import (
    Condition,
    FixedPoints,
    Formula,
    FormulaPoints,
    Group,
    Points,
    StepPoints,
    ValuePoints,
)
from rules_engine.scoring.amounts import MICRO, to_micropoints

Scope: TypeAlias = Mapping[str, object]
Value: TypeAlias = Callable[[Scope], object]
Verdict: TypeAlias = Callable[[Scope], object]  # True, False, or anything else for unknown
Amount: TypeAlias = Callable[[Scope], int | None]
Paths: TypeAlias = frozenset[tuple[str, ...]]  # what expressions read, such as ("event", "asset")

_LEAD_ROOTS = frozenset({"lead", "account", "constants", "sales_ready"})


def compile_formula(formula: Formula, functions: Registry, sales_ready: int) -> Value:
    """The value of an expression in a scope of FEEL values; `sales_ready` is that of the score it stands in."""
    tree = with_sales_ready(formula, sales_ready)
    value = feel.compile_expression(tree, functions)
    return _placed(value, formula.span) if _calls_plugins(tree, functions) else value


def with_sales_ready(formula: Formula, sales_ready: int) -> Expression:
    """The tree of an expression with the number that `sales_ready` is where it stands."""
    if ("sales_ready",) in formula.reads:
        return substitute(formula.tree, {"sales_ready": NumberLiteral(sales_ready / MICRO)})
    return formula.tree


def _calls_plugins(tree: Expression, functions: Registry) -> bool:
    """Whether an expression calls functions that are not the engine's own: no plugin can take the name of one."""
    own = all_functions()
    return len(functions) > len(own) and any(name not in own for name in functions_of(tree))


def _placed(value: Value, span: Span) -> Value:
    """The value of an expression that calls plugins: what they raise says where it stands."""

    def placed(scope: Scope) -> object:
        try:
            return value(scope)
        except PluginError as error:
            error.span = error.span or span
            raise

    return placed


def compile_condition(condition: Condition, functions: Registry, sales_ready: int) -> Verdict:
    """True, False, or else unknown. Groups follow Kleene: one false line settles `all`, one true line `any`."""
    if isinstance(condition, Formula):
        return compile_formula(condition, functions, sales_ready)
    parts = [compile_condition(part, functions, sales_ready) for part in condition.parts]
    if condition.kind == "all":
        return _all_of(parts)
    return _any_of(parts, negated=condition.kind == "none")


def truth(verdict: object) -> bool | None:
    """The three outcomes: true, false, or None for unknown (null, or a value that is no truth)."""
    return verdict if verdict is True or verdict is False else None


def _all_of(parts: list[Verdict]) -> Verdict:
    def verdict(scope: Scope) -> bool | None:
        result: bool | None = True
        for part in parts:
            found = part(scope)
            if found is False:
                return False
            if found is not True:
                result = None
        return result

    return verdict


def _any_of(parts: list[Verdict], *, negated: bool) -> Verdict:
    def verdict(scope: Scope) -> bool | None:
        result: bool | None = False
        for part in parts:
            found = part(scope)
            if found is True:
                return not negated
            if found is not False:
                result = None
        return result if result is None else negated

    return verdict


def compile_points(points: Points, functions: Registry, sales_ready: int) -> Amount:
    """Nominal micropoints, or None where a value that is needed is missing. Raises `AmountError` beyond the limit."""
    if isinstance(points, FixedPoints):
        fixed = points.amount
        return lambda scope: fixed
    if isinstance(points, FormulaPoints):
        return _formula_amount(compile_formula(points.formula, functions, sales_ready))
    of = compile_formula(points.of, functions, sales_ready)
    if isinstance(points, StepPoints):
        return _step_amount(points, of)
    return _value_amount(points, of)


def _formula_amount(value: Value) -> Amount:
    def amount(scope: Scope) -> int | None:
        found = value(scope)
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return to_micropoints(found)
        return None

    return amount


def _step_amount(points: StepPoints, of: Value) -> Amount:
    bounds, amounts, missing = points.bounds, points.amounts, points.missing
    below = points.otherwise or 0

    def amount(scope: Scope) -> int | None:
        found = of(scope)
        if not isinstance(found, (int, float)) or isinstance(found, bool):
            return missing
        at = bisect_right(bounds, found)
        return amounts[at - 1] if at else below

    return amount


def _value_amount(points: ValuePoints, of: Value) -> Amount:
    table = {key_of(value): amount for value, amount in points.values}
    missing, otherwise = points.missing, points.otherwise or 0

    def amount(scope: Scope) -> int | None:
        found = of(scope)
        return missing if found is None else table.get(key_of(found), otherwise)

    return amount


def formulas_of(condition: Condition | None) -> list[Formula]:
    """The lines of a condition, in file order."""
    if condition is None:
        return []
    if isinstance(condition, Group):
        return [formula for part in condition.parts for formula in formulas_of(part)]
    return [condition]


def formulas_of_points(points: Points | None) -> list[Formula]:
    """The expressions that points are computed from."""
    if points is None or isinstance(points, FixedPoints):
        return []
    return [points.formula if isinstance(points, FormulaPoints) else points.of]


def conjuncts(condition: Condition) -> list[Condition]:
    """The parts of which each must be true: one that is false makes the whole false, whatever the others are."""
    if isinstance(condition, Group):
        if condition.kind != "all":
            return [condition]
        return [part for whole in condition.parts for part in conjuncts(whole)]
    if not isinstance(condition.tree, And):
        return [condition]
    sides = (condition.tree.left, condition.tree.right)
    return [part for side in sides for part in conjuncts(replace(condition, tree=side, reads=reads(side)))]


def paths_of(formulas: list[Formula]) -> Paths:
    """The paths that expressions read together."""
    return frozenset(path for formula in formulas for path in formula.reads)


def tallies_read(paths: Paths) -> frozenset[str]:
    """The tallies that an expression with these paths reads."""
    return frozenset(path[1] for path in paths if path[0] == "tally" and len(path) > 1)


def is_of_lead(paths: Paths) -> bool:
    """Whether an expression depends on fields alone, so that it has one value per lead."""
    return all(path[0] in _LEAD_ROOTS for path in paths)


def null_paths(paths: Paths, scope: Scope) -> tuple[str, ...]:
    """The paths that are null in a scope, as text in code point order: what was missing."""
    missing = []
    for path in paths:
        value: object = scope
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            missing.append(".".join(path))
    return tuple(sorted(missing))
