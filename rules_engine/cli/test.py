"""`rules test`: run the examples of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.options import View, ViewOption

if TYPE_CHECKING:
    from rules_engine.analysis.model_tests import TestReport


def model_tests(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="The folder of a model, one of its versions, or a file of tests.",
            show_default=False,
        ),
    ],
    coverage: Annotated[bool, typer.Option("--coverage", help="List everything that no test has seen.")] = False,
    fail_under: Annotated[
        float,
        typer.Option("--fail-under", metavar="PERCENT", min=0, max=100, help="Fail when coverage is below this."),
    ] = 0,
    view: ViewOption = View.TEXT,
) -> None:
    """Run the examples of a model (tests.yaml), show what differs and what no example has seen.

    A folder or a file of tests runs each example with the version it names, or the newest one.
    Exit code 0 when all hold, 1 when one does not.
    """
    reports = _run(path)
    covered = min(report.coverage.share for report in reports) * 100
    if view is View.JSON:
        import json

        from rules_engine.report.model_tests import report_document

        typer.echo(json.dumps(report_document(reports), ensure_ascii=False, indent=2))
    else:
        from rules_engine.report.model_tests import report_lines

        typer.echo("\n".join(report_lines(reports, all_unseen=coverage)))
        if covered < fail_under:
            typer.echo(f"coverage {covered:.1f}% is below {fail_under:g}%")
    if covered < fail_under or not all(report.ok for report in reports):
        raise typer.Exit(EXIT_FINDINGS)


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
