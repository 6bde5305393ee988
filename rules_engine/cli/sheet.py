"""`rules sheet`: the points of a model as a spreadsheet for the sales interview, and back as the next version."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import CommandError
from rules_engine.cli.options import DAY, FILE, View, view_option

if TYPE_CHECKING:
    from rules_engine.analysis.versions.next_version import NextVersion
    from rules_engine.analysis.versions.points import VersionFile


@click.command("sheet", short_help="Points as a spreadsheet, and back as the next version.")
@click.argument("model", metavar="MODEL", type=FILE, help="A version (v3.yaml), or a folder: its newest version.")
@click.option("--out", metavar="FILE", type=FILE, help="Write the sheet (.xlsx).")
@click.option("--import", "source", metavar="FILE", type=FILE, help="Take the new points of an edited sheet back.")
@click.option("--yes", is_flag=True, help="With --import: write the next version without asking.")
@click.option("--note", metavar="TEXT", help="With --import: what `changes` says of the next version.")
@click.option("--date", "day", metavar="DAY", type=DAY, help="With --import: its day. Default: today.")
@view_option
def sheet(
    model: Path, out: Path | None, source: Path | None, yes: bool, note: str | None, day: datetime | None, view: str
) -> None:
    """Write a version's points as a sheet (asset, stage, points, percent ready, an empty column), or take it back.

    Blank cells stay as they are; 60% means percent of sales_ready. The next version is a draft: every other byte of the
    file is kept, rows of a CSV table go to a CSV file of their own, and nothing is ever overwritten.
    """
    if (out is None) == (source is None):
        raise CommandError("give --out model.xlsx to write the sheet, or --import model.xlsx to take it back.")
    try:
        import openpyxl  # noqa: F401  told before anything else is done
    except ImportError as error:
        raise CommandError(
            "sheets need openpyxl, which is not installed. Install it with\n  pip install 'lead-rules-engine[sheet]'"
        ) from error
    if out is not None:
        _write(model, out, View(view))
        return
    assert source is not None
    _take_back(model, source, yes, note, (day.date() if day is not None else date.today()), View(view))  # noqa: DTZ011


def _write(model: Path, out: Path, view: View) -> None:
    from rules_engine.analysis.versions.next_version import newest_file
    from rules_engine.analysis.versions.points import read_version
    from rules_engine.analysis.versions.sheet import write_sheet
    from rules_engine.cli.files import written_aside

    if out.suffix != ".xlsx":
        raise CommandError(f"{out} must end in .xlsx.")
    version = read_version(newest_file(model))
    with written_aside(out) as aside:
        rows = write_sheet(version, aside)
    if view is View.JSON:
        _json({"file": out.as_posix(), "model": version.model.name, "version": version.model.version, "rows": rows})
        return
    click.echo(f"{version.model.name} version {version.model.version}: {rows} rows of points in {out}")
    click.echo('Fill in "New points" where they are to change, then take the sheet back:')
    click.echo(f"  rules sheet {model} --import {out}")


def _take_back(model: Path, source: Path, yes: bool, note: str | None, day: date, view: View) -> None:
    from rules_engine.analysis.versions.next_version import next_version, write
    from rules_engine.analysis.versions.sheet import changes_of

    version = _version_of(model, source)
    changes = changes_of(source, version)
    if not changes and view is View.TEXT:
        click.echo(f'the column "New points" of {source} is empty: nothing to change.')
        return
    made = next_version(version.path, changes, note or _note(len(changes), day), day=day)
    agreed = yes
    if view is View.TEXT:
        _show(made)
        if not yes and sys.stdin.isatty():
            agreed = click.confirm("Write it?", default=False)
    written = write(made) if agreed else ()
    if view is View.JSON:
        from rules_engine.analysis.versions.text_diff import text_diff
        from rules_engine.report.version_diff import diff_document

        differences = diff_document(text_diff(made.before.model, made.after.model))["differences"]
        _json({"version": made.number, "written": [path.as_posix() for path in written], "differences": differences})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(
        "It is a draft: look at it, set `status: active` and `effective`, then run `rules lock`."
        if written
        else "nothing was written; --yes writes it."
    )


def _version_of(model: Path, source: Path) -> VersionFile:
    """The version that the sheet was made from. With a folder it must be the newest, so that no change is lost."""
    from rules_engine.analysis.versions.next_version import newest_file
    from rules_engine.analysis.versions.points import read_version
    from rules_engine.analysis.versions.sheet import made_from

    origin = made_from(source)
    version = read_version(newest_file(model))
    if version.model.name != origin.model:
        raise CommandError(f"{source} was made from the model {origin.model}, not from {version.model.name}.")
    if version.model.version != origin.version:
        named = model / f"v{origin.version}.yaml" if model.is_dir() else f"version {origin.version}"
        raise CommandError(
            f"{source} was made from version {origin.version}, but {version.path} is version {version.model.version}; "
            f"name the version to start from ({named}), or make the sheet anew."
        )
    return version


def _note(changes: int, day: date) -> str:
    return f"Sales interview of {day.isoformat()}: {changes} number{'s' if changes != 1 else ''} of points changed."


def _show(made: NextVersion) -> None:
    from rules_engine.analysis.versions.text_diff import text_diff
    from rules_engine.report.version_diff import diff_lines

    click.echo("\n".join(diff_lines(text_diff(made.before.model, made.after.model))))
    click.echo()
    click.echo("files: " + ", ".join(str(path) for path, _ in made.files))


def _json(document: object) -> None:
    import json

    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
