"""Conditions and points: three-valued logic around the FEEL interpreter."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rules_engine import feel
from rules_engine.model.types import (
    Condition,
    FixedPoints,
    Formula,
    FormulaPoints,
    Group,
    Model,
    Points,
    StepPoints,
    ValuePoints,
)

Context = Mapping[str, object]
MILLION = 1_000_000


def value_of(formula: Formula, context: Context) -> object:
    return feel.evaluate(formula.tree, context, now=context.get("now"))


def truth(condition: Condition | None, context: Context) -> bool | None:
    """True, false, or None where it is unknown. No condition at all is true."""
    if condition is None:
        return True
    if isinstance(condition, Formula):
        value = value_of(condition, context)
        return value if isinstance(value, bool) else None
    assert isinstance(condition, Group)
    parts = [truth(part, context) for part in condition.parts]
    if condition.kind == "all":
        return False if False in parts else None if None in parts else True
    some = True if True in parts else None if None in parts else False
    if condition.kind == "any":
        return some
    return None if some is None else not some


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def micropoints(value: object) -> int | None:
    """rint(x * 10^6) half-even of the double product; what is no number is None."""
    return round(float(value) * MILLION) if is_number(value) else None  # type: ignore[arg-type]


def points_of(points: Points, context: Context) -> int | None:
    """Nominal micropoints; None is unknown."""
    match points:
        case FixedPoints(amount):
            return amount
        case FormulaPoints(formula):
            return micropoints(value_of(formula, context))
        case StepPoints(of, bounds, amounts, otherwise, missing):
            value = value_of(of, context)
            if not is_number(value):
                return missing
            reached = [amount for bound, amount in zip(bounds, amounts, strict=True) if bound <= value]  # type: ignore[operator]
            return reached[-1] if reached else (otherwise or 0)
        case ValuePoints(of, values, otherwise, missing):
            value = value_of(of, context)
            if value is None:
                return missing
            for listed, amount in values:
                if isinstance(listed, bool) == isinstance(value, bool) and listed == value:
                    return amount
            return otherwise or 0


def base_context(model: Model, lead: Mapping[str, object], account: Mapping[str, object]) -> dict[str, object]:
    return {
        "lead": dict(lead),
        "account": dict(account),
        "constants": dict(model.constants),
        "sales_ready": model.sales_ready / MILLION,
        "timezone": model.timezone,  # of moments that conditions read; no name of the language
    }
