"""`rules explain`: why one lead has the scores it has."""

from __future__ import annotations

from pathlib import Path

import click

from rules_engine.cli.faults import CommandError, need_batch
from rules_engine.cli.options import View, as_of_option, data_option, model_argument, version_option, view_option


@click.command(short_help="Show why a lead has its scores.")
@model_argument
@data_option
@click.option("--lead", metavar="ID", required=True, help="The lead to explain.")
@click.option("--all", "every", is_flag=True, help="Show all ledger entries of a rule, not only the latest 5.")
@as_of_option
@version_option
@view_option
def explain(model: Path, data: Path, lead: str, every: bool, as_of: str | None, version: int | None, view: str) -> None:
    """Explain the scores of one lead: each part, each rule, each event, and what would change them."""
    try:
        from rules_engine.batch.score import open_batch
    except ImportError as error:
        raise need_batch(error) from error

    batch = open_batch(model, data, as_of=as_of, version=version, of_lead=lead)
    result = batch.score_lead(lead)
    if result is None:
        from rules_engine.diagnostics.nearest import did_you_mean

        raise CommandError(f"there is no lead {lead} in the data.{did_you_mean(lead, batch.lead_ids())}")
    explanation = result.explain()
    from rules_engine.plugins.sections import build_sections
    from rules_engine.report.sections import print_sections, sections_document
    from rules_engine.result.plain import explanation_to_dict, result_to_dict

    sections = build_sections(batch.engine.extensions, "lead", lambda: result_to_dict(result))
    if view == View.JSON:
        import json

        document = {**result_to_dict(result), "explanation": explanation_to_dict(explanation)}
        document["data_problems"] = list(batch.data.problems_of_lead)
        document |= {"sections": sections_document(sections)} if sections else {}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    from rules_engine.report.explanation import print_explanation

    print_explanation(explanation, entries=0 if every else 5)
    print_sections(sections)
    for line in batch.data.problems_of_lead:
        click.echo(line, err=True)
    if count := batch.data.counts.rejected_rows + batch.data.counts.missing.total():
        plural = "s" if count != 1 else ""
        click.echo(
            f"{count:,} row{plural} or value{plural} of the data could not be used; `rules score` lists them.", err=True
        )
