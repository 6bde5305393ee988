"""`rules test`: run the examples of a model, fill what they leave open, propose what they have not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.files import write_text
from rules_engine.cli.options import FILE, View, view_option
from rules_engine.cli.wrong_file import no_file
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.analysis.case_types import TestFile
    from rules_engine.analysis.model_tests import TestReport
    from rules_engine.engine import Engine


@click.command("test", short_help="Run the examples of a model.")
@click.argument(
    "path", metavar="MODEL", type=FILE, help="The folder of a model, one of its versions, or a file of tests."
)
@click.option("--run", "pattern", metavar="PATTERN", help="Only the tests whose name holds this (* and ? as in files).")
@click.option("--update", is_flag=True, help="Fill expectations that are empty or absent; change none that is there.")
@click.option("--junit", metavar="FILE", type=FILE, help="Write the outcome as JUnit XML too.")
@click.option("--coverage", is_flag=True, help="List everything that no test has seen.")
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=0,
    show_default=True,
    help="Fail when coverage is below this.",
)
@click.option(
    "--write-gaps",
    "gaps",
    metavar="FILE",
    type=FILE,
    help="Write tests that cover what no test has seen, as a proposal.",
)
@view_option
def model_tests(
    path: Path,
    pattern: str | None,
    update: bool,
    junit: Path | None,
    coverage: bool,
    fail_under: float,
    gaps: Path | None,
    view: str,
) -> None:
    """Run the examples of a model (tests.yaml), show what differs and what no example has seen.

    A folder or a file of tests runs each example with the version it names, or the newest one.
    Exit code 0 when all hold, 1 when one does not.
    """
    if pattern is not None and (coverage or fail_under or gaps is not None):
        raise CommandError("--run leaves tests out, so there is no coverage to speak of; run all tests for that.")
    place = _find(path, gaps is not None)
    filled = _update(place, pattern) if update else None
    sessions = _sessions(place, pattern)

    from rules_engine.analysis.model_tests import run_tests

    reports = tuple(run_tests(engine, cases) for engine, cases in sessions)
    if junit is not None:
        from rules_engine.report.model_tests_junit import junit as as_junit

        write_text(junit, as_junit(reports))
    _show(reports, coverage, pattern is None, filled, place.tests, View(view))
    covered = min(report.coverage.share for report in reports) * 100
    if covered < fail_under:
        click.echo(f"coverage {covered:.1f}% is below {fail_under:g}%", err=view == View.JSON)
    if gaps is not None:
        _write_gaps(sessions, reports, gaps, view == View.JSON)
    if covered < fail_under or not all(report.ok for report in reports):
        click.get_current_context().exit(EXIT_FINDINGS)


@dataclass(frozen=True, slots=True)
class _Place:
    """The file of tests, and the one version to test where one was named."""

    tests: Path
    version: Path | None


def _find(path: Path, may_be_missing: bool) -> _Place:
    """Where the tests are; for proposals there need be none yet."""
    if not path.exists():
        raise CommandError(no_file(path))
    is_version = path.stem.startswith("v") and path.stem[1:].isdigit()
    tests = path / "tests.yaml" if path.is_dir() else path.with_name("tests.yaml") if is_version else path
    if not tests.exists() and not may_be_missing:
        raise CommandError(
            f"there are no tests: {tests} does not exist. `tests:` in it lists cases with what they expect; "
            "--write-gaps FILE proposes some."
        )
    if tests == path and _is_model(path):
        raise CommandError(
            f"{path} is a model, not a file of tests, and its name does not say which version it is. Name it after its "
            "version, such as v1.yaml; the tests beside it, in tests.yaml, are then run with it."
        )
    return _Place(tests, path if is_version else None)


def _is_model(path: Path) -> bool:
    """Whether a file of another name than v<N>.yaml holds a model."""
    from rules_engine.model import yaml_compose, yaml_read
    from rules_engine.model.yaml_nodes import MapNode

    source = yaml_read.read_file(path, str(path)).source
    root = yaml_compose.compose(source).root if source is not None else None
    return isinstance(root, MapNode) and "scores" in root and "tests" not in root


def _sessions(place: _Place, pattern: str | None, *, needs_expect: bool = True) -> tuple[tuple[Engine, TestFile], ...]:
    """The cases that are wanted, with their engines."""
    from rules_engine.analysis.model_tests import called, load_tests, newest_engine, with_engines

    if not place.tests.exists():
        return (newest_engine(place.tests, place.version),)
    found = load_tests(place.tests, needs_expect=needs_expect)
    wanted = found if pattern is None else called(found, pattern)
    if not wanted.tests and not found.has_errors:
        raise CommandError(_no_test(place.tests, found, pattern))
    return with_engines(wanted, place.tests, place.version)


def _no_test(tests: Path, found: TestFile, pattern: str | None) -> str:
    if pattern is None:
        return f"{tests} holds no tests."
    from rules_engine.diagnostics.nearest import did_you_mean

    names = [test.name for test in found.tests]
    return f'no test of {tests} has "{pattern}" in its name.{did_you_mean(pattern, names)}'


def _update(place: _Place, pattern: str | None) -> tuple[str, ...]:
    """Fills the file of tests; gives the names of the cases that were filled."""
    from rules_engine.analysis.case_update import fill
    from rules_engine.analysis.model_tests import run_tests
    from rules_engine.model.yaml_read import read_file

    sessions = _sessions(place, pattern, needs_expect=False)
    outcomes = [outcome for engine, cases in sessions for outcome in run_tests(engine, cases).outcomes]
    source = read_file(place.tests, str(place.tests)).source
    assert source is not None  # its cases have been read
    filled = fill(source, outcomes)
    if filled.cases:
        mark = "\ufeff" if place.tests.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        write_text(place.tests, mark + filled.text)
    return filled.cases


def _show(
    reports: tuple[TestReport, ...],
    coverage: bool,
    with_coverage: bool,
    filled: tuple[str, ...] | None,
    tests: Path,
    view: View,
) -> None:
    from rules_engine.report.model_tests import filled_lines, report_document, report_lines

    told = [] if filled is None else filled_lines(filled, str(tests))
    if view is View.JSON:
        import json

        for line in told:
            click.echo(line, err=True)
        click.echo(json.dumps(report_document(reports, with_coverage), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join([*told, *report_lines(reports, coverage, with_coverage)]))


def _write_gaps(
    sessions: tuple[tuple[Engine, TestFile], ...],
    reports: tuple[TestReport, ...],
    out: Path,
    quiet: bool,
) -> None:
    """Proposals for the newest version that was tested."""
    from rules_engine.analysis.gaps.propose import propose
    from rules_engine.report.gaps import gap_lines

    (engine, cases), report = sessions[-1], reports[-1]
    found = propose(engine, cases, report.coverage)
    if found.cases:
        write_text(out, found.text)
    for line in gap_lines(found, str(out)):
        click.echo(line, err=quiet)
