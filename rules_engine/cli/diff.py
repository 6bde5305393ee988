"""`rules diff`: what differs between two versions, in words, and what that does to the same leads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rules_engine.cli import completion
from rules_engine.cli.faults import EXIT_FINDINGS, CommandError, need_batch
from rules_engine.cli.options import FILE, View, as_of_option, view_option
from rules_engine.cli.wrong_file import no_file

if TYPE_CHECKING:
    from rules_engine.analysis.versions.effect import Effect
    from rules_engine.analysis.versions.gates import Gate
    from rules_engine.analysis.versions.text_diff import TextDiff
    from rules_engine.model import Model


@click.command(
    "diff", short_help="Compare two versions, by words and by effect.", context_settings={"allow_extra_args": True}
)
@click.argument("before", metavar="BEFORE", type=FILE, help="A version (v3.yaml), or a folder: its last two versions.")
@click.argument("after", metavar="[AFTER]", type=FILE, required=False, help="The version to compare it with.")
@click.option(
    "--data", metavar="FILE", type=FILE, help="Score the leads of this mapping file (data.yaml) with both versions."
)
@as_of_option
@click.option(
    "--fail-if",
    metavar="TEXT",
    multiple=True,
    help='Exit with 1 where this is true, such as "newly(readiness.sales_ready) > 2%". May be given several times.',
)
@click.option(
    "--by",
    metavar="SCORE",
    shell_complete=completion.scores,
    help="The score by which leads moved most. Default: the last combined one.",
)
@click.option(
    "--top", metavar="N", type=click.IntRange(min=0), default=10, show_default=True, help="Show N leads that moved."
)
@view_option
def diff(
    before: Path,
    after: Path | None,
    data: Path | None,
    as_of: str | None,
    fail_if: tuple[str, ...],
    by: str | None,
    top: int,
    view: str,
) -> None:
    """Compare two versions of a model: each rule that is new, gone, renamed or changed.

    With --data the same leads are scored with both as of one moment: how many moved between bands, which rules caused
    it, and which leads moved most.
    """
    if more := click.get_current_context().args:
        named = " and ".join(_named(before, word) for word in [str(after), *more][-2:])
        raise CommandError(
            f"two versions are compared, and {2 + len(more)} things are named. Versions are named by their files, "
            f"such as {named}; a folder alone stands for its last two versions."
        )
    if after is not None and before.is_dir() and not after.exists() and _named(before, str(after)) != str(after):
        raise CommandError(
            f"{after} does not exist. Versions are named by their files, such as {_named(before, str(after))}."
        )
    old_file, new_file = _files(before, after)
    if data is None and (fail_if or as_of or by):
        raise CommandError("--fail-if, --as-of and --by are about leads; give their mapping with --data data.yaml.")
    from rules_engine.analysis.versions.gates import read_gate
    from rules_engine.analysis.versions.text_diff import text_diff

    found = text_diff(_load(old_file), _load(new_file))
    gates = [read_gate(text, found.before, found.after) for text in fail_if]
    effect = None
    if data is not None:
        try:
            from rules_engine.analysis.versions.effect import measure_effect
        except ImportError as error:
            raise need_batch(error) from error

        effect = measure_effect(old_file, new_file, data, as_of=as_of, by=by, top=top)
    failed = _show(found, effect, gates, View(view))
    if failed:
        click.get_current_context().exit(EXIT_FINDINGS)


def _named(folder: Path, word: str) -> str:
    """`v1` or `1` beside a folder as the file that it means; anything else as it is."""
    number = word.removeprefix("v")
    return str(folder / f"v{number}.yaml") if number.isdecimal() and folder.is_dir() else word


def _files(before: Path, after: Path | None) -> tuple[Path, Path]:
    """The two files to compare; of one folder its last two versions, of two folders the newest of each."""
    from rules_engine.analysis.versions.next_version import newest_file
    from rules_engine.analysis.versions.points import files_of

    if after is not None:
        return newest_file(before), newest_file(after)
    if not before.exists():
        raise CommandError(no_file(before))
    if not before.is_dir():
        raise CommandError(f"what is {before} to be compared with? Name a second version: rules diff v1.yaml v2.yaml.")
    files = files_of(before)
    if len(files) < 2:
        raise CommandError(f"{before} has {len(files)} version{'s' if len(files) != 1 else ''}; two are needed.")
    earlier, newest = sorted(files)[-2:]
    return files[earlier], files[newest]


def _load(path: Path) -> Model:
    from rules_engine.engine import ModelError
    from rules_engine.model import load_model
    from rules_engine.plugins import installed

    loaded = load_model(path, installed())
    if loaded.model is None:
        raise ModelError(str(path), loaded.diagnostics)
    return loaded.model


def _show(found: TextDiff, effect: Effect | None, gates: list[Gate], view: View) -> bool:
    """Prints the differences, the effect and the gates; gives whether a gate fails."""
    from rules_engine.report.version_diff import diff_document, diff_lines

    judged = [gate.judge(effect) for gate in gates] if effect is not None else []
    if view is View.JSON:
        import json

        document: dict[str, Any] = diff_document(found)
        if effect is not None:
            from rules_engine.report.version_effect import effect_document

            document["effect"] = effect_document(effect)
            document["gates"] = [
                {"fail_if": gate.text, "leads": gate.leads, "value": gate.value, "fails": gate.fails} for gate in judged
            ]
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(diff_lines(found)))
        if effect is not None:
            from rules_engine.report.version_effect import print_effect, verdict_lines

            click.echo()
            print_effect(effect)
            if judged:
                click.echo("\n".join(["", *verdict_lines(judged)]))
    return any(gate.fails for gate in judged)
