"""Lists, filters, loops and contexts: `[1, 2]`, `items[item > 3]`, `some x in items satisfies …`, `{a: 1}`."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.feel import ast
from rules_engine.feel.checking import lookalikes, messages_kinds, messages_names, messages_values
from rules_engine.feel.checking.checker import UNKNOWN, Checker, Scope
from rules_engine.feel.checking.literals import is_position, literal_number
from rules_engine.feel.checking.relations import is_number, is_open, join_typed
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    NUMBER,
    POISON,
    ContextOf,
    Entry,
    ListOf,
    RangeOf,
    Type,
    Typed,
    plain,
)


def list_literal(checker: Checker, node: ast.ListLiteral, scope: Scope) -> Typed:
    inner = join_typed([checker.type_of(item, scope) for item in node.items])
    lookalikes.grouped_digits(checker, node.items)
    return Typed(ListOf(inner.type, inner.nullable), nullable=False)


def context_literal(checker: Checker, node: ast.ContextLiteral, scope: Scope) -> Typed:
    entries: dict[str, Entry] = {}
    for entry in node.entries:
        typed = checker.type_of(entry.value, scope)
        if entry.key in entries:
            checker.report(messages_names.repeated_key(entry))
        entries[entry.key] = Entry(entry.key, typed.type, typed.nullable)
        scope = scope.bind_name(entry.key, typed)
    return Typed(ContextOf(tuple(entries.values())), nullable=False)


def filtered(checker: Checker, node: ast.Filter, scope: Scope) -> Typed:
    source = checker.type_of(node.source, scope)
    kind = source.type
    if isinstance(kind, ContextOf) and isinstance(node.condition, ast.StringLiteral):
        return checker.report(messages_values.field_in_brackets(node, node.condition.value))
    if not isinstance(kind, ListOf) and not is_open(kind):
        source = checker.report(messages_values.not_a_list(node.source, kind, "`[…]` picks from a list"))
    item: Type = kind.item if isinstance(kind, ListOf) else source.type
    nullable = isinstance(kind, ListOf) and kind.nullable
    condition = checker.type_of(node.condition, _inside(scope, item, nullable))
    if is_number(condition.type) and any(
        isinstance(part, ast.Name) and part.name == "item" for part in walk(node.condition)
    ):
        return checker.report(messages_values.position_by_item(node.condition))
    if is_number(condition.type):
        position = literal_number(node.condition)
        if position is not None and not is_position(position):
            return checker.report(messages_values.no_such_position(node.condition, position))
        # a position that is null picks as a condition does: the empty list
        return Typed(ANY if condition.nullable else item, nullable=True)
    if is_open(condition.type):
        return UNKNOWN if not isinstance(kind, ListOf) else Typed(ANY)
    if condition.type != BOOLEAN:
        return checker.report(messages_values.bad_filter(node.condition, condition.type))
    if is_open(source.type):
        return source
    return Typed(kind, source.nullable)


def _inside(scope: Scope, item: Type, nullable: bool) -> Scope:
    """The names in a filter: `item`, and the fields of the item where it is a context."""
    inside = scope.bind_name("item", Typed(item, nullable))
    if isinstance(item, ContextOf):
        for entry in item.entries:
            inside = inside.bind_name(entry.name, Typed(entry.type, entry.nullable or nullable))
    return replace(inside, open=True) if is_open(item) else inside


def loop(checker: Checker, node: ast.For, scope: Scope) -> Typed:
    inside, nullable = _iterate(checker, node.iterators, scope, "`for` goes through a list")
    inside = inside.bind_name("partial", Typed(ListOf(ANY), nullable=False))
    body = checker.type_of(node.body, inside)
    return Typed(POISON if body.type == POISON else ListOf(body.type, body.nullable), nullable)


def quantified(checker: Checker, node: ast.Quantified, scope: Scope) -> Typed:
    inside, nullable = _iterate(checker, node.iterators, scope, f"`{node.kind}` goes through a list")
    condition = checker.condition(node.condition, inside, "What follows `satisfies`")
    return Typed(BOOLEAN, nullable or condition.nullable or condition.type == ANY)


def _iterate(checker: Checker, iterators: tuple[ast.Iterator, ...], scope: Scope, doing: str) -> tuple[Scope, bool]:
    """The names inside a loop, and whether a list to go through can be missing."""
    nullable = False
    for iterator in iterators:
        source = checker.type_of(iterator.source, scope)
        nullable |= source.nullable
        if iterator.end is None:
            item = _item(checker, iterator, source, doing)
            if isinstance(source.type, RangeOf):
                nullable |= not _can_be_counted(iterator.source, item.type)
        else:
            end = checker.type_of(iterator.end, scope)
            item = _counted(checker, iterator.source, source, iterator.end, end)
            nullable |= end.nullable or (item.type != DATE and not _are_whole(iterator.source, iterator.end))
        if iterator.name in checker.roots:
            checker.report(messages_names.hides(iterator, iterator.name))
        scope = scope.bind_name(iterator.name, item)
    return scope, nullable


def _can_be_counted(source: ast.Expression, item: Type) -> bool:
    """Whether it is plain that a range has days or whole numbers to go through; those of others may be missing."""
    if not isinstance(source, ast.RangeLiteral) or source.low is None or source.high is None:
        return False
    return item == DATE or _are_whole(source.low, source.high)


def _are_whole(*ends: ast.Expression) -> bool:
    numbers = [literal_number(end) for end in ends]
    return all(number is not None and number.is_integer() for number in numbers)


def _counted(checker: Checker, start: ast.Expression, first: Typed, end: ast.Expression, last: Typed) -> Typed:
    """What `start..end` goes through: whole numbers, or days."""
    ends = ((start, first.type), (end, last.type))
    step = DATE if any(kind == DATE for _, kind in ends) and not any(is_number(kind) for _, kind in ends) else NUMBER
    for part, kind in ends:
        if not is_open(kind) and plain(kind) != step:
            return checker.report(messages_kinds.not_expected(part, kind, step))
    return Typed(ANY if all(is_open(kind) for _, kind in ends) else step, nullable=False)


def _item(checker: Checker, iterator: ast.Iterator, source: Typed, doing: str) -> Typed:
    match source.type:
        case ListOf(item=item, nullable=nullable):
            return Typed(item, nullable or item == ANY)
        case RangeOf(item=item) if is_open(item) or plain(item) in (NUMBER, DATE):
            return Typed(item, nullable=False)
        case kind if is_open(kind):
            return source
        case kind:
            return checker.report(messages_values.not_a_list(iterator.source, kind, doing))
