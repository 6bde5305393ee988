"""Nothing an author can write makes a traceback: random bytes and mutated models give a model or a finding."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_engine.diagnostics import FORMATS, render
from rules_engine.model import load_text

EXAMPLE = Path(__file__).parent / "language_example" / "v3.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
DATA = yaml.load(TEXT, yaml.BaseLoader)
WORDS = [
    "", "~", "true", "3", "-1", "1e400", ".nan", "30%", "10% of score", "any", "none", "never", "otherwise", "60 days",
    "[]", "{}", "[a, [b]]", "{a: {b: c}}", "lead.title", "event.path", "now", "readiness", "interest", "2026-13-45",
    "'\"'", "&a", "*a", "!t", "- x", "x: y", "\"\\b\"", "|", ">-", "#", "assets.csv", "../x", "0x1F", "1_000",
    "for x in lead return x", "not(", "tally.learn_touches", "event", "top 3", "12345678901234567890123",
]  # fmt: skip


def check(text: str | bytes) -> None:
    result = load_text(text, EXAMPLE)
    assert (result.model is None) == any(finding.is_error for finding in result.diagnostics)
    for finding in result.diagnostics:
        assert finding.span is not None
        assert finding.span.start <= finding.span.end
        assert finding.message
        for word in ("None", "Traceback", "NoneType", "dict", "Node", "object at"):
            assert word not in finding.message or word in str(text)  # echoed
    sources = () if result.source is None else (result.source,)
    for form in FORMATS:
        render(result.diagnostics, form, sources)


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The example with a few pieces of text put in, taken out or doubled."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        size = draw(st.integers(0, 30))
        piece = draw(st.sampled_from(WORDS) | st.text(max_size=3) | st.just(text[at : at + size]))
        text = text[:at] + piece + text[at + draw(st.integers(0, size)) :]
    return text


def places(data: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [path] if path else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


PLACES = places(DATA)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 500) | st.floats() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def replaced(draw: st.DrawFn) -> str:
    """The example with a few values replaced by others of any kind, and keys renamed or moved."""
    data = yaml.load(TEXT, yaml.CSafeLoader)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PLACES))
        parent = data
        for part in path[:-1]:
            parent = parent[part] if isinstance(parent, (dict, list)) and _has(parent, part) else None
        if not isinstance(parent, (dict, list)) or not _has(parent, path[-1]):
            continue
        if isinstance(parent, dict) and draw(st.booleans()):
            parent[draw(st.sampled_from(WORDS))] = parent.pop(path[-1])
        else:
            parent[path[-1]] = draw(JSON)  # type: ignore[index]
    return str(yaml.dump(data, sort_keys=False, allow_unicode=True))


def _has(parent: object, part: object) -> bool:
    return part in parent if isinstance(parent, dict) else isinstance(part, int) and part < len(parent)  # type: ignore[arg-type]


SHORT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SHORT
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    check(data)


@SHORT
@given(edited())
def test_edited(text: str) -> None:
    check(text)


@SHORT
@given(replaced())
def test_replaced(text: str) -> None:
    check(text)


@pytest.mark.long
@LONG
@given(st.binary(max_size=2000) | st.text(max_size=500))
def test_bytes_long(data: bytes | str) -> None:
    check(data)


@pytest.mark.long
@LONG
@given(edited())
def test_edited_long(text: str) -> None:
    check(text)


@pytest.mark.long
@LONG
@given(replaced())
def test_replaced_long(text: str) -> None:
    check(text)
