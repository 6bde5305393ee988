"""`rules lock`: record the versions in use, so that none of them changes unseen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules_engine.cli.faults import EXIT_FINDINGS
from rules_engine.cli.options import FILE, View, view_option

if TYPE_CHECKING:
    from rules_engine.analysis.versions.lock_state import LockState


@click.command("lock", short_help="Record the versions in use in model.lock.")
@click.argument("folder", metavar="FOLDER...", nargs=-1, required=True, type=FILE, help="Folders of models.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 where a version is not safe.")
@view_option
def lock(folder: tuple[Path, ...], only_check: bool, view: str) -> None:
    """Write a hash of each active version into model.lock, beside the versions. Commit that file.

    From then on `rules check` and every other command refuse the version when it, or a data file of it, has changed.
    What is recorded is never overwritten. Exit code 1 where a version in use is not recorded, changed, or is gone.
    """
    from rules_engine.analysis.versions.lock_state import lock_state, record
    from rules_engine.report.lock_state import lock_document, lock_lines

    found: list[tuple[tuple[int, ...], LockState]] = []
    for one in folder:
        found.append(((), lock_state(one)) if only_check else record(one))
    if view == View.JSON:
        import json

        click.echo(json.dumps([lock_document(added, state) for added, state in found], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(line for added, state in found for line in lock_lines(added, state)))
    if not all(state.is_safe for _, state in found):
        click.get_current_context().exit(EXIT_FINDINGS)
