"""`rules segments`: write the leads of a model's segments."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli import completion
from rules_engine.cli.faults import CommandError, need_batch
from rules_engine.cli.files import written_aside
from rules_engine.cli.options import (
    FILE,
    View,
    as_of_option,
    data_option,
    model_argument,
    version_option,
    view_option,
)
from rules_engine.cli.progress import progress

if TYPE_CHECKING:
    from rules_engine.analysis.population.segments import SegmentLeads
    from rules_engine.model.types import Model


@click.command(short_help="Write the leads of a model's segments.")
@model_argument
@data_option
@click.option(
    "--out",
    metavar="DIR|FILE",
    type=FILE,
    help="A folder gets a CSV per segment, a file (.csv, .parquet, .jsonl) all segments in one table.",
)
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    shell_complete=completion.segments,
    help="This segment only (can be given several times).",
)
@as_of_option
@version_option
@view_option
def segments(
    model: Path, data: Path, out: Path | None, only: tuple[str, ...], as_of: str | None, version: int | None, view: str
) -> None:
    """Score every lead and write those of the model's segments, best first.

    Each row has the place in the segment, the lead, the value that orders it, and the lead's readings, bands and
    labels.
    """
    try:
        from rules_engine.analysis.population.segments import run_with_segments
        from rules_engine.batch.score import open_batch
    except ImportError as error:
        raise need_batch(error) from error

    as_file = out is not None and _is_file(out)
    batch = open_batch(model, data, as_of=as_of, version=version)
    names = _wanted(batch.model, only)
    with progress(batch.lead_count) as advance:
        _, found = run_with_segments(batch, advance=advance)
    chosen = tuple(segment for segment in found if segment.name in names)
    files = [] if out is None else _write(chosen, out, as_file)
    from rules_engine.report.segments import print_segments, segments_document

    if view == View.JSON:
        import json

        click.echo(json.dumps(segments_document(batch.model, batch.as_of, chosen, files), ensure_ascii=False, indent=2))
    else:
        print_segments(batch.model, batch.as_of, chosen, files)


def _wanted(model: Model, only: tuple[str, ...]) -> tuple[str, ...]:
    if not model.segments:
        raise CommandError(
            f"{model.name} version {model.version} has no segments. `segments:` in the model names groups of leads, "
            'such as `wake_up: {where: label.temperature = "cold", highest: score.readiness, take: 500}`.'
        )
    for name in only:
        if name not in model.segments:
            from rules_engine.diagnostics.nearest import did_you_mean

            known = f" Its segments are: {', '.join(model.segments)}."
            raise CommandError(
                f"{model.name} has no segment {name}.{did_you_mean(name, tuple(model.segments)) or known}"
            )
    return only or tuple(model.segments)


def _is_file(out: Path) -> bool:
    """Whether one table is wanted rather than a folder; `CommandError` for a place that cannot be written."""
    from rules_engine.batch.sinks import ENDINGS

    if not out.parent.is_dir():
        raise CommandError(f"the folder {out.parent} does not exist; make it first or name another place.")
    if out.is_dir() or not out.suffix:
        return False
    if out.suffix not in ENDINGS:
        raise CommandError(
            f"cannot tell the form of {out} from its name; let it end in {', '.join(ENDINGS)}, or name a folder."
        )
    return True


def _write(found: tuple[SegmentLeads, ...], out: Path, as_file: bool) -> list[str]:
    """A file, or a folder with a CSV per segment; gives the names of what was written."""
    from rules_engine.analysis.population.segments import all_segments
    from rules_engine.batch.sinks import write_table

    if as_file:
        with written_aside(out) as aside:
            write_table(all_segments(found), aside, out.suffix)
        return [str(out)]
    out.mkdir(exist_ok=True)
    with ExitStack() as files:
        for segment in found:
            aside = files.enter_context(written_aside(out / f"{segment.name}.csv"))
            write_table(segment.leads, aside, ".csv")
    return [str(out / f"{segment.name}.csv") for segment in found]
