"""A column of texts as a file holds it: the distinct texts once, and a code per row.

What depends on a text alone is worked out once per distinct text, and spread over the rows.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch.series import bits_of, column_of, series_of
from rules_engine.records import dataclass

Rows: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.uint32]  # 0 where a row has no text, else one more than the place of its text
NARROW = 2**16  # numbers of texts up to which they take two bytes


class Spellings:
    """Distinct texts as they are written, perhaps some that no row has."""

    def __init__(self, texts: pl.Series) -> None:
        self.texts = texts

    @staticmethod
    def of_dictionary(array: pa.DictionaryArray) -> Spellings:
        """Those of a column of Arrow."""
        return Spellings(column_of(array.dictionary).cast(pl.String))

    @cached_property
    def are_trimmed(self) -> bool:
        """Whether none is blank or has blanks around it."""
        texts = self.texts.to_list()
        return all(texts) and texts == list(map(str.strip, texts))


@dataclass(frozen=True, slots=True)
class Coded:
    """Which of some texts each row has."""

    codes: Codes
    spellings: Spellings

    @staticmethod
    def of(texts: pl.Series) -> Coded:
        """A column of texts, with each distinct one found."""
        array = texts.rechunk().to_arrow().dictionary_encode()
        return Coded.of_dictionary(array, Spellings.of_dictionary(array))

    @staticmethod
    def of_dictionary(array: pa.DictionaryArray, spellings: Spellings, rows: Rows | None = None) -> Coded:
        """A column of Arrow, whose dictionary are the spellings; of these rows, in the order given."""
        places = array.indices
        codes = np.frombuffer(places.buffers()[1], dtype=str(places.type))[places.offset :][: len(places)]
        codes = codes if rows is None else codes.take(rows, mode="clip")  # no row lies outside
        codes = (codes.view(np.uint32) if codes.itemsize == 4 else codes.astype(np.uint32)) + np.uint32(1)
        if places.null_count:
            there = bits_of(places.buffers()[0], places)
            codes *= there if rows is None else there.take(rows, mode="clip")
        return Coded(codes, spellings)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def texts(self) -> pl.Series:
        """What the codes stand for, as it is written."""
        return self.spellings.texts

    def spread(self, values: pl.Series) -> pl.Series:
        """One value per row from one per text."""
        return _with_nothing(values).gather(series_of(self.codes))

    def values(self) -> pl.Series:
        """The column as plain texts."""
        return self.spread(self.texts)

    def categories(self) -> pl.Series:
        """The column as categories."""
        there = np.packbits(self.codes != 0, bitorder="little")
        buffers = [pa.py_buffer(there), pa.py_buffer((self.codes - np.uint32(1)).view(np.int32))]
        places = pa.Array.from_buffers(pa.int32(), len(self.codes), buffers)
        return column_of(pa.DictionaryArray.from_arrays(places, self.texts.to_arrow(), safe=False))


class Texts:
    """Texts of a column that comes in pieces, numbered from 1 as they come; 0 is none.

    Numbers are narrow as long as there are few texts.
    """

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._series: pl.Series | None = None

    def numbers(self, coded: Coded) -> pl.Series:
        """The numbers of the texts of a piece."""
        number = self._number
        own = [number.setdefault(text, len(number) + 1) for text in coded.texts.to_list()]
        few = max(own, default=0) < NARROW
        of_code = np.array([0, *own], dtype=np.uint16 if few else np.uint32)
        return series_of(of_code.take(coded.codes, mode="clip"))

    def __len__(self) -> int:
        """How many numbers there are, with that of none."""
        return len(self._number) + 1

    def of(self, numbers: pl.Series) -> pl.Series:
        """The texts of numbers."""
        if self._series is None or len(self._series) < len(self):
            self._series = pl.Series([None, *list(self._number)], dtype=pl.String)
        return self._series.gather(numbers).alias(numbers.name)


@dataclass(frozen=True, slots=True)
class NumberedTexts:
    """A column of texts by their numbers."""

    numbers: pl.Series
    texts: Texts

    def __len__(self) -> int:
        return len(self.numbers)

    def gather(self, rows: pl.Series) -> pl.Series:
        """The texts of some rows."""
        return self.texts.of(self.numbers.gather(rows))


def _with_nothing(values: pl.Series) -> pl.Series:
    """The values with a null before them."""
    return pl.concat([pl.Series(values.name, [None], dtype=values.dtype), values])
