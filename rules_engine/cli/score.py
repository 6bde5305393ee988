"""`rules score`: score every lead of a data set, rank them, and write the tables."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

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
from rules_engine.cli.ranking import ranking_score

if TYPE_CHECKING:
    from rules_engine.batch.score import Batch
    from rules_engine.batch.tables import ScoreTables


@click.command(short_help="Score and rank every lead of a data set.")
@model_argument
@data_option
@as_of_option
@version_option
@click.option("--out", metavar="FILE", type=FILE, help="Write a row per lead (.parquet, .csv or .jsonl).")
@click.option("--ledger", metavar="FILE", type=FILE, help="Write every change of every score.")
@click.option("--transitions", metavar="FILE", type=FILE, help="Write every change of band.")
@click.option("--accounts", metavar="FILE", type=FILE, help="Write a row per account with its roll-ups.")
@click.option("--rejects", metavar="FILE", type=FILE, help="Write the rows that could not be used (.csv, .jsonl).")
@click.option("--strict", is_flag=True, help="Stop at the first row or value that cannot be used.")
@click.option("--next-due", is_flag=True, help="Add when a band, gate or label can change by time alone (slow).")
@click.option(
    "--top", metavar="N", type=click.IntRange(min=0), default=10, show_default=True, help="Show the N highest leads."
)
@click.option("--by", metavar="SCORE", help="The score to rank by. Default: the last combined score, else the first.")
@view_option
def score(
    model: Path,
    data: Path,
    as_of: str | None,
    version: int | None,
    out: Path | None,
    ledger: Path | None,
    transitions: Path | None,
    accounts: Path | None,
    rejects: Path | None,
    strict: bool,
    next_due: bool,
    top: int,
    by: str | None,
    view: str,
) -> None:
    """Score every lead of a data set as of one moment.

    The same model, data and as-of time give the same bytes.
    """
    try:
        from rules_engine.batch.score import open_batch
        from rules_engine.batch.sinks import write_table
    except ImportError as error:
        raise need_batch(error) from error

    wanted = {"scores": out, "ledger": ledger, "transitions": transitions, "accounts": accounts}
    outputs = {name: path for name, path in wanted.items() if path is not None}
    endings = {name: _ending(path) for name, path in outputs.items()}
    with ExitStack() as files:
        asides = {name: files.enter_context(written_aside(path)) for name, path in outputs.items()}
        aside = files.enter_context(written_aside(rejects)) if rejects is not None else None
        batch = open_batch(model, data, as_of=as_of, version=version, strict=strict, rejects=aside)
        ranked_by = ranking_score(batch.model, by)
        if "accounts" in outputs and not batch.model.accounts:
            raise CommandError(
                f"{batch.model.name} has no accounts: section, so there is no table of accounts to write."
            )
        with progress(batch.lead_count) as advance:
            tables = batch.run(
                ledger=ledger is not None, transitions=transitions is not None, next_due=next_due, advance=advance
            )
        for name, path in asides.items():
            write_table(getattr(tables, name), path, endings[name])
    _show(batch, tables, ranked_by, top, outputs, rejects, View(view))


def _ending(path: Path) -> str:
    from rules_engine.batch.sinks import ENDINGS

    if path.suffix not in ENDINGS:
        raise CommandError(f"cannot tell the form of {path} from its name; let it end in {', '.join(ENDINGS)}.")
    return path.suffix


def _show(
    batch: Batch, tables: ScoreTables, by: str, top: int, outputs: dict[str, Path], rejects: Path | None, view: View
) -> None:
    """What the command says: the moment, the counts, the ranked leads, the problems of the data, the files."""
    from rules_engine.plugins.sections import build_sections
    from rules_engine.report.population import population_document, print_population
    from rules_engine.report.sections import print_sections, sections_document

    files = {name: str(path) for name, path in outputs.items()}
    if rejects is not None and batch.rejected_rows:
        files["rejects"] = str(rejects)
    summary = batch.summary(tables, by=by, top=top)
    sections = build_sections(batch.engine.extensions, "population", lambda: population_document(summary, files))
    if view is View.JSON:
        import json

        document = population_document(summary, files) | ({"sections": sections_document(sections)} if sections else {})
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print_population(batch.model, summary, files)
        print_sections(sections)
