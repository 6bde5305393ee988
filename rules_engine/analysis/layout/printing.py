"""Prints the nodes of a model file in the layout of all of them: follows the nodes and copies their texts."""

from __future__ import annotations

import re
from dataclasses import field

from rules_engine.analysis.layout.between import Gap, block_lines, end_of, gap_of, leaves
from rules_engine.analysis.layout.faults import LayoutError
from rules_engine.diagnostics.source import Source
from rules_engine.model import yaml_core
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode
from rules_engine.records import dataclass

STEP = 2
WIDTH = 120
# Keys whose values are expressions. In one line with others, one that holds commas or quotes is hard to read.
EXPRESSIONS = frozenset({
    "when", "where", "needs", "audience", "points", "otherwise", "of", "each", "sum", "distinct", "latest", "weight",
    "highest", "lowest", "value", "match", "remove", "all", "any", "none",
})  # fmt: skip
_PUNCTUATION = frozenset(":,-[]{}")
_BLOCK_HEADER = re.compile(r"[|>]-?(?=[ \t]*(?:\r?\n|\Z))")
# What an expression without quotes would be cut at or misread by.
_NOT_PLAIN = re.compile(r"""\A[\s\-?:,\[\]{}#&*!|>'"%@`]|: |:\Z| #|\s\Z|[\r\n]""")


