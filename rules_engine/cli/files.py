"""Writing output so that a reader never meets half a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rules_engine.cli.faults import CommandError


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a path beside `path`, of the same ending, to write to; rename it over `path` once all went well.

    Where nothing was written to it, an earlier `path` is removed: it is not this run's.
    """
    if path.is_dir():
        raise CommandError(f"{path} is a folder; name a file to write to.")
    if not path.parent.is_dir():
        raise CommandError(f"the folder {path.parent} does not exist; make it first or name another place.")
    aside = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        yield aside
        if aside.exists():
            os.replace(aside, path)
        else:
            path.unlink(missing_ok=True)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")
