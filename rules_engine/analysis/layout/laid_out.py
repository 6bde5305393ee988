"""A file laid out, and the proof that it says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rules_engine.analysis.layout.between import end_of, gap_of, leaves
from rules_engine.analysis.layout.faults import LayoutError
from rules_engine.analysis.layout.printing import Printer
from rules_engine.diagnostics.source import Source
from rules_engine.model import extensions, yaml_read
from rules_engine.model.load import load_text
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import ListNode, Node, ScalarNode


def layout(file: Path, using: extensions.Extensions = extensions.NONE) -> tuple[str, str]:
    """The text of a file as it is, and laid out. Raises `LayoutError`."""
    read = yaml_read.read_file(file, str(file))
    if read.source is None:
        raise LayoutError(f"{file} cannot be read.", read.findings)
    return read.source.text, layout_text(read.source, file, using)


def layout_text(source: Source, file: Path, using: extensions.Extensions = extensions.NONE) -> str:
    """A text laid out, as if it stood in `file`."""
    composed = compose(source)
    if composed.root is None or composed.findings:
        raise LayoutError(f"{source.file} has mistakes that `rules check` shows; mend them first.", composed.findings)
    text = Printer(source).whole(composed.root)
    _prove_same(source, composed.root, text, file, using)
    return text


def _prove_same(source: Source, root: Node, text: str, file: Path, using: extensions.Extensions) -> None:
    """What is written means the same: the same keys and values, the same comments, the same hash of the model."""
    after = Source.of(source.file, text)
    again = compose(after)
    if again.root is None or again.findings or _values(again.root) != _values(root):
        raise LayoutError(f"{source.file}: laid out it would not say the same, so it is left as it is. Tell us.")
    if sorted(_comments(after, again.root)) != sorted(_comments(source, root)):
        raise LayoutError(f"{source.file}: laid out a comment would be lost, so it is left as it is. Tell us.")
    model = load_text(source.text, file, using).model
    if model is not None:
        same = load_text(text, file, using).model
        if same is None or same.hash != model.hash:
            raise LayoutError(f"{source.file}: laid out the model would mean something else, so it is left as it is.")


def _values(node: Node) -> object:
    if isinstance(node, ScalarNode):
        return (type(node.value).__name__, node.text)
    if isinstance(node, ListNode):
        return [_values(item) for item in node.items]
    return [(entry.key.text, _values(entry.value)) for entry in node.entries]


def _comments(source: Source, root: Node) -> Iterator[str]:
    """All comments of a text, without the blanks at their ends."""
    at = 0
    for leaf in sorted(leaves(root), key=lambda found: found.start):
        yield from (comment.text for comment in gap_of(source, at, leaf.start).comments)
        at = max(at, end_of(leaf))
    yield from (comment.text for comment in gap_of(source, at, len(source.text)).comments)
