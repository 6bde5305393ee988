"""Proposals as a tests file: cases that can be read, moved into `tests.yaml` and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rules_engine.analysis.compare import show_points
from rules_engine.analysis.coverage import Item
from rules_engine.analysis.gaps.candidate import AccountCandidate, TriedEvent, ago
from rules_engine.analysis.gaps.search import Key, Run
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.fields import to_plain
from rules_engine.model.types import Model
from rules_engine.result.types import Result

_FIRST = ("rule fired", "gate held", "label given", "band reached", "lead outside", "condition true", "condition false")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def tests_text(model: Model, cases: Sequence[tuple[Run, frozenset[Key]]], without: Sequence[Item]) -> str:
    """The file. A comment above each case says what it shows; at the end stands what no input was found for."""
    lines = [
        f"# Proposed for {model.name} version {model.version}: leads and events that no test has tried.",
        "# What each expects is what came out. See that it is what you want before you move it to tests.yaml.",
        "tests:",
    ]
    names: set[str] = set()
    for run, own in cases:
        lines += _case(model, run, own, names)
    if without:
        lines.append("# No input was found for:")
        lines += [f"#   {item.kind} {_one_line(item.name)}" for item in without]
    return "\n".join(lines) + "\n"


def _case(model: Model, run: Run, own: frozenset[Key], names: set[str]) -> Iterator[str]:
    shown = sorted(own, key=lambda key: (_FIRST.index(key[0]), key[1]))
    for kind, name in shown:
        yield f"  # shows: {kind} {_one_line(name)}"
    candidate = run.candidate
    yield f"  - name: {_scalar(_name(shown, names))}"
    yield f"    version: {model.version}"
    yield f"    as_of: {format_instant(candidate.as_of)}"
    if isinstance(candidate, AccountCandidate):
        if candidate.account:
            yield f"    account: {_flow(candidate.account)}"
        yield "    members:" if candidate.members else "    members: []"
        for member in candidate.members:
            yield f"      - lead: {_flow(member.lead)}"
            if member.events:
                yield "        events:"
                yield from (f"          - {_event(event)}" for event in _in_time(member.events))
        yield "    expect:"
        assert run.account is not None
        values = {
            name: f"{{value: {_points(score.value)}, band: {_scalar(score.band)}}}"
            if score.band
            else _points(score.value)
            for name, score in run.account.scores.items()
        }
        yield f"      accounts: {_joined(values)}"
        return
    if candidate.lead:
        yield f"    lead: {_flow(candidate.lead)}"
    if candidate.account:
        yield f"    account: {_flow(candidate.account)}"
    if candidate.events:
        yield "    events:"
        yield from (f"      - {_event(event)}" for event in _in_time(candidate.events))
    yield "    expect:"
    yield from _expected(run.results[0], own)


def _expected(result: Result, own: frozenset[Key]) -> Iterator[str]:
    """What came out of the things that the case is for; the readings of all scores where that is none of them."""
    if not result.scored:
        yield "      scored: false"
        return
    lines: list[str] = []
    concerned = _concerned(result, own)
    if concerned:
        readings = {name: _points(result.scores[name].reading) for name in concerned if result.scores[name].has_value}
        lines += [f"      scores: {_joined(readings)}"] if readings else []
    for outcome in ("fired", "not_fired"):
        rules = [
            f"{score.name}.{rule.rule}"
            for score in result.scores.values()
            for rule in score.rules
            if rule.outcome == outcome and _is_about(f"{score.name}.{rule.rule}", own)
        ]
        lines += [f"      {outcome}: [{', '.join(rules)}]"] if rules else []
    bands = {
        name: _scalar(score.band)
        for name, score in result.scores.items()
        if ("band reached", f"{name}: {score.band}") in own
    }
    lines += [f"      bands: {_joined(bands)}"] if bands else []
    labels = {
        name: _scalar(to_plain(value))
        for name, value in result.labels.items()
        if ("label given", f"{name}: {value}") in own
    }
    lines += [f"      labels: {_joined(labels)}"] if labels else []
    if any(kind == "gate held" for kind, _ in own):
        lines.append(f"      gates: [{', '.join(gate.name for gate in result.gates)}]")
    if not lines:
        readings = {name: _points(score.reading) for name, score in result.scores.items() if score.has_value}
        lines.append(f"      scores: {_joined(readings)}")
    yield from lines


def _concerned(result: Result, own: frozenset[Key]) -> list[str]:
    """The scores that the things shown belong to."""
    return [
        name
        for name in result.scores
        if any(
            item.startswith((f"{name}.", f"{name}: "))
            for kind, item in own
            if kind in ("rule fired", "condition true", "condition false", "band reached")
        )
    ]


def _is_about(rule: str, own: frozenset[Key]) -> bool:
    return any(name == rule or name.startswith(f"{rule}: ") for _, name in own)


def _name(shown: Sequence[Key], names: set[str]) -> str:
    """A name of its own, after the first thing that the case shows."""
    kind, what = shown[0]
    base = _one_line(f"{kind} {what}")[:90]
    name, number = base, 2
    while name in names:
        name, number = f"{base} ({number})", number + 1
    names.add(name)
    return name


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _in_time(events: Iterable[TriedEvent]) -> list[TriedEvent]:
    return sorted(events, key=lambda event: -event.before)


def _event(event: TriedEvent) -> str:
    head = f"type: {_scalar(event.type)}, at: {ago(event.before)}"
    if not event.attributes:
        return f"{{{head}}}"
    if event.attributes.keys() & {"type", "at", "id", "attributes"}:
        return f"{{{head}, attributes: {_flow(event.attributes)}}}"
    return f"{{{head}, {_flow(event.attributes)[1:-1]}}}"


def _flow(values: Mapping[str, object]) -> str:
    return _joined({name: _scalar(value) for name, value in values.items()})


def _joined(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in entries.items()) + "}"


def _points(value: int | None) -> str:
    return "null" if value is None else show_points(value)


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    if isinstance(value, float):
        return f"{value:.15g}"
    return json.dumps(value, ensure_ascii=False)
