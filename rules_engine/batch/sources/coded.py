"""A column of texts as a file holds it: the distinct texts once, and a code per row.

What depends on a text alone is worked out once per distinct text, and spread over the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa

from rules_engine.batch.series import column_of


@dataclass(frozen=True)
class Coded:
    """`array` has a code per row, null where the row has no text, and the texts, perhaps some that no row has."""

    array: pa.DictionaryArray

    @staticmethod
    def of(texts: pl.Series) -> Coded:
        """A column of texts, with each distinct one found."""
        return Coded(texts.rechunk().to_arrow().dictionary_encode())

    def __len__(self) -> int:
        return len(self.array)

    @cached_property
    def texts(self) -> pl.Series:
        """What the codes stand for, as it is written."""
        return column_of(self.array.dictionary).cast(pl.String)

    @cached_property
    def is_trimmed(self) -> bool:
        """Whether no text is blank or has blanks around it."""
        texts = self.array.dictionary.to_pylist()
        return all(texts) and texts == list(map(str.strip, texts))

    def spread(self, values: pl.Series) -> pl.Series:
        """One value per row from one per text."""
        return values.gather(column_of(self.array.indices.view(pa.uint32())))

    def values(self) -> pl.Series:
        """The column as plain texts."""
        return self.spread(self.texts)

    def categories(self) -> pl.Series:
        """The column as categories."""
        return column_of(self.array)
