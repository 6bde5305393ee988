"""`for`, `some`, `every` and filters: everything that runs a part of an expression once per item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.interpret.arithmetic import number_of
from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import Run, Scope, budgeted, charge
from rules_engine.feel.syntax.walk import mentions, walk
from rules_engine.feel.values import Date, Range
from rules_engine.feel.values.temporal import date_of_days

Binding: TypeAlias = tuple[str, Run, Run | None]
"""The name of an iterator, its list or start, and the end of `start..end`."""

_STOP = object()


def compile_for(node: ast.For, bindings: Sequence[Binding], body: Run) -> Run:
    """The list of the body's values. `partial` is the list so far."""
    wants_partial = mentions(node.body, "partial") and all(name != "partial" for name, _, _ in bindings)

    def run(scope: Scope) -> object:
        results: list[object] = []

        def act(inner: dict[str, Any]) -> object:
            if wants_partial:
                charge(len(results) // 64)  # a copy: what an earlier round kept must not grow
                inner["partial"] = list(results)
            results.append(body(inner))
            return None

        return results if _each(scope, bindings, act) else None

    return budgeted(run)


def compile_quantified(kind_of: str, bindings: Sequence[Binding], condition: Run) -> Run:
    """`some` is `or` over all rounds, `every` is `and`; a condition that is null leaves the answer open."""
    decisive = kind_of == "some"

    def run(scope: Scope) -> object:
        unknown = False
        decided = False

        def act(inner: dict[str, Any]) -> object:
            nonlocal unknown, decided
            value = condition(inner)
            if value is decisive:
                decided = True
                return _STOP
            unknown = unknown or not isinstance(value, bool)
            return None

        if not _each(scope, bindings, act):
            return None
        if decided:
            return decisive
        return None if unknown else not decisive

    return budgeted(run)


def _each(scope: Scope, bindings: Sequence[Binding], act: Callable[[dict[str, Any]], object]) -> bool:
    """Runs `act` for every combination, the last iterator fastest. False: there is nothing to iterate over."""
    name, source, end = bindings[0]
    inner = dict(scope)
    items = _items(source(scope)) if end is None else _span(source(scope), end(scope))
    if items is None:
        return False
    for item in items:
        charge(1)
        inner[name] = item
        if len(bindings) > 1:
            stopped: list[object] = []

            def act_and_tell(deeper: dict[str, Any], stopped: list[object] = stopped) -> object:
                outcome = act(deeper)
                if outcome is _STOP:
                    stopped.append(outcome)
                return outcome

            if not _each(inner, bindings[1:], act_and_tell):
                return False
            if stopped:
                return True
        elif act(inner) is _STOP:
            return True
    return True


def _items(domain: object) -> Iterable[object] | None:
    """What `in domain` goes through: a list, the whole numbers or days of a range, or a single value."""
    if isinstance(domain, list):
        return domain
    if isinstance(domain, Range):
        return _span(domain.low, domain.high, skip_first=not domain.low_closed, skip_last=not domain.high_closed)
    return undefined("there is no list to go through") if domain is None else [domain]


def _span(start: object, end: object, *, skip_first: bool = False, skip_last: bool = False) -> Iterable[object] | None:
    """`1..3` → 1, 2, 3; `3..1` → 3, 2, 1; dates go by days."""
    if isinstance(start, Date) and isinstance(end, Date):
        first, last = start.days, end.days
        make: Callable[[int], object] = date_of_days
    else:
        low, high = number_of(start), number_of(end)
        if low is None or high is None or not low.is_integer() or not high.is_integer():
            return undefined(f"cannot count from {kind(start)} to {kind(end)} in whole steps")
        first, last, make = int(low), int(high), float
    step = 1 if first <= last else -1
    numbers = range(first + (step if skip_first else 0), last + (0 if skip_last else step), step)
    return map(make, numbers)


def compile_filter(node: ast.Filter, source: Run, condition: Run) -> Run:
    """`list[number]` is an item, `list[condition]` the items for which it is true.

    In a condition `item` is the item, and the entries of an item that is a context are names of their own.
    """
    names = names_of(node.condition)
    at = _literal_index(node.condition)

    def run(scope: Scope) -> object:
        found = source(scope)
        if found is None:
            return None
        items: list[object] = found if isinstance(found, list) else [found]
        if at is not None:
            return _item_at(items, at)
        if not items:
            value = condition(scope)
            return [] if number_of(value) is None else _item_at(items, value)
        kept: list[object] = []
        outer = dict(scope)
        inner = dict(scope)
        for number, item in enumerate(items):
            charge(1)
            bind_item(inner, outer, item, names)
            value = condition(inner)
            if value is True:
                kept.append(item)
            elif value is False or value is None:
                continue
            elif number == 0 and number_of(value) is not None:
                return _item_at(items, condition(scope))
            else:
                return undefined(f"a filter wants a condition or a position, not {kind(value)}")
        return kept

    return budgeted(run)


def names_of(node: ast.Expression) -> frozenset[str]:
    """The names in the condition of a filter: what `bind_item` sets."""
    return frozenset(part.name for part in walk(node) if isinstance(part, ast.Name))


def bind_item(inner: dict[str, Any], outer: dict[str, Any], item: object, names: frozenset[str]) -> None:
    """Gives the names of a filter's condition the values that they have for an item."""
    for name in names:
        if name == "item":
            inner[name] = item
        elif name in outer:
            inner[name] = outer[name]
        else:
            inner.pop(name, None)
    if isinstance(item, dict):
        for name in names:
            if name in item:
                inner[name] = item[name]


def _literal_index(node: ast.Expression) -> float | None:
    if isinstance(node, ast.NumberLiteral):
        return node.value
    if isinstance(node, ast.Negate) and isinstance(node.operand, ast.NumberLiteral):
        return -node.operand.value
    return None


def _item_at(items: list[object], position: object) -> object:
    """Counted from 1, or from the end by negative numbers; null where there is none."""
    number = number_of(position)
    if number is None or not number.is_integer() or number == 0 or abs(number) > len(items):
        return undefined("there is no item at this position")
    return items[int(number) - 1] if number > 0 else items[int(number)]
