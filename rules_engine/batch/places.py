"""Where the tables of a run may go: no two to one file, none over what is read, rejected rows over no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rules_engine.batch.score import BatchError
from rules_engine.batch.sources import DataError, files
from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources.mapping import scheme_of
from rules_engine.batch.sources.rejects import check_rejects


def check_places(places: Mapping[str, Path], model: Path, data: Path, mapping: DataMapping) -> None:
    """`places` are files by table, "rejects" among them. Raises `BatchError`, `DataError`."""
    taken: dict[Path, str] = {}
    for table, path in places.items():
        other = taken.setdefault(path.resolve(), table)
        if other != table:
            raise BatchError(f"{option(other)} and {option(table)} both name {path}; give each a file of its own.")
    for read in _read(model, data, mapping) if places else ():
        if read.resolve() in taken:
            table = taken[read.resolve()]
            raise BatchError(f"{option(table)} names {places[table]}, which this run reads; name another file.")
    if "rejects" in places:
        check_rejects(places["rejects"])


def option(table: str) -> str:
    """The option of `rules score` that says where a table goes."""
    return "--out" if table == "scores" else f"--{table}"


def _read(model: Path, data: Path, mapping: DataMapping) -> Iterator[Path]:
    yield from sorted(model.glob("*")) if model.is_dir() else [model]
    yield data
    blocks = (mapping.leads, mapping.accounts, mapping.events, mapping.lookups)
    for table in (one.table for block in blocks for one in block):
        if all(scheme_of(file) is None for file in table.files):
            try:
                yield from files.find(table, mapping.folder)
            except DataError:  # what is wrong with it is told by those who read it
                continue
