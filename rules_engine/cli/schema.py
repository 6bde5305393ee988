"""`rules schema`: the JSON Schemas of model files and of mapping files, for editors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Kind(StrEnum):
    """The files that have a schema."""

    MODEL = "model"
    DATA = "data"


def schema(
    kind: Annotated[
        Kind, typer.Argument(metavar="[model|data]", help="Of a model, or of a mapping of data.")
    ] = Kind.MODEL,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write it to this file instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema of a model file, or of a mapping file (data.yaml).

    An editor that knows it completes keys and marks mistakes while you type. Put this as the first line of a model:

    # yaml-language-server: $schema=model.schema.json
    """
    from rules_engine.grammar_files import read_grammar_file

    text = read_grammar_file(f"{kind.value}.schema.json")
    if write is None:
        typer.echo(text, nl=False)
        return
    from rules_engine.cli.files import write_text

    write_text(write, text)
    typer.echo(f"wrote {write}")
