"""`rules calibrate`: new points proposed beside today's, and written as the next version."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError, need_analysis
from rules_engine.cli.options import DAY, FILE, View, model_argument, view_option
from rules_engine.cli.outcome_options import outcome_options
from rules_engine.cli.progress import progress

if TYPE_CHECKING:
    from rules_engine.analysis.backtest.run import Question
    from rules_engine.analysis.calibrate.types import Calibration
    from rules_engine.analysis.versions.points import VersionFile

_TOUCH = re.compile(r"\s*([^=,]+?)\s*=\s*(\d+(?:\.\d+)?)\s*\Z")


@click.command(short_help="Propose new points from outcomes, touches or an interview.")
@model_argument
@click.option(
    "--data", metavar="FILE", type=FILE, help="The mapping file (data.yaml) with outcomes: fit points to them."
)
@click.option("--stages", is_flag=True, help="With --data: equal points for each touch of an average winner.")
@click.option("--touches", metavar="LIST", help="The same from touches known already: learn=5,compare=3,decide=4.")
@click.option("--sheet", metavar="FILE", type=FILE, help="An answered sheet of `rules sheet` (.xlsx, .csv).")
@outcome_options
@click.option(
    "--min-count",
    metavar="N",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Propose nothing from fewer cases (or winners) than this.",
)
@click.option("--write", is_flag=True, help="Write the changes as the next version, a draft.")
@click.option("--anyway", is_flag=True, help="With --write: in spite of the warnings.")
@click.option("--note", metavar="TEXT", help="With --write: what `changes` says of the next version.")
@click.option("--date", "day", metavar="DAY", type=DAY, help="With --write: its day. Default: today.")
@view_option
def calibrate(
    model: Path,
    data: Path | None,
    stages: bool,
    touches: str | None,
    sheet: Path | None,
    cuts: tuple[str, ...],
    within: str | None,
    as_of: str | None,
    won: tuple[str, ...],
    lost: tuple[str, ...],
    opportunity: tuple[str, ...],
    by: str | None,
    seed: int,
    min_count: int,
    write: bool,
    anyway: bool,
    note: str | None,
    day: datetime | None,
    view: str,
) -> None:
    """Propose new points beside today's.

    From outcomes (--data), from the touches of winners per stage (--data --stages, or --touches), or from a sales
    interview (--sheet). Of a folder its newest version is taken. Exit code 1 when there are warnings; with warnings
    nothing is written unless --anyway.
    """
    if sum((data is not None, touches is not None, sheet is not None)) != 1:
        raise CommandError(
            "say what to calibrate from: --data data.yaml (with --stages for touches), --touches learn=5,decide=4, or "
            "--sheet model.xlsx."
        )
    if stages and data is None:
        raise CommandError("--stages counts touches in data; give --data data.yaml, or the touches with --touches.")
    try:
        from rules_engine.analysis.backtest.run import Question
        from rules_engine.analysis.versions.next_version import newest_file
        from rules_engine.analysis.versions.points import read_version

        question = Question(
            cuts=cuts, within=within, as_of=as_of, won=won, lost=lost, opportunity=opportunity,
            score=by, min_count=min_count, seed=seed,
        )  # fmt: skip
        version = read_version(newest_file(model))
        if data is not None:
            found = _from_data(version, data, question, stages)
        elif touches is not None:
            found = _from_touches(version, touches, by)
        else:
            assert sheet is not None
            found = _from_sheet(version, sheet)
    except ImportError as error:
        raise _needed(error) from error
    written: tuple[Path, ...] = ()
    wanted = write and bool(found.changes) and (anyway or not found.warnings)
    if wanted:
        chosen = day.date() if day is not None else date.today()  # noqa: DTZ011
        written = _write(version, found, note, chosen)
    _show(found, written, write, View(view))
    if found.warnings and not wanted:
        click.get_current_context().exit(EXIT_FINDINGS)


def _from_data(version: VersionFile, data: Path, question: Question, stages: bool) -> Calibration:
    from rules_engine.analysis.backtest.run import prepare
    from rules_engine.analysis.calibrate.from_outcomes import from_outcomes
    from rules_engine.analysis.calibrate.stages import from_winners

    prepared = prepare(version.path, data, question)
    if stages:
        return from_winners(version, prepared, question)
    with progress(None) as advance:
        return from_outcomes(version, prepared, question, advance=advance)


def _from_touches(version: VersionFile, touches: str, by: str | None) -> Calibration:
    from rules_engine.analysis.calibrate.stages import from_given_touches

    given: dict[str, float] = {}
    for part in touches.split(","):
        match = _TOUCH.match(part)
        if match is None:
            raise CommandError(f'--touches: "{part.strip()}" is no stage with a number; write learn=5,decide=4.')
        given[match[1]] = float(match[2])
    return from_given_touches(version, given, by)


def _from_sheet(version: VersionFile, sheet: Path) -> Calibration:
    from rules_engine.analysis.calibrate.interview import from_interview

    return from_interview(version, sheet)


def _needed(error: ImportError) -> Exception:
    if (error.name or "").partition(".")[0] == "openpyxl":
        return CommandError(
            "sheets need openpyxl, which is not installed. Install it with\n  pip install 'lead-rules-engine[sheet]'"
        )
    return need_analysis(error)


def _write(version: VersionFile, found: Calibration, note: str | None, day: date) -> tuple[Path, ...]:
    from rules_engine.analysis.versions import next_version

    made = next_version.next_version(version.path, found.changes, note or _note(found, day), day=day)
    return next_version.write(made)


def _note(found: Calibration, day: date) -> str:
    source = {
        "stages": "touches of winners per stage",
        "interview": "the sales interview",
        "outcomes": f"{found.cases:,} outcomes" if found.cases is not None else "outcomes",
    }[found.method]
    count = len(found.changes)
    return (
        f"Calibrated on {day.isoformat()} from {source}: {count} number{'s' if count != 1 else ''} of points changed."
    )


def _show(found: Calibration, written: tuple[Path, ...], wanted: bool, view: View) -> None:
    from rules_engine.report.calibration import calibration_document, print_calibration

    if view is View.JSON:
        import json

        click.echo(json.dumps(calibration_document(found, written), ensure_ascii=False, indent=2))
    else:
        print_calibration(found, written, wanted)
