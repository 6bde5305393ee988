"""Constants written into expressions: `event.path in constants.sales_pages` has a native form as a list of literals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from rules_engine.feel import ast
from rules_engine.feel.syntax.walk import walk, with_children

AnyNode = TypeVar("AnyNode", bound=ast.Node)


def with_constants(tree: AnyNode, constants: Mapping[str, object]) -> AnyNode:
    """The tree with `constants.<name>` replaced by its value, where that is a text, a number or a list of them.

    A tree that binds names of its own is left as it is: one of them may hide the constants.
    """
    if any(isinstance(node, ast.For | ast.Quantified | ast.ContextLiteral | ast.Filter) for node in walk(tree)):
        return tree
    return cast(AnyNode, _put(tree, constants))


def _put(node: ast.Node, constants: Mapping[str, object]) -> ast.Node:
    if isinstance(node, ast.Path) and isinstance(node.source, ast.Name) and node.source.name == "constants":
        return _literal(constants.get(node.name)) or node
    return with_children(node, lambda child: _put(child, constants))


def _literal(value: object) -> ast.Expression | None:
    if isinstance(value, str):
        return ast.StringLiteral(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ast.NumberLiteral(float(value))
    if isinstance(value, list):
        items = [_literal(item) for item in value]
        known = tuple(item for item in items if item is not None and not isinstance(item, ast.ListLiteral))
        return ast.ListLiteral(known) if len(known) == len(items) else None
    return None
