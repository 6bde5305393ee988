"""Fills what a tests file leaves open: writes what came out where nothing is expected, and changes no other byte.

    - name: a demo                          - name: a demo
      as_of: 2026-09-01                       as_of: 2026-09-01
      events: [...]                  ->       events: [...]
                                              expect:
                                                scores: {readiness: 60}
                                                bands: {readiness: warm}

A case is open where it has no `expect:`, an empty one, or one with empty parts (`scores:`). What is expected already is
never changed. The result is read again, and must say what the file said before, with the open parts filled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from rules_engine.analysis.compare import show_points
from rules_engine.analysis.model_tests import TestOutcome
from rules_engine.diagnostics.source import Source
from rules_engine.matching.fields import to_plain
from rules_engine.model import yaml_compose
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode, plain
from rules_engine.records import dataclass
from rules_engine.result.types import Result

PARTS = ("scores", "bands", "labels", "gates")
MORE_PARTS = ("tallies",)  # filled where they are asked for by an empty key
WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class UpdateError(Exception):
    """A tests file that cannot be filled without changing more than what is open; nothing is written."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The new text of the file, and the names of the cases that were filled."""

    text: str
    cases: tuple[str, ...]


def fill(source: Source, outcomes: Iterable[TestOutcome]) -> Filled:
    """The text with the open expectations of these cases filled."""
    root = yaml_compose.compose(source).root
    by_name = {outcome.name: outcome for outcome in outcomes if outcome.results}
    edits: list[tuple[int, int, str]] = []
    names: list[str] = []
    for case in _cases(root):
        name = case.get("name")
        outcome = by_name.get(name.text) if isinstance(name, ScalarNode) else None
        if outcome is not None:
            found = list(_edits(source.text, case, outcome))
            if found:
                edits += found
                names.append(outcome.name)
    text = source.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    if edits:
        _verify(root, text, source.file)
    return Filled(text, tuple(names))


def _cases(root: Node | None) -> Iterator[MapNode]:
    tests = root.get("tests") if isinstance(root, MapNode) else root
    if isinstance(tests, ListNode):
        yield from (item for item in tests if isinstance(item, MapNode))


# --- what came out --------------------------------------------------------------------------------------------------


def _came_out(outcome: TestOutcome) -> dict[str, str]:
    """The parts of `expect:` as YAML of one line each."""
    if outcome.account is not None:
        accounts = {
            name: f"{{value: {_points(score.value)}, band: {_scalar(score.band)}}}"
            if score.band
            else _points(score.value)
            for name, score in outcome.account.scores.items()
        }
        return {"accounts": _flow(accounts)}
    (result,) = outcome.results
    if not result.scored:
        return {"scored": "false"}
    return {
        "scores": _flow({name: _points(_reading(result, name)) for name in result.scores}),
        "bands": _flow(
            {name: _scalar(score.band) for name, score in result.scores.items() if _has_bands(result, name)}
        ),
        "labels": _flow({name: _scalar(to_plain(value)) for name, value in result.labels.items()}),
        "gates": f"[{', '.join(gate.name for gate in result.gates)}]",
        "tallies": _flow({name: _scalar(to_plain(value)) for name, value in result.tallies.items()}),
    }


def _reading(result: Result, name: str) -> int | None:
    score = result.scores[name]
    return score.reading if score.has_value else None


def _has_bands(result: Result, name: str) -> bool:
    return result.scores[name].band is not None


def _points(value: int | None) -> str:
    return "null" if value is None else show_points(value)


