"""Which paths an expression reads from the roots around it: `lead.title`, `event.path`, `now`.

Names that the expression binds itself do not count: the `x` of `some x in lead.tags satisfies x = "a"`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules_engine.feel import ast
from rules_engine.feel.checking.tree import NOW_FUNCTIONS, children, static_path
from rules_engine.feel.types import ContextOf, Typed


def reads(node: ast.Node, scope: Mapping[str, Typed] | None = None) -> frozenset[tuple[str, ...]]:
    """The paths read, such as ("lead", "title"), ("now",).

    `now()` and `today()` read ("now",). With a `scope`, a path ends at the first declared value that has no declared
    fields (`event.at.hour` reads ("event", "at")) and names outside the scope are left out (in a filter they can be
    fields of the item). Without one, paths are given as written, and the properties of `now` are cut.
    """
    return frozenset(_cut(path, scope) for path in _paths(node, frozenset()) if scope is None or path[0] in scope)


def _paths(node: ast.Node, bound: frozenset[str]) -> Iterator[tuple[str, ...]]:
    match node:
        case ast.Name() | ast.Path():
            path = static_path(node)
            if path is None:
                yield from (found for child in children(node) for found in _paths(child, bound))
            elif path[0] not in bound:
                yield path
        case ast.For(iterators=iterators, body=body) | ast.Quantified(iterators=iterators, condition=body):
            for iterator in iterators:
                yield from (found for child in children(iterator) for found in _paths(child, bound))
                bound |= {iterator.name}
            # `partial` is what a `for` has made so far
            yield from _paths(body, bound | {"partial"} if isinstance(node, ast.For) else bound)
        case ast.ContextLiteral(entries=entries):
            for entry in entries:
                yield from _paths(entry.value, bound)
                bound |= {entry.key}
        case ast.Filter(source=source, condition=condition):
            yield from _paths(source, bound)
            yield from _paths(condition, bound | {"item"})
        case ast.ValueTest(value=value):
            yield from _paths(value, bound | {"?"})
        case ast.Call(function=function, arguments=()) if function in NOW_FUNCTIONS:
            yield ("now",)
        case _:
            for child in children(node):
                yield from _paths(child, bound)


def _cut(path: tuple[str, ...], scope: Mapping[str, Typed] | None) -> tuple[str, ...]:
    if scope is None:
        return path[:1] if path[0] == "now" else path
    kind = scope[path[0]].type
    for length, name in enumerate(path[1:], 1):
        entry = kind.get(name) if isinstance(kind, ContextOf) else None
        if entry is None:
            return path if isinstance(kind, ContextOf) else path[:length]
        kind = entry.type
    return path
