"""YAML scalars -> checked FEEL formulas and conditions: the only module of the model that calls the language.

Takes a node and a scope, gives a `Formula` (or a `Group` of them); every mistake is told at its place inside the
scalar. Definitions are inlined and the variables of `for_each` become literals before the check.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Literal, TypeAlias

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit
from rules_engine.feel import ast, types
from rules_engine.feel import checking as checker
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.gains import null_gains
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.errors import FeelLimitError, FeelSyntaxError
from rules_engine.feel.syntax.parse import parse as parse_feel
from rules_engine.model import messages_expressions as say
from rules_engine.model import traps
from rules_engine.model.messages_names import several_scores
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import ROOTS, Scope
from rules_engine.model.types import Condition, Formula
from rules_engine.model.yaml_nodes import Node, ScalarNode
from rules_engine.records import dataclass

Wanted: TypeAlias = Literal["condition", "number", "value"]
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "lead": ("fields",), "account": ("fields",), "event": ("events",), "constants": ("constants",),
    "tally": ("tallies",), "last": ("tallies",), "first": ("tallies",), "gate": ("gates",), "label": ("labels",),
}  # fmt: skip
_OF_SCORES = ("score", "band", "last_increase")
_NO_SUCH_NAME = ("RE320", "RE321", "RE322")
_EXPECTED: dict[Wanted, types.Type | None] = {"condition": types.BOOLEAN, "number": types.NUMBER, "value": None}


@dataclass(frozen=True, slots=True)
class Line:
    """One expression of a condition: `written` still has the names of definitions, `formula.tree` has them inlined."""

    node: ScalarNode
    written: ast.Expression
    definitions: Mapping[str, ast.Expression]
    formula: Formula


# --- single expressions


def formula(
    reading: Reading, node: Node | None, scope: Scope, wanted: Wanted, guard: Condition | None = None
) -> Formula | None:
    """One expression with a value, checked; "number" must be one.

    `guard` is the condition under which alone it is looked at: what is tested there need not be tested again.
    """
    if node is None:
        return None
    line = read_line(reading, node, scope, wanted)
    if line is None:
        return None
    if reads_what_is_told(reading, line.formula):
        return line.formula
    functions = reading.extensions.functions
    gains = null_gains(line.written, scope.roots, functions, counts="value", definitions=line.definitions)
    if gains and guard is not None:
        guarded = ast.If(tree_of(guard), line.formula.tree, ast.NullLiteral())
        if not null_gains(guarded, scope.roots, functions, counts="value"):
            gains = ()
    tell(reading, line.node, gains)
    return line.formula


def reads_what_is_told(reading: Reading, found: Formula) -> bool:
    """Whether it reads a constant or a score whose mistake is told: what missing data would do cannot be judged."""
    names = reading.names
    broken = names.broken_scores | names.broken_bands
    return any(
        (path[0] in _OF_SCORES and not names.knows_scores)
        or (path[0] in _OF_SCORES and path[1:2] and path[1] in broken)
        or (path[0] == "constants" and path[1:2] and names.constant_types.get(path[1]) == types.POISON)
        for path in found.reads
    )


def has_order(of: Formula) -> bool:
    """Has it values of which one is less than another?"""
    return checker.has_order(of.type)


def key_formula(reading: Reading, node: Node | None, scope: Scope) -> Formula | None:
    """One expression whose value only tells things apart (`each`): missing is a value like any other."""
    line = None if node is None else read_line(reading, node, scope, "value")
    return None if line is None else line.formula


def read_line(reading: Reading, node: Node, scope: Scope, wanted: Wanted) -> Line | None:
    if reading.report.is_told(node):
        return None
    trap = traps.not_text(node, wanted)
    if trap is not None:
        reading.report.add(trap)
        return None
    assert isinstance(node, ScalarNode)
    tree = parse(reading, node)
    if tree is None or not _names_fit(reading, node, tree, scope):
        return None
    constants = _constants(reading, scope)
    definitions = _definitions(reading, tree, constants)
    written = checker.substitute(tree, constants)
    whole = checker.substitute(written, definitions)
    findings = checker.now_forms(whole, available="now" in scope.roots)
    tell(reading, node, findings)
    if findings:
        return None
    checked = checker.check(whole, scope.roots, reading.extensions.functions, _EXPECTED[wanted])
    is_word = wanted == "number" and isinstance(tree, ast.Name)  # `points: many`
    tell(reading, node, map(say.rather_a_number, checked.findings) if is_word else checked.findings)
    tell(reading, node, _divisions(reading, node, scope, wanted, constants))
    if not checked.ok:
        return None
    reads = checker.reads(whole, scope.roots)
    return Line(node, written, definitions, Formula(node.text.strip(), whole, checked.typed.type, reads, node.span))


def parse(reading: Reading, node: ScalarNode) -> ast.Expression | None:
    """The tree of an expression as written; a mistake in it is told, with the YAML trap that may be behind it."""
    try:
        return parse_feel(node.text)
    except (FeelSyntaxError, FeelLimitError) as error:
        trap = traps.behind_syntax_error(node, error.start)
        if trap is None:
            place = node.place(error.start, max(error.end, error.start))
            trap = finding(error.diagnostic_code, error.message, place, error.help)
        reading.report.add(trap)
        return None


def tell(reading: Reading, node: ScalarNode, findings: Iterable[Finding]) -> None:
    """Tells findings at their places; a name that is not there is told once, however often the expression has it."""
    missing: set[tuple[str, str]] = set()
    for found in findings:
        if found.code in _NO_SUCH_NAME:
            if (found.code, found.message) in missing:
                continue
            missing.add((found.code, found.message))
            if found.code == "RE321" and reading.report.is_unsure(*_declared_in(node.text[: found.start])):
                continue
        place = node.place(found.start, found.end)
        edit = None
        if found.word and node.source.text[place.start : place.end] == node.text[found.start : found.end]:
            edit = Edit(place, found.word)
        reading.report.add(Diagnostic(found.code, found.severity, found.message, place, found.help, edit=edit))


def _declared_in(before: str) -> tuple[str, ...]:
    """The sections that may declare a member, by what stands before it: `band.`."""
    root = re.search(r"(\w+)\s*\.\s*\Z", before)
    return _SECTIONS.get(root[1], ()) if root else ()


# --- names


def _constants(reading: Reading, scope: Scope) -> dict[str, ast.Expression]:
    """Names that stand for one value at this place: the variables of `for_each`, and `sales_ready`."""
    ready = scope.sales_ready or reading.sales_ready
    values: dict[str, ast.Expression] = {"sales_ready": ast.NumberLiteral(ready / 1e6, f"{ready / 1e6:g}")}
    return values | {name: ast.StringLiteral(value) for name, value in scope.variables.items()}


def _definitions(
    reading: Reading, tree: ast.Expression, constants: Mapping[str, ast.Expression]
) -> dict[str, ast.Expression]:
    """The definitions that the expression uses, written out."""
    known = reading.names.definitions
    used = sorted({path[0] for path in checker.reads(tree)} & known.keys())
    reading.names.used_definitions.update(used)
    return {name: checker.substitute(found, constants) for name in used if (found := known[name].tree) is not None}


def _divisions(
    reading: Reading, node: ScalarNode, scope: Scope, wanted: Wanted, constants: Mapping[str, ast.Expression]
) -> tuple[Finding, ...]:
    """`event.watched // 60`, which would fit the place if // were a division."""
    known = {name: found.tree for name, found in reading.names.definitions.items() if found.tree is not None}

    def fits(tree: ast.Expression) -> bool:
        whole = checker.substitute(checker.substitute(tree, constants), known)
        return checker.check(whole, scope.roots, reading.extensions.functions, _EXPECTED[wanted]).ok

    found = checker.division_as_comment(node.text, fits)
    return () if found is None else (found,)


