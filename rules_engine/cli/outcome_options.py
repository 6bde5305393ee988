"""Options of the commands that look at outcomes: at which moments, and which outcomes mean what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., object])

_OPTIONS = (
    click.option(
        "--cut",
        "cuts",
        metavar="TIME",
        multiple=True,
        help="Score every lead as of this date or time and look at what came after. May be given several times. "
        "Default: each lead just before its first outcome.",
    ),
    click.option("--within", metavar="DURATION", help='How long to look after a cut, such as "90 days".'),
    click.option("--as-of", metavar="TIME", help="The moment to score as of where outcomes have no times."),
    click.option("--won", metavar="NAME", multiple=True, help="An outcome that is a win. Default: won."),
    click.option("--lost", metavar="NAME", multiple=True, help="An outcome that is a loss. Default: lost."),
    click.option(
        "--opportunity", metavar="NAME", multiple=True, help="An outcome that is an opportunity. Default: opportunity."
    ),
    click.option(
        "--score", "by", metavar="SCORE", help="The score to look at. Default: the last combined one, else the first."
    ),
    click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="Seed of the resampling."),
)


def outcome_options(command: Command) -> Command:
    """Adds the options to a command, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
