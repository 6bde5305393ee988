"""`rules import`: a model from another product's score, or from a sheet of assets."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import CommandError
from rules_engine.cli.options import FILE, View, one_of, view_option
from rules_engine.cli.wrong_file import no_file

if TYPE_CHECKING:
    from rules_engine.analysis.drafts.drafted import Drafted


_KNOWN = frozenset({".json", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm"})


class Source(StrEnum):
    """What a file comes from."""

    UNOMI = "unomi"
    HUBSPOT = "hubspot"
    SHEET = "sheet"


@click.command("import", short_help="Make a model from another product's score, or a sheet.")
@click.argument("source", metavar="FILE", type=FILE, help="JSON of Unomi or HubSpot, or a sheet (.csv, .xlsx).")
@click.option("--out", metavar="FOLDER", type=FILE, required=True, help="The folder of the new model.")
@click.option("--kind", type=one_of(Source), help="What the file is. Default: told by what it holds.")
@click.option("--model", "name", metavar="NAME", help="The model's name. Default: from the file.")
@click.option(
    "--event", metavar="NAME", default="touch", show_default=True, help="Of a sheet: the event that touches an asset."
)
@click.option(
    "--sales-ready",
    metavar="POINTS",
    type=click.FloatRange(min=0, min_open=True),
    default=100,
    show_default=True,
    help="Of a sheet: the points that are 100% ready for sales.",
)
@view_option
def import_(
    source: Path, out: Path, kind: str | None, name: str | None, event: str, sales_ready: float, view: str
) -> None:
    """Make version 1 of a model from an Apache Unomi scoring plan, a HubSpot lead score, or a sheet of assets.

    The sheet has the columns asset, stage and points. What could not be carried over, was changed or guessed is
    reported. The model checks clean, is a draft, and no file is overwritten.
    """
    from rules_engine.analysis.drafts.drafted import write
    from rules_engine.analysis.drafts.names import name_of

    for option, word in (("--model", name), ("--event", event)):
        if word is not None and word != name_of(word):
            raise CommandError(
                f"{option} {word}: names have small letters, digits and underscores, as {name_of(word)}."
            )
    drafted = _draft(source, Source(kind) if kind is not None else None, name, event, sales_ready)
    written = write(out, drafted.files)
    if view == View.JSON:
        import json

        from rules_engine.report.drafted import drafted_document

        click.echo(json.dumps(drafted_document(drafted, written), ensure_ascii=False, indent=2))
        return
    from rules_engine.report.drafted import drafted_lines

    click.echo("\n".join(drafted_lines(drafted, written)))


def _draft(source: Path, kind: Source | None, name: str | None, event: str, sales_ready: float) -> Drafted:
    if not source.is_file():
        raise CommandError(no_file(source) if not source.exists() else f"{source} is a folder.")
    if kind is None and source.suffix.lower() not in _KNOWN:
        raise CommandError(
            f"{source}: what is imported is a .json, .csv or .xlsx file; --kind says what another one is."
        )
    if kind is Source.SHEET or (kind is None and source.suffix.lower() != ".json"):
        from rules_engine.analysis.drafts.three_columns import draft_three_columns

        try:
            return draft_three_columns(source, name, event, sales_ready)
        except ModuleNotFoundError as error:
            if error.name != "openpyxl":
                raise
            raise CommandError(
                "workbooks need openpyxl, which is not installed. Install it with\n"
                "  pip install 'lead-rules-engine[sheet]'\nor save the sheet as CSV."
            ) from error
    from rules_engine.analysis.drafts.hubspot import draft_hubspot, is_hubspot
    from rules_engine.analysis.drafts.unomi import draft_unomi, is_unomi

    document = _json(source)
    if kind is Source.HUBSPOT or (kind is None and is_hubspot(document)):
        return draft_hubspot(document, name)
    if kind is Source.UNOMI or is_unomi(document):
        return draft_unomi(document, name)
    raise CommandError(
        f"{source} is neither a Unomi scoring plan (with elements) nor a HubSpot lead score (with groupConfigs)."
    )


def _json(source: Path) -> object:
    import json

    try:
        return json.loads(source.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CommandError(f"{source} is no JSON: it is no text in UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{source} is no JSON: {error}.") from error
