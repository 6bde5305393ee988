"""What stands on the page of a population: its head, and the sections in their order."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.population.overview import PopulationReport
from rules_engine.report.html import sections_basis, sections_people, sections_reasons, sections_ways
from rules_engine.report.html.blocks import Fact, Page, Section
from rules_engine.report.html.words import whole
from rules_engine.report.times import local_time


def page_of(report: PopulationReport) -> Page:
    """The page of a report."""
    summary, model = report.summary, report.model
    newest = ", the newest event of the data" if summary.newest else ""
    moment = local_time(summary.as_of, model.timezone)
    facts = [
        Fact("leads scored", whole(summary.leads - summary.not_scored)),
        Fact("outside the audience", whole(summary.not_scored)),
        Fact("events", whole(report.events)),
    ]
    for name, bands in summary.bands.items():
        if name == summary.by and bands:
            top = list(bands)[-1]
            facts.append(Fact(f"{name}: {top}", whole(bands[top])))
    facts += [Fact(f"segment {found.name}", whole(found.leads.height)) for found in report.segments]
    if report.accounts is not None:
        facts.append(Fact("accounts", whole(report.accounts.count)))
    counts = {len(score.bands) for score in model.scores.values()}
    counts |= {len(account.bands) for account in model.accounts.values()} | {len(model.stages)}
    return Page(
        title=f"{model.name} version {model.version}",
        subtitle=f"Lead scores as of {moment} ({model.timezone}){newest}",
        facts=tuple(facts),
        sections=tuple(_sections(report)),
        band_counts=tuple(sorted(counts - {0})),
    )


def _sections(report: PopulationReport) -> Iterator[Section]:
    yield sections_people.population(report)
    yield sections_people.scores(report)
    yield sections_ways.funnel(report)
    yield sections_ways.moves(report)
    yield sections_reasons.rules(report)
    if report.segments:
        yield sections_people.segments(report)
    if report.accounts is not None:
        yield sections_people.accounts(report)
    yield sections_reasons.highest(report)
    yield sections_basis.quality(report)
    yield sections_basis.sheet(report)
