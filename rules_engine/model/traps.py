"""Expressions that YAML changed before they got here: read as a list, a number or nothing, cut, or with eaten signs."""

from __future__ import annotations

import re

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model import messages_expressions as say
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode

_EATEN = re.compile("[\x00\x07\x08\x0b\x0c\x1b]")


def not_text(node: Node, wanted: str) -> Diagnostic | None:
    """A finding when an expression did not come out of YAML as text."""
    if isinstance(node, MapNode):
        return say.read_as_map(node)
    if isinstance(node, ListNode):
        return say.read_as_list(node)
    if node.style != "plain" or isinstance(node.value, str):
        eaten = _EATEN.search(node.text) if node.style == "double" else None
        return say.eaten_escape(node, eaten.start()) if eaten else say.empty(node) if not node.text.strip() else None
    if node.value is None:
        return say.empty(node)
    if wanted == "number" and not isinstance(node.value, bool):
        return None
    if wanted == "value":
        return None
    return say.read_as_constant(node)


def behind_syntax_error(node: ScalarNode) -> Diagnostic | None:
    """The YAML trap that explains why an expression does not read: cut at ` #`, or backslashes eaten."""
    text = node.source.text
    if node.style == "plain":
        line_end = re.compile(r"[^\r\n]*").match(text, node.end)
        rest = line_end[0] if line_end else ""
        if re.match(r"[ \t]+#", rest) and _open(node.text):
            return say.cut_at_comment(node)
    return None


def _open(text: str) -> bool:
    """Whether a quote or a bracket is open at the end of the text."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    return '"' in outside or any(outside.count(a) > outside.count(b) for a, b in ("()", "[]", "{}"))
