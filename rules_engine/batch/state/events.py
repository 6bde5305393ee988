"""Which event files are new since the last run, and what the events of each lead add up to."""

from __future__ import annotations

import glob
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources import files
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.mapping import scheme_of
from rules_engine.batch.state.file import FileRead
from rules_engine.records import dataclass

HASHING = f"polars {pl.__version__}"


@dataclass(frozen=True, slots=True)
class EventFiles:
    """The event files of a mapping now, compared with those of the last run.

    `whole`: only new files have to be read. Otherwise some file changed, or has events after the last as-of time, or is
    no file at all, and events are found by reading everything and comparing digests. `gone`: files that were read and
    are no more.
    """

    now: Mapping[str, FileRead]
    new: frozenset[str]
    gone: tuple[str, ...]
    whole: bool


def event_files(mapping: DataMapping, before: Mapping[str, FileRead]) -> EventFiles:
    """Looks at names, sizes and times of change; reads nothing."""
    now: dict[str, FileRead] = {}
    sources = False
    for table in mapping.events:
        local = tuple(name for name in table.table.files if scheme_of(name) is None)
        sources = sources or len(local) < len(table.table.files)
        if local:
            for path in files.find(replace(table.table, files=local), mapping.folder):
                seen = path.stat()
                now[_name(path, mapping.folder)] = FileRead(seen.st_size, seen.st_mtime_ns, later=False)
    known = {name for name in now if name in before}
    same = all(before[name] == now[name] for name in known)  # one with later events is never the same
    return EventFiles(now, frozenset(now) - known, tuple(sorted(set(before) - set(now))), same and not sources)


def with_files(mapping: DataMapping, chosen: frozenset[str]) -> DataMapping:
    """The mapping with these event files alone."""
    tables = []
    for table in mapping.events:
        local = tuple(name for name in table.table.files if scheme_of(name) is None)
        found = files.find(replace(table.table, files=local), mapping.folder) if local else []
        own = tuple(glob.escape(name) for path in found if (name := _name(path, mapping.folder)) in chosen)
        if own:
            tables.append(replace(table, table=replace(table.table, files=own)))
    return replace(mapping, events=tuple(tables))


def mapping_digest(mapping: DataMapping, path: Path) -> str:
    """Of everything besides events on which reading them depends: the mapping file and its lookup tables."""
    digest = hashlib.sha256(path.read_bytes())
    for lookup in mapping.lookups:
        if lookup.table.scheme is None:
            for file in files.find(lookup.table, mapping.folder):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def sums_of_events(data: Data, last: int) -> pl.DataFrame:
    """Per row of leads: how many events there are up to an instant, and the sum of their hashes; order does not matter.

    Columns `row`, `events`, `digest`.
    """
    parts = [pl.DataFrame(schema={"row": pl.UInt32, "events": pl.UInt64, "digest": pl.UInt64})]
    for name, frame in data.by_type.items():
        own = frame.filter(pl.col("at") <= last)
        if own.height:
            hashes = own.drop("lead_row").hash_rows(seed=zlib.crc32(name.encode()))
            hashed = pl.DataFrame({"row": own["lead_row"], "digest": hashes})
            parts.append(hashed.group_by("row").agg(pl.len().cast(pl.UInt64).alias("events"), pl.col("digest").sum()))
    return pl.concat(parts).group_by("row").agg(pl.col("events").sum(), pl.col("digest").sum())


def newest_of(data: Data) -> int | None:
    """The instant of the newest event, whether before or after any as-of time."""
    found = [at for frame in data.by_type.values() if isinstance(at := frame["at"].max(), int)]
    return max(found, default=None)


def _name(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
