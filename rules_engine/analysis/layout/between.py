"""What stands between the nodes of a YAML text: comments, empty lines, punctuation; and where a scalar really ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules_engine.diagnostics.source import Source
from rules_engine.model.yaml_nodes import ListNode, Node, ScalarNode
from rules_engine.records import dataclass

_COMMENT = re.compile(r"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Comment:
    """`own_line`: nothing stands before it; `blank`: an empty line does. `distance`: blanks before it."""

    text: str
    own_line: bool
    blank: bool
    distance: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two nodes; `blank`: an empty line at its end."""

    comments: tuple[Comment, ...]
    blank: bool
    other: str


def gap_of(source: Source, start: int, end: int) -> Gap:
    text = source.text
    comments: list[Comment] = []
    other: list[str] = []
    newlines = 0 if text[:start].strip() else 1  # what stands first in a file is on a line of its own
    distance = 0
    at = start
    while at < end:
        character = text[at]
        if character == "#" and (at == 0 or text[at - 1] in " \t\r\n" or at == start):
            found = _COMMENT.match(text, at, end)
            assert found is not None
            comments.append(
                Comment(found[0].rstrip(), newlines > 0, newlines > 1 and bool(text[:at].strip()), distance)
            )
            at, newlines, distance = found.end(), 0, 0
            continue
        if character == "\n":
            newlines, distance = newlines + 1, 0
        elif character in " \t":
            distance += 1
        elif character != "\r":
            other.append(character)
            distance = 0
        at += 1
    return Gap(tuple(comments), newlines > 1, "".join(other))


def end_of(node: ScalarNode) -> int:
    """Where a scalar ends. A block scalar ends with its last line that is not empty."""
    if node.style not in ("literal", "folded"):
        return node.end
    return block_lines(node)[1]


def block_lines(node: ScalarNode) -> tuple[list[str], int]:
    """The lines of a block scalar without their indentation, and where the last one ends."""
    text = node.source.text
    number = node.source.position(node.start)[0]
    lines: list[str] = []
    kept, end, indent = 0, node.start, 0
    while number < len(node.source.line_starts):
        number += 1
        line = node.source.line(number)
        if line.strip():
            own = len(line) - len(line.lstrip(" "))
            if not indent:
                indent = own
                if own <= node.block_column:
                    break
            if own < indent:
                break
            kept, end = len(lines) + 1, node.source.line_starts[number - 1] + len(line)
        lines.append(line[indent:].rstrip() if not line.strip() else line[indent:])
    return lines[:kept], end if kept else text.find("\n", node.start)


def leaves(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from leaves(item)
    else:
        for entry in node.entries:
            yield from leaves(entry.key)
            yield from leaves(entry.value)
