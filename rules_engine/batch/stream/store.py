"""Events by ranges of leads, in memory while they fit, else in files.

A folder of spilled events is named after the process that made it, so that a later run can tell that its owner is
gone and remove it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import EventRows
from rules_engine.batch.sources.people import joined

PREFIX = "rules-events-"
SORTED = 1_000_000  # events that come together before they are put into their ranges


class SpillError(Exception):
    """Events could not be put aside; the message says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some events of one type and one range: the row of the lead in the range, the instant, `id` and attributes."""

    lead: NDArray[np.int32]
    at: NDArray[np.int64]
    rest: pl.DataFrame

    def rows(self) -> EventRows:
        """The same as scoring takes it."""
        ids = self.rest["id"]
        none = ids.null_count() == len(ids)
        return EventRows(self.lead, self.at, None if none else ids, self.rest.drop("id"))


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
        self._held: dict[tuple[int, str], list[Part]] = {}
        self._files: dict[tuple[int, str], list[Path]] = {}
        self._leads: dict[int, Path] = {}
        self._coming: dict[str, list[pl.DataFrame]] = {}
        self._number_coming = 0
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

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Takes events of one type: lead_row, at, id, attributes. Raises `SpillError`."""
        if not frame.height:
            return
        if frame["id"].null_count() == frame.height:
            frame = frame.with_columns(pl.lit(None, pl.Null).alias("id"))  # nothing instead of sixteen bytes a row
        at = frame["at"].to_numpy()
        first, last = int(at.min()), int(at.max())
        self.oldest = first if self.oldest is None else min(first, self.oldest)
        self.newest = last if self.newest is None else max(last, self.newest)
        self.met.add(name)
        self.events += frame.height
        self._number_coming += frame.height
        self._coming.setdefault(name, []).append(frame)
        if self._number_coming >= SORTED:
            self.finish()

    def finish(self) -> None:
        """Puts what has come into the ranges of leads; `bucket` gives only that. Raises `SpillError`."""
        for name, parts in self._coming.items():
            self._sort(name, joined(parts).rechunk())
            parts.clear()
        self._coming.clear()
        self._number_coming = 0
        if self._bytes > self._budget:
            self._spill()

    def _sort(self, name: str, frame: pl.DataFrame) -> None:
        from rules_engine.batch.stream.ranges import by_range  # late: it loads the compiler, which is done meanwhile

        row, at = frame["lead_row"].to_numpy(), frame["at"].to_numpy()
        ranges = int(row.max()) // self.leads_per_bucket + 1
        first, lead, instant, place = by_range(row, at, self.leads_per_bucket, ranges)
        rest = frame.drop("lead_row", "at")
        for number, (start, end) in enumerate(pairwise(first.tolist())):
            if start < end:
                # copies, so that the memory of a range is free once it is done
                part = Part(lead[start:end].copy(), instant[start:end].copy(), rest[place[start:end]])
                self._held.setdefault((number, name), []).append(part)
        self._bytes += lead.nbytes + instant.nbytes + bytes_of(rest)

    def _spill(self) -> None:
        for (bucket, name), parts in self._held.items():
            whole = together(parts)
            head = [pl.Series("lead", whole.lead), pl.Series("at", whole.at)]
            path = self._put_aside(
                f"{self._spills}-{bucket}-{self._names.index(name)}", pl.DataFrame([*head, *whole.rest])
            )
            self._files.setdefault((bucket, name), []).append(path)
        self._held.clear()
        self._bytes = 0
        self._spills += 1

    def _put_aside(self, name: str, frame: pl.DataFrame) -> Path:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent))
            path = self._folder / f"{name}.arrow"
            frame.write_ipc(path, compression="lz4")
        except OSError as error:
            raise SpillError(
                f"events could not be put aside in {self._parent}: {error.strerror or error}; make room there, name "
                "another folder with the environment variable TMPDIR, or allow more --memory."
            ) from error
        return path

    def put_leads_aside(self, leads: pl.DataFrame) -> None:
        """Writes leads with their fields, range by range. Raises `SpillError`."""
        for number, start in enumerate(range(0, leads.height, self.leads_per_bucket)):
            self._leads[number] = self._put_aside(f"leads-{number}", leads.slice(start, self.leads_per_bucket))

    def leads(self, number: int) -> pl.DataFrame | None:
        """The leads of a range, where they were put aside."""
        path = self._leads.get(number)
        return None if path is None else pl.read_ipc(path)

    def column_put_aside(self, name: str) -> list[pl.Series]:
        """A column of all leads that were put aside, range by range."""
        return [pl.read_ipc(self._leads[number], columns=[name])[name] for number in sorted(self._leads)]

    def bucket(self, number: int) -> dict[str, EventRows]:
        """The events of a range of leads, by type."""
        return {name: self._of_type(number, name).rows() for name in self._names}

    def _of_type(self, bucket: int, name: str) -> Part:
        paths, held = self._files.get((bucket, name), []), self._held.get((bucket, name), [])
        parts = [_part(pl.read_ipc(path)) for path in paths] + held
        return together(parts) if parts else _part(self._empty[name].rename({"lead_row": "lead"}))

    def forget(self, number: int) -> None:
        """Lets go of a range that is done."""
        for name in self._names:
            self._held.pop((number, name), None)
            for path in self._files.pop((number, name), []):
                path.unlink(missing_ok=True)


def bytes_of(frame: pl.DataFrame) -> int:
    """What a frame takes in memory, about. A text takes sixteen bytes besides its letters."""
    texts = sum(dtype == pl.String for dtype in frame.dtypes)
    return int(frame.estimated_size()) + 16 * texts * frame.height


def together(parts: Sequence[Part]) -> Part:
    """Several parts as one."""
    if len(parts) == 1:
        return parts[0]
    return Part(
        np.concatenate([part.lead for part in parts]),
        np.concatenate([part.at for part in parts]),
        joined([part.rest for part in parts]).rechunk(),
    )


def _part(frame: pl.DataFrame) -> Part:
    lead = frame["lead"].cast(pl.Int32).to_numpy()
    return Part(lead, frame["at"].to_numpy(), frame.drop("lead", "at"))


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
