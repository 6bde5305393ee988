"""Columns of many tables put one after the other, for the compiled passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Flat:
    """Takes columns; each gets the offset at which it begins."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._dtype = dtype
        self._parts: list[NDArray[Any]] = []
        self._size = 0

    def add(self, column: NDArray[Any]) -> int:
        """The place of the first value of the column."""
        offset = self._size
        self._parts.append(column.astype(self._dtype, copy=False))
        self._size += len(column)
        return offset

    def array(self) -> NDArray[Any]:
        """All columns as one."""
        if len(self._parts) == 1:
            return np.ascontiguousarray(self._parts[0])
        return np.concatenate(self._parts) if self._parts else np.zeros(0, dtype=self._dtype)
