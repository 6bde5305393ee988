"""`rules`: the table of contents of the command line, and the one place where an error becomes a message."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from rules_engine.cli import check, explain, explain_code, schema, score, test
from rules_engine.cli.faults import EXIT_FAULT, describe

app = typer.Typer(
    name="rules",
    help="Check, run and explain lead-scoring models written in YAML.",
    epilog="Exit codes: 0 fine, 1 findings or failed tests, 2 wrong usage or a fault.",
    rich_markup_mode=None,  # plain help: rich alone costs more than the rest of the start
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)

app.command("check", short_help="Find the mistakes in models.")(check.check)
app.command("score", short_help="Score and rank every lead of a data set.")(score.score)
app.command("explain", short_help="Show why a lead has its scores.")(explain.explain)
app.command("test", short_help="Run the examples of a model.")(test.model_tests)
app.command("schema", short_help="Print the JSON Schema of a model file.")(schema.schema)
app.command("explain-code", short_help="Explain a code that `rules check` printed.")(explain_code.explain_code)


def _print_version(wanted: bool) -> None:
    if wanted:
        from rules_engine import __version__

        typer.echo(f"rules {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole trace of an error (anywhere on the line).")
    ] = False,
) -> None:
    """Check, run and explain lead-scoring models written in YAML."""


def run(arguments: list[str] | None = None) -> NoReturn:
    """The entry point of the `rules` script: run one command and leave with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        app(args=words, prog_name="rules")
    except Exception as fault:  # the last line of defence: no trace for a user, unless asked for
        if debug:
            raise
        print(describe(fault), file=sys.stderr)
        sys.exit(EXIT_FAULT)
    sys.exit(0)
