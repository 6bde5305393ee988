"""`rules test`: run the examples of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.options import FILE, View, view_option

if TYPE_CHECKING:
    from rules_engine.analysis.model_tests import TestReport


@click.command("test", short_help="Run the examples of a model.")
@click.argument(
    "path", metavar="MODEL", type=FILE, help="The folder of a model, one of its versions, or a file of tests."
)
@click.option("--coverage", is_flag=True, help="List everything that no test has seen.")
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=0,
    show_default=True,
    help="Fail when coverage is below this.",
)
@view_option
def model_tests(path: Path, coverage: bool, fail_under: float, view: str) -> None:
    """Run the examples of a model (tests.yaml), show what differs and what no example has seen.

    A folder or a file of tests runs each example with the version it names, or the newest one.
    Exit code 0 when all hold, 1 when one does not.
    """
    reports = _run(path)
    covered = min(report.coverage.share for report in reports) * 100
    if view == View.JSON:
        import json

        from rules_engine.report.model_tests import report_document

        click.echo(json.dumps(report_document(reports), ensure_ascii=False, indent=2))
    else:
        from rules_engine.report.model_tests import report_lines

        click.echo("\n".join(report_lines(reports, all_unseen=coverage)))
        if covered < fail_under:
            click.echo(f"coverage {covered:.1f}% is below {fail_under:g}%")
    if covered < fail_under or not all(report.ok for report in reports):
        click.get_current_context().exit(EXIT_FINDINGS)


def _run(path: Path) -> tuple[TestReport, ...]:
    from rules_engine.analysis.model_tests import load_tests, run_file, run_tests

    if not path.exists():
        raise CommandError(f"{path} does not exist.")
    is_version = path.stem.startswith("v") and path.stem[1:].isdigit()
    tests = path / "tests.yaml" if path.is_dir() else path.with_name("tests.yaml") if is_version else path
    if not tests.exists():
        raise CommandError(
            f"there are no tests: {tests} does not exist. `tests:` in it lists cases with what they expect."
        )
    if is_version:
        from rules_engine.engine import Engine

        reports: tuple[TestReport, ...] = (run_tests(Engine.load(path), load_tests(tests)),)
    else:
        reports = run_file(tests)
    if not any(report.outcomes for report in reports):
        raise CommandError(f"{tests} holds no tests.")
    return reports