@dataclass(slots=True)
class Printer:
    """Prints node after node; `at` is how far the text has been read, `lines` what is written."""

    source: Source
    at: int = 0
    lines: list[str] = field(default_factory=list)
    # of the blocks around the last entry: the column in the text -> the indentation they have now
    blocks: dict[int, int] = field(default_factory=dict)

    def whole(self, root: Node) -> str:
        if not isinstance(root, MapNode | ListNode):
            raise LayoutError(f"{self.source.file} holds a single value; there is nothing to lay out.")
        if root.flow and isinstance(root, MapNode) and not root.entries:
            return self.source.text
        self.block(root, 0, None)
        self.comments(self.between(len(self.source.text)), 0)
        return "\n".join(self.lines) + "\n"

    # --- gaps

    def between(self, end: int) -> Gap:
        """What stands between here and `end`, which is stepped over."""
        if end < self.at:
            raise self.refusal("a reference (*name)")
        gap = gap_of(self.source, self.at, end)
        if not set(gap.other) <= _PUNCTUATION:
            raise self.refusal(f'"{gap.other.strip(":,-[]{}")[:20]}"')
        self.at = end
        return gap

    def refusal(self, what: str) -> LayoutError:
        place = self.source.span(self.at, self.at)
        return LayoutError(f"{place}: {what} cannot be laid out; write it out, then try again.")

    def comments(self, gap: Gap, indent: int) -> None:
        """Writes comments before what comes at `indent`; those at the end of a deeper block stay in it."""
        for comment in gap.comments:
            if comment.own_line or not self.lines:
                if comment.blank:
                    self.empty_line()
                column = max((column for column in self.blocks if column <= comment.distance), default=0)
                self.lines.append(" " * max(indent, self.blocks.get(column, 0)) + comment.text)
            else:
                self.lines[-1] += " " * max(2, comment.distance) + comment.text

    def empty_line(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    # --- collections

    def block(self, node: MapNode | ListNode, indent: int, prefix: str | None) -> None:
        """The entries or items on lines of their own. `prefix` begins the first line in the place of blanks: `- `."""
        for child in node.entries if isinstance(node, MapNode) else node.items:
            start = child.key.start if isinstance(child, Entry) else child.start
            gap = self.between(start)
            if prefix is not None and gap.comments:
                raise self.refusal("a comment after a dash")
            self.comments(gap, indent)
            if gap.blank:
                self.empty_line()
            if not node.flow:
                # an item begins at its dash
                begins = self.source.text.rindex("-", 0, start) if isinstance(node, ListNode) else start
                column = self.source.position(begins)[1] - 1
                self.blocks = {other: own for other, own in self.blocks.items() if other < column} | {column: indent}
            begin = " " * indent if prefix is None else prefix
            prefix = None
            if isinstance(child, Entry):
                self.entry(child, begin, indent)
            else:
                self.item(child, begin, indent)
        if node.flow:
            self.comments(self.between(node.end), indent)

    def entry(self, entry: Entry, begin: str, indent: int) -> None:
        key = self.source.text[entry.key.start : entry.key.end]
        if "\n" in key:
            raise self.refusal("a key of several lines")
        self.at = entry.key.end
        value = entry.value
        head = f"{begin}{key}:"
        if isinstance(value, ScalarNode):
            self.scalar(value, head, indent + STEP, is_expression=entry.key.text in EXPRESSIONS)
        elif value.flow and (inline := self.inline(value, len(head) + 1, entry.key.text)) is not None:
            self.lead(value.start, f"{head} {inline}", head, indent)
            self.at = value.end
        else:
            after = self.comment_after(value)
            self.lead(value.start, head, head, indent)
            self.lines[-1] += after[0]
            self.block(value, indent + STEP, None)
            self.at = max(self.at, after[1])

    def item(self, item: Node, begin: str, indent: int) -> None:
        head = f"{begin}-"
        if isinstance(item, ScalarNode):
            self.scalar(item, head, indent + STEP, is_expression=False)
        elif item.flow and (inline := self.inline(item, len(head) + 1, "")) is not None:
            self.lines.append(f"{head} {inline}")
            self.at = item.end
        else:
            after = self.comment_after(item)
            first = len(self.lines)
            self.block(item, indent + STEP, f"{head} ")
            self.lines[first] += after[0]
            self.at = max(self.at, after[1])

    def lead(self, start: int, line: str, head: str, indent: int) -> None:
        """Writes a line whose value begins at `start`, with the comments between the key and it."""
        gap = self.between(start)
        if any(comment.own_line for comment in gap.comments) and line != head:
            raise self.refusal("a comment between a key and its value")
        self.lines.append(line)
        self.comments(gap, indent + STEP)

    def comment_after(self, node: MapNode | ListNode) -> tuple[str, int]:
        """The comment behind one-line entries that are written out now: it moves up to their first line."""
        if not node.flow:
            return "", 0
        found = re.compile(r"([ \t]+)(#[^\r\n]*)").match(self.source.text, node.end)
        return ("", 0) if found is None else (" " * max(2, len(found[1])) + found[2].rstrip(), found.end())

    # --- one line

    def inline(self, node: MapNode | ListNode, column: int, key: str) -> str | None:
        """One-line entries as one line; None where they are to be written out."""
        if not _has_children(node):
            return "{}" if isinstance(node, MapNode) else "[]"
        if _holds_condition(node, key) or self.has_comment(node):
            return None
        text = self.flow(node)
        return text if text is not None and column + len(text) <= WIDTH else None

    def has_comment(self, node: MapNode | ListNode) -> bool:
        at = node.start
        for leaf in leaves(node):
            if leaf.start < at:
                raise self.refusal("a reference (*name)")
            if gap_of(self.source, at, leaf.start).comments:
                return True
            at = leaf.end
        return bool(gap_of(self.source, at, node.end).comments)

    def flow(self, node: Node) -> str | None:
        if isinstance(node, ScalarNode):
            text = self.source.text[node.start : node.end]
            return None if "\n" in text else text
        if isinstance(node, ListNode):
            parts = [self.flow(item) for item in node.items]
            return None if None in parts else f"[{', '.join(part or '' for part in parts)}]"
        entries = [(self.flow(entry.key), self.flow(entry.value)) for entry in node.entries]
        if any(key is None or value is None for key, value in entries):
            return None
        return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"

    # --- values

    def scalar(self, node: ScalarNode, head: str, indent: int, *, is_expression: bool) -> None:
        if node.start == node.end:
            if node.start > self.at:
                self.comments(self.between(min(node.start, self.line_end())), indent)
            self.lines.append(head)
            return
        gap = self.between(node.start)
        if any(comment.own_line for comment in gap.comments):
            raise self.refusal("a comment between a key and its value")
        first, *more = self.scalar_lines(node, indent, is_expression=is_expression)
        if gap.comments:
            raise self.refusal("a comment between a key and its value")
        self.lines.append(f"{head} {first}")
        self.lines.extend(more)
        self.at = end_of(node)

    def line_end(self) -> int:
        found = self.source.text.find("\n", self.at)
        return len(self.source.text) if found < 0 else found

    def scalar_lines(self, node: ScalarNode, indent: int, *, is_expression: bool) -> list[str]:
        text = self.source.text[node.start : node.end]
        margin = " " * indent
        if node.style in ("literal", "folded"):
            header = _BLOCK_HEADER.match(self.source.text, node.start)
            if header is None:
                raise self.refusal("this head of a text of several lines")
            return [
                header[0],
                *((margin + line).rstrip() if not line else margin + line for line in block_lines(node)[0]),
            ]
        if "\n" not in text:
            if is_expression and node.style in ("single", "double") and _can_be_plain(node.text):
                return [node.text]
            return [text]
        first, *more = text.splitlines()
        return [first.rstrip(), *(margin + line.strip() if line.strip() else "" for line in more)]


def _has_children(node: MapNode | ListNode) -> bool:
    return bool(node.entries if isinstance(node, MapNode) else node.items)


def _can_be_plain(text: str) -> bool:
    """Whether YAML would read the text without quotes as the same text."""
    return bool(text) and _NOT_PLAIN.search(text) is None and yaml_core.resolve(text) == text


def _holds_condition(node: Node, key: str) -> bool:
    """Whether one-line entries hold an expression with commas, brackets or quotes."""
    if isinstance(node, ScalarNode):
        if node.style == "plain":
            return '"' in node.text or "'" in node.text
        return key in EXPRESSIONS and bool(set(node.text) & set(",\"'[]{}()"))
    if isinstance(node, ListNode):
        return any(_holds_condition(item, key) for item in node.items)
    return any(_holds_condition(entry.value, entry.key.text) for entry in node.entries)
