"""Columns of Arrow and of Polars over arrays of NumPy, and of Polars over those of Arrow.

Libraries load much to look at what they are given: `pl.Series` what NumPy has for masked arrays, `pl.from_arrow` the
functions of `pyarrow.compute`, 30 milliseconds, and `pa.array` pandas where it is installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray


def series_of(values: NDArray[Any], name: str = "") -> pl.Series:
    """A column of these numbers or truths. Numbers are not copied."""
    return column_of(array_of(values), name)


def array_of(values: NDArray[Any]) -> pa.Array:
    """The same in Arrow."""
    if values.dtype == np.bool_:
        kind, held = pa.bool_(), np.packbits(values, bitorder="little")
    else:
        kind, held = pa.from_numpy_dtype(values.dtype), np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(held)])


def column_of(array: pa.Array, name: str = "") -> pl.Series:
    """The same values in Polars, not copied where both hold them alike."""
    return pl.Series(_Handed(array)).alias(name)


def chosen(column: pl.Series, rows: NDArray[np.integer[Any]]) -> pl.Series:
    """Rows of a column, all of which there are. NumPy is the quickest with whole numbers; with others an index is, for
    `gather` makes a query of it."""
    if column.dtype.is_integer() and not column.null_count():
        return series_of(column.to_numpy().take(rows, mode="clip"), column.name)
    return column[series_of(rows.astype(np.uint32, copy=False))]


def bits_of(buffer: pa.Buffer, array: pa.Array) -> NDArray[np.uint8]:
    """A bit of one of an array's buffers for each of its rows: its truths, or which rows have a value."""
    bits = np.unpackbits(np.frombuffer(buffer, dtype=np.uint8), bitorder="little")
    return bits[array.offset :][: len(array)]


class _Handed:
    """An array that can be handed on by Arrow's own protocol, and nothing else."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        handed: tuple[object, object] = self._array.__arrow_c_array__(requested_schema)
        return handed
