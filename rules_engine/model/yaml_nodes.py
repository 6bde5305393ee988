"""The YAML tree of a model file: three kinds of nodes, each knowing its place in the text.

Takes nothing, gives the node classes; the composer makes them, everything after reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.diagnostics.source import Source
from rules_engine.model import yaml_scalar
from rules_engine.records import dataclass

Style: TypeAlias = Literal["plain", "single", "double", "literal", "folded"]
Plain: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True, eq=False)
class ScalarNode:
    """`60%`: `value` as YAML 1.2 reads it, `text` its characters; [start, end) is where it stands, quotes included.

    `block_column` is the column of the block collection around it, needed for indentation indicators.
    """

    value: Plain
    text: str
    style: Style
    start: int
    end: int
    block_column: int
    source: Source

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.end)

    def place(self, start: int, end: int) -> Span:
        """The place in the file of the characters [start, end) of `text`."""
        if self.style == "plain" and self.end - self.start == len(self.text):
            return self.source.span(self.start + start, self.start + end)
        offsets = yaml_scalar.offsets(self.source.text, self.start, self.end, self.style, self.block_column, self.text)
        if offsets is None:
            return self.span
        return self.source.span(*yaml_scalar.file_range(offsets, start, end))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One `key: value` of a map."""

    key: ScalarNode
    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class MapNode:
    """`{a: 1}` or its block form; `flow` for the one-line form in braces."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    flow: bool
    source: Source

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.end)

    def get(self, key: str) -> Node | None:
        return next((entry.value for entry in self.entries if entry.key.text == key), None)

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key.text == key), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __contains__(self, key: str) -> bool:
        return self.entry(key) is not None

    def keys(self) -> tuple[str, ...]:
        return tuple(entry.key.text for entry in self.entries)


@dataclass(frozen=True, slots=True, eq=False)
class ListNode:
    """`[a, b]` or its block form."""

    items: tuple[Node, ...]
    start: int
    end: int
    flow: bool
    source: Source

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.end)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


Node: TypeAlias = ScalarNode | MapNode | ListNode


def plain(node: Node) -> object:
    """The node as plain Python data. Keys of maps become their text, so `{0: 5}` has the key "0"."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {entry.key.text: plain(entry.value) for entry in node.entries}
