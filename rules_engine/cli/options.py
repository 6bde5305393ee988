"""Arguments and options that several commands share, each declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from rules_engine.cli import completion


class View(StrEnum):
    """How a result is shown."""

    TEXT = "text"
    JSON = "json"


def one_of(kind: type[StrEnum]) -> click.Choice[str]:
    """The type of an option whose values are those of `kind`, written as they are."""
    return click.Choice([member.value for member in kind])


class _Day(click.DateTime):
    """A date, and a message that says how dates are written."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value} is not a date. Write year-month-day, such as 2026-09-01.", param, ctx)


class _Mapping(click.Path):
    """A mapping of data; where none is given, the one that lies beside the model is named."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str | None:
        model = ctx.params.get("model") if ctx is not None else None
        folder = model if isinstance(model, Path) and model.is_dir() else model.parent if model else Path()
        mapping = folder / "data.yaml"
        if mapping.is_file():
            return f"The mapping beside the model is meant by --data {mapping}."
        return "It is a file that names the tables of leads and events; `rules init example` writes one to start from."


FILE = click.Path(path_type=Path)
DAY = _Day()

model_argument = click.argument(
    "model", metavar="MODEL", type=FILE, help="A model file (v3.yaml) or the folder of its versions."
)
data_option = click.option(
    "--data",
    metavar="FILE",
    type=_Mapping(),
    required=True,
    help="The mapping file that says where leads and events are (data.yaml).",
)
as_of_option = click.option(
    "--as-of",
    metavar="TIME",
    help="Score as of this date or time (a date is its first instant in the model's time zone). "
    "Default: the newest event of the data.",
)
rank_option = click.option(
    "--by",
    metavar="SCORE",
    shell_complete=completion.scores,
    help="The score to rank by. Default: the last combined score, else the first.",
)
version_option = click.option(
    "--version",
    metavar="N",
    type=int,
    shell_complete=completion.versions,
    help="Use this version. Default: the newest in effect at the as-of time.",
)
view_option = click.option(
    "--format", "view", type=one_of(View), default=View.TEXT.value, show_default=True, help="How to show the result."
)
