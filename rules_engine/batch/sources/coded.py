"""A column of texts as a file holds it: the distinct texts once, and a code per row.

What depends on a text alone is worked out once per distinct text, and spread over the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Coded:
    """`codes` are places in `texts`, null where the row has no text. `texts` may hold some that no row has."""

    texts: pl.Series
    codes: pa.Int32Array

    @staticmethod
    def of(texts: pl.Series) -> Coded:
        """A column of texts, with each distinct one found."""
        found = texts.rechunk().to_arrow().dictionary_encode()
        return Coded(_series(found.dictionary).cast(pl.String), found.indices)

    @staticmethod
    def of_array(array: pa.DictionaryArray) -> Coded:
        """A column of a file, as its reader found it."""
        return Coded(_series(array.dictionary), array.indices)

    def __len__(self) -> int:
        return len(self.codes)

    def spread(self, values: pl.Series) -> pl.Series:
        """One value per row from one per text."""
        return values.gather(_series(self.codes))

    def values(self) -> pl.Series:
        """The column as plain texts."""
        return self.spread(self.texts)

    def categories(self) -> pl.Series:
        """The column as categories."""
        return _series(pa.DictionaryArray.from_arrays(self.codes, self.texts.to_arrow(), safe=False))


def _series(array: pa.Array) -> pl.Series:
    return pl.Series(pl.from_arrow(array))
