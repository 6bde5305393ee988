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
        return say.read_as_list(node, amount=wanted == "number")
    if wanted == "condition" and node.style == "plain" and node.text.lower() in ("yes", "no", "on", "off"):
        return say.read_as_constant(node)
    lines = node.source.text[node.start : node.end].splitlines() if node.style == "plain" else []
    if len(lines) > 1 and all(re.match(r"\s*[-–—•]", line) for line in lines):
        return say.lines_joined(node, node.start + len(lines[0]), dashed=True)
    if node.style != "plain" or isinstance(node.value, str):
        eaten = _EATEN.search(node.text) if node.style == "double" else None
        return say.eaten_escape(node, eaten.start()) if eaten else say.empty(node) if not node.text.strip() else None
    if node.value is None:
        return say.empty(node)
    if wanted == "number" and not isinstance(node.value, bool):
        return None
    if wanted == "value":
        return None
    return say.amount_is_truth(node) if wanted == "number" else say.read_as_constant(node)


def behind_syntax_error(node: ScalarNode, at: int) -> Diagnostic | None:
    """The YAML trap that explains why an expression does not read: cut at ` #`, or lines that YAML makes one.

    `at` is where in its text it does not read on.
    """
    text = node.source.text
    if node.style == "plain":
        line_end = re.compile(r"[^\r\n]*").match(text, node.end)
        rest = line_end[0] if line_end else ""
        if re.match(r"[ \t]+#", rest) and _open(node.text):
            return say.cut_at_comment(node)
        lines = text[node.start : node.end].splitlines()
        if len(lines) > 1 and at >= len(" ".join(lines[0].split())) and not _goes_on(lines[0], lines[1]):
            return say.lines_joined(node, node.start + len(lines[0]), dashed=False)
    return None


def _goes_on(first: str, second: str) -> bool:
    """Whether two lines of an expression belong together by an operator at the end or the beginning."""
    word = r"and|or|in|between|then|else|if|satisfies|return|[-+*/=<>,(\[]"
    return re.search(rf"(?:\b|(?=\W))(?:{word})\s*\Z", first) is not None or (
        re.match(rf"\s*(?:{word}|[)\]])(?:\b|(?<=\W))", second) is not None and not second.strip().startswith("-")
    )


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


def split_number(node: MapNode, entry: Entry) -> Entry | None:
    """The entry whose number a comma of one-line braces cut in two, where `entry` is the part behind the comma.

    `{points: 10,5}` is, to YAML, `points: 10` and a key `5` without a value.
    """
    at = node.entries.index(entry)
    if not node.flow or not at or not _is_bare(entry) or not re.fullmatch(r"\d+( ?%| \w+)?", entry.key.text):
        return None
    before = node.entries[at - 1]
    value = before.value
    if not isinstance(value, ScalarNode) or isinstance(value.value, bool):
        return None
    return before if isinstance(value.value, (int, float)) else None


def split_text(node: MapNode, entry: Entry) -> tuple[Entry, str] | None:
    """The entry whose text commas of one-line braces cut, where `entry` is the first part behind it, and the whole.

    `{title: DE, AT and CH}` is, to YAML, `title: DE` and a key `AT and CH` without a value.
    """
    at = node.entries.index(entry)
    if not node.flow or not at or not _is_bare(entry):
        return None
    before = node.entries[at - 1]
    if not isinstance(before.value, ScalarNode) or not isinstance(before.value.value, str) or _is_bare(before):
        return None
    pieces = [before.value.text]
    for piece in node.entries[at:]:
        if not _is_bare(piece):
            break
        pieces.append(piece.key.text)
    return before, ", ".join(pieces)


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
