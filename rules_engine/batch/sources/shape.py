"""Checks the YAML tree of a mapping file against its JSON Schema and says findings with their places.

Takes the tree, gives findings; the texts about what is expected stand in the schema itself (`x-expected`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from rules_engine.batch.sources import messages as say
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import nearest
from rules_engine.grammar_files import read_grammar_file
from rules_engine.model.schema_quick import fits
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, plain

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


@cache
def schema() -> dict[str, Any]:
    """The schema of mapping files, `grammar/data.schema.json`."""
    loaded: dict[str, Any] = json.loads(read_grammar_file("data.schema.json"))
    return loaded


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator  # 70 ms, and needed only where something is wrong

    return Draft202012Validator(schema())


def check(root: Node) -> tuple[Diagnostic, ...]:
    """All findings about keys and kinds of values."""
    found: list[Diagnostic] = []
    document: Any = plain(root)
    if fits(document, schema(), schema()):
        return ()
    for error in _validator().iter_errors(document):
        found += _told(error, root)
    return tuple(dict.fromkeys(found))


def _told(error: ValidationError, root: Node) -> Iterator[Diagnostic]:
    node, key = _node(root, list(error.absolute_path))
    rule, part = error.validator, cast(dict[str, Any], error.schema)
    if rule == "additionalProperties" and isinstance(node, MapNode):
        known = list(part["properties"])
        for entry in node:
            if entry.key.text not in known:
                yield say.unknown_key(entry.key.span, entry.key.text, known)
    elif rule == "required" and isinstance(node, MapNode):
        known = list(part.get("properties", {}))
        meant = {nearest(name, known) for name in (entry.key.text for entry in node) if name not in known}
        for name in part["required"]:
            # A key that is only misspelt is told once, as that.
            if name not in node and name not in meant:
                yield say.missing_key(_head(node), name, f"`{key}`" if key else "The file")
    elif rule in ("anyOf", "oneOf"):
        inner = _best(error)
        if inner:
            for one in inner:
                yield from _told(one, root)
        else:
            yield say.wrong_value(node.span, key, _expected(part))
    else:
        yield say.wrong_value(node.span, key, _expected(part))


def _best(error: ValidationError) -> list[ValidationError]:
    """The errors inside the form that fits the value's kind, if one does: a map is judged as a map."""
    if not isinstance(error.instance, (dict, list)):
        return []
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    fitting = [
        inner for inner in branches.values() if not any(e.validator == "type" and not list(e.path) for e in inner)
    ]
    if "generate" not in error.instance:
        fitting = [inner for inner in fitting if not any(_wants_generate(e) for e in inner)]

    def misfits(inner: list[ValidationError]) -> tuple[bool, int]:
        return any(e.validator == "additionalProperties" for e in inner), len(inner)

    return min(fitting, key=misfits) if fitting else []


def _expected(part: dict[str, Any]) -> str:
    while "x-expected" not in part and "$ref" in part:
        part = schema()["$defs"][part["$ref"].rsplit("/", 1)[1]]
    return str(part.get("x-expected", "another value"))


def _node(root: Node, path: list[str | int]) -> tuple[Node, str]:
    """The node at a path of keys and places, and the last key on the way."""
    node, key = root, ""
    for step in path:
        if isinstance(node, MapNode):
            inner = node.get(str(step))
            assert inner is not None
            node, key = inner, str(step)
        elif isinstance(node, ListNode):
            node = node.items[int(step)]
            key = f"{key} {int(step) + 1}"
    return node, key


def _head(node: MapNode) -> Span:
    """The first key of a map: a place to point at when a key is missing."""
    return node.entries[0].key.span if node.entries else node.span


def _wants_generate(error: ValidationError) -> bool:
    return error.validator == "required" and "generate" in str(error.validator_value)
