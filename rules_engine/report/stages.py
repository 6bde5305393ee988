"""The stages of a population for a terminal, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rules_engine.matching.calendar import format_instant
from rules_engine.model.types import Model
from rules_engine.report.terminal import terminal
from rules_engine.report.times import local_time

if TYPE_CHECKING:
    from rules_engine.analysis.population.stages import Stages

NONE_YET = "none yet"


def print_stages(model: Model, as_of: int, stages: Stages, file: str | None) -> None:
    """A row per stage: leads that are there, leads that came at least so far, and the way from the stage before."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    console = terminal()
    console.print(f"{model.name} version {model.version}, as of {local_time(as_of, model.timezone)} ({model.timezone})")
    console.print(f"{stages.scored:,} lead{'s' if stages.scored != 1 else ''} scored")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    for title in ("leads", "share", "this far or further", "from the stage before", "median days", "awards", "share"):
        table.add_column(title, justify="right")
    share = stages.none_yet / stages.scored if stages.scored else 0.0
    table.add_row(NONE_YET, f"{stages.none_yet:,}", f"{share:.1%}", "", "", "", "", "")
    for stage in stages.stages:
        table.add_row(
            stage.name,
            f"{stage.leads:,}",
            f"{stage.share:.1%}",
            f"{stage.reached:,} ({stage.reached_share:.1%})",
            "" if stage.conversion is None else f"{stage.conversion:.1%}",
            "" if stage.median_days is None else f"{stage.median_days:.1f}",
            f"{stage.awards:,}",
            f"{stage.award_share:.1%}",
        )
    console.print(table)
    if file is not None:
        console.print(f"written: {file}")


def stages_document(model: Model, as_of: int, stages: Stages, file: str | None) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "model": model.name,
        "version": model.version,
        "as_of": format_instant(as_of),
        "leads_scored": stages.scored,
        "none_yet": stages.none_yet,
        "stages": [asdict(stage) for stage in stages.stages],
        "files": {} if file is None else {"leads": file},
    }
