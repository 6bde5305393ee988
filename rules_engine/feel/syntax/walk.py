"""The children of a node, the node with others, and how deep a tree is: without recursion, for hostile trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, cast

from rules_engine.feel import ast

_FIELDS: dict[type, tuple[str, ...]] = {}


def children(node: ast.Node) -> Iterator[ast.Node]:
    """The nodes directly below `node`, in the order of the text."""
    names = _FIELDS.get(type(node))
    if names is None:
        names = _FIELDS[type(node)] = tuple(f.name for f in fields(node) if f.name not in ("span", "name_span"))
    for name in names:
        value = getattr(node, name)
        if isinstance(value, ast.Node):
            yield value
        elif type(value) is tuple:
            for item in value:
                if isinstance(item, ast.Node):
                    yield item
                elif type(item) is tuple:  # the entries of a context type: (name, type)
                    yield item[1]


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """`node` and all nodes below it, each before its children."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def deepest(node: ast.Node, limit: int) -> ast.Node | None:
    """The first node found deeper than `limit` levels, or None."""
    level = [node]
    for _ in range(limit):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return None
    return level[0]


def mentions(node: ast.Node, name: str) -> bool:
    """Whether a `Name` of this name stands anywhere in `node`."""
    return any(type(part) is ast.Name and part.name == name for part in walk(node))


def with_children(node: ast.Node, change: Callable[[ast.Node], ast.Node]) -> ast.Node:
    """The node with its children changed; the same object where none of them is another."""
    changes: dict[str, object] = {}
    for part in fields(node):
        old = getattr(node, part.name)
        if isinstance(old, ast.Node):
            new: object = change(old)
            if new is not old:
                changes[part.name] = new
        elif isinstance(old, tuple) and old and isinstance(old[0], ast.Node):
            items = tuple(change(item) for item in old)
            if any(a is not b for a, b in zip(items, old, strict=True)):
                changes[part.name] = items
    return cast(ast.Node, replace(cast(Any, node), **changes)) if changes else node
