"""Proposed points beside today's, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules_engine.report.hanging import hanging
from rules_engine.report.terminal import terminal

if TYPE_CHECKING:
    from rich.table import Table

    from rules_engine.analysis.calibrate.types import Calibration, Proposal, Quality

WORDS = {
    "change": "change",
    "same": "as today",
    "inside": "stays: inside the interval",
    "too few": "stays: too few cases",
    "left": "stays",
}
METHODS = {"stages": "touches per stage", "interview": "the sales interview", "outcomes": "outcomes"}


def print_calibration(found: Calibration, written: Sequence[Path], wanted: bool) -> None:
    """The proposals, how they were made, their quality, the warnings, and what was written."""
    console = terminal()
    score = f", score {found.score}" if found.score else ""
    console.print(f"{found.model} version {found.version}{score}: points from {METHODS[found.method]}")
    if found.proposals:
        console.print(_proposals(found))
    else:
        console.print("nothing to propose.")
    if found.quality is not None:
        console.print(_quality(found.quality, found.sales_ready))
        console.print()
    for line in found.how:
        console.print(hanging("", line))
    for line in found.warnings:
        console.print(hanging("Warning:", line))
    count = len(found.changes)
    console.print()
    if written:
        for path in written:
            console.print(f"wrote {path}")
        console.print("It is a draft: compare it (`rules diff`, `rules backtest --against`) before it becomes active.")
    elif not count:
        console.print("nothing changes, so there is no next version to write.")
    elif wanted:
        console.print("nothing was written because of the warnings; --anyway writes it.")
    else:
        console.print(f"{count} number{'s' if count != 1 else ''} would change; --write makes the next version.")


def calibration_document(found: Calibration, written: Sequence[Path]) -> dict[str, Any]:
    """The same as JSON values."""
    document: dict[str, Any] = asdict(found)
    if found.quality is not None:
        document["quality"]["better"] = found.quality.better
    return {**document, "written": [path.as_posix() for path in written]}


def _proposals(found: Calibration) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("points", overflow="fold")
    if found.method == "stages":
        table.add_column("stage")
    between = any(each.interval is not None for each in found.proposals)
    ends = [] if not between else ["answers" if found.method == "interview" else "95%"]
    for name in ("today", "proposed", *ends):
        table.add_column(name, justify="right")
    counted = found.method == "outcomes"
    if counted:
        table.add_column("cases", justify="right")
        table.add_column("won", justify="right")
    table.add_column("")
    for each in found.proposals:
        cells = [each.address]
        if found.method == "stages":
            cells.append(each.stage or "")
        cells += [_points(each.today), _points(each.proposed)]
        if between:
            cells.append(_interval(each))
        if counted:
            cells += ["" if each.cases is None else f"{each.cases:,}", "" if each.won is None else f"{each.won:,}"]
        table.add_row(*cells, WORDS[each.verdict] + (f": {each.why}" if each.why and each.verdict == "left" else ""))
    return table


def _interval(each: Proposal) -> str:
    return "" if each.interval is None else f"{each.interval.low:.1f} to {each.interval.high:.1f}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _quality(quality: Quality, sales_ready: float) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=False)
    for name, estimate in (("today", quality.today), ("proposed", quality.proposed)):
        area = f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
        ready = quality.ready_today if name == "today" else quality.ready_proposed
        table.add_row(
            f"{name}, on leads it was not made from" if name == "proposed" else name,
            f"area under the curve {area}",
            f"{ready:,} cases at {sales_ready:g} or above",
        )
    difference = quality.difference
    table.add_row("difference", f"{difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})", "")
    return table
