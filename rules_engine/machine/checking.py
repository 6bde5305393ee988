"""Sources rewritten so that compiled code asks of each index whether it lies in its array (see `checked`).

    held[UNTIL, begin]    ->  held[bounded(UNTIL, held.shape[0], 7), bounded(begin, held.shape[1], 8)]

where 7 and 8 are places in the source, which an `BoundsError` tells. In the fold an index is to lie in its column, too
(see `flatten`).
"""

from __future__ import annotations

import ast
from collections.abc import Container
from functools import cache
from types import FunctionType
from typing import Any

_SITES: list[str] = []  # places in sources that were rewritten; compiled code has the text, not the number


class CheckError(Exception):
    """A form of index that cannot be checked."""


def site_text(site: int) -> str:
    """What a place in a rewritten source says when an index is wrong there."""
    return _SITES[site]


def bounded(index: ast.expr, size: ast.expr, site: str) -> ast.expr:
    """The index, which is to be from 0 up to a size; `site` says what it is of."""
    _SITES.append(site)
    return ast.Call(ast.Name("bounded", ast.Load()), [index, size, ast.Constant(len(_SITES) - 1)], [])


def site_of(function: ast.FunctionDef, node: ast.AST, leaves: str) -> str:
    """Which function, where, and what it `leaves`."""
    line = f", line {node.lineno}" if hasattr(node, "lineno") else ""
    return f"{function.name}{line}: {ast.unparse(node)} leaves {leaves}"


class Checking(ast.NodeTransformer):
    """One function: each index of an array that has a name. `tuples` are names of what is no array."""

    def __init__(self, function: ast.FunctionDef, tuples: Container[str] = ()) -> None:
        self.function = function
        self.tuples = tuples

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        array, many = node.value, isinstance(node.slice, ast.Tuple)
        if not isinstance(array, ast.Name):
            if isinstance(array, (ast.Call, ast.Attribute)) and isinstance(node.slice, ast.Constant):
                return self.generic_visit(node)  # a tuple: the shape of an array, several numbers
            raise CheckError(f"{self.function.name}: {ast.unparse(node)}")
        if array.id in self.tuples:
            return node
        site = site_of(self.function, node, "its array")
        indexes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(index, (ast.Slice, ast.Starred)) for index in indexes):
            raise CheckError(site)
        shape = ast.Attribute(ast.Name(array.id, ast.Load()), "shape", ast.Load())
        checked = [
            bounded(self.visit(index), ast.Subscript(shape, ast.Constant(axis), ast.Load()), site)
            for axis, index in enumerate(indexes)
        ]
        node.slice = ast.Tuple(checked, ast.Load()) if many else checked[0]
        return node


@cache
def checking(function: FunctionType) -> FunctionType:
    """The function with its indexes checked, for numba to compile. Raises `CheckError`."""
    import inspect
    import textwrap

    from rules_engine.machine import bounds

    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    ast.increment_lineno(tree, first - 1)
    definition.decorator_list = []
    tree.body = [Checking(definition).visit(definition)]
    names: dict[str, Any] = {**function.__globals__, "bounded": bounds.bounded}
    exec(compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec"), names)
    made: FunctionType = names[definition.name]
    names.update(function.__globals__)  # the name stands for what was declared under it, as for other functions
    return made
