"""`rules history`: the living sheet of a model, one row a rule, one column a version."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import click

from rules_engine.cli.options import FILE, one_of


class Form(StrEnum):
    """How the sheet is shown."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


@click.command("history", short_help="Show the points of all versions side by side.")
@click.argument("folder", metavar="FOLDER", type=FILE, help="The folder of a model, with its v<N>.yaml files.")
@click.option("--format", "form", type=one_of(Form), default=Form.TEXT.value, show_default=True, help="How to show it.")
def history(folder: Path, form: str) -> None:
    """Show each rule's asset, stage and points over all versions, with the notes of the changes.

    A rule that was renamed keeps its row.
    """
    from rules_engine.analysis.versions.history import history as read_history
    from rules_engine.report.history import history_csv, history_document, print_history

    found = read_history(folder)
    if form == Form.TEXT:
        print_history(found)
    elif form == Form.CSV:
        click.echo(history_csv(found), nl=False)
    else:
        import json

        click.echo(json.dumps(history_document(found), ensure_ascii=False, indent=2))
