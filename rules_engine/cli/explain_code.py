"""`rules explain-code RE123`: what a code means, and what to do about it."""

from __future__ import annotations

import click

from rules_engine.cli import completion
from rules_engine.cli.faults import CommandError
from rules_engine.cli.options import View, view_option


@click.command(short_help="Explain a code that `rules check` printed.")
@click.argument("code", metavar="CODE", shell_complete=completion.codes, help="A code as `rules check` prints it.")
@view_option
def explain_code(code: str, view: str) -> None:
    """Explain a code that `rules check` printed."""
    from rules_engine.diagnostics.codes import CODES

    wanted = code.strip().upper()
    wanted = wanted[:2] + wanted[2:].replace("O", "0")
    entry = CODES.get(wanted)
    if entry is None:
        raise CommandError(f"there is no code {code}.{_nearest(wanted, list(CODES))}")
    if view == View.JSON:
        import json

        page = {
            "code": wanted,
            "severity": str(entry.severity),
            "title": entry.title,
            "what": entry.what,
            "why": entry.why,
            "fix": entry.fix,
            "wrong": entry.wrong,
            "right": entry.right,
        }
        click.echo(json.dumps(page, ensure_ascii=False, indent=2))
        return
    click.echo(f"{wanted} ({entry.severity}): {entry.title}")
    for heading, text in (("", entry.what), ("Why it matters", entry.why), ("How to fix it", entry.fix)):
        _section(heading, text)
    for heading, text in (("Wrong", entry.wrong), ("Right", entry.right)):
        _section(heading, text)


def _section(heading: str, text: str) -> None:
    if text.strip():
        lines = [f"  {line}".rstrip() for line in text.strip("\n").splitlines()]
        click.echo("\n".join(["", *([heading] if heading else []), *lines]))


def _nearest(wanted: str, codes: list[str]) -> str:
    same_stage = [code for code in codes if code[:4] == wanted[:4]]
    if f"RE{wanted}" in codes:
        return f" Did you mean RE{wanted}?"
    if wanted[:2] == "RE" and same_stage:
        return f" The codes nearby are {', '.join(same_stage)}."
    return " Codes look like RE201; `rules check` prints them."
