"""The values that a model names: literals beside a path in its expressions, and what its declaration allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from rules_engine.feel import ast, evaluate
from rules_engine.feel.syntax.walk import walk
from rules_engine.feel.types import BOOLEAN, DATE, DAYS_TIME_DURATION, NUMBER, STRING, Bounded
from rules_engine.matching.calendar import to_datetime
from rules_engine.model.types import Field, Formula, Model, Points, StepPoints, ValuePoints

_COMPUTED = (ast.Arithmetic, ast.Negate, ast.Filter, ast.Call)
_TEXT = "something else"
_DAYS = (0, 1, 10, 40, 100, 400, -10, -100)


def literals(model: Model, formulas: Iterable[Formula]) -> list[object]:
    """Texts, numbers and booleans of expressions, also those of constants and of sums of literals; each once."""
    found: dict[tuple[type, object], object] = {}
    for formula in formulas:
        for node in walk(formula.tree):
            value: object = None
            if isinstance(node, ast.StringLiteral | ast.NumberLiteral | ast.BooleanLiteral):
                value = node.value
            elif isinstance(node, _COMPUTED) and _names(node) <= {"constants"}:
                value = evaluate(node, {"constants": dict(model.constants)})  # "/products/" + "crm", -150
            if isinstance(value, str | float | int):
                found.setdefault((type(value), value), value)
        for path in sorted(formula.reads):
            if path[0] == "constants" and len(path) > 1:
                constant = model.constants.get(path[1])
                for value in constant if isinstance(constant, list) else [constant]:
                    if isinstance(value, str | float | int):
                        found.setdefault((type(value), value), value)
    return list(found.values())


def _names(node: ast.Node) -> set[str]:
    return {part.name for part in walk(node) if isinstance(part, ast.Name)}


def points_literals(points: Points | None) -> list[object]:
    """The bounds or values that points are looked up by."""
    if isinstance(points, StepPoints):
        return [*points.bounds, *(bound - 1.0 for bound in points.bounds[:1])]
    return [value for value, _ in points.values] if isinstance(points, ValuePoints) else []


def values_of(field: Field, named: Iterable[object], as_of: int, zone: ZoneInfo, most: int) -> tuple[object, ...]:
    """Values of a declared field to try: those named beside it first, then of its kind; None (missing) last."""
    fitting = dict.fromkeys(_fitting(field, list(named), as_of, zone))
    wanted = [value for value in fitting if _is_allowed(field, value)][: most - 1]
    return (*wanted, *(() if field.required else (None,)))


def _fitting(field: Field, named: list[object], as_of: int, zone: ZoneInfo) -> Iterator[object]:
    if field.one_of:
        yield from (value for value in named if value in field.one_of)
        yield from field.one_of
    elif field.type == BOOLEAN:
        yield from (True, False)
    elif field.type == NUMBER or isinstance(field.type, Bounded):
        yield from _numbers(field, [value for value in named if isinstance(value, int | float)])
    elif field.type == STRING:
        yield from _texts([value for value in named if isinstance(value, str)])
    elif field.type == DATE or str(field.type) == "date and time":
        moment = to_datetime(as_of, zone)
        for days in _DAYS:
            then = moment - timedelta(days=days)
            yield then.date().isoformat() if field.type == DATE else then.isoformat()
    elif field.type == DAYS_TIME_DURATION:
        yield from ("P1D", "P10D", "P100D", "PT0S")


def _numbers(field: Field, named: list[int | float]) -> Iterator[object]:
    yield from (_whole(value) for value in named)
    yield from (_whole(value + step) for value in named for step in (1, -1))
    yield from (_whole(value) for value in (field.minimum, field.maximum) if value is not None)
    yield from (1, 0, 10, 100, 1000)


def _whole(value: float) -> object:
    return int(value) if float(value).is_integer() else value


def _texts(named: list[str]) -> Iterator[object]:
    yield from named
    yield _TEXT
    for text in named:  # as part of something: a domain, a host, a path, one word of several
        yield from (f"ann@{text}", f"https://{text}/", f"https://example.com{text}", f"{text} and more", f"some {text}")


def _is_allowed(field: Field, value: object) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (field.minimum is None or value >= field.minimum) and (field.maximum is None or value <= field.maximum)
    return True
