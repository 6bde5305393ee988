"""`rules check`: every mistake of model files, test files and data mappings, in one run."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.options import FILE, one_of

if TYPE_CHECKING:
    from rules_engine.batch.sources import Mapping
    from rules_engine.diagnostics import Diagnostic

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
def check(path: tuple[Path, ...], form: str, strict: bool) -> None:
    """Check models, their tests and their data mappings without running them.

    Shows every finding with its place and how to fix it. Exit code 0 when there is no error, 1 when there is one.
    """
    from rules_engine.diagnostics import Severity, render

    files = files_to_check(path)
    with _no_collections():
        findings = [finding for file in files for finding in findings_of(file)]
    text = render(findings, form)
    if text:
        click.echo(text.rstrip("\n"))
    if form in (Format.FULL, Format.CONCISE):
        click.echo(_summary(len(files), [str(finding.severity) for finding in findings]))
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
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


def findings_of(file: Path) -> Sequence[Diagnostic]:
    """What is wrong in one file; its name says whether it holds tests, a mapping of data, or else a model."""
    if file.name == TESTS:
        from rules_engine.analysis.case_file import load_tests

        return load_tests(file).findings
    if file.name == MAPPING:
        from rules_engine.batch.sources import DataError, load_mapping

        try:
            mapping = load_mapping(file)
        except DataError as error:
            return error.findings
        return (*mapping.findings, *_against_newest(mapping, file.parent))
    from rules_engine.model import load_model
    from rules_engine.plugins import installed

    return load_model(file, installed()).diagnostics


def _against_newest(mapping: Mapping, folder: Path) -> Sequence[Diagnostic]:
    """What the mapping names that the newest version beside it does not declare."""
    from rules_engine.batch.sources.check_model import against_model
    from rules_engine.model import load_model
    from rules_engine.plugins import installed

    versions = [file for file in folder.glob("v*.yaml") if file.stem[1:].isdigit()]
    model = load_model(max(versions, key=lambda file: int(file.stem[1:])), installed()).model if versions else None
    return against_model(mapping, model) if model is not None else ()


def files_to_check(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and those below the folders that are named: versions in order, tests, mapping."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            versions = [file for file in path.rglob("v*.yaml") if file.stem[1:].isdigit()]
            if not versions:
                raise CommandError(f"no model in {path}: a version of a model is a file such as {path / 'v1.yaml'}.")
            for folder in sorted({file.parent for file in versions}):
                own = [file for file in versions if file.parent == folder]
                found.extend(sorted(own, key=lambda file: int(file.stem[1:])))
                found.extend(folder / name for name in (TESTS, MAPPING) if (folder / name).exists())
        elif path.exists():
            found.append(path)
        else:
            raise CommandError(f"{path} does not exist.")
    return list(dict.fromkeys(found))


def _summary(files: int, severities: list[str]) -> str:
    checked = f"{files} file{'s' if files != 1 else ''} checked: "
    counts = [(severity, severities.count(severity)) for severity in ("error", "warning", "hint")]
    told = ", ".join(f"{count} {severity}{'s' if count != 1 else ''}" for severity, count in counts if count)
    return checked + (told or "all well")
