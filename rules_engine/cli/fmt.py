"""`rules fmt`: lays out model files, keeps their comments and their meaning."""

from __future__ import annotations

from pathlib import Path

import click

from rules_engine.cli.faults import EXIT_FINDINGS, CommandError
from rules_engine.cli.options import FILE
from rules_engine.cli.wrong_file import yaml_file


@click.command(short_help="Lay out model files.")
@click.argument(
    "path", nargs=-1, required=True, type=FILE, help="Files, or folders whose versions (v<N>.yaml) are laid out."
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, exit code 1 where something would.")
def fmt(path: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Lay out model files: two blanks a level, short entries in one line, conditions with commas or quotes in lines of
    their own. Comments, order and empty lines stay. What is written is read again first: it must mean the same, to the
    hash of the model.
    """
    from rules_engine.analysis.layout.faults import LayoutError
    from rules_engine.analysis.layout.laid_out import layout
    from rules_engine.cli.files import write_text
    from rules_engine.diagnostics import render
    from rules_engine.plugins import installed

    changed = 0
    refused = []
    files = files_to_format(path)
    for file in files:
        try:
            before, after = layout(file, installed())
        except LayoutError as error:
            refused.append(f"{error}\n{render(error.findings)}".rstrip("\n"))
            continue
        if before == after:
            continue
        changed += 1
        if diff:
            click.echo(_difference(file, before, after), nl=False)
        elif check:
            click.echo(f"would lay out {file}")
        else:
            write_text(file, after)
            click.echo(f"laid out {file}")
    if not diff:
        kept = len(files) - changed - len(refused)
        click.echo(f"{_counted(changed)} {'would change' if check else 'changed'}, {kept} already laid out")
    if refused:
        raise CommandError("\n".join(refused))
    if changed and (check or diff):
        click.get_current_context().exit(EXIT_FINDINGS)


def files_to_format(paths: tuple[Path, ...]) -> list[Path]:
    """The files that are named, and the versions below the folders that are named."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            versions = [file for file in path.rglob("v*.yaml") if file.stem[1:].isdigit()]
            if not versions:
                raise CommandError(f"no model in {path}: a version of a model is a file such as {path / 'v1.yaml'}.")
            found.extend(sorted(versions, key=lambda file: (file.parent, int(file.stem[1:]))))
        else:
            found.append(yaml_file(path))
    return list(dict.fromkeys(found))


def _difference(file: Path, before: str, after: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), str(file), f"{file} (laid out)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _counted(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
