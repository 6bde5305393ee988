"""`rules score`: score every lead of a data set, rank them, and write the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from rules_engine.cli.faults import CommandError, need_batch, need_spark
from rules_engine.cli.files import written_aside
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
from rules_engine.cli.process import keep_what_is_there, score_in_threads
from rules_engine.cli.progress import watching
from rules_engine.cli.ranking import ranking_score

if TYPE_CHECKING:
    from rules_engine.batch.job import Done, Every, Watch

_SHOWING = ("rules_engine.report.population", "rich.console", "rich.table")


@click.command(short_help="Score and rank every lead of a data set.")
@model_argument
@data_option
@as_of_option
@version_option
@click.option("--out", metavar="FILE", type=FILE, help="Write a row per lead (.parquet, .csv or .jsonl).")
@click.option(
    "--columns", metavar="NAMES", help="Write only these columns to --out: names or patterns, such as 'fit,*_band'."
)
@click.option("--ledger", metavar="FILE", type=FILE, help="Write every change of every score.")
@click.option("--transitions", metavar="FILE", type=FILE, help="Write every change of band.")
@click.option("--accounts", metavar="FILE", type=FILE, help="Write a row per account with its roll-ups.")
@click.option("--tallies", metavar="FILE", type=FILE, help="Write a row per lead with its tallies.")
@click.option("--outcomes", metavar="FILE", type=FILE, help="Write how often each rule fired, was false, was unknown.")
@click.option("--snapshots", metavar="FILE", type=FILE, help="Write readings and bands at many times; wants --every.")
@click.option("--every", type=click.Choice(["day", "week", "month"]), help="At the end of which periods snapshots are.")
@click.option(
    "--memory", metavar="SIZE", help="Stay within so much memory (2GB); events that do not fit wait in files."
)
@click.option("--rejects", metavar="FILE", type=FILE, help="Write the rows that could not be used (.csv, .jsonl).")
@click.option("--strict", is_flag=True, help="Stop at the first row or value that cannot be used.")
@click.option("--next-due", is_flag=True, help="Add when a band, gate or label can change by time alone (slow).")
@click.option(
    "--top", metavar="N", type=click.IntRange(min=0), default=10, show_default=True, help="Show the N highest leads."
)
@rank_option
@click.option(
    "--state",
    "states",
    metavar="DIR",
    type=FILE,
    help="Keep a state per lead there; next time only new event files are read.",
)
@click.option("--rebuild-state", is_flag=True, help="Make the state anew from the whole history; wants --state.")
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Where leads are scored.",
)
@click.option("--master", metavar="URL", help="With --engine spark: where Spark runs (local[2], spark://host:7077).")
@view_option
def score(
    model: Path,
    data: Path,
    as_of: str | None,
    version: int | None,
    out: Path | None,
    columns: str | None,
    ledger: Path | None,
    transitions: Path | None,
    accounts: Path | None,
    tallies: Path | None,
    outcomes: Path | None,
    snapshots: Path | None,
    every: str | None,
    memory: str | None,
    rejects: Path | None,
    strict: bool,
    next_due: bool,
    top: int,
    by: str | None,
    states: Path | None,
    rebuild_state: bool,
    engine: str,
    master: str | None,
    view: str,
) -> None:
    """Score every lead of a data set as of one moment.

    The same model, data and as-of time give the same bytes.
    """
    score_in_threads()
    try:
        from rules_engine.batch.job import Job, Output, run_job
    except ImportError as error:
        raise need_batch(error) from error

    wanted = {
        "scores": out,
        "ledger": ledger,
        "transitions": transitions,
        "snapshots": snapshots,
        "tallies": tallies,
        "outcomes": outcomes,
        "accounts": accounts,
    }
    paths = {name: path for name, path in wanted.items() if path is not None}
    picked = tuple(name for name in map(str.strip, (columns or "").split(",")) if name)
    if columns is not None and (out is None or not picked):
        raise CommandError("--columns names columns of the table that --out writes, such as --columns 'fit,*_band'.")
    if (every is None) != (snapshots is None):
        raise CommandError("--every and --snapshots go together: how often, and the file to write to.")
    if rebuild_state and states is None:
        raise CommandError("--rebuild-state wants --state DIR: the folder whose state is made anew.")
    if states is not None:
        whole_only = {"--engine": master, "--ledger": ledger, "--snapshots": snapshots, "--memory": memory}
        for option, given in whole_only.items():
            if given:
                raise CommandError(f"{option} is not there with --state; leave one of the two out.")
    if (engine == "spark") != (master is not None):
        raise CommandError("--engine spark and --master go together: --engine spark --master 'local[2]', for instance.")
    if master is not None:
        local_only = {"--snapshots": snapshots, "--memory": memory, "--rejects": rejects, "--next-due": next_due}
        for option, value in local_only.items():
            if value:
                raise CommandError(f"{option} is not there with --engine spark.")
        if as_of is None:
            raise CommandError("--engine spark needs --as-of: it does not look for the newest event first.")
        _show(_on_spark(model, data, as_of, master, version, strict, picked, paths, by, top), paths, None, View(view))
        return
    with ExitStack() as files:
        # the first to be entered is the last to be renamed: the state goes on only when all outputs are in place
        state = None if states is None else files.enter_context(_state_aside(states))
        outputs = tuple(
            Output(name, files.enter_context(written_aside(path)), _ending(path)) for name, path in paths.items()
        )
        aside = files.enter_context(written_aside(rejects)) if rejects is not None else None
        job = Job(
            model,
            data,
            as_of=as_of,
            version=version,
            strict=strict,
            rejects=aside,
            next_due=next_due,
            every=cast("Every | None", every),
            memory=None if memory is None else _bytes(memory),
            columns=picked,
            places=paths if rejects is None else {**paths, "rejects": rejects},
        )
        watch = _getting_ready(files.enter_context(watching()), View(view))
        if states is None or state is None:
            done = run_job(job, outputs, watch, rank=lambda found: ranking_score(found, by), top=top)
        else:
            from rules_engine.batch.state.run import run_with_state

            done = run_with_state(
                job,
                states,
                state,
                outputs,
                watch,
                rebuild=rebuild_state,
                rank=lambda found: ranking_score(found, by),
                top=top,
            )
    _show(done, paths, rejects, View(view))


def _getting_ready(watch: Watch, view: View) -> Watch:
    """The same, which also loads what shows the results when threads begin to score in compiled code: these do not wait
    for that. From then on no look for garbage goes through libraries and model again, which all threads would wait for.
    """

    def scoring(more: int, leads: int) -> None:
        if not more:
            for name in _SHOWING if view is View.TEXT else ():
                import_module(name)
            keep_what_is_there()
        watch.scoring(more, leads)

    return replace(watch, scoring=scoring)


@contextmanager
def _state_aside(folder: Path) -> Iterator[Path]:
    """Where to write the new state; it takes the old one's place once all went well. One run at a time."""
    from rules_engine.batch.state.file import NAME, locked

    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is a file; --state wants a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder), written_aside(folder / NAME) as aside:
        yield aside


