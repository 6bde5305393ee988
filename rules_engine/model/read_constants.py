"""`constants:` and `define:`: literal values, lists from files, and names for conditions."""

from __future__ import annotations

from rules_engine.feel import ast, types
from rules_engine.feel import checking as checker
from rules_engine.feel.ast import Expression
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.types import Type
from rules_engine.model import expressions, files, scopes, traps
from rules_engine.model import messages_declarations as say
from rules_engine.model.names import Definition
from rules_engine.model.reading import Reading
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode

MAX_LIST = 100_000
# Parts of a definition with those it uses written out: a few lines can stand for billions.
MAX_DEFINITION = 2_000


def read_constants(reading: Reading, node: Node | None) -> None:
    """Fills `names.constants` and their types."""
    for entry in reading.entries(node):
        name = entry.key.text
        found = _constant(reading, name, entry.value)
        reading.names.constants[name], reading.names.constant_types[name] = found or (None, types.POISON)


def _constant(reading: Reading, name: str, node: Node) -> tuple[object, Type] | None:
    if isinstance(node, MapNode):
        if "file" not in node:
            reading.report.misfit(node, "a value, a list, or `{file: ...}`")
            return None
        values = _file_values(reading, node.get("file"))
        return None if values is None else (values, types.ListOf(types.STRING))
    if isinstance(node, ListNode):
        items = [_value(reading, item) for item in node.items]
        kinds = {_type(value) for value in items if value is not None}
        if len(kinds) > 1:
            reading.report.add(say.mixed_list(node, name))
        return items, types.ListOf(kinds.pop() if len(kinds) == 1 else types.ANY)
    value = _value(reading, node)
    if value is None:
        reading.report.add(say.empty_constant(node, name))
        return None
    return value, _type(value)


def _value(reading: Reading, node: Node) -> str | float | bool | None:
    if not isinstance(node, ScalarNode):
        reading.report.misfit(node, "a single value")
        return None
    if isinstance(node.value, (str, bool)):
        return node.value
    return reading.number(node) if node.value is not None else None


def _type(value: object) -> Type:
    if isinstance(value, bool):
        return types.BOOLEAN
    return types.STRING if isinstance(value, str) else types.NUMBER


def _file_values(reading: Reading, node: Node | None) -> list[str] | None:
    """One value a line; blank lines and lines that begin with # are left out."""
    source = files.open_data_file(reading, node)
    if source is None or node is None:
        return None
    values = [line for raw in source.text.splitlines() if (line := raw.strip()) and not line.startswith("#")]
    if len(values) > MAX_LIST:
        reading.report.add(say.too_many_values(node, source.file, MAX_LIST))
        return None
    return values


def read_definitions(reading: Reading, node: Node | None) -> None:
    """Fills `names.definitions`, each with the definitions it uses inlined. A cycle is told once per name in it."""
    nodes: dict[str, ScalarNode] = {}
    trees: dict[str, Expression | None] = {}
    for entry in reading.entries(node):
        name = entry.key.text
        if name in scopes.ROOTS:
            reading.report.add(say.definition_hides_root(entry.key, name))
            continue
        trap = traps.not_text(entry.value, "value")
        if trap is not None or not isinstance(entry.value, ScalarNode):
            if trap is not None:
                reading.report.add(trap)
            trees[name] = None
            nodes[name] = entry.key
            continue
        nodes[name] = entry.value
        trees[name] = expressions.parse(reading, entry.value)
    _unfold(reading, nodes, trees)
    scope = scopes.definitions(reading.names)
    for name, node in nodes.items():
        written = trees[name]
        values = {other: found.tree for other, found in reading.names.definitions.items() if found.tree is not None}
        if written is None or reading.names.definitions[name].tree is None:
            continue
        # Only what is wrong wherever it is used; the rest depends on the place and is told there.
        if not expressions.check_definition(reading, node, checker.substitute(written, values), scope):
            reading.names.definitions[name] = Definition(name, node, None)


def _unfold(reading: Reading, nodes: dict[str, ScalarNode], trees: dict[str, Expression | None]) -> None:
    done: dict[str, Expression | None] = {}
    sizes: dict[str, int] = {}
    open_names: list[str] = []

    def unfold(name: str) -> Expression | None:
        if name in done:
            return done[name]
        tree = trees[name]
        if tree is None:
            done[name] = None
            return None
        open_names.append(name)
        values: dict[str, Expression] = {}
        whole = True
        for root in sorted({path[0] for path in checker.reads(tree)} & trees.keys()):
            if root in open_names:
                cycle = (*open_names[open_names.index(root) :], root)
                reading.report.add(say.definition_cycle(nodes[name], cycle))
                whole = False
                continue
            inner = unfold(root)
            whole = whole and inner is not None
            if inner is not None:
                values[root] = inner
        open_names.pop()
        sizes[name] = sum(sizes.get(node.name, 1) if isinstance(node, ast.Name) else 1 for node in walk(tree))
        if whole and sizes[name] > MAX_DEFINITION:
            reading.report.add(say.definition_too_long(nodes[name], name, MAX_DEFINITION))
            whole = False
        done[name] = checker.substitute(tree, values) if whole else None
        return done[name]

    for name, node in nodes.items():
        written = trees[name]
        uses = frozenset({path[0] for path in checker.reads(written)} & trees.keys()) if written else frozenset()
        reading.names.definitions[name] = Definition(name, node, unfold(name), uses)
