"""Frames in little room while they wait: categories as narrow codes, and no columns of nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from rules_engine.batch.sources.people import joined
from rules_engine.records import dataclass

NARROW = 2**16  # codes up to which they take two bytes


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it was and as it waits: its type, that of its codes where it is a category, and that which is kept;
    None for a column of nothing."""

    name: str
    kind: pl.DataType
    codes: pl.DataType | None
    kept: pl.DataType | None


@dataclass(frozen=True, slots=True)
class Packed:
    """`frame` is what is kept of a frame that has `columns`."""

    frame: pl.DataFrame
    columns: tuple[Column, ...]

    @staticmethod
    def of(*columns: pl.Series) -> Packed:
        """Packs the columns of a frame."""
        kept = [_narrow(column) for column in columns if column.dtype != pl.Null]
        kinds = {column.name: column.dtype for column in kept}
        whole = tuple(_column(column.name, column.dtype, kinds.get(column.name)) for column in columns)
        return Packed(pl.DataFrame(kept), whole)

    def whole(self, *names: str) -> pl.DataFrame:
        """The frame as it was; of some columns where they are named."""
        return pl.DataFrame([self._series(column) for column in self.columns if not names or column.name in names])

    def _series(self, column: Column) -> pl.Series:
        if column.kept is None:
            return pl.Series(column.name, [None], dtype=pl.Null).new_from_index(0, self.frame.height)
        found = self.frame[column.name]
        return found if column.codes is None else found.cast(column.codes).cat.to(column.kind)

    def part(self, start: int, size: int) -> Packed:
        """Some of the rows; no copy."""
        return Packed(self.frame.slice(start, size), self.columns)


def together(parts: Sequence[Packed]) -> Packed:
    """One below the other, in one piece. Where types differ, texts are plain as `joined` has them."""
    if len(parts) == 1:
        return parts[0]
    columns = parts[0].columns
    if any(part.columns != columns for part in parts):
        return Packed.of(*joined([part.whole() for part in parts]).rechunk())
    return Packed(pl.concat([part.frame for part in parts], rechunk=True), columns)


@lru_cache(maxsize=1024)  # the same column is the same object, which makes columns quick to compare
def _column(name: str, kind: pl.DataType, kept: pl.DataType | None) -> Column:
    codes = pl.Series([], dtype=kind).to_physical().dtype if kind == pl.Categorical else None
    return Column(name, kind, codes, kept)


def _narrow(column: pl.Series) -> pl.Series:
    if column.dtype != pl.Categorical:
        return column
    codes = column.to_physical()
    most = codes.max()
    return codes.cast(pl.UInt16) if not isinstance(most, int) or most < NARROW else codes
