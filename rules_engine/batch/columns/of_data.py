"""A data set as a bucket: fields as of the moment, account fields beside those of the lead, events by type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket, EventRows
from rules_engine.batch.sources.convert import dtype
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.people import VALID_FROM
from rules_engine.model.types import Field, Model

Integers = NDArray[np.int64]
WORK = 1_500_000  # events (and quarters of leads) in a bucket: enough for the fixed cost, and it stays in the cache


def bucket_of(model: Model, data: Data, rows: Integers, as_of: Integers) -> Bucket:
    """Some leads of a data set, by their rows, which rise; each as of its own instant."""
    return Bucket(
        fields_at(model, data, rows, as_of),
        {name: events_of(frame, rows) for name, frame in data.by_type.items()},
        as_of,
    )


def fields_at(model: Model, data: Data, rows: Integers, as_of: Integers) -> pl.DataFrame:
    """`lead.*` and `account.*` of some leads, each as of its own instant."""
    leads = _leads_at(data, rows, as_of)
    return fields_of(model, leads, _accounts_at(data, leads["account_id"], as_of))


def fields_of(model: Model, leads: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """`lead.*` and `account.*` of leads, each in the row of its account (nulls where it has none)."""
    return pl.DataFrame(
        [*_columns("lead", model.lead_fields, leads), *_columns("account", model.account_fields, accounts)]
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
    return rows_of(frame, places)


def rows_of(frame: pl.DataFrame, lead: Integers) -> EventRows:
    """Events of one type as readers give them; `lead` is the row of each in its bucket."""
    ids = frame["id"] if frame["id"].null_count() < frame.height else None
    return EventRows(lead.astype(np.int32), frame["at"].to_numpy(), ids, frame.select(pl.col("^\\..*$")))


def _leads_at(data: Data, rows: Integers, as_of: Integers) -> pl.DataFrame:
    """A row per lead: the one that holds at its instant where there is a history, else the current one."""
    leads = data.leads if len(rows) == data.leads.height else data.leads[rows]
    return leads if data.lead_history is None else valid_at(data.lead_history, leads["lead_id"], as_of)


def _accounts_at(data: Data, account_ids: pl.Series, as_of: Integers) -> pl.DataFrame:
    """The account of each lead, nulls where it has none."""
    if data.account_history is None:
        wanted = pl.DataFrame({"account_id": account_ids})
        return wanted.join(data.accounts, on="account_id", how="left", maintain_order="left")
    return valid_at(data.account_history, account_ids, as_of)


def valid_at(history: pl.DataFrame, ids: pl.Series, as_of: Integers) -> pl.DataFrame:
    """Of each id the row that holds at its instant, nulls where none does."""
    key = ids.name
    wanted = pl.DataFrame({key: ids, "#at": as_of, "#row": np.arange(len(as_of))}).sort("#at")
    since = history.with_columns(pl.col(VALID_FROM).fill_null(-(2**62))).sort(VALID_FROM, maintain_order=True)
    found = wanted.join_asof(
        since, by=key, left_on="#at", right_on=VALID_FROM, strategy="backward", check_sortedness=False
    )
    return found.sort("#row").drop("#at", "#row", VALID_FROM)


def _columns(root: str, declared: Mapping[str, Field], frame: pl.DataFrame) -> list[pl.Series]:
    return [
        (
            frame[name]
            if name in frame.columns
            else pl.Series([None], dtype=dtype(field.type)).new_from_index(0, frame.height)
        ).alias(f"{root}.{name}")
        for name, field in declared.items()
    ]
