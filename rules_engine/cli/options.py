"""Options that several commands share, each declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class View(StrEnum):
    """How a result is shown."""

    TEXT = "text"
    JSON = "json"


ModelPath: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A model file (v3.yaml) or the folder of its versions.", show_default=False),
]
DataPath: TypeAlias = Annotated[
    Path,
    typer.Option("--data", metavar="FILE", help="The mapping file that says where leads and events are (data.yaml)."),
]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Score as of this date or time (a date is its first instant in the model's time zone). "
        "Default: the newest event of the data.",
    ),
]
Version: TypeAlias = Annotated[
    int | None,
    typer.Option("--version", metavar="N", help="Use this version. Default: the newest in effect at the as-of time."),
]
ViewOption: TypeAlias = Annotated[View, typer.Option("--format", help="How to show the result.")]
