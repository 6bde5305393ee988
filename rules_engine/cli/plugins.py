"""`rules plugins`: which plugins there are, where they come from, and what they add."""

from __future__ import annotations

import click

from rules_engine.cli.faults import EXIT_FINDINGS
from rules_engine.cli.options import View, view_option


@click.command(short_help="List the installed plugins and what they add.")
@click.option("--reference", is_flag=True, help="Print a page in Markdown: functions with examples, laws, actions.")
@view_option
def plugins(reference: bool, view: str) -> None:
    """List the installed plugins: version, where from, what they add to models and commands.

    Exit code 1 when one of them cannot be used: no model is loaded before it is updated or removed.
    """
    if reference:
        from rules_engine.plugins import installed
        from rules_engine.plugins.reference import reference as page

        click.echo(page(installed()), nl=False)
        return
    from rules_engine.plugins.survey import survey

    found = survey()
    if view == View.JSON:
        import json

        from rules_engine.report.plugins import plugins_document

        click.echo(json.dumps(plugins_document(found), ensure_ascii=False, indent=2))
    else:
        from rules_engine.report.plugins import plugin_lines

        click.echo("\n".join(plugin_lines(found)))
    if found.faults:
        click.get_current_context().exit(EXIT_FINDINGS)
