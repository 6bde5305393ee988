"""`rules schema`: the JSON Schema of a model file, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def schema(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write it to this file instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema of a model file.

    An editor that knows it completes keys and marks mistakes while you type. Put this as the first line of a model:

    # yaml-language-server: $schema=model.schema.json
    """
    from rules_engine.model import schema_text

    text = schema_text()
    if write is None:
        typer.echo(text, nl=False)
        return
    from rules_engine.cli.files import write_text

    write_text(write, text)
    typer.echo(f"wrote {write}")
