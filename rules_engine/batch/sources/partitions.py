"""Columns that stand in the names of folders, as warehouses write them: `events/type=open/day=2026-05-04/0.parquet`.

Takes an opened file and its path, gives an opened file that has these columns as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from rules_engine.batch.sources.table import Loaded, Opened, Pieces, Useful

_FOLDER = re.compile(r"([^=]+)=(.*)", re.DOTALL)
_NULL = "__HIVE_DEFAULT_PARTITION__"


def values_of_folders(path: Path) -> dict[str, str | None]:
    """What the folders above a file say: the text of each column, None for a null."""
    found: dict[str, str | None] = {}
    for folder in path.parts[:-1]:
        if named := _FOLDER.fullmatch(folder):
            value = unquote(named[2])
            found[unquote(named[1])] = None if value == _NULL else value
    return found


def with_folders(opened: Opened, path: Path) -> Opened:
    """The file with a column of text for each folder that names one which the file has not itself."""
    given = {name: value for name, value in values_of_folders(path).items() if name not in opened.names}
    if not given:
        return opened

    def own(wanted: Iterable[str]) -> list[str]:
        return [name for name in wanted if name not in given]

    def added(loaded: Loaded, wanted: Sequence[str]) -> Loaded:
        height = loaded.frame.height
        columns = [
            pl.Series(name, [given[name]], dtype=pl.String).new_from_index(0, height)
            for name in wanted
            if name in given
        ]
        return replace(loaded, frame=loaded.frame.hstack(columns))

    def through(read: Pieces) -> Pieces:
        def pieces(wanted: Sequence[str]) -> Iterator[Loaded]:
            return (added(loaded, wanted) for loaded in read(own(wanted)))

        return pieces

    useful = opened.useful

    def of_use(rows: Useful) -> Pieces:
        assert useful is not None  # else nobody gets hold of this
        return through(useful(rows))

    return replace(
        opened,
        names=(*opened.names, *given),
        load=lambda wanted: added(opened.load(own(wanted)), wanted),
        pieces=None if opened.pieces is None else through(opened.pieces),
        useful=None if useful is None else of_use,
    )
