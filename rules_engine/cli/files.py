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

    A symbolic link stays one: what it names is written, beside that. Where nothing was written, an earlier file is
    removed: it is not this run's.
    """
    target = _target(path)
    if target.is_dir():
        raise CommandError(f"{path} is a folder; name a file to write to.")
    if target.exists() and not target.is_file():
        raise CommandError(
            f"{path} is a device or a pipe, which cannot be replaced as a whole; name a file to write to."
        )
    if not target.parent.is_dir():
        raise CommandError(f"the folder {target.parent} does not exist; make it first or name another place.")
    aside = target.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        yield aside
        if aside.exists():
            os.replace(aside, target)
        else:
            target.unlink(missing_ok=True)
    finally:
        aside.unlink(missing_ok=True)


def _target(path: Path) -> Path:
    """The file that a link, or a link to a link, names, whether it is there yet or not; else the path as it is."""
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():  # in a circle; whether `Path.resolve` raises there depends on Python's version
        raise CommandError(f"{path} is a symbolic link that leads nowhere; name a file to write to.")
    return target


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")
