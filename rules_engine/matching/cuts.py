"""Where the outcome of what reads a tally can change: a rule of `tally.downloads >= 3` cares for nothing but 3."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from math import ceil, inf, nextafter
from typing import TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.syntax.walk import children
from rules_engine.matching.conditions import formulas_of, formulas_of_points
from rules_engine.model.types import Condition, Points, StepPoints

# Numbers that rise: nothing changes while the tally stays between two of them, the lower one included. `> 3` cuts at
# the first double above 3.
Cuts: TypeAlias = tuple[float, ...]

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def cuts_of(name: str, conditions: Iterable[Condition | None], points: Iterable[Points | None]) -> Cuts | None:
    """Where the comparisons of a tally with numbers turn, None where something reads it in another way."""
    found: set[float] = set()
    trees = [formula.tree for condition in conditions for formula in formulas_of(condition)]
    for one in points:
        if isinstance(one, StepPoints) and _is_tally(one.of.tree, name):
            found.update(one.bounds)
        else:
            trees.extend(formula.tree for formula in formulas_of_points(one))
    return tuple(sorted(found)) if all(_collect(tree, name, found) for tree in trees) else None


def cell_of(cuts: Cuts, value: float) -> tuple[float, float]:
    """Between which two of the cuts a value lies."""
    at = bisect_right(cuts, value)
    return cuts[at - 1] if at else -inf, cuts[at] if at < len(cuts) else inf


def spared(cuts: Cuts, value: int) -> int | None:
    """How many a tally may lose, one by one, before it falls below a cut; None where all of them lie above it."""
    at = bisect_right(cuts, value)
    return value - ceil(cuts[at - 1]) if at else None  # a difference of doubles would be rounded


def _collect(tree: ast.Node, name: str, found: set[float]) -> bool:
    """Adds the cuts of comparisons; False where the tally stands outside of these."""
    left = [tree]
    while left:
        node = left.pop()
        if _is_tally(node, name) or (isinstance(node, ast.Name) and node.name == "tally"):
            return False
        if isinstance(node, ast.Comparison):
            if _is_tally(node.left, name) and (number := _number(node.right)) is not None:
                found.update(_cuts(node.op, number))
            elif _is_tally(node.right, name) and (number := _number(node.left)) is not None:
                found.update(_cuts(_FLIPPED.get(node.op, node.op), number))
            else:
                left += (node.left, node.right)
        elif not (isinstance(node, ast.Path) and isinstance(node.source, ast.Name)):  # a field, or another tally
            left += children(node)
    return True


def _number(node: ast.Node) -> float | None:
    """The number that a literal says, with its sign; None for anything else."""
    if isinstance(node, ast.Negate) and isinstance(node.operand, ast.NumberLiteral):
        return -node.operand.value
    return node.value if isinstance(node, ast.NumberLiteral) else None


def _cuts(op: str, number: float) -> tuple[float, ...]:
    if op in (">=", "<"):
        return (number,)
    above = nextafter(number, inf)
    return (above,) if op in (">", "<=") else (number, above)


def _is_tally(node: ast.Node, name: str) -> bool:
    return (
        isinstance(node, ast.Path)
        and node.name == name
        and isinstance(node.source, ast.Name)
        and node.source.name == "tally"
    )
