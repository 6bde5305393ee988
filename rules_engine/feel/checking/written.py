"""Lists and contexts whose parts are all written in the expression: `[1, lead.nps]`, `concatenate([1], [lead.nps])`.

Of these it is known which part stands where, whatever the values are.
"""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.checking.literals import literal_number
from rules_engine.feel.functions import all_functions

Items = tuple[ast.Expression, ...]

# Functions that move items about and never look at them: their code is run over the expressions that stand for them.
_WITH_LISTS = ("concatenate", "reverse")
_WITH_POSITIONS = ("sublist", "remove")
_WITH_AN_ITEM = ("insert before", "list replace")


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
    given: list[object]
    if name in _WITH_LISTS:
        given = [None if (more := written_list(one)) is None else list(more) for one in others]
    elif name in _WITH_POSITIONS and others:
        given = [literal_number(one) for one in others]
    elif name in _WITH_AN_ITEM and len(others) == 2:
        given = [literal_number(others[0]), others[1]]
    else:
        return None
    function = all_functions().get(name)
    if function is None or any(value is None for value in given):
        return None
    signature = function.signatures[0]
    found = signature.scalar(items, *given) if signature.takes(1 + len(given)) else None
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