def check_definition(reading: Reading, node: ScalarNode, tree: ast.Expression, scope: Scope) -> bool:
    """Checks a definition by itself, where everything can be used; False after an error."""
    checked = checker.check(tree, scope.roots, reading.extensions.functions)
    tell(reading, node, checked.findings)
    return checked.ok


def _names_fit(reading: Reading, node: ScalarNode, tree: ast.Expression, scope: Scope) -> bool:
    """Tells names that exist but may not be used at this place; the checker tells those that do not exist."""
    names = reading.names
    fit = True
    for path in sorted(checker.reads(tree)):
        root = path[0]
        if root in scope.variables or root == "now":
            continue
        definition = names.definitions.get(root)
        place = node.place(*_first_use(tree, root))
        if definition is not None:
            fit = fit and definition.tree is not None  # a mistake in it is told at the definition
            inner = checker.reads(definition.tree) if definition.tree is not None else frozenset()
            hidden = sorted(read[0] for read in inner if _misplaced(reading, read, scope))
            if hidden and hidden[0] != "now":
                reading.report.add(say.definition_out_of_place(place, root, hidden[0], scope))
                fit = False
        elif path[0] in _OF_SCORES and path[1:2] and names.families.get(path[1]):
            reading.report.add(several_scores(place, path[1], names.families[path[1]]))
            fit = False
        elif _counts_awards(reading, path, scope):
            reading.report.add(say.stage_tally(place, path[1], scope))
            fit = False
        elif path[0] == "label" and len(path) > 1 and path[1] in _labels_below(reading, scope):
            reading.report.add(say.label_below(place, path[1]))
            fit = False
        elif _misplaced(reading, path, scope):
            reading.report.add(say.out_of_place(place, root, scope))
            fit = False
    return fit


