"""The file of states: a row per lead, and in the metadata what it is a state of and which files went into it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from rules_engine.batch.sinks import UNCHANGED, reason_of
from rules_engine.records import dataclass

NAME = "state.parquet"
LAYOUT = 2
_KEY = b"lead_rules_engine"
_COLUMNS = {
    "lead_id": pl.String,
    "state": pl.Binary,
    "events": pl.UInt64,  # how many went in, and a sum of hashes of them
    "digest": pl.UInt64,
    "own_row": pl.Boolean,  # the lead has a row in the table of leads
}


class StateError(Exception):
    """A state that this run cannot go on from; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """An event file as it was when its events went in; `later`: some lay after the as-of time, and did not."""

    size: int
    changed: int  # nanoseconds, of the last change
    later: bool


@dataclass(frozen=True, slots=True)
class Basis:
    """What states are of: the model, how the data was mapped, the instant, and the event files.

    `newest`: the newest event met, also after the as-of time. `nobodys`: events were met whose lead was unknown, or
    leads left, so that a lead that comes new may have a history in files that were read. `hashing` names the software
    whose hashes the digests are.
    """

    model: str
    version: int
    model_hash: str
    mapping: str
    as_of: int
    newest: int
    nobodys: bool
    hashing: str
    files: Mapping[str, FileRead] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class States:
    """The states of all leads at the instant of their basis."""

    basis: Basis
    table: pl.DataFrame


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder for this process, and removes what a run that was killed has left. Raises `StateError` where
    another run has it. The system lets go of the lock when the process ends, however it ends."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"another run is using {folder}; wait until it is done.") from None
        for left in folder.glob(f".part-*-{NAME}"):
            left.unlink(missing_ok=True)
        yield


def read_states(folder: Path) -> States | None:
    """The states of a folder; None where there are none yet. Raises `StateError` for a file that cannot be used."""
    path = folder / NAME
    if not path.exists():
        return None
    advice = "run once more with --rebuild-state, which makes it anew from the whole history."
    try:
        with pq.ParquetFile(path) as file:  # `read_table` would load pandas and more
            table = file.read()
        found = json.loads((table.schema.metadata or {})[_KEY])
        if found.pop("layout") != LAYOUT:
            raise StateError(f"{path} is of another layout, of another version of this program; {advice}")
        files = {name: FileRead(**read) for name, read in found.pop("files").items()}
        return States(Basis(files=files, **found), pl.DataFrame(table))
    except (pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError) as error:
        raise StateError(f"{path} cannot be read as a state ({error}); {advice}") from error


def write_states(path: Path, basis: Basis, columns: Mapping[str, Sequence[object]]) -> None:
    """Writes the file, down to the disk; renaming it into place is the caller's, after all else is in place."""
    table = pl.DataFrame(columns, schema=_COLUMNS).to_arrow()
    table = table.replace_schema_metadata({_KEY: json.dumps({"layout": LAYOUT, **asdict(basis)}).encode()})
    try:
        with path.open("wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StateError(f"the state in {path.parent} cannot be written: {reason_of(error)}. {UNCHANGED}") from error
