"""What stands on the page of a population, section by section: titles, tables, figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from rules_engine.analysis.population.contributions import ScoreContributions
from rules_engine.analysis.population.distribution import NO_BAND, Distribution
from rules_engine.analysis.population.moves import Moves
from rules_engine.analysis.population.overview import PopulationReport
from rules_engine.analysis.population.stages import Stages
from rules_engine.analysis.population.timeline import LeadTimeline, Step
from rules_engine.analysis.versions.parts import Part
from rules_engine.report.html import charts
from rules_engine.report.html.blocks import Block, Fact, Figure, Note, Page, Section, Table, Tree
from rules_engine.report.html.words import leads, named, number, share, signed, whole
from rules_engine.report.stages import NONE_YET
from rules_engine.report.times import local_time

SEGMENT_ROWS = 10
LABEL_ROWS = 20


def page_of(report: PopulationReport) -> Page:
    """The page of a report."""
    return _Writer(report).page()


class _Writer:
    def __init__(self, report: PopulationReport) -> None:
        self.report = report
        self.model = report.model
        self.zone = ZoneInfo(report.model.timezone)

    def page(self) -> Page:
        summary, model = self.report.summary, self.model
        newest = ", the newest event of the data" if summary.newest else ""
        moment = local_time(summary.as_of, model.timezone)
        facts = [
            Fact("leads scored", whole(summary.leads - summary.not_scored)),
            Fact("outside the audience", whole(summary.not_scored)),
            Fact("events", whole(self.report.events)),
        ]
        for name, bands in summary.bands.items():
            if name == summary.by and bands:
                top = list(bands)[-1]
                facts.append(Fact(f"{name}: {top}", whole(bands[top])))
        facts += [Fact(f"segment {found.name}", whole(found.leads.height)) for found in self.report.segments]
        if self.report.accounts is not None:
            facts.append(Fact("accounts", whole(self.report.accounts.count)))
        counts = {len(score.bands) for score in model.scores.values()}
        counts |= {len(account.bands) for account in model.accounts.values()} | {len(model.stages)}
        return Page(
            title=f"{model.name} version {model.version}",
            subtitle=f"Lead scores as of {moment} ({model.timezone}){newest}",
            facts=tuple(facts),
            sections=tuple(self.sections()),
            band_counts=tuple(sorted(counts - {0})),
        )

    def sections(self) -> Iterator[Section]:
        yield self.population()
        yield Section(
            "scores",
            "Scores",
            "How the readings of each score are spread. A reading is what bands, labels and segments go by.",
            tuple(self.distribution(found) for found in self.report.distributions),
        )
        yield self.funnel()
        yield self.moves()
        yield Section(
            "rules",
            "Rules",
            "What each rule gave and what limits, caps and floors kept from counting, over all leads. Decay and "
            "inactivity stand by themselves: the lines of a score sum to what its leads hold.",
            tuple(self.contribution(found) for found in self.report.contributions if found.lines),
        )
        if self.report.segments:
            yield self.segments()
        if self.report.accounts is not None:
            yield self.accounts()
        yield self.leads()
        yield self.quality()
        yield self.sheet()

    # --- who is there

    def population(self) -> Section:
        summary = self.report.summary
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
            blocks.append(
                Table("Leads per label", ("label", "value", "leads", "share"), tuple(labels), frozenset({2, 3}))
            )
        if self.report.gates:
            gates = [
                (name, self.model.gates[name].title or "", whole(count), share(count, scored))
                for name, count in self.report.gates.items()
            ]
            blocks.append(
                Table("Leads held by a gate", ("gate", "title", "leads", "share"), tuple(gates), frozenset({2, 3}))
            )
        return Section(
            "population", "Population", "How many leads are in each band, and have each label.", tuple(blocks)
        )

    def distribution(self, found: Distribution) -> Figure:
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

    # --- the way up

    def funnel(self) -> Section:
        blocks: list[Block] = []
        if self.report.stages is not None:
            blocks.append(self.stages(self.report.stages))
        blocks.extend(self.steps(moves) for moves in self.report.moves)
        return Section(
            "funnel",
            "Funnel",
            "How many leads came how far, and how many of them went on. The stage of a lead is the latest that any of "
            "its awards belongs to; of bands, leads count that have ever been in the band or a higher one. Median days "
            "leave out leads that went straight to the step.",
            tuple(blocks),
        )

    def stages(self, found: Stages) -> Figure:
        rows = [(NONE_YET, whole(found.none_yet), share(found.none_yet, found.scored), "", "", "", "")]
        rows += [
            (
                stage.name,
                whole(stage.leads),
                share(stage.leads, found.scored),
                whole(stage.reached),
                _percent(stage.conversion),
                number(stage.median_days, 1),
                whole(stage.awards),
            )
            for stage in found.stages
        ]
        steps = [(stage.name, stage.reached, _beside(stage.reached, stage.conversion)) for stage in found.stages]
        alt = f"Bars: of {leads(found.scored)}, how many came to each stage or further."
        columns = (
            "stage",
            "leads at it",
            "share",
            "this far or further",
            "from the stage before",
            "median days",
            "awards",
        )
        return Figure(
            "funnel-stages",
            "Stages of the journey",
            alt,
            charts.funnel(steps, "leads this far or further", alt),
            Table("Leads per stage", columns, tuple(rows), frozenset(range(1, 7))),
        )

    def steps(self, moves: Moves) -> Figure:
        rows = [
            (
                step.name,
                whole(step.now),
                whole(step.reached),
                _percent(step.conversion),
                number(step.median_days, 1),
            )
            for step in moves.steps
        ]
        steps = [(step.name, step.reached, _beside(step.reached, step.conversion)) for step in moves.steps]
        alt = f"Bars: how many leads have been in each band of {moves.score} or a higher one."
        columns = ("band", "leads now", "ever this far or further", "from the band below", "median days")
        return Figure(
            f"funnel-{moves.score}",
            f"Bands of {named(moves.score, moves.title)}",
            alt,
            charts.funnel(steps, "leads ever this far or further", alt),
            Table(f"{moves.score}: the way up", columns, tuple(rows), frozenset(range(1, 5))),
        )

    def moves(self) -> Section:
        blocks: list[Block] = []
        for found in self.report.moves:
            if found.moves:
                blocks.extend(self.moves_of(found))
            else:
                blocks.append(Note(f"{found.score}: no lead ever changed its band."))
        return Section(
            "moves",
            "Movements",
            "Leads per band at the end of each week, and the moves between bands, read off one pass over the data. A "
            "lead is counted from its first event on; the last week ends at the moment of this report.",
            tuple(blocks),
        )

    def moves_of(self, found: Moves) -> Iterator[Block]:
        names = [step.name for step in found.steps]
        rows = [
            (
                charts.last_day(week.end, self.zone),
                *(whole(week.leads[name]) for name in names),
                whole(week.up) if i else "",
                whole(week.down) if i else "",
            )
            for i, week in enumerate(found.weeks)
        ]
        left_out = f"; {leads(found.without_events)} without events left out" if found.without_events else ""
        alt = f"Stacked bars: leads per band of {found.score} at the end of each of {len(found.weeks)} weeks."
        yield Figure(
            f"weeks-{found.score}",
            f"{named(found.score, found.title)}, week by week",
            alt,
            charts.weeks(found, self.zone, alt),
            Table(
                f"{found.score}: leads at the end of each week, and moves in it{left_out}",
                ("week to", *names, "up", "down"),
                tuple(reversed(rows)),
                frozenset(range(1, len(names) + 3)),
            ),
        )
        alt = f"Bars: moves up above the line and down below it, of {found.score}, week by week."
        causes = [(f"{cause.before} to {cause.after}", cause.cause, whole(cause.moves)) for cause in found.causes]
        yield Figure(
            f"causes-{found.score}",
            f"{found.score}: moves and their causes",
            alt,
            charts.ups_and_downs(found, self.zone, alt),
            Table(
                f"{found.score}: the most frequent causes of {whole(found.moves)} moves, all time",
                ("move", "cause", "moves"),
                tuple(causes),
                frozenset({2}),
            ),
        )

    # --- why

    def contribution(self, found: ScoreContributions) -> Figure:
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
        return Figure(
            f"rules-{found.score}",
            named(found.score, found.title),
            alt,
            charts.contributions(found, alt),
            _without_empty(
                (
                    "rule",
                    "title",
                    "stage",
                    "leads",
                    "points",
                    "kept from counting (times)",
                    "leads with a missing value",
                ),
                rows,
                f"{found.score}: rules over {leads(found.leads)}{start}; {whole(silent)} fired for nobody",
                {3, 4, 5, 6},
            ),
        )

    # --- groups and single ones

    def segments(self) -> Section:
        blocks: list[Block] = []
        for found in self.report.segments:
            kept = found.leads.height
            cut = f" of {whole(found.found)} (take: {found.take})" if kept != found.found else ""
            order = f", {found.order} first" if found.order else ""
            title = f" ({found.title})" if found.title else ""
            caption = f"{found.name}{title}: {leads(kept)}{cut} where {found.where}{order}"
            if kept > SEGMENT_ROWS:
                caption += f"; the first {SEGMENT_ROWS}"
            scores, labels = list(self.model.scores), list(self.model.labels)
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

    def accounts(self) -> Section:
        found = self.report.accounts
        assert found is not None
        names = list(found.titles)
        rows = [
            (
                row.account_id,
                whole(row.members),
                *(_with_band(row.values[name], row.bands.get(name)) for name in names),
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

    def leads(self) -> Section:
        blocks = [block for line in self.report.timelines for block in self.lead(line)]
        return Section(
            "leads",
            f"Highest by {self.report.summary.by}",
            "How the readings of the highest leads came about. The curve falls where points fade; triangles are "
            "entries of the ledger, dashed lines the bounds of the bands. Times are those of the model's time zone.",
            tuple(blocks) or (Note("No lead has a value of this score."),),
        )

    def lead(self, found: LeadTimeline) -> Iterator[Block]:
        rows = [
            (
                charts.local_minute(step.at, self.zone),
                f"{step.score}.{step.rule}",
                step.event or "",
                signed(step.effective) + ("" if step.effective == step.nominal else _of(step)),
                number(step.reading),
            )
            for step in reversed(found.steps)
        ]
        band = f", {found.band}" if found.band else ""
        bands = self.model.scores[found.score].bands
        alt = f"Curve of the reading of {found.score} of lead {found.lead_id} over time; now {number(found.reading)}."
        left_out = f"; {whole(found.steps_left_out)} earlier entries are left out" if found.steps_left_out else ""
        place = self.report.timelines.index(found) + 1
        yield Figure(
            f"lead-{place}",
            f"{place}. {found.lead_id}: {number(found.reading)}{band}",
            alt,
            charts.timeline(found, bands, self.zone, alt),
            Table(
                f"{found.lead_id}: entries of the ledger, newest first{left_out}",
                ("at", "rule", "event", "points", "reading after"),
                tuple(rows),
                frozenset({3, 4}),
            ),
        )
        yield Tree(f"Why {found.lead_id} has these scores", found.explanation)

    # --- what it rests on

    def quality(self) -> Section:
        found = self.report.quality
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
            f"What the scores rest on. {whole(found.leads_without_events)} of {whole(self.report.summary.leads)} leads "
            "have no event.",
            tuple(blocks),
        )

    def sheet(self) -> Section:
        model = self.model
        changes = [(str(change.version), change.date, change.note) for change in model.changes]
        blocks: list[Block] = [Table("The model", ("setting", "value"), _settings(self.report.sheet))]
        if changes:
            blocks.append(Table("Changes", ("version", "date", "why"), tuple(changes)))
        kinds: dict[str, list[Part]] = {}
        for part in self.report.sheet:
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


_OF_SCORES = frozenset({"score", "group", "rule", "penalty", "inactivity", "band"})


def _settings(sheet: Sequence[Part]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, aspect.text) for part in sheet if part.kind == "model" for name, aspect in part.aspects.items())


def _said(part: Part) -> str:
    return " · ".join(f"{name}: {aspect.text}" for name, aspect in part.aspects.items() if name != "title")


def _label_rows(label: str, values: Mapping[str, int], scored: int) -> Iterator[tuple[str, ...]]:
    """The most frequent values; a label can be any text."""
    for value, count in list(values.items())[:LABEL_ROWS]:
        yield label, value, whole(count), share(count, scored)
    if len(values) > LABEL_ROWS:
        rest = sum(list(values.values())[LABEL_ROWS:])
        yield label, f"{whole(len(values) - LABEL_ROWS)} other values", whole(rest), share(rest, scored)


def _counted(counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    return tuple((name, whole(count)) for name, count in counts.items())


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _beside(leads: int, conversion: float | None) -> str:
    return whole(leads) if conversion is None else f"{whole(leads)} ({conversion:.1%})"


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


def _reading(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    band = row.get(f"{name}_band")
    return _with_band(value if isinstance(value, float) else None, None if band is None else str(band))


def _with_band(value: float | None, band: str | None) -> str:
    return number(value) + (f" {band}" if band else "")
