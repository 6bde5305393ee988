"""What a reader gives: one file's needed columns, untyped, and the rows it could not read.

Takes nothing, gives classes; may import mapping and diagnostics.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from itertools import accumulate, groupby
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.sources.coded import Coded
from rules_engine.records import dataclass

ROW = "#row"  # number of the row in its file: data rows from 1, blank lines not counted
ITEM = "#item"  # number of the item of an exploded list, from 1
Places: TypeAlias = NDArray[np.int64]  # where rows stand in columns


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no row of this table: too few cells, no JSON. `text` is the row as it stands in the file,
    `hint` what to do about such rows."""

    row: int
    reason: str
    message: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Columns that are made when somebody asks, for the rows that are left by then.

    `places` tells where rows, by `#row`, stand in these columns; `take` makes one of them for such places, or for all.
    """

    names: frozenset[str]
    places: Callable[[pl.Series], Places]
    take: Callable[[str, Places | None], pl.Series | Coded]


@dataclass(frozen=True, slots=True)
class Useful:
    """Which rows of a table of events can be of use, as far as single columns of it tell; None where they do not.

    `until` is the instant, microseconds UTC, up to which the times in the column `at` count; `types` are those that the
    column `kind` may name.
    """

    at: str | None
    until: int | None
    kind: str | None
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """`frame` has the column `#row` (and `#item` when exploded) and one per path asked for, by that name, but for those
    that come `later`.

    `rows` counts all rows, bad ones included. `raw` gives the text of rows by number, for the rejects. `unread` counts
    rows that were left out unread because they are of no use: by the type of event, or None where they are too late.
    All of a file, or a piece of it.
    """

    file: str
    frame: pl.DataFrame
    bad: tuple[BadRow, ...]
    rows: int
    raw: Callable[[Sequence[int]], list[str]]
    later: Later | None = None
    unread: Counter[str | None] = field(default_factory=Counter)

    def at_once(self) -> Loaded:
        """The same with all columns in the frame."""
        if self.later is None:
            return self
        columns = [_plain(self.later.take(name, None)).alias(name) for name in sorted(self.later.names)]
        return replace(self, frame=self.frame.hstack(columns), later=None)


def _plain(column: pl.Series | Coded) -> pl.Series:
    return column.values() if isinstance(column, Coded) else column


Pieces: TypeAlias = Callable[[Sequence[str]], Iterator[Loaded]]  # of these columns


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose column names are known and whose columns have not been read. `load` takes the names wanted.

    `open_ended`: names are only those seen in the first rows (JSON), so an unknown name may still turn up. `pieces`,
    where the format allows it, gives the same rows in several parts, so that a large file never lies in memory whole.
    `useful`, where a file tells what it has where, gives such pieces without what is of no use.
    """

    file: str
    names: tuple[str, ...]
    load: Callable[[Sequence[str]], Loaded]
    open_ended: bool = False
    pieces: Pieces | None = None
    useful: Callable[[Useful], Pieces] | None = None


def whole(pieces: Iterable[Loaded], wanted: Sequence[str]) -> Loaded:
    """The pieces of a file, of which there is at least one, as one."""
    parts = [piece.at_once() for piece in pieces]
    order = [name for name in parts[0].frame.columns if name in (ROW, ITEM)] + list(wanted)
    frame = pl.concat([part.frame.select(order) for part in parts])
    ends = list(accumulate(part.rows for part in parts))

    def raw(rows: Sequence[int]) -> list[str]:
        found: list[str] = []
        for number, own in groupby(rows, lambda row: bisect_right(ends, row - 1)):
            found += parts[number].raw(list(own))
        return found

    return Loaded(parts[0].file, frame, tuple(bad for part in parts for bad in part.bad), ends[-1], raw)
