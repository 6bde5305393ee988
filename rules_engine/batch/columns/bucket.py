"""Some leads with everything that is known of them: the input of matching in columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.series import series_of
from rules_engine.batch.sources.coded import NumberedTexts, Texts
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class EventRows:
    """The events of one type, in any order: which lead (its row in the bucket), when, the id where there is one, and a
    column `.name` per declared attribute. Those that `texts` names hold numbers of texts."""

    lead: NDArray[np.int32]
    at: NDArray[np.int64]
    ids: pl.Series | None
    attributes: pl.DataFrame
    texts: Mapping[str, Texts] = field(default_factory=dict)

    def column(self, name: str) -> pl.Series | NumberedTexts:
        """An attribute."""
        own = self.attributes[name]
        return NumberedTexts(own, self.texts[name]) if name in self.texts else own

    def chosen(self, rows: NDArray[np.integer[Any]]) -> EventRows:
        """Some of the rows, in the order given, with their texts."""
        own = series_of(rows)
        return EventRows(
            self.lead[rows],
            self.at[rows],
            None if self.ids is None else self.ids.gather(own),
            pl.DataFrame([self.column(name).gather(own).alias(name) for name in self.attributes.columns]),
        )

    def of_leads(self, first: int, size: int) -> EventRows:
        """Those of so many leads, which are numbered from `first` on."""
        own = self.chosen(np.flatnonzero((self.lead >= first) & (self.lead < first + size)))
        return replace(own, lead=own.lead - np.int32(first))


@dataclass(frozen=True, slots=True)
class Bucket:
    """`leads` has a row per lead with columns `lead.<field>` and `account.<field>`; `as_of` is per lead."""

    leads: pl.DataFrame
    events: Mapping[str, EventRows]
    as_of: NDArray[np.int64]

    @property
    def size(self) -> int:
        return len(self.as_of)

    def part(self, first: int, size: int) -> Bucket:
        """So many of the leads, from `first` on."""
        return Bucket(
            self.leads.slice(first, size),
            {name: rows.of_leads(first, size) for name, rows in self.events.items()},
            self.as_of[first : first + size],
        )
