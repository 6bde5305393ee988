"""`rules fmt`: what it writes means the same, keeps every comment, and stays as it is when laid out again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_engine.analysis.layout.faults import LayoutError
from rules_engine.analysis.layout.laid_out import layout, layout_text
from rules_engine.diagnostics.source import Source
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import plain

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "rulesets").glob("*/v*.yaml"))
MODELS = [
    *FILES,
    *sorted((REPOSITORY / "tests/cases/lints").glob("*.yaml")),
    REPOSITORY / "benchmarks/fifty_rules.yaml",
]


def laid_out(text: str, file: Path = Path("nowhere/model.yaml")) -> str:
    return layout_text(Source.of(str(file), text), file)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_shipped_rulesets_are_laid_out(file: Path) -> None:
    before, after = layout(file)
    assert after == before


@pytest.mark.parametrize("file", MODELS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_laid_out_again_it_stays(file: Path) -> None:
    once = layout(file)[1]
    assert laid_out(once, file) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "a:   1\nb:\n    c: 2\n    d:\n        - x\n", "a: 1\nb:\n  c: 2\n  d:\n    - x\n", id="indentation"
        ),
        pytest.param("b:\n- x\n-   y: 1\n    z: 2\n", "b:\n  - x\n  - y: 1\n    z: 2\n", id="lists"),
        pytest.param("a: {b:   1,c: [x,y]}\n", "a: {b: 1, c: [x, y]}\n", id="one line"),
        pytest.param("a: {\n  b: 1,\n  c: 2\n}\n", "a: {b: 1, c: 2}\n", id="short entries over lines"),
        pytest.param(
            'r: {event: page, when: x = "a", points: 5}\n',
            'r:\n  event: page\n  when: x = "a"\n  points: 5\n',
            id="quotes",
        ),
        pytest.param(
            "r: {when: 'max(a, b) > 3', points: 5}\n",
            "r:\n  when: max(a, b) > 3\n  points: 5\n",
            id="condition with commas",
        ),
        pytest.param(
            "r: {when: '@\"2026-01-01\" < a', p: 5}\n",
            "r:\n  when: '@\"2026-01-01\" < a'\n  p: 5\n",
            id="needs its quotes",
        ),
        pytest.param(
            'note: "a, b"\nm: {note: "a, b", p: 5}\n', 'note: "a, b"\nm: {note: "a, b", p: 5}\n', id="no condition"
        ),
        pytest.param(
            "# top\n\n\n\na: 1 # one\n\n\nb: 2\n# end\n", "# top\n\na: 1  # one\n\nb: 2\n# end\n", id="comments"
        ),
        pytest.param(
            "a: {b: 1, # one\n  c: 2}  # two\nd: 3\n",
            "a:  # two\n  b: 1  # one\n  c: 2\nd: 3\n",
            id="comments in one line",
        ),
        pytest.param(
            '- {when: x = "a", p: 1} # why\n- b\n', '- when: x = "a"  # why\n  p: 1\n- b\n', id="comment behind an item"
        ),
        pytest.param(
            "a: >-\n      x\n        y\n\n      z\n# c\nb: 1\n", "a: >-\n  x\n    y\n\n  z\n# c\nb: 1\n", id="text"
        ),
        pytest.param("a:\n  b: |\n   x\n  c:\n\n\n", "a:\n  b: |\n    x\n  c:\n", id="text and nothing"),
        pytest.param("a: one\n     two\nb: 1\n", "a: one\n  two\nb: 1\n", id="a value over lines"),
        pytest.param("a: 1\r\nb: {c: 2}\r\n", "a: 1\nb: {c: 2}\n", id="line ends of Windows"),
        pytest.param("a: {}\nb: []\nc: {d: , e: 1}\n", "a: {}\nb: []\nc: {d: , e: 1}\n", id="empty"),
        pytest.param(
            "a:\n    b: 1\n    # in a\n\n# before c\nc: 2\n",
            "a:\n  b: 1\n  # in a\n\n# before c\nc: 2\n",
            id="end of block",
        ),
        pytest.param("a: '#1'\nb: 'x'  # '\n", "a: '#1'\nb: 'x'  # '\n", id="a sign that is no comment"),
    ],
)
def test_lays_out(before: str, after: str) -> None:
    assert laid_out(before) == after
    assert laid_out(after) == after


def test_long_one_line_entries_are_written_out() -> None:
    words = [f"word_{number}" for number in range(20)]
    assert laid_out(f"a: [{', '.join(words)}]\n") == "a:\n" + "".join(f"  - {word}\n" for word in words)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x 1\nb: *x\n", id="references"),
        pytest.param("a: [1, 2\n", id="no YAML"),
        pytest.param("a: |+\n  x\n\n", id="kept line ends"),
        pytest.param("a:\n  # why\n  1\n", id="comment before a value"),
        pytest.param("just text\n", id="one value"),
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(LayoutError):
        laid_out(text)


def mutated(text: str, chance: random.Random) -> str:
    """The text with other blanks, empty lines and comments, where it still says the same."""
    lines = text.splitlines()
    for _ in range(chance.randint(1, 12)):
        number = chance.randrange(len(lines))
        kind = chance.randrange(6)
        if kind == 0:
            lines.insert(number, " " * chance.randrange(8) + f"# comment {chance.randrange(1000)}")
        elif kind == 1:
            lines.insert(number, " " * chance.randrange(4))
        elif kind == 2:
            lines[number] += " " * chance.randint(1, 5) + f"# behind {chance.randrange(1000)}"
        elif kind == 3:
            lines[number] += " " * chance.randrange(4)
        elif kind == 4:
            lines[number] = lines[number].replace(": ", ":   ", 1)
        else:
            lines[number] = lines[number].replace(", ", ",\n" + " " * 12, 1)
    return "\n".join(lines) + "\n" * chance.randrange(3)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.sampled_from(FILES), st.integers(0, 2**32))
def test_other_layouts_come_to_the_same_meaning(file: Path, seed: int) -> None:
    original = file.read_text(encoding="utf-8")
    text = mutated(original, random.Random(seed))
    before, other = compose(Source.of("a", original)).root, compose(Source.of("b", text))
    if before is None or other.root is None or other.findings or plain(other.root) != plain(before):
        return
    try:
        once = laid_out(text, file)
    except LayoutError as error:
        assert "comment" in str(error), text  # noqa: PT017  where a comment stands between a key and its value
        return
    assert laid_out(once, file) == once
    assert once.count("# comment") == text.count("# comment")
