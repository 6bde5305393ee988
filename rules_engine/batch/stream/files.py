"""Files in which frames of ranges of leads wait, in a folder that is named after the process that made it.

A later run can tell by the name that the owner of a folder is gone, and removes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import polars as pl
import pyarrow as pa

from rules_engine.batch.stream.packed import Packed

PREFIX = "rules-events-"


class SpillError(Exception):
    """Events could not be put aside; the message says where, and what to do."""


class Folder:
    """The folder of this process, made when first needed. `close` removes it with all that is in it."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._path: Path | None = None
        self._files: list[RangeFile] = []

    def write(self, parts: Iterable[Packed]) -> RangeFile:
        """A new file with the parts of all ranges, in their order. Raises `SpillError`."""
        try:
            if self._path is None:
                self._path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent))
            self._files.append(RangeFile(self._path / f"{len(self._files)}.arrow", parts))
        except OSError as error:
            raise SpillError(
                f"events could not be put aside in {self._parent}: {error.strerror or error}; make room there, name "
                "another folder with the environment variable TMPDIR, or allow more --memory."
            ) from error
        return self._files[-1]

    def close(self) -> None:
        for file in self._files:
            file.close()
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)


class RangeFile:
    """One part per range, as the record batches of an Arrow file. Several threads may read."""

    def __init__(self, path: Path, parts: Iterable[Packed]) -> None:
        """Writes the file. All parts have the same columns. Raises `OSError`."""
        self.ranges = 0
        self._lock = Lock()
        writer: pa.RecordBatchFileWriter | None = None
        with pa.OSFile(str(path), "wb") as sink:
            for part in parts:
                batch = _batch(part.frame)
                if writer is None:
                    self._columns, writer = part.columns, pa.ipc.new_file(sink, batch.schema)
                writer.write_batch(batch)
                self.ranges += 1
            if writer is not None:
                writer.close()
        self._file = pa.OSFile(str(path))
        self._reader = pa.ipc.open_file(self._file)

    def part(self, number: int) -> Packed:
        """What waits of a range."""
        with self._lock:
            batch = self._reader.get_batch(number)
        return Packed(pl.DataFrame(batch), self._columns)

    def close(self) -> None:
        self._file.close()


def _batch(frame: pl.DataFrame) -> pa.RecordBatch:
    columns = [column.rechunk().to_arrow() for column in frame]
    return pa.RecordBatch.from_arrays(columns, names=frame.columns)


def sweep(parent: Path) -> None:
    """Removes what runs that are no more have left behind."""
    for left in parent.glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not _lives(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
