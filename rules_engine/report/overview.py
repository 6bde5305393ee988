"""What `rules report` found, in short: for a terminal, and as JSON with the numbers of the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rules_engine.matching.calendar import format_instant
from rules_engine.report.times import local_time

if TYPE_CHECKING:
    from rules_engine.analysis.population.overview import PopulationReport


def overview_lines(report: PopulationReport, file: str) -> list[str]:
    """The moment, the counts, the file."""
    summary = report.summary
    moment = local_time(summary.as_of, summary.timezone)
    lines = [
        f"{summary.model} version {summary.version}, as of {moment} ({summary.timezone})",
        f"{summary.leads - summary.not_scored:,} leads scored, {report.events:,} events",
    ]
    for score, bands in summary.bands.items():
        lines.append(f"  {score}: " + " · ".join(f"{band} {count:,}" for band, count in bands.items()))
    lines += [f"  segment {segment.name}: {segment.leads.height:,}" for segment in report.segments]
    if report.quality.unusable:
        lines.append(f"  {report.quality.unusable:,} rows or values of the data could not be used; the page lists them")
    return [*lines, f"written: {file}"]


def overview_document(report: PopulationReport, file: str) -> dict[str, Any]:
    """The numbers of the page as JSON values; leads of segments and curves are in the page only."""
    summary = report.summary
    stages = report.stages
    return {
        "model": summary.model,
        "version": summary.version,
        "as_of": format_instant(summary.as_of),
        "leads_scored": summary.leads - summary.not_scored,
        "leads_not_scored": summary.not_scored,
        "events": report.events,
        "bands": summary.bands,
        "labels": summary.labels,
        "gates": report.gates,
        "stages": None if stages is None else [asdict(stage) for stage in stages.stages],
        "moves": [
            asdict(found) | {"weeks": [asdict(week) | {"end": format_instant(week.end)} for week in found.weeks]}
            for found in report.moves
        ],
        "rules": [asdict(found) for found in report.contributions],
        "segments": {segment.name: segment.leads.height for segment in report.segments},
        "accounts": None if report.accounts is None else report.accounts.count,
        "highest": [{"lead": line.lead_id, report.summary.by: line.reading} for line in report.timelines],
        "data": asdict(report.quality),
        "file": file,
    }
