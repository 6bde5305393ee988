"""YAML scalars -> checked FEEL formulas and conditions: the only module of the model that calls the language.

Takes a node and a scope, gives a `Formula` (or a `Group` of them); every mistake is told at its place inside the
scalar. Definitions are inlined and the variables of `for_each` become literals before the check.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Literal, TypeAlias

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.feel import ast, types
from rules_engine.feel import check as checker
from rules_engine.feel.check.tree import walk
from rules_engine.feel.errors import FeelLimitError, FeelSyntaxError
from rules_engine.feel.syntax.parse import parse as parse_feel
from rules_engine.model import messages_expressions as say
from rules_engine.model import traps
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import ROOTS, Scope
from rules_engine.model.types import Condition, Formula, Group
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode

Wanted: TypeAlias = Literal["condition", "number", "value"]
_EXPECTED: dict[Wanted, types.Type | None] = {"condition": types.BOOLEAN, "number": types.NUMBER, "value": None}
KINDS: tuple[Literal["all", "any", "none"], ...] = ("all", "any", "none")


def condition(reading: Reading, node: Node | None, scope: Scope) -> Condition | None:
    """`when:` in each of its forms: an expression, a list (all of them), or a map with `all`, `any` or `none`."""
    if node is None:
        return None
    if isinstance(node, ListNode):
        return _group(reading, "all", node, node.items, scope)
    if isinstance(node, MapNode):
        if len(node.entries) == 1 and node.entries[0].key.text in KINDS:
            kind = next(kind for kind in KINDS if kind == node.entries[0].key.text)
            value = node.entries[0].value
            if isinstance(value, ListNode):
                return _group(reading, kind, node, value.items, scope)
            return _group(reading, kind, node, (value,), scope)
        reading.report.add(say.read_as_map(node))
        return None
    return formula(reading, node, scope, "condition")


def _group(
    reading: Reading, kind: Literal["all", "any", "none"], node: Node, items: tuple[Node, ...], scope: Scope
) -> Group | None:
    if not items:
        reading.report.add(say.empty_group(node, kind))
        return None
    parts = [condition(reading, item, scope) for item in items]
    known = tuple(part for part in parts if part is not None)
    return Group(kind, known, node.span) if len(known) == len(parts) else None


def formula(reading: Reading, node: Node | None, scope: Scope, wanted: Wanted) -> Formula | None:
    """One expression, checked: a condition must be true or false, a number a number."""
    if node is None or reading.report.is_told(node):
        return None
    trap = traps.not_text(node, wanted)
    if trap is not None:
        reading.report.add(trap)
        return None
    assert isinstance(node, ScalarNode)
    tree = parse(reading, node)
    if tree is None:
        return None
    whole = _substituted(reading, node, tree, scope)
    if whole is None:
        return None
    roots = dict(scope.roots)
    try:
        checked = checker.check(whole, roots, reading.extensions.functions, _EXPECTED[wanted])
    except ImportError:  # the built-in functions are still to come
        checked = checker.CheckResult(types.Typed(_EXPECTED[wanted] or types.ANY), ())
    for found in checked.findings:
        place = node.place(found.start, found.end)
        reading.report.add(Diagnostic(found.code, found.severity, found.message, place, found.help))
    if not checked.ok:
        return None
    return Formula(node.text.strip(), whole, checked.typed.type, checker.reads(whole, roots), node.span)


def parse(reading: Reading, node: ScalarNode) -> ast.Expression | None:
    """The tree of an expression as written; a mistake in it is told, with the YAML trap that may be behind it."""
    try:
        return parse_feel(node.text)
    except (FeelSyntaxError, FeelLimitError) as error:
        trap = traps.behind_syntax_error(node)
        if trap is None:
            place = node.place(error.start, max(error.end, error.start))
            trap = finding(error.diagnostic_code, error.message, place, error.help)
        reading.report.add(trap)
        return None


def _substituted(reading: Reading, node: ScalarNode, tree: ast.Expression, scope: Scope) -> ast.Expression | None:
    """The tree with definitions, variables and `sales_ready` put in; names that may not stand here are told."""
    names = reading.names
    values: dict[str, ast.Expression] = {name: ast.StringLiteral(value) for name, value in scope.variables.items()}
    broken = False
    for path in sorted(checker.reads(tree)):
        root = path[0]
        if root in values or root in scope.roots:
            continue
        definition = names.definitions.get(root)
        if definition is not None:
            if definition.tree is None:
                broken = True  # told at the definition
                continue
            hidden = [path[0] for path in checker.reads(definition.tree) if path[0] not in scope.roots]
            if hidden:
                place = node.place(*_first_use(tree, root))
                reading.report.add(say.definition_out_of_place(place, root, hidden[0], scope))
                broken = True
            values[root] = definition.tree
        elif root in ROOTS and root != "now":
            reading.report.add(say.out_of_place(node.place(*_first_use(tree, root)), root, scope))
            broken = True
    return None if broken else checker.substitute(tree, values)


def _first_use(tree: ast.Expression, name: str) -> tuple[int, int]:
    for node in walk(tree):
        if isinstance(node, ast.Name) and node.name == name:
            return node.span.start, node.span.end
    return 0, 0


def literal_number(tree: ast.Expression) -> float | None:
    """The number that the whole expression is, `-5` included; None for anything else."""
    if isinstance(tree, ast.Negate):
        inner = literal_number(tree.operand)
        return None if inner is None else -inner
    return tree.value if isinstance(tree, ast.NumberLiteral) and math.isfinite(tree.value) else None


def equals(of: Formula, key: str | float) -> Formula:
    """`event.asset = "ebook"`: the condition of one row of a sheet."""
    literal: ast.Expression = ast.StringLiteral(key) if isinstance(key, str) else ast.NumberLiteral(key)
    tree = ast.Comparison("=", of.tree, literal)
    text = f"{of.text} = {json.dumps(key, ensure_ascii=False)}"
    return Formula(text, tree, types.BOOLEAN, of.reads, of.span)


def sales_ready_literal(micropoints: int) -> Mapping[str, ast.Expression]:
    """`sales_ready` as a number, for scores that have their own."""
    return {"sales_ready": ast.NumberLiteral(micropoints / 1e6)}
