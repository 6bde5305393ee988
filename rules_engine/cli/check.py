"""`rules check`: every mistake of model files, test files and data mappings, in one run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError


class Format(StrEnum):
    """How findings are written."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def check(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Model files, or folders to look for v<N>.yaml in.", show_default=False),
    ],
    form: Annotated[
        Format,
        typer.Option("--format", help="full shows the lines; the others are for editors, CI services and programs."),
    ] = Format.FULL,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings, too, make the exit code 1.")] = False,
) -> None:
    """Check models without running them, and show every finding with its place and how to fix it.

    Exit code 0 when there is no error, 1 when there is one.
    """
    from rules_engine.diagnostics import Severity, render
    from rules_engine.model import load_model

    files = model_files(paths)
    findings = [finding for file in files for finding in load_model(file).diagnostics]
    text = render(findings, form.value)
    if text:
        typer.echo(text.rstrip("\n"))
    if form in (Format.FULL, Format.CONCISE):
        typer.echo(_summary(len(files), [str(finding.severity) for finding in findings]))
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(finding.severity in failing for finding in findings):
        raise typer.Exit(EXIT_FINDINGS)


def model_files(paths: list[Path]) -> list[Path]:
    """The files to check: those named, and every v<N>.yaml below the folders named, in order of version."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = [
                file for ending in ("yaml", "yml") for file in path.rglob(f"v*.{ending}") if file.stem[1:].isdigit()
            ]
            if not below:
                raise CommandError(f"no model in {path}: a version of a model is a file such as {path / 'v1.yaml'}.")
            found.extend(sorted(below, key=lambda file: (file.parent, int(file.stem[1:]))))
        elif path.exists():
            found.append(path)
        else:
            raise CommandError(f"{path} does not exist.")
    return list(dict.fromkeys(found))


def _summary(files: int, severities: list[str]) -> str:
    checked = f"{files} model file{'s' if files != 1 else ''} checked: "
    counts = [(severity, severities.count(severity)) for severity in ("error", "warning", "hint")]
    told = ", ".join(f"{count} {severity}{'s' if count != 1 else ''}" for severity, count in counts if count)
    return checked + (told or "all well")
