"""Filters, loops and quantifiers in the abstract evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules_engine.feel import ast
from rules_engine.feel.checking import outcomes as o
from rules_engine.feel.checking.literals import is_position, literal_number
from rules_engine.feel.checking.outcomes import Kind, Outcomes
from rules_engine.feel.checking.written import written_list

if TYPE_CHECKING:
    from rules_engine.feel.checking.missing import Around, Evaluation


def filtered(run: Evaluation, node: ast.Filter, around: Around) -> Outcomes:
    position = literal_number(node.condition)
    items = written_list(node.source)
    if position is not None and items is not None:
        there = is_position(position) and abs(position) <= len(items)
        return run.of(items[int(position) - (position > 0)], around) if there else o.NULL
    source = run.of(node.source, around)
    item = source.inner if source.inner is not None else source
    condition = run.of(node.condition, around.bind("item", item))
    if ("item",) in run.present(node.condition, True):
        item = o.known(item)
    made = o.NOBODY
    if any(kind is Kind.VALUE for kind, _ in condition.flags):  # a position
        made |= item if _always_there(node, position) else item | o.NULL
    if any(kind is not Kind.VALUE for kind, _ in condition.flags):
        made |= Outcomes(dict(o.VALUE.flags), item)
    if condition.marked:
        made |= made.mark(condition.origins | ({run.here(node)} if condition.can_be_missing else o.NONE))
    return o.through(source, made)


def _always_there(node: ast.Filter, position: float | None) -> bool:
    """The first and the last part of a text that is split are there: without a delimiter it is one part."""
    return isinstance(node.source, ast.Call) and node.source.function == "split" and position in (1, -1)


def iterate(run: Evaluation, iterators: tuple[ast.Iterator, ...], around: Around) -> tuple[Outcomes, Around]:
    """What the lists to go through can be, all together, and the names inside the loop."""
    sources = o.VALUE
    for iterator in iterators:
        source = run.of(iterator.source, around)
        item = source.inner if source.inner is not None else source
        if iterator.end is not None:
            item = o.VALUE
            source = o.paired(source, run.of(iterator.end, around), o.strict, run.here(iterator))
        elif source.inner is not None and any(marked for _, marked in source.flags):
            item = item.mark(source.origins)
        both = o.paired(sources, source, o.strict, run.here(iterator), inside=False)
        sources = both if iterator is iterators[0] else both | sources  # an inner list may never be looked at
        around = around.bind(iterator.name, item)
    return sources, around


_MOST_ITEMS = 20


def _each(run: Evaluation, node: ast.Quantified, items: tuple[ast.Expression, ...], around: Around) -> Outcomes:
    """Items that are written out, each asked by itself: one that decides whatever is missing settles the whole."""
    fold, found = (o.disjunction, o.FALSE) if node.kind == "some" else (o.conjunction, o.TRUE)
    for item in items:
        inside = around.bind(node.iterators[0].name, run.of(item, around))
        found = fold(found, run.of(node.condition, inside))
    return found


def quantified(run: Evaluation, node: ast.Quantified, around: Around) -> Outcomes:
    items = written_list(node.iterators[0].source)
    if items is not None and len(items) <= _MOST_ITEMS and len(node.iterators) == 1 and node.iterators[0].end is None:
        return _each(run, node, items, around)
    sources, around = iterate(run, node.iterators, around)
    condition = run.of(node.condition, around)
    fold = o.disjunction if node.kind == "some" else o.conjunction
    found = o.FALSE if node.kind == "some" else o.TRUE
    for _ in range(4):  # with each further item the set can only grow, by the few outcomes there are
        found |= fold(found, condition)
    return o.through(sources, found) | (found if len(node.iterators) > 1 else o.NOBODY)
