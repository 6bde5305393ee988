"""The segments of a population for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rules_engine.matching.calendar import format_instant
from rules_engine.model.types import Model
from rules_engine.report.terminal import terminal
from rules_engine.report.times import local_time

if TYPE_CHECKING:
    from rules_engine.analysis.population.segments import SegmentLeads

MOST_LEADS = 5


def print_segments(model: Model, as_of: int, segments: Sequence[SegmentLeads], files: Sequence[str]) -> None:
    """Of each segment what it asks for, how many leads it has, and the first few."""
    console = terminal()
    console.print(f"{model.name} version {model.version}, as of {local_time(as_of, model.timezone)} ({model.timezone})")
    for segment in segments:
        console.print()
        title = f" ({segment.title})" if segment.title else ""
        console.print(f"{segment.name}{title}: {_count(segment)}")
        order = f"; {segment.order} first" if segment.order else ""
        console.print(f"  where {segment.where}{order}")
        for row in segment.leads.head(MOST_LEADS).iter_rows(named=True):
            value = "" if row["segment_value"] is None else f"  {_number(row['segment_value'])}"
            console.print(f"  {row['segment_rank']:>3}  {row['lead_id']}{value}")
        if segment.leads.height > MOST_LEADS:
            console.print(f"       and {segment.leads.height - MOST_LEADS:,} more")
    if files:
        console.print()
    for file in files:
        console.print(f"written: {file}")


def _count(segment: SegmentLeads) -> str:
    kept = segment.leads.height
    count = f"{kept:,} lead{'s' if kept != 1 else ''}"
    return count if kept == segment.found else f"{count} of {segment.found:,}, cut by take: {segment.take}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def segments_document(
    model: Model, as_of: int, segments: Sequence[SegmentLeads], files: Sequence[str]
) -> dict[str, Any]:
    """The same as JSON values, all leads included."""
    return {
        "model": model.name,
        "version": model.version,
        "as_of": format_instant(as_of),
        "segments": [
            {
                "name": segment.name,
                "title": segment.title,
                "where": segment.where,
                "order": segment.order,
                "take": segment.take,
                "found": segment.found,
                "leads": segment.leads.to_dicts(),
            }
            for segment in segments
        ],
        "files": list(files),
    }
