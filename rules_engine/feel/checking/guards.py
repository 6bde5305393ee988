"""The fix for a gain by a missing value: a guard at the smallest place that takes the gain away.

`a and lead.country != "US"` becomes `a and lead.country != null and lead.country != "US"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rules_engine.feel import ast
from rules_engine.feel.checking.tree import path_node, walk

Rebuild = Callable[[ast.Expression], ast.Expression]
Place = tuple[int, ast.Expression, Rebuild, bool]  # depth, part, the whole with another part, is it a condition
NULL = ast.NullLiteral()


def guarded(
    node: ast.Expression,
    path: tuple[str, ...],
    origins: frozenset[int],
    counts: str,
    turned: bool,
    still_gains: Callable[[ast.Expression], bool],
) -> ast.Expression:
    """`node` with a guard for `path`. Candidates are tried by `still_gains`, the smallest part with the origins first.

    `turned`: being true speaks against the whole (a line of `none`), so a missing value has to make it true.
    """
    value = path_node(path)
    known, missing = ast.Comparison("!=", value, NULL), ast.Comparison("=", value, NULL)
    places = _places_around(node, origins, counts == "condition")
    for _, part, rebuild, is_condition in places:
        if is_condition and counts != "decision":
            candidate = rebuild(ast.Or(missing, part) if turned else ast.And(known, part))
            if not still_gains(candidate):
                return _left_to_right(candidate)
    for _, part, rebuild, _ in places:
        candidate = rebuild(ast.If(missing, NULL, part))
        if not still_gains(candidate):
            return candidate
    return ast.If(missing, NULL, node)


def place_of(node: ast.Expression, origins: frozenset[int]) -> ast.Expression:
    """The smallest part that a guard can stand before and that holds all the origins."""
    return _places_around(node, origins, True)[0][1]


def _places_around(node: ast.Expression, origins: frozenset[int], is_condition: bool) -> list[Place]:
    places = sorted(_places(node, lambda part: part, 0, is_condition), key=lambda place: -place[0])
    return [place for place in places if origins <= {id(below) for below in walk(place[1])}] or places[-1:]


def _places(node: ast.Expression, rebuild: Rebuild, depth: int = 0, is_condition: bool = True) -> Iterator[Place]:
    """Where a guard can stand: the node, the sides of its `and` and `or`, the branches of its `if`.

    Not inside `not(…)`: there a guard would turn round with what it guards.
    """
    yield depth, node, rebuild, is_condition
    match node:
        case ast.And(left=left, right=right) | ast.Or(left=left, right=right):
            yield from _places(left, lambda part: rebuild(replace(node, left=part)), depth + 1)
            yield from _places(right, lambda part: rebuild(replace(node, right=part)), depth + 1)
        case ast.If(then=then, otherwise=otherwise):
            yield from _places(then, lambda part: rebuild(replace(node, then=part)), depth + 1, is_condition)
            yield from _places(otherwise, lambda part: rebuild(replace(node, otherwise=part)), depth + 1, is_condition)


def _left_to_right(node: ast.Expression) -> ast.Expression:
    """`a and (b and c)` as `a and b and c`, which says the same and needs no parentheses."""
    match node:
        case ast.And(left=left, right=right):
            left, right = _left_to_right(left), _left_to_right(right)
            if isinstance(right, ast.And):
                return _left_to_right(ast.And(ast.And(left, right.left), right.right))
            return replace(node, left=left, right=right)
        case ast.Or(left=left, right=right):
            return replace(node, left=_left_to_right(left), right=_left_to_right(right))
        case _:
            return node
