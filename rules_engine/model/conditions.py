"""Conditions in each form a model file has: an expression, a list of them, or `all`, `any`, `none`, nested as wanted.

Takes a node and a scope, gives a `Formula` or a `Group`. What missing data would earn is checked over the whole
condition, so that a test for null in one line guards the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.feel import ast
from rules_engine.feel.checking.gains import Counts, null_gains_of_lines
from rules_engine.feel.checking.lines import Lines
from rules_engine.model import messages_expressions as say
from rules_engine.model.expressions import Line, read_line, reads_what_is_told, tell
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import Scope
from rules_engine.model.types import Condition, Group
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node

KINDS: tuple[Literal["all", "any", "none"], ...] = ("all", "any", "none")
_MEANT = {"and": "all", "both": "all", "or": "any", "either": "any", "not": "none"}
_Tree: TypeAlias = "Line | tuple[Literal['all', 'any', 'none'], tuple[_Tree, ...], Node]"


def condition(reading: Reading, node: Node | None, scope: Scope, counts: Counts = "condition") -> Condition | None:
    """`when:` in each of its forms: an expression, a list (all of them), or a map with `all`, `any` or `none`.

    `counts` is "decision" where being false counts too (`otherwise` of a rule).
    """
    if node is None:
        return None
    tree = _condition(reading, node, scope)
    if tree is None:
        return None
    _check_missing(reading, tree, scope, counts)
    return _typed(tree)


def _condition(reading: Reading, node: Node, scope: Scope) -> _Tree | None:
    if isinstance(node, ListNode):
        return _group(reading, "all", node, node.items, scope)
    if isinstance(node, MapNode):
        if reading.report.is_told(node):
            return None
        if len(node.entries) != 1 or node.entries[0].key.text not in KINDS:
            reading.report.add(_no_condition(node))
            return None
        kind = next(kind for kind in KINDS if kind == node.entries[0].key.text)
        value = node.entries[0].value
        return _group(reading, kind, node, value.items if isinstance(value, ListNode) else (value,), scope)
    return read_line(reading, node, scope, "condition")


def _no_condition(node: MapNode) -> Diagnostic:
    """What a map is that is not one of `all`, `any` and `none` with its conditions."""
    kinds = [entry.key for entry in node if entry.key.text in KINDS]
    others = [entry.key for entry in node if entry.key.text not in KINDS]
    if kinds and others:
        return say.beside_conditions(others[0], kinds[0].text)
    if len(kinds) > 1:
        return say.two_kinds(kinds[1], kinds[0].text)
    if len(others) == 1 and (meant := _MEANT.get(others[0].text.lower())) is not None:
        return say.other_word_for_kind(others[0], meant)
    return say.read_as_map(node)


def _group(
    reading: Reading, kind: Literal["all", "any", "none"], node: Node, items: tuple[Node, ...], scope: Scope
) -> _Tree | None:
    if not items:
        reading.report.add(say.empty_group(node, kind))
        return None
    parts = [_condition(reading, item, scope) for item in items]
    known = tuple(part for part in parts if part is not None)
    return (kind, known, node) if len(known) == len(parts) else None


def _typed(tree: _Tree) -> Condition:
    if isinstance(tree, Line):
        return tree.formula
    kind, parts, node = tree
    return Group(kind, tuple(_typed(part) for part in parts), node.span)


def _check_missing(reading: Reading, tree: _Tree, scope: Scope, counts: Counts) -> None:
    """Principle 3: missing data never makes a condition count. A test for null in one line guards the others."""
    lines = list(_lines(tree))
    if any(reads_what_is_told(reading, line.formula) for line in lines):
        return
    whole = Lines("all", (_as_lines(tree),))
    definitions = {name: tree for line in lines for name, tree in line.definitions.items()}
    functions = reading.extensions.functions
    found = null_gains_of_lines(whole, scope.roots, functions, counts=counts, definitions=definitions)
    for line, findings in zip(lines, found, strict=True):
        tell(reading, line.node, findings)


def _lines(tree: _Tree) -> Iterable[Line]:
    if isinstance(tree, Line):
        yield tree
        return
    for part in tree[1]:
        yield from _lines(part)


def _as_lines(tree: _Tree) -> ast.Expression | Lines:
    return tree.written if isinstance(tree, Line) else Lines(tree[0], tuple(_as_lines(part) for part in tree[1]))
