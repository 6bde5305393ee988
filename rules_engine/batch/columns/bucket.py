"""Some leads with everything that is known of them: the input of matching in columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.series import series_of
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class EventRows:
    """The events of one type, in any order: which lead (its row in the bucket), when, the id where there is one, and a
    column `.name` per declared attribute."""

    lead: NDArray[np.int32]
    at: NDArray[np.int64]
    ids: pl.Series | None
    attributes: pl.DataFrame

    def chosen(self, rows: NDArray[np.integer[Any]]) -> EventRows:
        """Some of the rows, in the order given."""
        return EventRows(
            self.lead[rows],
            self.at[rows],
            None if self.ids is None else self.ids.gather(series_of(rows)),
            self.attributes[rows] if self.attributes.width else self.attributes,
        )


@dataclass(frozen=True, slots=True)
class Bucket:
    """`leads` has a row per lead with columns `lead.<field>` and `account.<field>`; `as_of` is per lead."""

    leads: pl.DataFrame
    events: Mapping[str, EventRows]
    as_of: NDArray[np.int64]

    @property
    def size(self) -> int:
        return len(self.as_of)
