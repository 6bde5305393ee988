"""Lists and contexts whose parts are all written in the expression: `[1, lead.nps]`, `concatenate([1], [lead.nps])`.

Of these it is known which part stands where, whatever the values are.
"""

from __future__ import annotations

from collections.abc import Callable

from rules_engine.feel import ast
from rules_engine.feel.builtins import lists
from rules_engine.feel.checking.literals import literal_number

Items = tuple[ast.Expression, ...]

# Only code that moves items about and never looks at them: it is run over the expressions that stand for them.
_WITH_LISTS: dict[str, Callable[..., object]] = {"concatenate": lists.concatenate, "reverse": lists.reverse}
_WITH_POSITIONS: dict[str, Callable[..., object]] = {"sublist": lists.sublist, "remove": lists.remove}
_WITH_AN_ITEM: dict[str, Callable[..., object]] = {
    "insert before": lists.insert_before,
    "list replace": lists.list_replace,
}


def written_list(node: ast.Expression) -> Items | None:
    """The items of a list, each as its expression; None where that is not known."""
    match node:
        case ast.ListLiteral(items=items):
            return items
        case ast.Call(function=name, arguments=(first, *others)) if all(a.name is None for a in node.arguments):
            source = written_list(first.value)
            return None if source is None else _called(name, list(source), [other.value for other in others])
        case _:
            return None


def _called(name: str, items: list[ast.Expression], others: list[ast.Expression]) -> Items | None:
    if name == "append":
        return (*items, *others)
    given: list[object] = []
    if name in _WITH_LISTS:
        made, given = _WITH_LISTS[name], [None if (more := written_list(one)) is None else list(more) for one in others]
    elif name in _WITH_POSITIONS and others:
        made, given = _WITH_POSITIONS[name], [literal_number(one) for one in others]
    elif name in _WITH_AN_ITEM and len(others) == 2:
        made, given = _WITH_AN_ITEM[name], [literal_number(others[0]), others[1]]
    else:
        return None
    found = None if any(value is None for value in given) else made(items, *given)
    return tuple(found) if isinstance(found, list) else None


def written_entry(node: ast.Expression) -> tuple[ast.ContextLiteral, str] | None:
    """The context and the key of `{a: 1}.a` and `get value({a: 1}, "a")`."""
    match node:
        case ast.Path(source=ast.ContextLiteral() as made, name=key):
            return made, key
        case ast.Call(
            function="get value",
            arguments=(
                ast.Argument(name=None, value=ast.ContextLiteral() as made),
                ast.Argument(name=None, value=ast.StringLiteral(value=key)),
            ),
        ):
            return made, key
        case _:
            return None
