"""Columns whose distinct values are few: the distinct combinations, and which of them each row has.

What is computed once for each combination need not be computed again for the next table with the same ones: as far as
the numbers of values last (categories, truth), combinations are kept from table to table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch.columns.code_pass import dense, known_places, known_places_of
from rules_engine.batch.series import series_of
from rules_engine.batch.sources.coded import NumberedTexts
from rules_engine.records import dataclass

Indexes: TypeAlias = NDArray[np.int32]
Codes: TypeAlias = NDArray[np.uint32] | NDArray[np.int64]

CODED = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)  # columns whose distinct values are few as a rule
_SAMPLE = 4096
_ALWAYS = 1 << 16  # codes that get a table of places however few rows there are


@dataclass(frozen=True, slots=True)
class Distinct:
    """Distinct combinations: their `columns` and numbers, and the row of each number (-1: none).

    `numbered` is what numbers depend on besides the values; None where the next table numbers them anew.
    """

    columns: tuple[pl.Series, ...]  # they also keep the categories of their columns alive
    codes: Codes
    numbered: tuple[object, ...] | None
    place_of: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A number for each row, all below `total`."""

    codes: Codes
    total: int
    by: tuple[object, ...] | None


def distinct(
    columns: Sequence[pl.Series | NumberedTexts], before: Distinct | None, chosen: Indexes | None = None
) -> tuple[Indexes, Distinct] | None:
    """The combination that each row has, and the combinations: those of `before` as they are if none is new. With
    `chosen`, of these rows of the columns.

    None where a column is of another type than CODED, or nearly every row is different.
    """
    height = len(columns[0]) if chosen is None else len(chosen)
    most = height // 2
    if not all(isinstance(own, NumberedTexts) or own.dtype.base_type() in CODED for own in columns):
        return None
    lasting = before is not None and all(isinstance(own, NumberedTexts) or own.dtype != pl.String for own in columns)
    if not lasting and _differ(columns):
        return None
    rows = _numbers(columns)
    if before is not None and (before.numbered != rows.by or rows.by is None or rows.codes.dtype != np.uint32):
        before = None
    if before is not None and len(before.codes) <= most:
        of_row = np.empty(height, dtype=np.int32)
        if chosen is None:
            known = known_places(rows.codes, before.place_of, of_row)
        else:
            known = known_places_of(rows.codes, chosen.view(np.uint32), before.place_of, of_row)
        if known == height:
            return of_row, before
    if lasting and _differ(columns):
        return None
    every = rows.codes if chosen is None else rows.codes[chosen]
    first, of_row = _dense(every, rows.total)
    if len(first) > most:
        return None
    firsts = series_of(first if chosen is None else chosen[first])
    own, codes = tuple(column.gather(firsts) for column in columns), every[first]
    total = rows.total
    if before is not None and len(before.codes) <= 2 * len(first) and len(before.codes) + len(first) <= most:
        size = len(before.codes)
        together = np.concatenate([before.codes, codes])
        total = max(total, int(together.max(initial=0)) + 1)  # earlier columns may have had higher numbers
        taken, place = _dense(together, total)
        own = tuple(
            pl.concat([one, other]).gather(series_of(taken)) for one, other in zip(before.columns, own, strict=True)
        )
        codes, of_row = together[taken], place[size:][of_row]
    lasts = rows.by is not None and total <= max(4 * len(rows.codes), _ALWAYS)
    place_of = np.full(total if lasts else 0, -1, dtype=np.int32)
    if lasts:
        place_of[codes] = np.arange(len(codes))
    return of_row, Distinct(own, codes, rows.by if lasts else None, place_of)


def _differ(columns: Sequence[pl.Series | NumberedTexts]) -> bool:
    """Whether nearly every row has a value of its own, judged by the first ones: to number them would be no use."""
    values = [own.numbers if isinstance(own, NumberedTexts) else own for own in columns]
    return any(len(own) > 2 * _SAMPLE and own.head(_SAMPLE).n_unique() > 0.9 * _SAMPLE for own in values)


def _numbers(columns: Sequence[pl.Series | NumberedTexts]) -> _Numbered:
    found = _of_column(columns[0])
    for column in columns[1:]:
        more = _of_column(column)
        if found.total * more.total > 2**62:  # numbers of combinations must stay exact
            first, place = _dense(found.codes, found.total)
            found = _Numbered(place.astype(np.int64), len(first), None)
        by = None if found.by is None or more.by is None else (*found.by, *more.by, more.total)
        total = found.total * more.total
        codes = found.codes.astype(np.int64) * more.total + more.codes
        found = _Numbered(codes.astype(np.uint32) if total < 2**32 else codes, total, by)
    return found


def _of_column(column: pl.Series | NumberedTexts) -> _Numbered:
    """A small number for each distinct value, 0 for null."""
    if isinstance(column, NumberedTexts):  # the total is the same as more of them come
        total = 1 << len(column.texts).bit_length()
        return _Numbered(column.numbers.to_numpy().astype(np.uint32, copy=False), total, (column.texts,))
    by: tuple[object, ...] | None = (column.dtype,)
    count: int | None = None
    if isinstance(column.dtype, (pl.Enum, pl.Categorical)):  # numbered already, over all columns of the process
        numbers = column.to_physical().cast(pl.UInt32).to_arrow()
        count = len(column.dtype.categories) if isinstance(column.dtype, pl.Enum) else None
    elif column.dtype == pl.Boolean:
        numbers, count = column.cast(pl.UInt32).to_arrow(), 2
    else:
        encoded = column.to_arrow().dictionary_encode()
        numbers, count, by = encoded.indices.cast(pa.uint32()), len(encoded.dictionary), None
    codes = np.frombuffer(numbers.buffers()[1], dtype=np.uint32)[numbers.offset :][: len(numbers)] + np.uint32(1)
    if numbers.null_count:
        valid = np.unpackbits(np.frombuffer(numbers.buffers()[0], dtype=np.uint8), bitorder="little")
        codes *= valid[numbers.offset :][: len(numbers)]
    if count is None:
        count = 1 << int(codes.max(initial=0)).bit_length()  # the same as more of them come
    return _Numbered(codes, count + 1, by)


def _dense(codes: Codes, total: int) -> tuple[NDArray[np.int64], Indexes]:
    """A row that has each distinct code, and the place of each row's code among them."""
    if total <= max(4 * len(codes), 1024):
        first, place = np.empty(min(total, len(codes)), dtype=np.int64), np.empty(len(codes), dtype=np.int32)
        count = dense(codes.astype(np.uint32, copy=False), np.full(total, -1, dtype=np.int32), place, first)
        return first[:count], place
    _, first, found = np.unique(codes, return_index=True, return_inverse=True)
    return first, found.astype(np.int32)
