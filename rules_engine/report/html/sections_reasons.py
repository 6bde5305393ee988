"""Why the scores are what they are: the rules over all leads, and the highest leads one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules_engine.analysis.population.contributions import ScoreContributions
from rules_engine.analysis.population.overview import PopulationReport
from rules_engine.analysis.population.timeline import LeadTimeline, Step
from rules_engine.feel.values.zones import zone_of
from rules_engine.report.html import charts
from rules_engine.report.html.blocks import Block, Figure, Note, Section, Table, Tree
from rules_engine.report.html.words import leads, named, number, signed, whole


def rules(report: PopulationReport) -> Section:
    """What each rule of each score did."""
    return Section(
        "rules",
        "Rules",
        "What each rule gave and what limits, caps and floors kept from counting, over all leads. Decay and "
        "inactivity stand by themselves: the lines of a score sum to what its leads hold.",
        tuple(_contribution(found) for found in report.contributions if found.lines),
    )


def _contribution(found: ScoreContributions) -> Figure | Table:
    rows = [
        (
            line.name,
            line.title or "",
            line.stage or "",
            whole(line.leads),
            signed(line.points),
            f"{number(abs(line.cut))} ({whole(line.cut_entries)})" if line.cut_entries else "",
            whole(line.unknown) if line.unknown else "",
        )
        for line in found.lines
    ]
    silent = sum(not line.leads for line in found.lines)
    alt = f"Bars: points that each rule of {found.score} gave or took, the largest first."
    start = f"; {signed(found.start)} at the start" if found.start else ""
    columns = ("rule", "title", "stage", "leads", "points", "kept from counting (times)", "leads with a missing value")
    caption = f"{found.score}: rules over {leads(found.leads)}{start}; {whole(silent)} fired for nobody"
    table = _without_empty(columns, rows, caption, {3, 4, 5, 6})
    if not any(line.points for line in found.lines):
        return table  # there is nothing to draw
    return Figure(f"rules-{found.score}", named(found.score, found.title), alt, charts.contributions(found, alt), table)


def highest(report: PopulationReport) -> Section:
    """The highest leads as curves with their ledgers and explanations."""
    blocks = [block for line in report.timelines for block in _lead(report, line)]
    return Section(
        "leads",
        f"Highest by {report.summary.by}",
        "How the readings of the highest leads came about. The curve falls where points fade; triangles are "
        "entries of the ledger, dashed lines the bounds of the bands. Times are those of the model's time zone.",
        tuple(blocks) or (Note("No lead has a value of this score."),),
    )


def _lead(report: PopulationReport, found: LeadTimeline) -> Iterator[Block]:
    rows = [
        (
            charts.local_minute(step.at, zone_of(report.model.timezone)),
            f"{step.score}.{step.rule}",
            step.event or "",
            signed(step.effective) + ("" if step.effective == step.nominal else _of(step)),
            number(step.reading),
        )
        for step in reversed(found.steps)
    ]
    band = f", {found.band}" if found.band else ""
    bands = report.model.scores[found.score].bands
    alt = f"Curve of the reading of {found.score} of lead {found.lead_id} over time; now {number(found.reading)}."
    left_out = f"; {whole(found.steps_left_out)} earlier entries are left out" if found.steps_left_out else ""
    place = report.timelines.index(found) + 1
    yield Figure(
        f"lead-{place}",
        f"{place}. {found.lead_id}: {number(found.reading)}{band}",
        alt,
        charts.timeline(found, bands, zone_of(report.model.timezone), alt),
        Table(
            f"{found.lead_id}: entries of the ledger, newest first{left_out}",
            ("at", "rule", "event", "points", "reading after"),
            tuple(rows),
            frozenset({3, 4}),
        ),
    )
    yield Tree(f"Why {found.lead_id} has these scores", found.explanation)


def _of(step: Step) -> str:
    """What the model says where less counted: " of +1 (limit)"."""
    return f" of {signed(step.nominal)}" + (f" ({step.reason})" if step.reason else "")


def _without_empty(columns: Sequence[str], rows: Sequence[tuple[str, ...]], caption: str, numbers: set[int]) -> Table:
    """A table without the columns that have nothing to say."""
    kept = [i for i in range(len(columns)) if any(row[i] for row in rows)]
    return Table(
        caption,
        tuple(columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in rows),
        frozenset(place for place, i in enumerate(kept) if i in numbers),
    )
