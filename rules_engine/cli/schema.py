"""`rules schema`: the JSON Schemas of model files, of mapping files and of tests, for editors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import click

from rules_engine.cli.options import FILE, one_of


class Kind(StrEnum):
    """The files that have a schema."""

    MODEL = "model"
    DATA = "data"
    TESTS = "tests"


@click.command(short_help="Print the JSON Schema of a model file.")
@click.argument(
    "kind",
    metavar="[model|data|tests]",
    type=one_of(Kind),
    default=Kind.MODEL.value,
    help="Of a model (the default), of a mapping of data, or of tests.",
)
@click.option("--write", metavar="FILE", type=FILE, help="Write it to this file instead of printing it.")
def schema(kind: str, write: Path | None) -> None:
    """Print the JSON Schema of a model file, of a mapping file (data.yaml), or of a model's tests (tests.yaml).

    An editor that knows it completes keys and marks mistakes while you type; that of a model offers functions where
    an expression begins, and knows what the installed plugins add. Put this as the first line of a model:

    # yaml-language-server: $schema=model.schema.json
    """
    text = _text(kind)
    if write is None:
        click.echo(text, nl=False)
        return
    from rules_engine.cli.files import write_text

    write_text(write, text)
    click.echo(f"wrote {write}")


def _text(kind: str) -> str:
    """As it is shipped; that of a model with its functions, and with what the installed plugins add to models."""
    from rules_engine.grammar_files import read_grammar_file

    text = read_grammar_file(f"{kind}.schema.json")
    if kind != Kind.MODEL:
        return text
    import json

    from rules_engine.analysis.editor_schema import with_functions
    from rules_engine.feel.functions import all_functions
    from rules_engine.plugins import installed
    from rules_engine.plugins.schema import schema_with

    using, schema = installed(), json.loads(text)
    if using.loaded:
        schema = schema_with(schema, using)
    schema = with_functions(schema, using.functions or all_functions())
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