def _scalar(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def _flow(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"


# --- where it goes --------------------------------------------------------------------------------------------------


def _edits(text: str, case: MapNode, outcome: TestOutcome) -> Iterator[tuple[int, int, str]]:
    """(start, end, new text) of what is open in a case."""
    came_out = _came_out(outcome)
    whole = {key: value for key, value in came_out.items() if key not in MORE_PARTS and value != "{}"}
    expect = case.entry("expect")
    if expect is None:
        yield _added(text, case, whole)
    elif _is_empty(expect.value):
        is_beside = case.flow or expect.value.end > expect.value.start
        yield _replaced(text, expect, _flow(whole)) if is_beside else _below(text, case, expect, whole)
    elif isinstance(expect.value, MapNode):
        for entry in expect.value:
            value = came_out.get(entry.key.text)
            if value is not None and _is_empty(entry.value) and value != text[entry.value.start : entry.value.end]:
                yield _replaced(text, entry, value)


def _is_empty(node: Node) -> bool:
    return (isinstance(node, ScalarNode) and node.value is None) or (isinstance(node, MapNode) and not node.entries)


def _replaced(text: str, entry: Entry, value: str) -> tuple[int, int, str]:
    """In the place of an empty value: beside its key."""
    node = entry.value
    if node.end > node.start:
        return node.start, node.end, value
    colon = text.index(":", entry.key.end) + 1
    return colon, colon, f" {value}"


def _added(text: str, case: MapNode, parts: Mapping[str, str]) -> tuple[int, int, str]:
    """A new `expect:` at the end of a case, in the style of the case."""
    if case.flow:
        brace = text.rindex("}", case.start, case.end)
        inside = text[case.start + 1 : brace].rstrip()
        at = case.start + 1 + len(inside)
        comma = "" if not inside or inside.endswith(",") else ","
        return at, at, f"{comma} expect: {_flow(parts)}"
    indent = _indent(text, case)
    at, newline = _line_end(text, len(text[: _last_end(case)].rstrip()))
    return at, at, newline + newline.join([f"{indent}expect:", *_block(parts, indent)])


def _below(text: str, case: MapNode, expect: Entry, parts: Mapping[str, str]) -> tuple[int, int, str]:
    """Under an `expect:` that has nothing beside it."""
    at, newline = _line_end(text, expect.key.end)
    return at, at, newline + newline.join(_block(parts, _indent(text, case)))


def _block(parts: Mapping[str, str], indent: str) -> Iterator[str]:
    for key, value in parts.items():
        line = f"{indent}  {key}: {value}"
        if len(line) > WIDTH and value.startswith("{"):
            yield f"{indent}  {key}:"
            yield from (f"{indent}    {item}" for item in _items(value))
        else:
            yield line


def _indent(text: str, case: MapNode) -> str:
    first = case.entries[0].key.start
    return " " * (first - (text.rfind("\n", 0, first) + 1))


def _line_end(text: str, offset: int) -> tuple[int, str]:
    """Where the line of an offset ends, comment included, and how lines end there."""
    found = text.find("\n", offset)
    end = len(text) if found < 0 else found
    return (end - 1, "\r\n") if text[end - 1 : end + 1] == "\r\n" else (end, "\n")


def _items(flow: str) -> list[str]:
    """`{a: 1, b: "x, y"}` -> its entries, one a line."""
    found = yaml_compose.compose(Source.of("", flow)).root
    assert isinstance(found, MapNode)
    return [flow[entry.key.start : entry.value.end] for entry in found]


def _last_end(node: Node) -> int:
    """Where the last thing written in a node ends; a block node itself reaches to the next one, comments included."""
    if isinstance(node, ScalarNode) or node.flow:
        return node.end
    if isinstance(node, ListNode):
        return _last_end(node.items[-1]) if node.items else node.end
    last = node.entries[-1]
    return max(last.key.end, _last_end(last.value))


# --- and nothing else -----------------------------------------------------------------------------------------------


def _verify(before: Node | None, text: str, file: str) -> None:
    composed = yaml_compose.compose(Source.of(file, text))
    errors = [finding.message for finding in composed.findings if finding.is_error]
    if errors or composed.root is None:
        raise UpdateError(f"{file} cannot be filled: {errors[0] if errors else 'it would be empty'}")
    for old, new in zip(_cases(before), _cases(composed.root), strict=True):
        said, says = _said(old), _said(new)
        if not all(
            key in says and _kept(value, says[key]) for key, value in said.items()
        ) or says.keys() - said.keys() - {"expect"}:
            name = old.get("name")
            shown = name.text if isinstance(name, ScalarNode) else "?"
            raise UpdateError(
                f'{file}: the test "{shown}" cannot be filled where it stands; write its expect: by hand.'
            )


def _said(case: MapNode) -> dict[str, object]:
    found = plain(case)
    assert isinstance(found, dict)
    return found


def _kept(old: object, new: object) -> bool:
    """What was said is still said; what was empty may say something."""
    if old is None or old == {}:
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and _kept(value, new[key]) for key, value in old.items()) and old.keys() == new.keys()
    return old == new
