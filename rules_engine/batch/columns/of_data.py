"""A data set as a bucket: fields as of the moment, account fields beside those of the lead, events by type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket, EventRows
from rules_engine.batch.columns.fields import Fields
from rules_engine.batch.series import series_of
from rules_engine.batch.sources.coded import Texts
from rules_engine.batch.sources.data import Data

Integers = NDArray[np.int64]
WORK = 1_500_000  # events (and quarters of leads) in a bucket: enough for the fixed cost, and it stays in the cache


def bucket_of(known: Fields, data: Data, rows: Integers, as_of: Integers) -> Bucket:
    """Some leads of a data set, by their rows, which rise; each as of its own instant. `known` are the fields of it."""
    leads = data.leads if len(rows) == data.leads.height else data.leads[rows]
    return Bucket(
        known.at(leads, as_of),
        {name: events_of(frame, rows) for name, frame in data.by_type.items()},
        as_of,
    )


def bucket_rows(data: Data, rows: Integers) -> Iterator[Integers]:
    """The rows of leads, cut into pieces of about as much work."""
    work = np.full(data.leads.height, 0.25)
    for frame in data.by_type.values():
        work += np.bincount(frame["lead_row"].to_numpy(), minlength=data.leads.height)
    piece = (np.cumsum(work[rows]) / WORK).astype(np.int64)
    yield from np.split(rows, np.flatnonzero(np.diff(piece)) + 1)


def events_of(frame: pl.DataFrame, rows: Integers) -> EventRows:
    """The events of these leads; the frame stands in the order of leads."""
    own = own_events(frame, rows)
    return rows_of(own, own["lead_row"].to_numpy())


def own_events(frame: pl.DataFrame, rows: Integers) -> pl.DataFrame:
    """The same as a frame whose `lead_row` is the place in `rows`, which rise."""
    lead = frame["lead_row"]
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        low, high = lead.search_sorted(int(rows[0]), "left"), lead.search_sorted(int(rows[-1]), "right")
        frame = frame.slice(int(low), int(high - low))
        places = frame["lead_row"].to_numpy().astype(np.int64) - rows[0]
    else:
        place = np.full((int(rows[-1]) if len(rows) else 0) + 1, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        frame = frame.filter(lead < len(place))
        places = place[frame["lead_row"].to_numpy()]
        frame, places = frame.filter(pl.Series(places >= 0)), places[places >= 0]
    return frame.with_columns(series_of(places.astype(np.uint32), "lead_row"))


def rows_of(frame: pl.DataFrame, lead: NDArray[np.integer[Any]], texts: Mapping[str, Texts] | None = None) -> EventRows:
    """Events of one type as readers give them; `lead` is the row of each in its bucket, `texts` are those of columns
    of numbers."""
    ids = frame["id"] if frame["id"].null_count() < frame.height else None
    attributes = frame.select([name for name in frame.columns if name.startswith(".")])
    numbered = {name: own for name, own in (texts or {}).items() if attributes.schema[name].is_unsigned_integer()}
    return EventRows(lead.astype(np.int32), frame["at"].to_numpy(), ids, attributes, numbered)
