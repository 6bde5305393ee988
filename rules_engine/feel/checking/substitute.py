"""Putting expressions in the place of names: definitions and the `for_each` variable. Never captures a name.

`substitute(parse("careers_page and x > 1"), {"careers_page": parse('starts with(event.path, "/careers")')})` is
`starts with(event.path, "/careers") and x > 1`. What is put in takes the place (`span`) of the name it replaces, so
that a finding in it points to the text that the author of the expression sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from rules_engine.feel import ast
from rules_engine.feel.checking.reads import reads
from rules_engine.feel.syntax.walk import with_children

AnyNode = TypeVar("AnyNode", bound=ast.Node)
Names = Mapping[str, ast.Expression]


def substitute(node: AnyNode, names: Names) -> AnyNode:
    """`node` with each free name of `names` replaced. The replacements themselves are not looked into again."""
    return cast(AnyNode, _put(node, names)) if names else node


def _put(node: ast.Node, names: Names) -> Any:
    match node:
        case ast.Name(name=name):
            return at_place(names[name], node.span) if name in names else node
        case ast.For() | ast.Quantified():
            return _put_iterators(node, names)
        case ast.ContextLiteral():
            return _put_context(node, names)
        case ast.Filter(source=source, condition=condition):
            return replace(node, source=_put(source, names), condition=_put(condition, _without(names, ("item",))))
        case _:
            return with_children(node, lambda child: cast(ast.Node, _put(child, names)))


def _put_iterators(node: ast.For | ast.Quantified, names: Names) -> ast.Expression:
    iterators = []
    for iterator in node.iterators:
        source = _put(iterator.source, names)
        end = None if iterator.end is None else _put(iterator.end, names)
        names = _without(names, (iterator.name,))
        name = iterator.name
        if name in _free(names):  # the name would catch a name of a definition: `some lead in x satisfies careers_page`
            name = _fresh(name, (*names, *_free(names), *_free({"": node})))
            names = {**names, iterator.name: ast.Name(name)}
        iterators.append(ast.Iterator(name, source, end, span=iterator.span))
    if isinstance(node, ast.For):
        return replace(node, iterators=tuple(iterators), body=_put(node.body, _without(names, ("partial",))))
    return replace(node, iterators=tuple(iterators), condition=_put(node.condition, names))


def _put_context(node: ast.ContextLiteral, names: Names) -> ast.Expression:
    """A key of a context is its output and cannot be renamed; what it would catch is bound outside, under a new name.

    `{lead: 1, b: careers_page}` becomes `(for lead_1 in [lead] return {lead: 1, b: ... lead_1 ...})[1]`.
    """
    entries: list[ast.ContextEntry] = []
    outside: dict[str, str] = {}
    for entry in node.entries:
        entries.append(replace(entry, value=_put(entry.value, names)))
        names = _without(names, (entry.key,))
        if entry.key in _free(names):
            outside[entry.key] = _fresh(entry.key, (*names, *_free(names), *_free({"": node})))
            renamed: Names = {entry.key: ast.Name(outside[entry.key])}
            names = {name: _put(value, renamed) for name, value in names.items()}
    made: ast.Expression = replace(node, entries=tuple(entries))
    for key, fresh in outside.items():
        around = (ast.Iterator(fresh, ast.ListLiteral((ast.Name(key),))),)
        made = ast.Filter(ast.For(around, made, span=node.span), ast.NumberLiteral(1.0, "1"), span=node.span)
    return made


def at_place(node: AnyNode, place: ast.Place) -> AnyNode:
    """A copy of the tree in which every node stands at `place`."""
    changes: dict[str, object] = {}
    for part in fields(node):
        old = getattr(node, part.name)
        if isinstance(old, ast.Place):
            changes[part.name] = place
        elif isinstance(old, ast.Node):
            changes[part.name] = at_place(old, place)
        elif isinstance(old, tuple) and old and isinstance(old[0], ast.Node):
            changes[part.name] = tuple(at_place(item, place) for item in old)
    return cast(AnyNode, replace(cast(Any, node), **changes))


def _free(names: Names) -> frozenset[str]:
    return frozenset(path[0] for value in names.values() for path in reads(value))


def _without(names: Names, bound: Iterable[str]) -> Names:
    hidden = set(bound)
    return {name: value for name, value in names.items() if name not in hidden}


def _fresh(name: str, taken: Iterable[str]) -> str:
    used = set(taken)
    return next(candidate for n in range(1, 1000) if (candidate := f"{name}_{n}") not in used)