def _misplaced(reading: Reading, path: tuple[str, ...], scope: Scope) -> bool:
    known = path[0] in scope.roots or path[0] in scope.variables
    return (path[0] in ROOTS and not known) or _counts_awards(reading, path, scope)


def _counts_awards(reading: Reading, path: tuple[str, ...], scope: Scope) -> bool:
    """A tally of a stage where rules are read: it counts their own awards."""
    if path[0] != "tally" or len(path) < 2 or "label" in scope.roots or "tally" not in scope.roots:
        return False
    tally = reading.names.tallies.get(path[1])
    return tally is not None and tally.stage is not None


def _labels_below(reading: Reading, scope: Scope) -> set[str]:
    names = reading.names
    return set(names.label_names) - names.labels.keys() - names.broken_labels if "label" in scope.roots else set()


def _first_use(tree: ast.Expression, name: str) -> tuple[int, int]:
    for node in walk(tree):
        if isinstance(node, ast.Name) and node.name == name:
            return node.span.start, node.span.end
    return 0, 0


# --- made trees


def tree_of(found: Condition) -> ast.Expression:
    """A condition as one expression."""
    if isinstance(found, Formula):
        return found.tree
    parts = [tree_of(part) for part in found.parts]
    if found.kind == "all":
        return reduce(ast.And, parts)
    either = reduce(ast.Or, parts)
    return either if found.kind == "any" else ast.Call("not", (ast.Argument(None, either),))


def literal_number(tree: ast.Expression) -> float | None:
    """The number that the whole expression is, `-5` included; None for anything else."""
    if isinstance(tree, ast.Negate):
        inner = literal_number(tree.operand)
        return None if inner is None else -inner
    return tree.value if isinstance(tree, ast.NumberLiteral) and math.isfinite(tree.value) else None


def tell_quoted_number(reading: Reading, node: Node) -> None:
    """`points: "10"`: quotes are for text, and whoever reads the file may take it for one."""
    if isinstance(node, ScalarNode) and node.style in ("single", "double"):
        reading.report.add(say.number_in_quotes(node))


def equals(of: Formula, key: str | float) -> Formula:
    """`event.asset = "ebook"`: the condition of one row of a sheet."""
    literal: ast.Expression = ast.StringLiteral(key) if isinstance(key, str) else ast.NumberLiteral(key)
    text = f"{of.text} = {json.dumps(key, ensure_ascii=False)}"
    return Formula(text, ast.Comparison("=", of.tree, literal), types.BOOLEAN, of.reads, of.span)
