"""Events by ranges of leads, in memory while they fit, else in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl

from rules_engine.batch.columns.bucket import EventRows
from rules_engine.batch.columns.of_data import rows_of
from rules_engine.batch.series import series_of
from rules_engine.batch.sources.coded import Texts
from rules_engine.batch.stream.files import Folder, RangeFile
from rules_engine.batch.stream.packed import Packed, alike, together
from rules_engine.records import dataclass

TOGETHER = 250_000  # events that are put away together
NARROW = 2**16  # leads in a range up to which a row takes two bytes


@dataclass(frozen=True, slots=True)
class Sorted:
    """Events of one type, range by range: `lead` (its row in the range), `at`, `id` and attributes. `first[n]` is where
    those of range n begin."""

    first: list[int]
    events: Packed

    @property
    def ranges(self) -> int:
        return len(self.first) - 1

    def part(self, number: int) -> Packed:
        """The events of a range; none where it lies behind the last one."""
        start, end = self.first[number : number + 2] if number < self.ranges else (0, 0)
        return self.events.part(start, end - start)


class EventStore:
    """Takes parts of events, gives those of a range of leads. Used as a context, so that nothing is left behind."""

    def __init__(self, empty: Mapping[str, pl.DataFrame], leads_per_bucket: int, budget: int, folder: Path) -> None:
        """`empty` has a frame without rows for each event type; `budget` is in bytes.

        `texts`, by type and attribute, are those whose numbers frames may have instead of texts.
        """
        self._empty = empty
        self.leads_per_bucket = leads_per_bucket
        self._budget = budget
        self._folder = Folder(folder)
        self._held: dict[str, list[Sorted]] = {name: [] for name in empty}
        self._files: dict[str, list[RangeFile]] = {name: [] for name in empty}
        self._leads: RangeFile | None = None
        self._coming: dict[str, list[pl.DataFrame]] = {name: [] for name in empty}
        self._number_coming = 0
        self._bytes = 0
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._putting: Future[None] | None = None
        self.events = 0
        self.oldest: int | None = None
        self.newest: int | None = None
        self.met: set[str] = set()
        self.texts = {
            name: {column[1:]: Texts() for column in frame.columns if column.startswith(".")}
            for name, frame in empty.items()
        }  # all from the start: one thread reads with them while another puts away

    def __enter__(self) -> EventStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beside.shutdown()
        self._folder.close()

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Takes events of one type, range of leads by range: lead_row, at, id, attributes. Raises `SpillError`."""
        if not frame.height:
            return
        if frame["id"].dtype != pl.Null and frame["id"].null_count() == frame.height:
            frame = frame.with_columns(pl.lit(None, pl.Null).alias("id"))  # nothing instead of sixteen bytes a row
        at = frame["at"].to_numpy()
        first, last = int(at.min()), int(at.max())
        self.oldest = first if self.oldest is None else min(first, self.oldest)
        self.newest = last if self.newest is None else max(last, self.newest)
        self.met.add(name)
        self.events += frame.height
        self._number_coming += frame.height
        self._coming[name].append(frame)
        if self._number_coming >= TOGETHER:
            self._put_away()

    def finish(self) -> None:
        """Puts away what has come; `bucket` gives only that. Raises `SpillError`."""
        self._put_away()
        self._wait()

    def _put_away(self) -> None:
        """Puts away what has come, beside what goes on, once what came before is there."""
        self._wait()
        coming, self._coming = self._coming, {name: [] for name in self._empty}
        self._number_coming = 0
        self._putting = self._beside.submit(self._put, coming)

    def _wait(self) -> None:
        if self._putting is not None:
            self._putting.result()

    def _put(self, coming: Mapping[str, list[pl.DataFrame]]) -> None:
        for name, parts in coming.items():
            for part in parts:
                own = self._sorted(part)
                self._held[name].append(own)
                self._bytes += bytes_of(own.events.frame)
            parts.clear()
        if self._bytes > self._budget:
            self._spill()

    def _sorted(self, frame: pl.DataFrame) -> Sorted:
        row = frame["lead_row"].to_numpy()
        size = np.uint32(self.leads_per_bucket)
        range_ = row // size
        if (range_[1:] < range_[:-1]).any():
            raise ValueError("events of leads do not come range by range")
        first = np.searchsorted(range_, np.arange(int(range_[-1]) + 2, dtype=np.uint32))
        lead = (row - range_ * size).astype(np.uint16 if self.leads_per_bucket <= NARROW else np.int32)
        rest = [column for column in frame if column.name != "lead_row"]
        return Sorted(first.tolist(), Packed.of(series_of(lead, "lead"), *rest))

    def _spill(self) -> None:
        for name, held in self._held.items():
            if held:
                same = alike([own.events for own in held], self._known(name))
                held = [Sorted(own.first, events) for own, events in zip(held, same, strict=True)]
                self._files[name].append(self._folder.write(_ranges(held)))
                self._held[name].clear()
        self._bytes = 0

    def put_leads_aside(self, leads: pl.DataFrame) -> None:
        """Writes leads with their fields, range by range. Raises `SpillError`."""
        packed, size = Packed.of(*leads), self.leads_per_bucket
        self._leads = self._folder.write(packed.part(start, size) for start in range(0, leads.height, size))

    def leads(self, number: int) -> pl.DataFrame | None:
        """The leads of a range, where they were put aside."""
        if self._leads is None or number >= self._leads.ranges:
            return None
        return self._leads.part(number).whole()

    def column_put_aside(self, name: str) -> list[pl.Series]:
        """A column of all leads that were put aside, range by range."""
        if self._leads is None:
            return []
        return [self._leads.part(number).whole(name)[name] for number in range(self._leads.ranges)]

    def forget_events(self) -> None:
        """Lets go of all events in memory."""
        self._held = {name: [] for name in self._empty}

    def bucket(self, number: int) -> dict[str, EventRows]:
        """The events of a range of leads, by type."""
        return {name: self._of_type(number, name) for name in self._empty}

    def _of_type(self, number: int, name: str) -> EventRows:
        every: list[RangeFile | Sorted] = [*self._files[name], *self._held[name]]
        waiting = [own for own in every if number < own.ranges]
        if not waiting:
            return rows_of(self._empty[name], np.zeros(0, dtype=np.int64))
        texts = self._known(name)
        found = together([own.part(number) for own in waiting], texts).whole()
        return rows_of(found, found["lead"].to_numpy(), texts)

    def _known(self, name: str) -> dict[str, Texts]:
        """The texts of columns."""
        return {f".{attribute}": texts for attribute, texts in self.texts[name].items()}


def _ranges(held: list[Sorted]) -> Iterator[Packed]:
    """Range by range what several have of it."""
    for number in range(max(own.ranges for own in held)):
        yield together([own.part(number) for own in held])


def bytes_of(frame: pl.DataFrame) -> int:
    """What a frame takes in memory, about. A text takes sixteen bytes besides its letters."""
    texts = sum(dtype == pl.String for dtype in frame.dtypes)
    return int(frame.estimated_size()) + 16 * texts * frame.height
