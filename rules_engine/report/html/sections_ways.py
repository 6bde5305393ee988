"""The way of the leads: stages, bands as steps, movements week by week."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.population.moves import Moves
from rules_engine.analysis.population.overview import PopulationReport
from rules_engine.analysis.population.stages import Stages
from rules_engine.feel.values.zones import zone_of
from rules_engine.report.html import charts
from rules_engine.report.html.blocks import Block, Figure, Note, Section, Table
from rules_engine.report.html.words import leads, named, number, percent, share, whole
from rules_engine.report.stages import NONE_YET


def funnel(report: PopulationReport) -> Section:
    """Stages, where the model has some, and the bands of each score as steps."""
    blocks: list[Block] = []
    if report.stages is not None:
        blocks.append(_stages(report.stages))
    blocks.extend(_steps(moves) for moves in report.moves)
    return Section(
        "funnel",
        "Funnel",
        "How many leads came how far, and how many of them went on. The stage of a lead is the latest that any of "
        "its awards belongs to; of bands, leads count that have ever been in the band or a higher one. Median days "
        "leave out leads that went straight to the step.",
        tuple(blocks),
    )


def _stages(found: Stages) -> Figure:
    rows = [(NONE_YET, whole(found.none_yet), share(found.none_yet, found.scored), "", "", "", "")]
    rows += [
        (
            stage.name,
            whole(stage.leads),
            share(stage.leads, found.scored),
            whole(stage.reached),
            percent(stage.conversion),
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


def _steps(moves: Moves) -> Figure:
    rows = [
        (
            step.name,
            whole(step.now),
            whole(step.reached),
            percent(step.conversion),
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


def moves(report: PopulationReport) -> Section:
    """Bands at the end of each week, moves and their causes."""
    blocks: list[Block] = []
    for found in report.moves:
        if found.moves:
            blocks.extend(_moves_of(report, found))
        else:
            blocks.append(Note(f"{found.score}: no lead ever changed its band."))
    return Section(
        "moves",
        "Movements",
        "Leads per band at the end of each week, and the moves between bands, read off one pass over the data. A "
        "lead is counted from its first event on; the last week ends at the moment of this report.",
        tuple(blocks),
    )


def _moves_of(report: PopulationReport, found: Moves) -> Iterator[Block]:
    names = [step.name for step in found.steps]
    rows = [
        (
            charts.last_day(week.end, zone_of(report.model.timezone)),
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
        charts.weeks(found, zone_of(report.model.timezone), alt),
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
        charts.ups_and_downs(found, zone_of(report.model.timezone), alt),
        Table(
            f"{found.score}: the most frequent causes of {whole(found.moves)} moves, all time",
            ("move", "cause", "moves"),
            tuple(causes),
            frozenset({2}),
        ),
    )


def _beside(leads: int, conversion: float | None) -> str:
    return whole(leads) if conversion is None else f"{whole(leads)} ({conversion:.1%})"
