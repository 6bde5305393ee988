"""`rules report`: a scored population as one HTML page that needs no network."""

from __future__ import annotations

from pathlib import Path

import click

from rules_engine.cli.faults import CommandError, need_batch
from rules_engine.cli.files import write_text
from rules_engine.cli.options import (
    FILE,
    View,
    as_of_option,
    data_option,
    model_argument,
    rank_option,
    version_option,
    view_option,
)
from rules_engine.cli.progress import progress
from rules_engine.cli.ranking import ranking_score

_CHART_LIBRARIES = frozenset({"altair", "vl_convert", "jinja2", "markupsafe"})


@click.command(short_help="Write a report of a scored population.")
@model_argument
@data_option
@click.option("--out", metavar="FILE", type=FILE, required=True, help="The page to write (.html).")
@as_of_option
@version_option
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(0, 100),
    default=10,
    show_default=True,
    help="Explain the N highest leads.",
)
@rank_option
@click.option(
    "--weeks",
    metavar="N",
    type=click.IntRange(2, 520),
    default=26,
    show_default=True,
    help="Show the bands of the last N weeks.",
)
@view_option
def report(
    model: Path,
    data: Path,
    out: Path,
    as_of: str | None,
    version: int | None,
    top: int,
    by: str | None,
    weeks: int,
    view: str,
) -> None:
    """Score every lead and write one page: spread of the scores, funnel, movements, rules, segments, accounts, the
    highest leads as timelines, quality of the data, and the model.

    The page holds all it needs and can be sent, printed and read offline.
    """
    try:
        from rules_engine.analysis.population.overview import describe_population
        from rules_engine.batch.score import open_batch
        from rules_engine.report.html.content import page_of
        from rules_engine.report.html.page import render
    except ImportError as error:
        if (error.name or "").partition(".")[0] in _CHART_LIBRARIES:
            raise CommandError(
                f"a report needs {error.name}, which is not installed. Install it with\n"
                "  pip install 'lead-rules-engine[report]'"
            ) from error
        raise need_batch(error) from error

    if out.suffix not in (".html", ".htm"):
        raise CommandError(f"a report is a page; let {out} end in .html.")
    batch = open_batch(model, data, as_of=as_of, version=version)
    ranked_by = ranking_score(batch.model, by)
    with progress(batch.lead_count) as advance:
        found = describe_population(batch, by=ranked_by, top=top, weeks=weeks, advance=advance)
    write_text(out, render(page_of(found)))
    from rules_engine.report.overview import overview_document, overview_lines

    if view == View.JSON:
        import json

        click.echo(json.dumps(overview_document(found, str(out)), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(overview_lines(found, str(out))))
