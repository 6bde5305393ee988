"""The file of states: a row per lead, and in the metadata what it is a state of and which files went into it.

Rows stand in no order. They are read and written some thousands at a time, so that the states of all leads are never in
memory together.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from rules_engine.batch.sinks import UNCHANGED, reason_of
from rules_engine.batch.sources.events import declared_attributes, empty_events
from rules_engine.model.types import Model
from rules_engine.records import dataclass

NAME = "state.parquet"
LAYOUT = 4
ROWS = 20_000  # leads that are read and written at a time
_KEY = b"lead_rules_engine"
_COLUMNS = {
    "lead_id": pl.String,
    "state": pl.Binary,  # the bytes of its `LeadState`; null where its events are kept (`past.*`), if there are any
    "stand": pl.Binary,  # where its fold stands (`batch.fold.stands`); null where it is not read off with others
    "rests": pl.Binary,  # what stays as it is while the lead rests; see `kept`
    "fields": pl.UInt64,  # a hash of its fields and those of its account
    "events": pl.UInt64,  # how many went in, and a sum of hashes of them
    "digest": pl.UInt64,
    "own_row": pl.Boolean,  # the lead has a row in the table of leads
}
_LARGE = ("state", "stand")
_OF_TALLY = "tally."
_OF_PAST = "past."  # the events of a type, a list for each lead that has no state


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
    """The states of all leads at the instant of their basis. `table` has all columns but the large ones."""

    basis: Basis
    table: pl.DataFrame
    path: Path

    def parts(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All rows with these columns, some at a time, in the order of `table`. Raises `StateError`."""
        try:
            with pq.ParquetFile(self.path) as file:
                for group in range(file.num_row_groups):
                    yield pl.DataFrame(file.read_row_group(group, columns=list(columns)))
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(self.path, error) from error

    def states_of(self, lead_ids: pl.Series) -> dict[str, bytes]:
        """The states of these leads, where something has happened to them. Raises `StateError`."""
        found: dict[str, bytes] = {}
        for part in self.parts(("lead_id", "state")):
            own = pl.col("lead_id").is_in(lead_ids.implode()) & pl.col("state").is_not_null()
            found.update(part.filter(own).iter_rows())
        return found


class StateWriter:
    """Writes a file of states, aside; renaming it into place is the caller's, after all else is in place."""

    def __init__(self, path: Path, basis: Basis, model: Model) -> None:
        self._path = path
        self.schema: dict[str, Any] = {**_COLUMNS, **{tally_column(name): pl.String for name in model.tallies}}
        for name, attributes in declared_attributes(model).items():
            events = empty_events(attributes).drop("lead_row")
            self.schema[past_column(name)] = pl.List(pl.Struct(events.schema))
        schema = pl.DataFrame(schema=self.schema).to_arrow().schema
        schema = schema.with_metadata({_KEY: json.dumps({"layout": LAYOUT, **asdict(basis)}).encode()})
        # states are compressed one by one, since live leads are
        how = {name: "NONE" if name == "state" else "ZSTD" for name in self.schema}
        with self._telling():
            self._file = path.open("wb")
            self._writer = pq.ParquetWriter(self._file, schema, compression=how, use_dictionary=[*self._dictionaries()])

    def _dictionaries(self) -> Iterator[str]:
        return (name for name in self.schema if name.startswith(_OF_TALLY))

    def write(self, rows: pl.DataFrame) -> None:
        """Adds rows, with columns of `schema`; where they have not all of these, the others are null."""
        missing = [pl.lit(None, kind).alias(name) for name, kind in self.schema.items() if name not in rows.columns]
        with self._telling():
            for part in rows.with_columns(missing).select(list(self.schema)).iter_slices(ROWS):
                self._writer.write_table(part.to_arrow().cast(self._writer.schema), row_group_size=ROWS)

    def close(self) -> None:
        """Ends the file, down to the disk."""
        with self._telling():
            self._writer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            folder = self._path.parent
            raise StateError(f"the state in {folder} cannot be written: {reason_of(error)}. {UNCHANGED}") from error


def tally_column(name: str) -> str:
    """The column of a tally's values, as JSON."""
    return _OF_TALLY + name


def past_column(name: str) -> str:
    """The column of the events of a type."""
    return _OF_PAST + name


def is_of_past(column: str) -> bool:
    """Whether a column has events."""
    return column.startswith(_OF_PAST)


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
    try:
        with pq.ParquetFile(path) as file:  # `read_table` would load pandas and more
            names = [name for name in file.schema_arrow.names if name not in _LARGE and not is_of_past(name)]
            found = json.loads((file.schema_arrow.metadata or {})[_KEY])
            if found.pop("layout") != LAYOUT:
                raise StateError(f"{path} is of another layout, of another version of this program; {_ADVICE}")
            table = file.read(columns=names)
        files = {name: FileRead(**read) for name, read in found.pop("files").items()}
        return States(Basis(files=files, **found), pl.DataFrame(table), path)
    except (pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, error) from error


_ADVICE = "run once more with --rebuild-state, which makes it anew from the whole history."


def _unreadable(path: Path, error: Exception) -> StateError:
    return StateError(f"{path} cannot be read as a state ({error}); {_ADVICE}")
