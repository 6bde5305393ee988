"""Frames in little room while they wait: categories as narrow codes, and no columns of nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import polars as pl

from rules_engine.batch.sources.coded import Texts
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


def together(parts: Sequence[Packed], texts: Mapping[str, Texts] | None = None) -> Packed:
    """One below the other, in one piece, made alike where they differ."""
    if len(parts) == 1:
        return parts[0]
    same = alike(parts, texts)
    return Packed(pl.concat([part.frame for part in same], rechunk=True), same[0].columns)


def alike(parts: Sequence[Packed], texts: Mapping[str, Texts] | None = None) -> Sequence[Packed]:
    """The same with one type for each column: numbers of texts are wide where some are, and texts plain where some have
    no number. `texts` are those of columns that may hold their numbers."""
    columns = parts[0].columns
    if all(part.columns == columns for part in parts):
        return parts
    frames = [part.whole() for part in parts]
    for name in frames[0].columns:
        kinds = {frame.schema[name] for frame in frames}
        if len(kinds) > 1:
            wide = all(kind.is_unsigned_integer() for kind in kinds)
            known = None if texts is None else texts.get(name)
            frames = [
                frame.with_columns(frame[name].cast(pl.UInt32) if wide else _plain(frame[name], known))
                for frame in frames
            ]
    return [Packed.of(*frame) for frame in frames]


@lru_cache(maxsize=1024)  # the same column is the same object, which makes columns quick to compare
def _column(name: str, kind: pl.DataType, kept: pl.DataType | None) -> Column:
    codes = pl.Series([], dtype=kind).to_physical().dtype if kind == pl.Categorical else None
    return Column(name, kind, codes, kept)


def _plain(column: pl.Series, texts: Texts | None) -> pl.Series:
    return texts.of(column) if texts is not None and column.dtype.is_unsigned_integer() else column.cast(pl.String)


def _narrow(column: pl.Series) -> pl.Series:
    if column.dtype != pl.Categorical:
        return column
    codes = column.to_physical()
    most = codes.max()
    return codes.cast(pl.UInt16) if not isinstance(most, int) or most < NARROW else codes
