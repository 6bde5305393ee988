"""A data set as a bucket: fields as of the moment, account fields beside those of the lead, events by type."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket, EventRows
from rules_engine.batch.sources.convert import dtype
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.people import VALID_FROM
from rules_engine.model.types import Field, Model


def bucket_of(model: Model, data: Data, as_of: NDArray[np.int64]) -> Bucket:
    """All leads of a data set, each as of its own instant."""
    leads = _leads_at(data, as_of)
    return Bucket(
        fields_of(model, leads, _accounts_at(data, leads["account_id"], as_of)),
        {
            name: EventRows(
                frame["lead_row"].to_numpy().astype(np.int32),
                frame["at"].to_numpy(),
                frame["id"] if frame["id"].null_count() < frame.height else None,
                frame.select(pl.col("^\\..*$")),
            )
            for name, frame in data.by_type.items()
        },
        as_of,
    )


def _leads_at(data: Data, as_of: NDArray[np.int64]) -> pl.DataFrame:
    """A row per lead: the one that holds at its instant where there is a history, else the current one."""
    if data.lead_history is None:
        return data.leads
    return _valid(data.lead_history, data.leads["lead_id"], as_of)


def _accounts_at(data: Data, account_ids: pl.Series, as_of: NDArray[np.int64]) -> pl.DataFrame:
    """The account of each lead, nulls where it has none."""
    if data.account_history is None:
        wanted = pl.DataFrame({"account_id": account_ids})
        return wanted.join(data.accounts, on="account_id", how="left", maintain_order="left")
    return _valid(data.account_history, account_ids, as_of)


def _valid(history: pl.DataFrame, ids: pl.Series, as_of: NDArray[np.int64]) -> pl.DataFrame:
    key = ids.name
    wanted = pl.DataFrame({key: ids, "#at": as_of, "#row": np.arange(len(as_of))}).sort("#at")
    since = history.with_columns(pl.col(VALID_FROM).fill_null(-(2**62))).sort(VALID_FROM, maintain_order=True)
    found = wanted.join_asof(since, by=key, left_on="#at", right_on=VALID_FROM, strategy="backward")
    return found.sort("#row").drop("#at", "#row", VALID_FROM)


def fields_of(model: Model, leads: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """`lead.*` and `account.*` of each lead; `accounts` has a row for each lead."""
    return pl.DataFrame(
        [
            *_columns("lead", model.lead_fields, leads),
            *_columns("account", model.account_fields, accounts),
        ]
    )


def _columns(root: str, declared: Mapping[str, Field], frame: pl.DataFrame) -> list[pl.Series]:
    return [
        (
            frame[name]
            if name in frame.columns
            else pl.Series([None], dtype=dtype(field.type)).new_from_index(0, frame.height)
        ).alias(f"{root}.{name}")
        for name, field in declared.items()
    ]
