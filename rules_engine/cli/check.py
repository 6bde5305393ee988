"""`rules check`: every mistake of model files, test files and data mappings, in one run, and what is likely unmeant."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli import completion
from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.options import FILE, one_of
from rules_engine.cli.wrong_file import yaml_file

if TYPE_CHECKING:
    from datetime import date

    from rules_engine.analysis.lints.files import Wanted

TESTS = "tests.yaml"
MAPPING = "data.yaml"


class Format(StrEnum):
    """How findings are written."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


@click.command(short_help="Find the mistakes in models.")
@click.argument(
    "path",
    nargs=-1,
    required=True,
    type=FILE,
    help="Files, or folders in which to look for v<N>.yaml, tests.yaml and data.yaml.",
)
@click.option(
    "--format",
    "form",
    type=one_of(Format),
    default=Format.FULL.value,
    show_default=True,
    help="full shows the lines; the others are for editors, CI services and programs.",
)
@click.option("--strict", is_flag=True, help="Warnings, too, make the exit code 1.")
@click.option(
    "--select",
    metavar="CODES",
    shell_complete=completion.codes,
    multiple=True,
    help="Show only codes that begin so (RE7,RE404). Errors are always shown.",
)
@click.option(
    "--ignore",
    metavar="CODES",
    shell_complete=completion.codes,
    multiple=True,
    help="Leave out codes that begin so; the longer one counts.",
)
@click.option("--today", metavar="DATE", help="Judge by this day whether models are overdue for their review.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely in the files, and show what is left.")
@click.option("--ranges", is_flag=True, help="Show the lowest and highest that each score can come to, and stop.")
def check(
    path: tuple[Path, ...],
    form: str,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    today: str | None,
    fix: bool,
    ranges: bool,
) -> None:
    """Check models, their tests and their data mappings without running them.

    Shows every finding with its place and how to fix it. Exit code 0 when there is no error, 1 when there is one.
    """
    files = files_to_check(path)
    wanted, day = _wanted(select, ignore), _day(today)
    if ranges:
        _show_ranges(files, form)
        return
    from rules_engine.analysis.lints.files import findings_of, of_folder
    from rules_engine.diagnostics import Severity, render
    from rules_engine.plugins import installed

    if fix:
        _fix(files, wanted, day, quiet=form not in (Format.FULL, Format.CONCISE))
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    with _no_collections():
        findings = [finding for file in files for finding in findings_of(file, wanted, day, installed())]
        named = [one for one in path if one.is_dir()]
        folders = dict.fromkeys(file.parent for file in files if any(file.is_relative_to(one) for one in named))
        findings += [finding for folder in folders for finding in of_folder(folder, wanted)]
        text = render(findings, form, failing=failing)
    if text:
        click.echo(text.rstrip("\n"))
    if form in (Format.FULL, Format.CONCISE):
        click.echo(_summary(len(files), [str(finding.severity) for finding in findings]))
    if any(finding.severity in failing for finding in findings):
        click.get_current_context().exit(EXIT_FINDINGS)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Python looks for unreachable cycles every few hundred objects; models hold none, and a check is short."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


# --- options --------------------------------------------------------------------------------------------------------


def _wanted(select: tuple[str, ...], ignore: tuple[str, ...]) -> Wanted:
    from rules_engine.analysis.lints.files import Wanted

    return Wanted(_codes(select, "--select"), _codes(ignore, "--ignore"))


def _codes(given: tuple[str, ...], option: str) -> tuple[str, ...]:
    """`RE7,RE404` -> its parts; each must be the beginning of a code, else it would do nothing in silence."""
    parts = tuple(part.strip().upper() for text in given for part in text.split(",") if part.strip())
    if parts:
        from rules_engine.diagnostics.codes import CODES
        from rules_engine.diagnostics.nearest import did_you_mean

        for part in parts:
            if not any(code.startswith(part) for code in CODES):
                raise CommandError(f"{option}: no code begins with {part}.{did_you_mean(part, CODES)}")
    return parts


def _day(today: str | None) -> date | None:
    if today is None:
        return None
    from rules_engine.model.calendar import parse_date

    day = parse_date(today)
    if day is None:
        raise CommandError(f"--today: {today} is not a date. Write year-month-day, such as 2026-09-01.")
    return day


# --- what else it does ----------------------------------------------------------------------------------------------


def _fix(files: Sequence[Path], wanted: Wanted, day: date | None, *, quiet: bool) -> None:
    from rules_engine.analysis.lints.fix import fix_file
    from rules_engine.cli.files import write_text
    from rules_engine.plugins import installed

    for file in files:
        fixed = fix_file(file, wanted, day, installed())
        if not fixed.done:
            continue
        write_text(file, fixed.text)
        if not quiet:
            for found, change in fixed.done:
                click.echo(f"fixed {found.span}: {found.code} {change}")


def _show_ranges(files: Sequence[Path], form: str) -> None:
    from rules_engine.analysis.lints import ranges_of
    from rules_engine.engine import ModelError
    from rules_engine.model import load_model
    from rules_engine.plugins import installed
    from rules_engine.report.ranges import range_lines, ranges_document

    models = []
    for file in files:
        if file.name in (TESTS, MAPPING):
            continue
        loaded = load_model(file, installed())
        if loaded.model is None:
            raise ModelError(str(file), loaded.diagnostics)
        models.append((loaded.model, ranges_of(loaded, installed().functions)))
    if form == Format.JSON:
        import json

        click.echo(json.dumps([ranges_document(*one) for one in models], ensure_ascii=False, indent=2))
    elif form in (Format.FULL, Format.CONCISE):
        for model, found in models:
            click.echo("\n".join(range_lines(model, found)))
    else:
        raise CommandError("--ranges takes --format full or json.")


def files_to_check(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and those below the folders that are named: versions in order, tests, mapping."""
    from rules_engine.model.lock import version_files

    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            folders = {file.parent: version_files(file.parent) for file in path.rglob("v*.y*ml")}
            if not any(folders.values()):
                raise CommandError(f"no model in {path}: a version of a model is a file such as {path / 'v1.yaml'}.")
            for folder in sorted(folder for folder, versions in folders.items() if versions):
                found.extend(folders[folder].values())
                found.extend(folder / name for name in (TESTS, MAPPING) if (folder / name).exists())
        else:
            found.append(yaml_file(path))
    return list(dict.fromkeys(found))


def _summary(files: int, severities: list[str]) -> str:
    checked = f"{files} file{'s' if files != 1 else ''} checked: "
    counts = [(severity, severities.count(severity)) for severity in ("error", "warning", "hint")]
    told = ", ".join(f"{count} {severity}{'s' if count != 1 else ''}" for severity, count in counts if count)
    return checked + (told or "all well")
