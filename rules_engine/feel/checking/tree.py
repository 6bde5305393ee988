"""Walking the tree of an expression: children in the order of the text, and which names a node binds.

Binders: iterators of `for`, `some`, `every` (each sees the ones before it); entries of a context (each sees the ones
above it); a filter (`item`, and the fields of the item where it is a context).
"""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.feel import ast

NOW_FUNCTIONS = ("now", "today")


def children(node: ast.Node) -> Iterator[ast.Node]:
    """`a` and `b` of `a + b`; the tests of an `in`; the iterators of a `for`."""
    match node:
        case ast.Path(source=source) | ast.Argument(value=source) | ast.Negate(operand=source):
            yield source
        case ast.Filter(source=source, condition=condition):
            yield from (source, condition)
        case ast.Call(arguments=arguments):
            yield from arguments
        case (
            ast.Arithmetic(left=left, right=right)
            | ast.Comparison(left=left, right=right)
            | ast.And(left=left, right=right)
            | ast.Or(left=left, right=right)
        ):
            yield from (left, right)
        case ast.Between(value=value, low=low, high=high):
            yield from (value, low, high)
        case ast.In(value=value, tests=tests):
            yield value
            yield from tests
        case ast.OpTest(value=value) | ast.ValueTest(value=value) | ast.InstanceOf(value=value):
            yield value
        case ast.UnaryTests(tests=tests):
            yield from tests
        case ast.If(condition=condition, then=then, otherwise=otherwise):
            yield from (condition, then, otherwise)
        case ast.Iterator(source=source, end=end):
            yield source
            if end is not None:
                yield end
        case ast.For(iterators=iterators, body=body) | ast.Quantified(iterators=iterators, condition=body):
            yield from iterators
            yield body
        case ast.ListLiteral(items=items):
            yield from items
        case ast.ContextLiteral(entries=entries):
            yield from entries
        case ast.ContextEntry(value=value):
            yield value
        case ast.RangeLiteral(low=low_end, high=high_end):
            for end in (low_end, high_end):
                if end is not None:
                    yield end


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """The node and all below it, outer before inner."""
    yield node
    for child in children(node):
        yield from walk(child)


def conjuncts(node: ast.Expression) -> Iterator[ast.Expression]:
    """`a`, `b` and `c` of `a and b and c`."""
    if isinstance(node, ast.And):
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node


def static_path(node: ast.Node) -> tuple[str, ...] | None:
    """("lead", "title") of `lead.title`; None where the source is no name."""
    names: list[str] = []
    while isinstance(node, ast.Path):
        names.append(node.name)
        node = node.source
    if not isinstance(node, ast.Name):
        return None
    return (node.name, *reversed(names))


def path_node(path: tuple[str, ...]) -> ast.Expression:
    """`lead.title` of ("lead", "title")."""
    node: ast.Expression = ast.Name(path[0])
    for name in path[1:]:
        node = ast.Path(node, name)
    return node


def uses_input(node: ast.Node) -> bool:
    """Does a test speak of the tested value, `?`, itself?"""
    return any(isinstance(part, ast.Name) and part.name == "?" for part in walk(node))
