"""Expressions that YAML changed before they got here: read as a list, a number or nothing, cut, or with eaten signs."""

from __future__ import annotations

import re

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model import messages_expressions as say
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode

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


def split_by_comma(node: MapNode, entry: Entry) -> Entry | None:
    """The entry whose expression a comma of one-line braces cut in two, where `entry` is made of what follows it.

    `{when: max(a, b) > 3}` is, to YAML, `when: max(a` and a key `b) > 3` without a value.
    """
    if not node.flow:
        return None
    at = node.entries.index(entry)
    while at > 0 and _is_bare(node.entries[at]):
        at -= 1
        before = node.entries[at].value
        if isinstance(before, ScalarNode) and before.style == "plain" and before.text:
            return node.entries[at] if _open(before.text) else None
    return None


def split_finding(node: MapNode, entry: Entry) -> Diagnostic:
    """Tells of a split, with the whole expression put on lines of its own."""
    assert isinstance(entry.value, ScalarNode)
    pieces, end = [entry.value.text], entry.value.end
    for after in node.entries[node.entries.index(entry) + 1 :]:
        if not _is_bare(after):
            break
        pieces.append(after.key.text)
        end = after.key.end
    return say.split_at_comma(entry.value, entry.key, ", ".join(pieces), end)


def _is_bare(entry: Entry) -> bool:
    return isinstance(entry.value, ScalarNode) and entry.value.value is None and entry.value.start == entry.value.end


def _open(text: str) -> bool:
    """Whether a quote or a bracket is open at the end of the text."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    return '"' in outside or any(outside.count(a) > outside.count(b) for a, b in ("()", "[]", "{}"))
