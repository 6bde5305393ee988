"""Who is there: the population, the spread of the scores, segments and accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules_engine.analysis.population.distribution import NO_BAND, Distribution
from rules_engine.analysis.population.overview import PopulationReport
from rules_engine.report.html import charts
from rules_engine.report.html.blocks import Block, Figure, Section, Table
from rules_engine.report.html.words import leads, named, number, share, whole, with_band

SEGMENT_ROWS = 10
LABEL_ROWS = 20


def population(report: PopulationReport) -> Section:
    """Leads per band, label and gate."""
    summary = report.summary
    scored = summary.leads - summary.not_scored
    rows = [
        (score, band, whole(count), share(count, scored))
        for score, bands in summary.bands.items()
        for band, count in bands.items()
    ]
    blocks: list[Block] = [
        Table("Leads per score and band", ("score", "band", "leads", "share"), tuple(rows), frozenset({2, 3}))
    ]
    if summary.labels:
        labels = [row for label, values in summary.labels.items() for row in _label_rows(label, values, scored)]
        blocks.append(Table("Leads per label", ("label", "value", "leads", "share"), tuple(labels), frozenset({2, 3})))
    if report.gates:
        gates = [
            (name, report.model.gates[name].title or "", whole(count), share(count, scored))
            for name, count in report.gates.items()
        ]
        blocks.append(
            Table("Leads held by a gate", ("gate", "title", "leads", "share"), tuple(gates), frozenset({2, 3}))
        )
    return Section("population", "Population", "How many leads are in each band, and have each label.", tuple(blocks))


def scores(report: PopulationReport) -> Section:
    """The spread of each score."""
    return Section(
        "scores",
        "Scores",
        "How the readings of each score are spread. A reading is what bands, labels and segments go by.",
        tuple(_distribution(found) for found in report.distributions),
    )


def _distribution(found: Distribution) -> Figure:
    rows = [
        (
            band.name or "all leads",
            whole(band.leads),
            share(band.leads, found.leads),
            number(band.lowest),
            number(band.median),
            number(band.highest),
        )
        for band in found.bands
    ]
    without = f"; {leads(found.without_value)} without a value" if found.without_value else ""
    lowest = min((bin_.low for bin_ in found.bins), default=0.0)
    highest = max((bin_.high for bin_ in found.bins), default=0.0)
    alt = f"Histogram of the readings of {found.score} from {number(lowest)} to {number(highest)}, by band."
    columns = (
        "band" if found.bands[0].name != NO_BAND else "leads",
        "leads",
        "share",
        "lowest",
        "median",
        "highest",
    )
    caption = f"{found.score}: readings by band, {leads(found.leads)}{without}"
    if found.bins and found.bins[-1].is_open:
        caption += f"; the last bar holds all from {number(found.bins[-1].low)}"
    return Figure(
        f"distribution-{found.score}",
        named(found.score, found.title),
        alt,
        charts.distribution(found, alt),
        Table(caption, columns, tuple(rows), frozenset(range(1, 6))),
    )


def segments(report: PopulationReport) -> Section:
    """The first leads of each segment."""
    blocks: list[Block] = []
    for found in report.segments:
        kept = found.leads.height
        cut = f" of {whole(found.found)} (take: {found.take})" if kept != found.found else ""
        order = f", {found.order} first" if found.order else ""
        title = f" ({found.title})" if found.title else ""
        caption = f"{found.name}{title}: {leads(kept)}{cut} where {found.where}{order}"
        if kept > SEGMENT_ROWS:
            caption += f"; the first {SEGMENT_ROWS}"
        scores, labels = list(report.model.scores), list(report.model.labels)
        rows = [
            (
                str(row["lead_id"]),
                *(_reading(row, name) for name in scores),
                *(str(row[f"label_{name}"] or "") for name in labels),
            )
            for row in found.leads.head(SEGMENT_ROWS).iter_rows(named=True)
        ]
        columns = ("lead", *scores, *labels)
        blocks.append(Table(caption, columns, tuple(rows), frozenset(range(1, len(scores) + 1))))
    intro = "The groups of leads that the model names, best first. rules segments writes them in full."
    return Section("segments", "Segments", intro, tuple(blocks))


def accounts(report: PopulationReport) -> Section:
    """The highest accounts, and accounts per band. Only where the model rolls something up."""
    found = report.accounts
    assert found is not None
    names = list(found.titles)
    rows = [
        (
            row.account_id,
            whole(row.members),
            *(with_band(row.values[name], row.bands.get(name)) for name in names),
            ", ".join(row.carried_by),
        )
        for row in found.highest
    ]
    alt = f"Bars: the accounts with the highest {found.by}."
    blocks: list[Block] = [
        Figure(
            "accounts-highest",
            f"Highest by {named(found.by, found.titles[found.by])}",
            alt,
            charts.accounts(found, alt),
            Table(
                f"The {len(rows)} highest of {whole(found.count)} accounts",
                ("account", "leads", *names, f"{found.by} carried by"),
                tuple(rows),
                frozenset(range(1, len(names) + 2)),
            ),
        )
    ]
    banded = [
        (name, band, whole(count), share(count, found.count))
        for name, bands in found.bands.items()
        for band, count in bands.items()
    ]
    if banded:
        blocks.append(
            Table("Accounts per band", ("roll-up", "band", "accounts", "share"), tuple(banded), frozenset({2, 3}))
        )
    return Section("accounts", "Accounts", "The readings of an account's leads, rolled up.", tuple(blocks))


def _label_rows(label: str, values: Mapping[str, int], scored: int) -> Iterator[tuple[str, ...]]:
    """The most frequent values; a label can be any text."""
    for value, count in list(values.items())[:LABEL_ROWS]:
        yield label, value, whole(count), share(count, scored)
    if len(values) > LABEL_ROWS:
        rest = sum(list(values.values())[LABEL_ROWS:])
        yield label, f"{whole(len(values) - LABEL_ROWS)} other values", whole(rest), share(rest, scored)


def _reading(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    band = row.get(f"{name}_band")
    return with_band(value if isinstance(value, float) else None, None if band is None else str(band))
