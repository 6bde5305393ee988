"""Tables of the values that tallies can have: what is found out about a value holds for all leads.

They are kept from bucket to bucket. Threads may share them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from rules_engine.batch.columns.table import Table
from rules_engine.batch.series import series_of

LEAST = 1024  # values that are looked at in any case, so that one table is enough as a rule


class Counted:
    """Tables of whole numbers as the values of a tally, and of what tallies are before any event."""

    def __init__(self) -> None:
        self._values: dict[str, Table] = {}
        self._before: dict[frozenset[str], Table] = {}

    def values(self, path: str, most: int) -> Table:
        """The numbers from 0 to `most` or beyond as the values of a path, each in the row of its own number."""
        table = self._values.get(path)
        if table is None or table.height <= most:
            size = max(LEAST, 1 << (most + 1).bit_length())
            numbers = series_of(np.arange(size, dtype=np.float64))
            table = self._values[path] = Table(size, {path: numbers})
        return table

    def before(self, same: Mapping[str, pl.Series]) -> Table:
        """A table of one row. The same paths must have the same values each time."""
        return self._before.setdefault(frozenset(same), Table(1, same))
