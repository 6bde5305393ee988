"""YAML text -> one tree of nodes with places, or findings.

Takes the decoded text, gives nodes and diagnostics; may import diagnostics only. Works on the parser's event stream
and not its composer, so that depth and size are bounded before any memory is, also in the C library's stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.source import Source
from rules_engine.model import messages_yaml as say
from rules_engine.model import yaml_core
from rules_engine.model.messages_syntax import syntax
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode, Style
from rules_engine.records import dataclass

MAX_DEPTH = 40
MAX_NODES = 100_000
MAX_ALIASED_NODES = 5_000

_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Composed:
    """`root` is None when the text is empty or not readable as YAML; `findings` then say why.

    `told` are blocks of `root` that a finding leaves nothing of, so that nobody needs to look at them again.
    """

    root: Node | None
    findings: tuple[Diagnostic, ...]
    told: tuple[Node, ...]


def compose(source: Source) -> Composed:
    """The tree of the only document in `source`."""
    composer = _Composer(source)
    loader = _PARSER(source.text)
    try:
        root = composer.document(loader)
    except yaml.MarkedYAMLError as error:
        composer.findings.append(syntax(source, error))
        root = None
    except yaml.YAMLError as error:
        composer.findings.append(say.unreadable(source, str(error)))
        root = None
    except _StopError:
        root = None
    finally:
        loader.dispose()
    return Composed(root, tuple(composer.findings), tuple(composer.told))


class _StopError(Exception):
    """Ends composing after a finding that leaves nothing to go on with."""


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Diagnostic] = []
        self.told: list[Node] = []
        self.anchors: dict[str, Node | None] = {}  # None while the node with that anchor is still open
        self.unused: dict[str, int] = {}  # anchors that nothing refers to yet, and where they stand
        self.sizes: dict[int, int] = {}
        self.nodes = 0
        self.aliased = 0

    def document(self, loader: Any) -> Node | None:
        events: Iterator[Any] = iter(loader.get_event, None)
        root: Node | None = None
        documents = 0
        for event in events:
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self.findings.append(say.several_documents(self.source, event.start_mark.index))
                    raise _StopError
            elif issubclass(kind, yaml.NodeEvent):
                root = self.node(event, events, 0, -1)
        self.findings += [say.unused_anchor(self.source, start, name) for name, start in self.unused.items()]
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int, block_column: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event.anchor, start, end)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.findings.append(say.too_many_nodes(self.source, start, MAX_NODES))
            raise _StopError
        if depth > MAX_DEPTH:
            self.findings.append(say.too_deep(self.source, start, MAX_DEPTH))
            raise _StopError
        if event.tag is not None:
            self.findings.append(say.tag(self.source, start, self.source.text[start:end].split(None, 1)[0]))
        anchor: str | None = event.anchor
        if anchor is not None:
            self.anchors[anchor] = None
            self.unused[anchor] = start
        node: Node
        if kind is yaml.ScalarEvent:
            node = self.scalar(event, block_column)
            size = 1
        elif kind is yaml.SequenceStartEvent:
            node, size = self.sequence(event, events, depth, block_column)
        else:
            node, size = self.mapping(event, events, depth, block_column)
        self.sizes[id(node)] = size
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def alias(self, anchor: str, start: int, end: int) -> Node:
        """The node the alias stands for. Sharing is free here, but later stages walk it as often as it is named."""
        if anchor not in self.anchors:
            self.findings.append(say.unknown_alias(self.source, start, end, anchor))
            raise _StopError
        self.unused.pop(anchor, None)
        node = self.anchors[anchor]
        if node is None:
            self.findings.append(say.recursive_alias(self.source, start, end, anchor))
            raise _StopError
        self.aliased += self.sizes[id(node)]
        if self.aliased > MAX_ALIASED_NODES:
            self.findings.append(say.alias_bomb(self.source, start, end, MAX_ALIASED_NODES))
            raise _StopError
        return node

    def scalar(self, event: Any, block_column: int) -> ScalarNode:
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            start = self.after_properties(start, end, event.anchor or "")
        style = _STYLES[event.style]
        value = yaml_core.resolve(event.value) if style == "plain" else event.value
        return ScalarNode(value, event.value, style, start, end, block_column, self.source)

    def after_properties(self, start: int, end: int, anchor: str) -> int:
        """Steps over `&name` and `!tag` before a scalar."""
        text = self.source.text
        at = start
        while at < end and text[at] in "&!":
            if text[at] == "&":
                at += 1 + len(anchor)
            else:
                while at < end and not text[at].isspace():
                    at += 1
            while at < end and (text[at].isspace() or text[at] == "#"):
                if text[at] == "#":
                    while at < end and text[at] not in "\r\n":
                        at += 1
                else:
                    at += 1
        return at

    def sequence(self, event: Any, events: Iterator[Any], depth: int, block_column: int) -> tuple[ListNode, int]:
        column = block_column if event.flow_style else max(block_column, event.start_mark.column)
        items: list[Node] = []
        size = 1
        for child in events:
            if isinstance(child, yaml.SequenceEndEvent):
                break
            item = self.node(child, events, depth + 1, column)
            size += self.sizes[id(item)]
            items.append(item)
        start, end = self.extent(event, child, items[-1].end if items else None)
        return ListNode(tuple(items), start, end, bool(event.flow_style), self.source), size

    def mapping(self, event: Any, events: Iterator[Any], depth: int, block_column: int) -> tuple[MapNode, int]:
        column = block_column if event.flow_style else max(block_column, event.start_mark.column)
        entries: list[Entry] = []
        seen: dict[str, ScalarNode] = {}
        has_no_name = False
        size = 1
        for child in events:
            if isinstance(child, yaml.MappingEndEvent):
                break
            key = self.node(child, events, depth + 1, column)
            value = self.node(next(events), events, depth + 1, column)
            size += self.sizes[id(key)] + self.sizes[id(value)]
            if not isinstance(key, ScalarNode):
                self.findings.append(say.key_not_text(key))
                has_no_name = True
                continue
            if key.text == "<<" and key.style == "plain":
                self.findings.append(say.merge_key(key.span))
                continue
            if key.text in seen:
                self.findings.append(say.duplicate_key(key.text, key.span, seen[key.text].span))
                continue
            seen[key.text] = key
            entries.append(Entry(key, value))
        start, end = self.extent(event, child, entries[-1].value.end if entries else None)
        made = MapNode(tuple(entries), start, end, bool(event.flow_style), self.source)
        if has_no_name and not entries:
            self.told.append(made)
        return made, size

    def extent(self, first: Any, last: Any, last_child_end: int | None) -> tuple[int, int]:
        """Braces and brackets end at their mark; a block ends with its last child, not at the next thing after it."""
        if first.flow_style or last_child_end is None:
            return first.start_mark.index, last.end_mark.index
        return first.start_mark.index, max(last_child_end, first.start_mark.index)
