"""Where the outcome of what reads a tally can change: a rule of `tally.downloads >= 3` cares for nothing but 3."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from math import ceil, inf
from typing import TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.syntax.walk import children
from rules_engine.matching.conditions import formulas_of, formulas_of_points
from rules_engine.model.types import Condition, Points, StepPoints

Cuts: TypeAlias = tuple[float, ...]  # rising


def cuts_of(name: str, conditions: Iterable[Condition | None], points: Iterable[Points | None]) -> Cuts | None:
    """The numbers that a tally is compared with, None where something reads it in another way."""
    found: set[float] = set()
    trees = [formula.tree for condition in conditions for formula in formulas_of(condition)]
    for one in points:
        if isinstance(one, StepPoints) and _is_tally(one.of.tree, name):
            found.update(one.bounds)
        else:
            trees.extend(formula.tree for formula in formulas_of_points(one))
    return tuple(sorted(found)) if all(_collect(tree, name, found) for tree in trees) else None


def cell_of(cuts: Cuts, value: float) -> tuple[float, float]:
    """Between which two of the numbers a value lies; twice the same where it is one of them."""
    low, high = bisect_left(cuts, value), bisect_right(cuts, value)
    if low < high:
        return value, value
    return cuts[low - 1] if low else -inf, cuts[high] if high < len(cuts) else inf


def spared(cuts: Cuts, value: int) -> int | None:
    """How many a tally may lose, one by one, before it falls to one of the numbers or from it.

    None where all of them lie above it.
    """
    below = bisect_right(cuts, value)
    return max(ceil(value - cuts[below - 1]) - 1, 0) if below else None


def _collect(tree: ast.Node, name: str, found: set[float]) -> bool:
    """Adds the numbers of comparisons; False where the tally stands outside of these."""
    left = [tree]
    while left:
        node = left.pop()
        if _is_tally(node, name):
            return False
        if isinstance(node, ast.Name) and node.name == "tally":
            return False  # all of them at once
        if isinstance(node, ast.Comparison):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if _is_tally(one, name) and isinstance(other, ast.NumberLiteral):
                    found.add(other.value)
                    break
            else:
                left += (node.left, node.right)
        elif isinstance(node, ast.Path) and isinstance(node.source, ast.Name):
            continue  # a field, or another tally
        else:
            left += children(node)
    return True


def _is_tally(node: ast.Node, name: str) -> bool:
    return (
        isinstance(node, ast.Path)
        and node.name == name
        and isinstance(node.source, ast.Name)
        and node.source.name == "tally"
    )
