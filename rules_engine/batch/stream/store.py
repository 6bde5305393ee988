"""Events by ranges of leads, in memory while they fit, else in files.

A folder of spilled events is named after the process that made it, so that a later run can tell that its owner is
gone and remove it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl

PREFIX = "rules-events-"


class SpillError(Exception):
    """Events could not be put aside; the message says where, and what to do."""


class EventStore:
    """Takes parts of events, gives those of a range of leads. Used as a context, so that nothing is left behind."""

    def __init__(self, empty: Mapping[str, pl.DataFrame], leads_per_bucket: int, budget: int, folder: Path) -> None:
        """`empty` has a frame without rows for each event type; `budget` is in bytes."""
        self._empty = empty
        self._names = list(empty)
        self.leads_per_bucket = leads_per_bucket
        self._budget = budget
        self._parent = folder
        self._folder: Path | None = None
        self._held: dict[tuple[int, str], list[pl.DataFrame]] = {}
        self._files: dict[tuple[int, str], list[Path]] = {}
        self._bytes = 0
        self._spills = 0
        self.events = 0
        self.oldest: int | None = None
        self.newest: int | None = None
        self.met: set[str] = set()

    def __enter__(self) -> EventStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def spilled(self) -> bool:
        return self._spills > 0

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Takes events of one type in the order of their ranges: lead_row, at, id, attributes. Raises `SpillError`."""
        if not frame.height:
            return
        self.events += frame.height
        self.met.add(name)
        if frame["id"].null_count() == frame.height:
            frame = frame.with_columns(pl.lit(None, pl.Null).alias("id"))  # nothing instead of sixteen bytes a row
        at = frame["at"].to_numpy()
        first, last = int(at.min()), int(at.max())
        self.oldest = first if self.oldest is None else min(first, self.oldest)
        self.newest = last if self.newest is None else max(last, self.newest)
        buckets = frame["lead_row"].to_numpy() // np.uint32(self.leads_per_bucket)
        starts = [0, *(np.flatnonzero(buckets[1:] != buckets[:-1]) + 1).tolist(), frame.height]
        for start, end in pairwise(starts):
            self._hold(int(buckets[start]), name, frame.slice(start, end - start))
        self._bytes += int(frame.estimated_size())
        if self._bytes > self._budget:
            self._spill()

    def _hold(self, bucket: int, name: str, frame: pl.DataFrame) -> None:
        self._held.setdefault((bucket, name), []).append(frame)

    def _spill(self) -> None:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent))
            for (bucket, name), parts in self._held.items():
                path = self._folder / f"{self._spills}-{bucket}-{self._names.index(name)}.arrow"
                pl.concat(parts).write_ipc(path, compression="lz4")
                self._files.setdefault((bucket, name), []).append(path)
        except OSError as error:
            raise SpillError(
                f"events could not be put aside in {self._parent}: {error.strerror or error}; make room there, name "
                "another folder with the environment variable TMPDIR, or allow more --memory."
            ) from error
        self._held.clear()
        self._bytes = 0
        self._spills += 1

    def bucket(self, number: int) -> dict[str, pl.DataFrame]:
        """The events of a range of leads, by type."""
        return {name: self._of_type(number, name) for name in self._names}

    def _of_type(self, bucket: int, name: str) -> pl.DataFrame:
        paths, held = self._files.get((bucket, name), []), self._held.get((bucket, name), [])
        parts = [pl.read_ipc(path) for path in paths] + held
        if not parts:
            return self._empty[name]
        kinds = {tuple(part.dtypes) for part in parts}
        if len(kinds) > 1:  # texts of one file are categories, those of another are not; some parts have ids
            parts = [part.with_columns(pl.col(pl.Categorical, pl.Null).cast(pl.String)) for part in parts]
        return parts[0] if len(parts) == 1 else pl.concat(parts)

    def forget(self, number: int) -> None:
        """Lets go of a range that is done."""
        for name in self._names:
            self._held.pop((number, name), None)
            for path in self._files.pop((number, name), []):
                path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Removes what runs that are no more have left behind."""
    for left in folder.glob(f"{PREFIX}*"):
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
