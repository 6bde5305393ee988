"""`rules`: the table of contents of the command line, and the one place where an error becomes a message."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from rules_engine.cli import (
    backtest,
    check,
    diff,
    explain,
    explain_code,
    history,
    lock,
    plugins,
    report,
    schema,
    score,
    segments,
    sheet,
    stages,
    test,
)
from rules_engine.cli.faults import EXIT_FAULT, describe


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from rules_engine import __version__

        click.echo(f"rules {__version__}")
        context.exit()


class _InOrder(click.Group):
    """Lists its commands in the order in which a person meets them, not by their letters."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    name="rules",
    cls=_InOrder,
    epilog="Exit codes: 0 fine, 1 findings or failed tests, 2 wrong usage or a fault.",
    no_args_is_help=True,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and stop.",
)
@click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the whole trace of an error (anywhere on the line)."
)
def app() -> None:
    """Check, run and explain lead-scoring models written in YAML."""


for command in (
    check.check,
    score.score,
    explain.explain,
    test.model_tests,
    segments.segments,
    stages.stages,
    report.report,
    backtest.backtest,
    diff.diff,
    lock.lock,
    history.history,
    sheet.sheet,
    schema.schema,
    plugins.plugins,
    explain_code.explain_code,
):
    app.add_command(command)


def run(arguments: list[str] | None = None) -> NoReturn:
    """The entry point of the `rules` script: run one command and leave with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        app.main(args=words, prog_name="rules")
    except Exception as fault:  # the last line of defence: no trace for a user, unless asked for
        if debug:
            raise
        print(describe(fault), file=sys.stderr)
        sys.exit(EXIT_FAULT)
    sys.exit(0)
