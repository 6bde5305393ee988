"""All expressions of a model, wherever they stand in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from rules_engine.feel import ast
from rules_engine.feel.checking.tree import walk
from rules_engine.model.types import Formula, Model, Titled


def formulas_of_model(model: Model) -> Iterator[tuple[tuple[Titled, ...], Formula]]:
    """Each expression with the named parts around it, the outermost first."""
    return _formulas(model, ())


def functions_called(model: Model) -> frozenset[str]:
    """The functions that the model's expressions call, by name."""
    return frozenset(name for _, formula in formulas_of_model(model) for name in functions_of(formula.tree))


def functions_of(tree: ast.Expression) -> frozenset[str]:
    """The functions that an expression calls, by name."""
    return frozenset(node.function for node in walk(tree) if isinstance(node, ast.Call))


def _formulas(value: object, owner: tuple[Titled, ...]) -> Iterator[tuple[tuple[Titled, ...], Formula]]:
    if isinstance(value, Formula):
        yield owner, value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _formulas(item, owner)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _formulas(item, owner)
    elif dataclasses.is_dataclass(value):
        inside = (*owner, value) if isinstance(value, Titled) else owner
        for part in dataclasses.fields(value):
            yield from _formulas(getattr(value, part.name), inside)