def _on_spark(
    model: Path,
    data: Path,
    as_of: str,
    master: str,
    version: int | None,
    strict: bool,
    columns: tuple[str, ...],
    paths: dict[str, Path],
    by: str | None,
    top: int,
) -> Done:
    try:
        for library in ("pyspark", "pandas"):  # Spark wants pandas for Arrow, and says so late
            import_module(library)
        from rules_engine.batch.spark.job import SparkJob, run_on_spark
    except ImportError as error:
        raise need_spark(error) from error
    job = SparkJob(model, data, as_of, master, version=version, strict=strict, columns=columns)
    return run_on_spark(job, paths, rank=lambda found: ranking_score(found, by), top=top)


_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def _bytes(text: str) -> int:
    """`2GB`, `500 MB`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB)", text.strip().upper())
    if found is None:
        raise CommandError(f'--memory wants an amount such as 2GB or 500MB, not "{text}".')
    return int(float(found[1]) * _UNITS[found[2]])


def _ending(path: Path) -> str:
    from rules_engine.batch.sinks import ENDINGS

    if path.suffix not in ENDINGS:
        raise CommandError(f"cannot tell the form of {path} from its name; let it end in {', '.join(ENDINGS)}.")
    return path.suffix


def _show(done: Done, outputs: dict[str, Path], rejects: Path | None, view: View) -> None:
    """What the command says: the moment, the counts, the ranked leads, the problems of the data, the files."""
    from rules_engine.plugins.sections import build_sections
    from rules_engine.report.population import population_document, print_population
    from rules_engine.report.sections import print_sections, sections_document

    files = {name: str(path) for name, path in outputs.items()}
    if rejects is not None and done.rejected:
        files["rejects"] = str(rejects)
    engine, summary = done.engine, done.population
    sections = build_sections(engine.extensions, "population", lambda: population_document(summary, files))
    if view is View.JSON:
        import json

        document = population_document(summary, files) | ({"sections": sections_document(sections)} if sections else {})
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print_population(engine.model, summary, files)
        print_sections(sections)
