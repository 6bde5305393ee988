"""Expressions as of a lead's moment: asked as if they were labels of the model, so they mean what labels mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rules_engine.analysis.verdicts.given import Given
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.engine import Engine
from rules_engine.feel import ast
from rules_engine.feel.checking import substitute
from rules_engine.feel.types import ANY
from rules_engine.model.types import Formula, Label
from rules_engine.scoring.amounts import MICRO

_NOWHERE = Span("", 0, 0, 1, 1, 1, 1)


class AsOf:
    """An engine that also answers `formulas`. Leads outside the audience are answered as if they were in it."""

    def __init__(self, engine: Engine, formulas: Sequence[Formula]) -> None:
        model = engine.model
        taken = set(model.labels)
        self._names: list[str] = []
        for number in range(len(formulas)):
            name = f"asked_{number}"
            while name in taken:
                name += "_"
            self._names.append(name)
        asked = {
            name: Label(name, formula.span, formula=formula)
            for name, formula in zip(self._names, formulas, strict=True)
        }
        extended = replace(model, audience=None, labels={**model.labels, **asked})
        self._engine = Engine(extended, using=engine.extensions)

    def answers(self, given: Given) -> tuple[object, ...]:
        """The value of each expression, as a FEEL value; None where something it reads is missing."""
        labels = given.score(self._engine).labels
        return tuple(labels[name] for name in self._names)


def with_sales_ready(formula: Formula, sales_ready: int) -> Formula:
    """`sales_ready` as the number it is for a score that has its own."""
    if ("sales_ready",) not in formula.reads:
        return formula
    return replace(formula, tree=substitute(formula.tree, {"sales_ready": ast.NumberLiteral(sales_ready / MICRO)}))


def value_of(path: tuple[str, ...]) -> Formula:
    """The expression that is a path: ("lead", "title")."""
    tree: ast.Expression = ast.Name(path[0])
    for name in path[1:]:
        tree = ast.Path(tree, name)
    return Formula(".".join(path), tree, ANY, frozenset({path}), _NOWHERE)
