"""Columns of Arrow and of Polars over arrays of NumPy.

`pl.Series` would load what NumPy has for masked arrays, 30 milliseconds, and `pa.array` pandas where it is installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray


def series_of(values: NDArray[Any], name: str = "") -> pl.Series:
    """A column of these numbers or truths. Numbers are not copied."""
    return pl.Series(name, pl.from_arrow(array_of(values)))


def array_of(values: NDArray[Any]) -> pa.Array:
    """The same in Arrow."""
    if values.dtype == np.bool_:
        kind, held = pa.bool_(), np.packbits(values, bitorder="little")
    else:
        kind, held = pa.from_numpy_dtype(values.dtype), np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(held)])
