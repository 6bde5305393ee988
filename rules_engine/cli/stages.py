"""`rules stages`: how far the leads are along the stages of the buyer's journey."""

from __future__ import annotations

from pathlib import Path

import click

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


@click.command(short_help="Show the share of leads per stage.")
@model_argument
@data_option
@click.option("--out", metavar="FILE", type=FILE, help="Write each lead's stage (.parquet, .csv or .jsonl).")
@as_of_option
@version_option
@view_option
def stages(model: Path, data: Path, out: Path | None, as_of: str | None, version: int | None, view: str) -> None:
    """Score every lead and show how many are at each stage, and how many went on to the next.

    The stage of a lead is the latest stage, in the order of the model, that any of its awards belongs to.
    """
    try:
        from rules_engine.analysis.population.stages import find_stages
        from rules_engine.batch.score import open_batch
        from rules_engine.batch.sinks import ENDINGS, write_table
    except ImportError as error:
        raise need_batch(error) from error

    if out is not None and out.suffix not in ENDINGS:
        raise CommandError(f"cannot tell the form of {out} from its name; let it end in {', '.join(ENDINGS)}.")
    batch = open_batch(model, data, as_of=as_of, version=version)
    if not batch.model.stages:
        raise CommandError(
            f"{batch.model.name} version {batch.model.version} has no stages. `stages: [learn, compare, decide]` in "
            "the model names them in order, and `stage: learn` in a rule says to which its awards belong."
        )
    with progress(batch.lead_count) as advance:
        found = find_stages(batch.model, batch.run(ledger=True, advance=advance))
    if out is not None:
        with written_aside(out) as aside:
            write_table(found.leads, aside, out.suffix)
    from rules_engine.report.stages import print_stages, stages_document

    if view == View.JSON:
        import json

        document = stages_document(batch.model, batch.as_of, found, None if out is None else str(out))
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print_stages(batch.model, batch.as_of, found, None if out is None else str(out))
