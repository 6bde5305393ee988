"""How far a long run is, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules_engine.batch.job import Watch


@contextmanager
def progress(leads: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal's standard error; nothing where nobody watches. `leads` None: how many is not known yet."""
    import sys

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("scoring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scoring", total=leads)
        yield lambda done: bar.update(task, advance=done)


@contextmanager
def watching() -> Iterator[Watch]:
    """Two bars on a terminal's standard error: events read (their number is not known before), leads scored."""
    import sys

    from rules_engine.batch.job import Watch

    if not sys.stderr.isatty():
        yield Watch(lambda _: None, lambda _more, _all: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[rate]}"), console=Console(stderr=True), transient=True) as bars:
        reading = bars.add_task("reading events", total=None, rate="")
        scoring = bars.add_task("scoring leads", total=None, rate="")

        def read(more: int) -> None:
            bars.update(reading, advance=more, rate=_rate(bars.tasks[reading].speed))

        def score(more: int, leads: int) -> None:
            bars.update(scoring, advance=more, total=leads, rate=_rate(bars.tasks[scoring].speed))

        yield Watch(read, score)


def _rate(speed: float | None) -> str:
    return "" if speed is None else f"{speed:,.0f}/s"
