"""Leads with a short past: their events are kept as they are, and need no state.

Few events are scored in columns in less time than it takes to make a state of them, let alone to bring one forward. So
a lead begins with its events in the file of states, a list per event type, and goes on with a state when they have
become many. Its numbers are those of its events, however it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch.columns.of_data import bucket_rows, own_events
from rules_engine.batch.series import array_of, column_of, series_of
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.read import sorted_events
from rules_engine.batch.state.advancing import Asked
from rules_engine.batch.state.file import States, past_column

Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]
Events: TypeAlias = Mapping[str, pl.DataFrame]  # by type, as in `Data`; `lead_row` is the place among some leads

SHORT = 200  # so many events at most are kept in place of a state


class Pasts:
    """The events of the leads of a run that have no state: those that are kept and those that were read.

    `stated`: which leads have a state. `short`: which have none, and so few events, all of them at hand, that these are
    kept.
    """

    def __init__(self, data: Data, asked: Asked, states: States | None) -> None:
        self._data, self._as_of = data, asked.as_of
        self._kept = states if asked.parts else None  # else all events were read
        height = data.leads.height
        counts = np.zeros(height, dtype=np.int64)
        for frame in data.by_type.values():
            own = frame["lead_row"].to_numpy()[frame["at"].to_numpy() <= asked.as_of]
            counts += np.bincount(own, minlength=height)
        self.stated = np.zeros(height, dtype=np.bool_)
        known = np.zeros(height, dtype=np.bool_)
        self._row: Integers = np.zeros(0, dtype=np.int64)
        if states is not None:
            self._row = rows_of_leads(states, data)
            here = self._row >= 0
            rows = self._row[here]
            known[rows] = True
            self.stated[rows] = states.table["rests"].is_not_null().to_numpy()[here]
            if asked.parts:
                counts[rows] += states.table["events"].cast(pl.Int64).to_numpy()[here]
        self.short: Booleans = ~self.stated & (counts <= SHORT)
        if asked.nobodys:
            self.short &= known

    def parts(self, chosen: Booleans) -> Iterator[tuple[Integers, Events]]:
        """The events of the chosen leads, some leads at a time, with their rows, which rise. Raises `StateError`."""
        by_type, left = self._data.by_type, chosen.copy()
        done = 0
        columns = [past_column(name) for name in by_type]
        for part in self._kept.parts(("lead_id", *columns)) if self._kept is not None else ():
            rows = self._row[done : done + part.height]
            done += part.height
            own = np.flatnonzero((rows >= 0) & chosen[rows])
            own = own[np.argsort(rows[own])]
            rows = rows[own]
            left[rows] = False
            if len(rows):
                kept = part[own]
                yield (
                    rows,
                    {
                        name: _joined(_out_of_lists(kept[past_column(name)], frame), own_events(frame, rows))
                        for name, frame in by_type.items()
                    },
                )
        for rows in bucket_rows(self._data, np.flatnonzero(left)) if left.any() else ():
            yield rows, {name: own_events(frame, rows) for name, frame in by_type.items()}

    def added(self, chosen: Booleans) -> Data:
        """The data that was read, with all events of the chosen leads."""
        if self._kept is None or not chosen.any():
            return self._data
        parts = {name: [own_events(frame, np.flatnonzero(~chosen))] for name, frame in self._data.by_type.items()}
        places = [np.flatnonzero(~chosen)]
        for rows, events in self.parts(chosen):
            places.append(rows)
            for name, frame in events.items():
                parts[name].append(frame)
        by_type = {
            name: pl.concat(
                [
                    frame.with_columns(series_of(rows[frame["lead_row"].to_numpy()].astype(np.uint32), "lead_row"))
                    for rows, frame in zip(places, found, strict=True)
                ]
            )
            for name, found in parts.items()
        }
        return replace(self._data, by_type=sorted_events(by_type))

    def rows_to_keep(self, chosen: Booleans) -> Iterator[pl.DataFrame]:
        """Rows for the file of states, of the chosen leads: their ids and their events. Raises `StateError`."""
        ids = self._data.leads["lead_id"]
        for rows, events in self.parts(chosen):
            columns = [_in_lists(name, frame, len(rows), self._as_of) for name, frame in events.items()]
            yield pl.DataFrame([ids.gather(rows), *columns])


def rows_of_leads(states: States, data: Data) -> Integers:
    """The row of the data of each lead of the file of states, -1 where there is none."""
    places = data.leads.select("lead_id").with_row_index("row")
    table = states.table.select("lead_id").join(places, on="lead_id", how="left", maintain_order="left")
    found: Integers = table["row"].cast(pl.Int64).fill_null(-1).to_numpy()
    return found


def _joined(kept: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The kept events of a type and those that were read, in order."""
    if not read.height:
        return kept
    return sorted_events({"": pl.concat([kept, read])})[""]


def _out_of_lists(lists: pl.Series, like: pl.DataFrame) -> pl.DataFrame:
    """The events of a column of lists, null for none, with the columns of another frame."""
    sizes = lists.list.len().fill_null(0)
    if not sizes.sum():
        return like.clear()
    rows = np.repeat(np.arange(len(lists), dtype=np.uint32), sizes.to_numpy())
    found = lists.filter(sizes > 0).explode().struct.unnest()
    return found.with_columns(series_of(rows, "lead_row")).select(like.columns)


def _in_lists(name: str, events: pl.DataFrame, height: int, until: int) -> pl.Series:
    """The events of a type up to an instant as a column with a list for each lead; they stand in order."""
    own = events.filter(pl.col("at") <= until)
    ends = np.cumsum(np.bincount(own["lead_row"].to_numpy(), minlength=height))
    values = own.drop("lead_row").to_struct("").to_arrow()
    lists = pa.LargeListArray.from_arrays(array_of(np.concatenate([[0], ends])), values)
    return column_of(lists, past_column(name))
