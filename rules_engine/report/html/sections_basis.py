"""What the scores rest on: the data and the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_engine.analysis.population.overview import PopulationReport
from rules_engine.analysis.versions.parts import Part
from rules_engine.report.html.blocks import Block, Note, Section, Table
from rules_engine.report.html.words import share, whole

_OF_SCORES = frozenset({"score", "group", "rule", "penalty", "inactivity", "band"})


def quality(report: PopulationReport) -> Section:
    """What was not used of the data, and how well its fields are filled."""
    found = report.quality
    problems = [
        (problem.where, problem.kind, problem.reason, whole(problem.count), problem.example or "")
        for problem in found.problems
    ]
    fields = [(line.name, whole(line.filled), share(line.filled, line.of)) for line in found.fields]
    blocks: list[Block] = [
        Table(
            "Rows and values that were not used",
            ("where", "what", "why", "count", "first"),
            tuple(problems),
            frozenset({3}),
        ),
        Table("Rows that were read", ("block", "rows"), _counted(found.rows), frozenset({1})),
        Table("How often a field has a value", ("field", "filled", "share"), tuple(fields), frozenset({1, 2})),
    ]
    blocks += [Note(finding) for finding in found.findings]
    return Section(
        "data",
        "Data quality",
        f"What the scores rest on. {whole(found.leads_without_events)} of {whole(report.summary.leads)} leads "
        "have no event.",
        tuple(blocks),
    )


def sheet(report: PopulationReport) -> Section:
    """The model, part by part."""
    model = report.model
    changes = [(str(change.version), change.date, change.note) for change in model.changes]
    blocks: list[Block] = [Table("The model", ("setting", "value"), _settings(report.sheet))]
    if changes:
        blocks.append(Table("Changes", ("version", "date", "why"), tuple(changes)))
    kinds: dict[str, list[Part]] = {}
    for part in report.sheet:
        if part.kind not in ("model", "lead field", "account field", "event", "attribute"):
            kinds.setdefault(_group(part), []).append(part)
    for group, parts in kinds.items():
        rows = [(part.name, part.kind, part.title or "", _said(part)) for part in parts]
        blocks.append(Table(group, ("name", "what", "title", "says"), tuple(rows)))
    return Section(
        "model", "Model sheet", "What the model says, part by part, in the order of its file.", tuple(blocks)
    )


def _group(part: Part) -> str:
    return f"Score {part.owner or part.name}" if part.kind in _OF_SCORES else "Around the scores"


def _settings(sheet: Sequence[Part]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, aspect.text) for part in sheet if part.kind == "model" for name, aspect in part.aspects.items())


def _said(part: Part) -> str:
    return " · ".join(f"{name}: {aspect.text}" for name, aspect in part.aspects.items() if name != "title")


def _counted(counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, whole(count)) for name, count in counts.items())
