"""Columns of Arrow or Polars, of which rows are taken when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import polars as pl
import pyarrow as pa

from rules_engine.batch.series import chosen, column_of
from rules_engine.batch.sources.coded import Coded, Spellings
from rules_engine.batch.sources.table import ROW, Later, Loaded, Places


def later(columns: Mapping[str, pa.Array | pl.Series], places: Callable[[pl.Series], Places]) -> Later:
    """`places` tells where rows stand in the columns. Texts with a dictionary stay coded."""
    spellings: dict[str, Spellings] = {}

    def take(name: str, places: Places | None) -> pl.Series | Coded:
        column = columns[name]
        if isinstance(column, pa.DictionaryArray) and is_text(column.type.value_type):
            if name not in spellings:
                spellings[name] = Spellings.of_dictionary(column)
            return Coded.of_dictionary(column, spellings[name], places)
        found = column if isinstance(column, pl.Series) else column_of(column, name)
        return found if places is None else chosen(found, places)

    return Later(frozenset(columns), places, take)


def piece(
    file: str,
    first: int,
    rows: int,
    columns: Mapping[str, pa.Array | pl.Series],
    raw: Callable[[Sequence[int]], list[str]],
    unread: Counter[str | None] | None = None,
) -> Loaded:
    """So many rows of a file, of which the first has this number and none is missing, their columns later. `unread` are
    those that are told of with them."""
    numbers = pl.int_range(first, first + rows, dtype=pl.Int64, eager=True).alias(ROW)
    own = later(columns, lambda chosen: chosen.to_numpy() - first)
    unread = unread or Counter()
    return Loaded(file, numbers.to_frame(), (), rows + unread.total(), raw, own, unread)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
