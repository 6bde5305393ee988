"""`rules init`: a new model with tests, a mapping of data and a workflow, that check clean."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import CommandError, need_batch
from rules_engine.cli.options import DAY, FILE, View, view_option
from rules_engine.cli.wrong_file import no_file

if TYPE_CHECKING:
    from rules_engine.analysis.drafts.roles import Role
    from rules_engine.analysis.drafts.scaffold import Wish

ROLES: tuple[Role, ...] = ("leads", "accounts", "events")
WORKFLOW = Path(".github/workflows")


@click.command("init", short_help="Start a new model.")
@click.argument("folder", metavar="FOLDER", type=FILE, help="The folder of the new model, such as models/b2b.")
@click.option("--model", "name", metavar="NAME", help="The model's name. Default: the folder's.")
@click.option(
    "--from",
    "samples",
    metavar="FILE",
    multiple=True,
    help="A sample of your data (.csv, .jsonl, .parquet); several times for several files. "
    "leads=FILE, accounts=FILE or events=FILE says what it holds.",
)
@click.option(
    "--sales-ready", metavar="POINTS", type=click.FloatRange(min=0, min_open=True), help="100% ready. Default: 100."
)
@click.option("--timezone", metavar="ZONE", help="Time zone of times that name none. Default: UTC.")
@click.option("--owner", metavar="TEXT", help="Who answers for the model.")
@click.option(
    "--workflow", metavar="FILE", help="The GitHub workflow, or none. Default: .github/workflows/<model>.yml."
)
@click.option("--date", "day", metavar="DAY", type=DAY, help="Day of the first version.")
@view_option
def init(
    folder: Path,
    name: str | None,
    samples: tuple[str, ...],
    sales_ready: float | None,
    timezone: str | None,
    owner: str | None,
    workflow: str | None,
    day: datetime | None,
    view: str,
) -> None:
    """Write a new model with its tests, the mapping of its data and a workflow for CI.

    Asks on a terminal for what no option says. With --from, fields, events and mapping are proposed from samples of
    your data: types, values, ids, times, missing markers. No file is overwritten.
    """
    from rules_engine.analysis.drafts.drafted import write
    from rules_engine.analysis.drafts.scaffold import (
        first_score,
        has_events,
        sample_files,
        starter_files,
        workflow_text,
    )

    wish = _wish(folder, name, sales_ready, timezone, owner, day)
    try:
        drafted = sample_files(wish, [_sample(text) for text in samples], folder) if samples else starter_files(wish)
    except ImportError as error:  # a Parquet file needs Polars, all else does not
        raise need_batch(error) from error
    files = [(str(folder / file), text) for file, text in drafted.files]
    if workflow != "none":
        path = Path(workflow) if workflow is not None else WORKFLOW / f"{wish.model}.yml"
        files.append((str(path), workflow_text(folder.as_posix(), wish.model, first_score(drafted))))
    written = write(Path(), tuple(files))
    if view == View.JSON:
        import json

        from rules_engine.report.drafted import drafted_document

        click.echo(json.dumps(drafted_document(drafted, written), ensure_ascii=False, indent=2))
        return
    from rules_engine.report.drafted import started_lines

    as_of = None if has_events(drafted) else wish.day
    click.echo("\n".join(started_lines(drafted, written, folder, as_of)))


def _wish(
    folder: Path,
    name: str | None,
    sales_ready: float | None,
    timezone: str | None,
    owner: str | None,
    day: datetime | None,
) -> Wish:
    """What the options say, what the answers say, else the defaults."""
    from rules_engine.analysis.drafts.names import name_of
    from rules_engine.analysis.drafts.scaffold import Wish
    from rules_engine.diagnostics.nearest import did_you_mean

    ask = sys.stdin.isatty()
    usual = name_of(folder.resolve().name, "model")
    if name is None:
        name = click.prompt("Name of the model", default=usual) if ask else usual
    if name != name_of(name):
        raise CommandError(f"{name}: names have small letters, digits and underscores, as {name_of(name)}.")
    if sales_ready is None:
        number = click.FloatRange(min=0, min_open=True)
        sales_ready = click.prompt("Points that are ready for sales", default=100.0, type=number) if ask else 100.0
    if timezone is None:
        timezone = click.prompt("Time zone", default="UTC") if ask else "UTC"
    if owner is None and ask:
        owner = click.prompt("Who answers for it (may be empty)", default="", show_default=False) or None
    from rules_engine.feel.values.zones import zone_names

    zones = zone_names()
    if timezone not in zones:
        city = timezone.rpartition("/")[2].replace(" ", "_").casefold()
        same = [zone for zone in zones if zone.casefold().endswith(f"/{city}")]
        near = f' Did you mean "{same[0]}"?' if same else did_you_mean(timezone, zones)
        raise CommandError(f"there is no time zone {timezone}.{near or ' They are called as Europe/Paris.'}")
    first = day.date() if day is not None else date.today()  # noqa: DTZ011  the day on the wall
    return Wish(name, first, float(sales_ready or 100), timezone, owner)


def _sample(text: str) -> tuple[Path, Role | None]:
    """`leads=contacts.csv`, or a path alone."""
    head, sign, rest = text.partition("=")
    role = next((role for role in ROLES if sign and head == role), None)
    path = Path(rest) if role is not None else Path(text)
    if not path.is_file():
        raise CommandError(no_file(path) if not path.exists() else f"{path} is a folder; name a file.")
    return path, role
