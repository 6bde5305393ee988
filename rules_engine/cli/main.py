"""`rules`: the table of contents of the command line, and the one place where an error becomes a message."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NoReturn

try:
    import click

    from rules_engine.cli.faults import EXIT_FAULT, EXIT_INTERRUPTED, describe
    from rules_engine.cli.process import ends_with, set_up_process
except KeyboardInterrupt:  # Ctrl-C while the first modules load: nothing of ours is there yet that could say so
    sys.exit(130)

# In the order in which a person meets them. A command is `name: (module, what it is called there)`; its module is
# imported when the command is asked for, so that none pays for the others.
_COMMANDS = {
    "init": ("init", "init"),
    "check": ("check", "check"),
    "fmt": ("fmt", "fmt"),
    "score": ("score", "score"),
    "explain": ("explain", "explain"),
    "test": ("test", "model_tests"),
    "segments": ("segments", "segments"),
    "stages": ("stages", "stages"),
    "report": ("report", "report"),
    "run": ("run", "run"),
    "serve": ("serve", "serve"),
    "backtest": ("backtest", "backtest"),
    "calibrate": ("calibrate", "calibrate"),
    "diff": ("diff", "diff"),
    "lock": ("lock", "lock"),
    "history": ("history", "history"),
    "sheet": ("sheet", "sheet"),
    "import": ("import_", "import_"),
    "schema": ("schema", "schema"),
    "plugins": ("plugins", "plugins"),
    "explain-code": ("explain_code", "explain_code"),
}


_TABLES = ("--leads", "--events", "--accounts")  # what is asked for in place of a mapping


def _takes_mapping(command: click.Command) -> bool:
    return any("--data" in parameter.opts for parameter in command.params)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from rules_engine import __version__

        click.echo(f"rules {__version__}")
        context.exit()


class _Commands(Mapping[str, click.Command]):
    """The commands by name, imported one by one."""

    def __getitem__(self, name: str) -> click.Command:
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(import_module(f"rules_engine.cli.{module}"), attribute)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class _InOrder(click.Group):
    """Lists its commands in the order in which a person meets them, not by their letters."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as fault:
            if fault.option_name in _TABLES and fault.ctx is not None and _takes_mapping(fault.ctx.command):
                told = f"{fault.message} The tables are named in a mapping file, which is given by --data data.yaml."
                raise click.NoSuchOption(fault.option_name, told, ctx=fault.ctx) from None
            raise
        except KeyboardInterrupt:  # click would end with 1, which stands for findings
            sys.exit(EXIT_INTERRUPTED)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    name="rules",
    cls=_InOrder,
    epilog="Exit codes: 0 fine, 1 findings or failed tests, 2 wrong usage or a fault, 130 Ctrl-C.",
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


app.commands = _Commands()  # type: ignore[assignment]  # click only reads them


def run(arguments: list[str] | None = None) -> NoReturn:
    """The entry point of the `rules` script: run one command and leave with its exit code."""
    if arguments is None:
        set_up_process()
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    if words[:1] == ["help"]:  # as of git and others: `rules help check`
        words = [*words[1:], "--help"]
    try:
        app.main(args=words, prog_name="rules")
    except SystemExit as end:
        if isinstance(end.code, int):
            ends_with(end.code)
        raise
    except KeyboardInterrupt:
        sys.exit(ends_with(EXIT_INTERRUPTED))
    except Exception as fault:  # the last line of defence: no trace for a user, unless asked for
        if debug:
            raise
        print(describe(fault, words), file=sys.stderr)
        sys.exit(ends_with(EXIT_FAULT))
    sys.exit(ends_with(0))
