"""List functions (10.3.4.4) that look at a list or make another: positions, membership, joining, sets."""

from __future__ import annotations

from rules_engine.feel.builtins.same import Distinct
from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.compare import equal
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.interpret.scope import charge
from rules_engine.feel.limits import MAX_ITEMS
from rules_engine.feel.types import ANY, ListOf, Type

GROUP = "Lists"


def item_type(arguments: tuple[Type, ...]) -> Type:
    """The items' type of a first argument that is a list; of a single value, its own."""
    if not arguments:
        return ANY
    return arguments[0].item if isinstance(arguments[0], ListOf) else arguments[0]


def same_list(arguments: tuple[Type, ...]) -> Type:
    """A list of what the first argument holds."""
    return ListOf(item_type(arguments), nullable_items(arguments))


def joined_list(arguments: tuple[Type, ...]) -> Type:
    """A list of what all arguments hold, if that is one type."""
    items = {item_type((argument,)) for argument in arguments}
    return ListOf(items.pop() if len(items) == 1 else ANY, nullable_items(arguments))


def nullable_items(arguments: tuple[Type, ...]) -> bool:
    """Whether an item of one of the lists can be null."""
    return any(isinstance(argument, ListOf) and argument.nullable for argument in arguments)


def _limited(items: list[object]) -> list[object]:
    if len(items) > MAX_ITEMS:
        raise FeelLimitError(f"A list of more than {MAX_ITEMS:,} items was made.", code="RE313")
    return items


def _index(items: list[object], position: float) -> int | None:
    """The index for a position from 1 or from the end; None where the list has none."""
    if not position.is_integer() or position == 0 or abs(position) > len(items):
        return undefined("the list has no such position")
    return int(position) - 1 if position > 0 else len(items) + int(position)


@standard.function(
    "list contains(list: list, element: Any?) -> boolean",
    group=GROUP,
    doc="Whether an item of the list equals `element`.",
    examples={"list contains([1, 2, 3], 2)": "true", "list contains([1, null], null)": "true"},
    total=True,
)
def list_contains(items: list[object], element: object) -> object:
    return any(equal(item, element) is True for item in items)


@standard.function(
    "count(list: list) -> number",
    group=GROUP,
    doc="How many items a list has.",
    examples={"count([1, 2, 3])": "3", "count([])": "0"},
    total=True,
)
def count(items: list[object]) -> object:
    return float(len(items))


@standard.function(
    "sublist(list: list, start position: number, length?: number) -> list",
    group=GROUP,
    doc="The items from a position on, counted from 1; a negative position counts from the end.",
    examples={
        "sublist([4, 5, 6], 1, 2)": "[4, 5]",
        "sublist([4, 5, 6], -2)": "[5, 6]",
        "sublist([4, 5, 6], 0)": "null",
    },
    result=same_list,
)
def sublist(items: list[object], start: float, length: float | None = None) -> object:
    begin = _index(items, start)
    if begin is None:
        return None
    if length is None:
        return items[begin:]
    if not length.is_integer() or length < 1 or begin + length > len(items):
        return undefined("the list has not so many items")
    return items[begin : begin + int(length)]


@standard.function(
    "append(list: list, item...: Any?) -> list",
    group=GROUP,
    doc="The list with further items at its end.",
    examples={"append([1], 2, 3)": "[1, 2, 3]"},
    total=True,
)
def append(items: list[object], *more: object) -> object:
    return _limited([*items, *more])


@standard.function(
    "concatenate(list...: list) -> list",
    group=GROUP,
    doc="All items of several lists, in order.",
    examples={"concatenate([1, 2], [3])": "[1, 2, 3]"},
    result=joined_list,
    total=True,
)
def concatenate(*lists: list[object]) -> object:
    if sum(map(len, lists)) > MAX_ITEMS:
        raise FeelLimitError(f"A list of more than {MAX_ITEMS:,} items was made.", code="RE313")
    return [item for items in lists for item in items]


@standard.function(
    "insert before(list: list, position: number, newItem: Any?) -> list",
    group=GROUP,
    doc="The list with a new item at a position.",
    examples={"insert before([1, 3], 1, 2)": "[2, 1, 3]", "insert before([1, 3], 5, 2)": "null"},
)
def insert_before(items: list[object], position: float, new: object) -> object:
    at = _index(items, position)
    return None if at is None else [*items[:at], new, *items[at:]]


@standard.function(
    "remove(list: list, position: number) -> list",
    group=GROUP,
    doc="The list without the item at a position.",
    examples={"remove([1, 2, 3], 2)": "[1, 3]"},
    result=same_list,
)
def remove(items: list[object], position: float) -> object:
    at = _index(items, position)
    return None if at is None else [*items[:at], *items[at + 1 :]]


@standard.function(
    "list replace(list: list, position: number, newItem: Any?) -> list",
    group=GROUP,
    doc="The list with the item at a position replaced.",
    examples={"list replace([2, 4, 7, 8], 3, 6)": "[2, 4, 6, 8]"},
)
def list_replace(items: list[object], position: float, new: object) -> object:
    at = _index(items, position)
    return None if at is None else [*items[:at], new, *items[at + 1 :]]


@standard.function(
    "reverse(list: list) -> list",
    group=GROUP,
    doc="The items in reverse order.",
    examples={"reverse([1, 2, 3])": "[3, 2, 1]"},
    result=same_list,
    total=True,
)
def reverse(items: list[object]) -> object:
    return items[::-1]


@standard.function(
    "index of(list: list, match: Any?) -> list<number>",
    group=GROUP,
    doc="The positions, from 1, of the items that equal `match`.",
    examples={"index of([1, 2, 3, 2], 2)": "[2, 4]"},
    total=True,
)
def index_of(items: list[object], match: object) -> object:
    return [float(at) for at, item in enumerate(items, 1) if equal(item, match) is True]


@standard.function(
    "union(list...: list) -> list",
    group=GROUP,
    doc="All items of several lists, equal ones once.",
    examples={"union([1, 2], [2, 3])": "[1, 2, 3]"},
    result=joined_list,
    total=True,
)
def union(*lists: list[object]) -> object:
    seen = Distinct()
    return [item for items in lists for item in items if seen.add(item)]


@standard.function(
    "distinct values(list: list) -> list",
    group=GROUP,
    doc="The items of a list, equal ones once.",
    examples={"distinct values([1, 2, 3, 2, 1])": "[1, 2, 3]"},
    result=same_list,
    total=True,
)
def distinct_values(items: list[object]) -> object:
    seen = Distinct()
    return [item for item in items if seen.add(item)]


@standard.function(
    "flatten(list: list) -> list",
    group=GROUP,
    doc="The items of a list and of all lists in it.",
    examples={"flatten([[1, 2], [[3]], 4])": "[1, 2, 3, 4]"},
    total=True,
)
def flatten(items: list[object]) -> object:
    flat: list[object] = []
    stack = [iter(items)]
    rounds = 0
    while stack:
        for item in stack[-1]:
            rounds += 1
            charge(1)
            if isinstance(item, list):
                stack.append(iter(item))
                break
            flat.append(item)
        else:
            stack.pop()
        if rounds > MAX_ITEMS:
            raise FeelLimitError(f"A list of more than {MAX_ITEMS:,} items was made.", code="RE313")
    return flat
