"""`rules backtest`: what a model would have said before the outcomes, compared with the outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli import completion
from rules_engine.cli.faults import EXIT_FINDINGS, CommandError, need_analysis
from rules_engine.cli.options import View, data_option, model_argument, view_option
from rules_engine.cli.outcome_options import outcome_options
from rules_engine.cli.progress import progress

if TYPE_CHECKING:
    from rules_engine.analysis.backtest.types import Backtest, Comparison


@click.command(short_help="Compare what a model would have said with what happened.")
@model_argument
@data_option
@click.option(
    "--version",
    metavar="N",
    type=int,
    shell_complete=completion.versions,
    help="Judge this version. Default: the newest active one.",
)
@click.option(
    "--against", metavar="VERSION", help="Judge a second version on the same cases: its number, or a model file."
)
@outcome_options
@click.option(
    "--band", metavar="BAND", help="The lowest band that is ready for sales. Default: the first from 100% up."
)
@click.option(
    "--periods",
    metavar="N",
    type=click.IntRange(min=2),
    default=2,
    show_default=True,
    help="Stretches of time to compare for drift (with several cuts: the cuts).",
)
@click.option(
    "--min-count",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Judge no rule that sets fewer cases apart.",
)
@view_option
def backtest(
    model: Path,
    data: Path,
    version: int | None,
    against: str | None,
    cuts: tuple[str, ...],
    within: str | None,
    as_of: str | None,
    won: tuple[str, ...],
    lost: tuple[str, ...],
    opportunity: tuple[str, ...],
    by: str | None,
    band: str | None,
    periods: int,
    min_count: int,
    seed: int,
    view: str,
) -> None:
    """Score leads as of a moment before their outcome and compare with the outcome.

    Nothing that came later is seen. Needs `outcomes:` in data.yaml. Exit code 1 when the model reads something that is
    known only after the outcome.
    """
    try:
        from rules_engine.analysis.backtest import run
    except ImportError as error:
        raise need_analysis(error) from error

    question = run.Question(
        cuts=cuts, within=within, as_of=as_of, won=won, lost=lost, opportunity=opportunity,
        score=by, band=band, periods=periods, min_count=min_count, seed=seed,
    )  # fmt: skip
    try:
        if against is None:
            with progress(None) as advance:
                done = run.backtest(model, data, question, version=version, advance=advance)
            _show(done, View(view))
            judged: tuple[Backtest, ...] = (done,)
        else:
            other, other_version = _other(model, against)
            with progress(None) as advance:
                found = run.compare(
                    model, data, question, other, version=version, against_version=other_version, advance=advance
                )
            _show_both(found, View(view))
            judged = (found.second,)
    except ImportError as error:
        raise need_analysis(error) from error
    if any(leak.declared for done in judged for leak in done.leaks):
        click.get_current_context().exit(EXIT_FINDINGS)


def _other(model: Path, against: str) -> tuple[Path, int | None]:
    """The second version: a number of the same folder, or a file or folder of its own."""
    if against.isdigit():
        folder = model if model.is_dir() else model.parent
        return folder, int(against)
    path = Path(against)
    if not path.exists():
        raise CommandError(f"--against {against}: there is no such file; give a number of a version or a model file.")
    return path, None


def _show(done: Backtest, view: View) -> None:
    from rules_engine.report.backtest import backtest_document, print_backtest

    if view is View.JSON:
        import json

        click.echo(json.dumps(backtest_document(done), ensure_ascii=False, indent=2))
    else:
        print_backtest(done)


def _show_both(found: Comparison, view: View) -> None:
    from rules_engine.report.backtest import comparison_document, print_comparison

    if view is View.JSON:
        import json

        click.echo(json.dumps(comparison_document(found), ensure_ascii=False, indent=2))
    else:
        print_comparison(found)
