"""Fields of some leads and of their accounts. What it costs grows with the leads, not with all accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.sources.convert import dtype
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.people import VALID_FROM
from rules_engine.model.types import Field, Model

Integers: TypeAlias = NDArray[np.int64]


class Fields:
    """Finds the fields that a data set has for leads at their instants."""

    def __init__(self, model: Model, data: Data) -> None:
        self._model = model
        self._leads = None if data.lead_history is None else _History(data.lead_history, "lead_id")
        self._accounts = (
            _Current(data.accounts, "account_id")
            if data.account_history is None
            else _History(data.account_history, "account_id")
        )

    def at(self, leads: pl.DataFrame, as_of: Integers) -> pl.DataFrame:
        """`lead.*` and `account.*` of some leads, each as of its own instant."""
        own = leads if self._leads is None else self._leads.at(leads["lead_id"], as_of)
        accounts = self._accounts.at(own["account_id"], as_of)
        return pl.DataFrame(
            [
                *_columns("lead", self._model.lead_fields, own),
                *_columns("account", self._model.account_fields, accounts),
            ]
        )


class _Current:
    """A table with one row per id. Polars numbers the ids, and keeps the hash table from one look-up to the next."""

    def __init__(self, table: pl.DataFrame, key: str) -> None:
        self._table = table
        self._kind = pl.Categorical(pl.Categories.random(key))
        self._numbered = table[key].cast(self._kind)  # in the order of the rows; keeps the hash table alive

    def at(self, ids: pl.Series, _: Integers) -> pl.DataFrame:
        """The row of each id, nulls where there is none."""
        if not self._table.height:
            return self._table.clear(len(ids))
        rows = ids.cast(self._kind).to_physical()
        return self._table.select(pl.all().gather(rows.set(rows >= self._table.height, None)))


class _History:
    """A table with several rows per id, in the order of ids and instants."""

    def __init__(self, table: pl.DataFrame, key: str) -> None:
        self._table, self._key = table, key

    def at(self, ids: pl.Series, as_of: Integers) -> pl.DataFrame:
        """Of each id the row that holds at its instant, nulls where none does."""
        some, known = ids.drop_nulls().unique(), self._table[self._key]
        first = known.search_sorted(some, "left").to_numpy().astype(np.int64)
        count = known.search_sorted(some, "right").to_numpy() - first
        rows = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        return _valid_at(self._table[np.sort(rows)], ids, as_of)


def _valid_at(history: pl.DataFrame, ids: pl.Series, as_of: Integers) -> pl.DataFrame:
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
