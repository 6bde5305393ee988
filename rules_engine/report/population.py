"""A scored population for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rules_engine.feel.values.zones import database_release
from rules_engine.matching.calendar import format_instant
from rules_engine.model.types import Model
from rules_engine.report.ranking import counts_table, ranked_table
from rules_engine.report.terminal import terminal
from rules_engine.report.times import local_time

if TYPE_CHECKING:
    from rules_engine.batch.population import Population


def print_population(model: Model, population: Population, files: Mapping[str, str]) -> None:
    """The moment, the counts, the ranked leads, the problems of the data, the files."""
    console = terminal()
    moment = local_time(population.as_of, population.timezone)
    source = ", the newest event of the data" if population.newest else ""
    scored = population.leads - population.not_scored
    console.print(f"{population.model} version {population.version}, as of {moment} ({population.timezone}){source}")
    outside = f", {population.not_scored:,} outside the audience" if population.not_scored else ""
    console.print(f"{scored:,} lead{'s' if scored != 1 else ''} scored{outside}")
    if population.bands or population.labels:
        console.print()
        console.print(counts_table(population.bands, population.labels))
    if population.ranked:
        console.print()
        console.print(f"highest by {population.by}")
        console.print(ranked_table(model, population.ranked, population.by))
    for name in population.various:
        console.print(f"label {name} has too many values to count each of them")
    for line in population.problems:
        console.print(line)
    for name, path in files.items():
        console.print(f"{name}: {path}")


def population_document(population: Population, files: Mapping[str, str]) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "model": population.model,
        "version": population.version,
        "as_of": format_instant(population.as_of),
        "as_of_is_newest_event": population.newest,
        "timezone": population.timezone,
        "tzdata": database_release(),
        "leads_scored": population.leads - population.not_scored,
        "leads_not_scored": population.not_scored,
        "bands": population.bands,
        "labels": population.labels,
        "ranked_by": population.by,
        "leads": [{name: _plain(value) for name, value in row.items()} for row in population.ranked],
        "problems": list(population.problems),
        "files": dict(files),
    }


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
