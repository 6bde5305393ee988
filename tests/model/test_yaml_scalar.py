"""Every character of a scalar's value is found in the file, in each style YAML has."""

import itertools
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules_engine.diagnostics.source import Source
from rules_engine.model import yaml_scalar
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode

CASES = {
    "plain": "a: lead.x > 1",
    "plain over lines": "a: lead.x\n    > 1\n\n    and y",
    "plain in braces over lines": "{a: lead.x\n  > 1, b: 2}",
    "single quotes": "a: 'it''s'",
    "single quotes over lines": "a: 'one \n\n  two   three'",
    "double quotes with escapes": r'a: "x\t\"y\" \u00e9 \\ z"',
    "double quotes over lines": 'a: "one \\\n   two\n  three"',
    "literal": "a: |\n  one\n    two\n\n  three\n",
    "literal, stripped": "a: |-\n  one\n\n\n",
    "literal, kept": "a: |+\n  one\n\n\nb: 1",
    "literal with its own indentation": "a: |2\n    one\n  two\n",
    "folded": "a: >\n  one\n  two\n\n  three\n    four\n  five\n",
    "folded, stripped": "a: >-\n  lead.country\n  = \"US\"\n",
    "folded with a comment in its header": "a: >- # why\n  one\n  two",
    "in a list": "- - |\n    x\n  - >1\n     y\n",
    "windows line ends": "a: >-\r\n  one\r\n  two\r\nb: 'x\r\n  y'\r\n",
    "after an anchor": "a: &name 'x'\nb: &other >-\n  y\n  z",
}  # fmt: skip


def scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from scalars(item)
    elif isinstance(node, MapNode):
        for entry in node.entries:
            yield entry.key
            yield from scalars(entry.value)


def assert_mapped(text: str) -> int:
    """Every scalar of the text is mapped, in order, each character to itself or to what stands for it."""
    composed = compose(Source.of("", text))
    root = composed.root
    if root is None or any(found.is_error for found in composed.findings):  # tags are refused
        return 0
    count = 0
    for node in scalars(root):
        places = yaml_scalar.offsets(text, node.start, node.end, node.style, node.block_column, node.text)
        assert places is not None, (node.style, node.text)
        assert len(places) == len(node.text) + 1
        assert all(a < b for a, b in itertools.pairwise(places))
        for character, place in zip(node.text, places, strict=False):
            found = text[place]
            assert found == character or found in "\r\n" or (node.style == "double" and found == "\\"), (node, place)
        count += 1
    return count


@pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
def test_each_style(text: str) -> None:
    assert assert_mapped(text) >= 1


def test_a_place_inside_folded_text() -> None:
    text = 'a: >-\n  lead.country\n  = "USA"\n'
    root = compose(Source.of("f", text)).root
    assert isinstance(root, MapNode)
    node = root.entries[0].value
    assert isinstance(node, ScalarNode)
    span = node.place(15, 20)
    assert text[span.start : span.end] == '"USA"'
    assert (span.line, span.column, span.end_column) == (3, 5, 10)


def test_a_place_after_an_escape() -> None:
    text = r'a: "matches(x, \"é\\d\") and y"'
    root = compose(Source.of("f", text)).root
    assert isinstance(root, MapNode)
    node = root.entries[0].value
    assert isinstance(node, ScalarNode)
    start = node.text.index("y")
    span = node.place(start, start + 1)
    assert text[span.start : span.end] == "y"


CONTENT = st.text(alphabet=st.sampled_from(list("ab é:#'\"\\\n\t-")), max_size=40)
RAW = st.text(alphabet=st.sampled_from(list("ab:#'\"\\|>-+12[]{},&* \n\n\t \r")), max_size=40)


@given(CONTENT, st.sampled_from([None, "'", '"', "|", ">"]), st.integers(20, 60), st.booleans())
def test_written_by_an_emitter(content: str, style: str | None, width: int, deep: bool) -> None:
    data = {"a": [{"b": content}]} if deep else [content, {"k": content}]
    assert_mapped(yaml.dump(data, default_style=style, width=width, allow_unicode=True))


@settings(max_examples=300)
@given(
    RAW,
    st.sampled_from(["", "a:\n  - ", "a: |", "a: >", "- - >", "a: '", 'a: "', "{a: "]),
    st.sampled_from(["", "'", '"', "}"]),
)
@example("\n\t", "a: >", "")
@example("2\n   x\n\n    y\n  z\n", "a: >", "")
def test_any_text_that_reads(raw: str, before: str, after: str) -> None:
    assert_mapped(before + raw + after)


@pytest.mark.long
@settings(max_examples=15_000, deadline=None)
@given(
    RAW,
    st.sampled_from(["", "a:\n  - ", "a: |", "a: >", "- - >", "a: '", 'a: "', "{a: "]),
    st.sampled_from(["", "'", '"', "}"]),
)
def test_any_text_that_reads_long(raw: str, before: str, after: str) -> None:
    assert_mapped(before + raw + after)
