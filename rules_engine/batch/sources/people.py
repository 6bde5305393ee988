"""The lead table and the account table: ids, declared fields, and the history of fields where it is given.

Takes the mapping and the model, gives one frame with an id column, `valid_from` (Int64 microseconds UTC, null for
"always") and the fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import convert, rows
from rules_engine.batch.sources.fields import nothing, with_typed
from rules_engine.batch.sources.instants import with_instants
from rules_engine.batch.sources.lookups import NONE, Lookups, last_values
from rules_engine.batch.sources.mapping import AccountTable, Column, LeadTable, RowNumber
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.batch.sources.table import ROW
from rules_engine.model.types import Field
from rules_engine.records import dataclass

VALID_FROM = "valid_from"
ID = "#id"


@dataclass(frozen=True, slots=True)
class People:
    """`current` has one row per id, in the order of the files. `history` has all rows, sorted by id and time, or is
    None when the table has no `valid_from`. `numbers` are the ids of `current` where a file has them as rising whole
    numbers."""

    current: pl.DataFrame
    history: pl.DataFrame | None
    numbers: pl.Series | None = None


def _no_rows(id_name: str, declared: Mapping[str, Field]) -> pl.DataFrame:
    schema: dict[str, pl.DataType] = {id_name: pl.String()}
    if id_name == "lead_id":
        schema["account_id"] = pl.String()
    return pl.DataFrame(
        schema=schema | {VALID_FROM: pl.Int64()} | {name: convert.dtype(f.type) for name, f in declared.items()}
    )


def read_people(
    tables: Sequence[LeadTable] | Sequence[AccountTable],
    kind: str,
    declared: Mapping[str, Field],
    folder: Path,
    timezone: str,
    log: Log,
    lookups: Lookups = NONE,
    *,
    kept: AbstractSet[str] | None = None,
) -> People:
    """Reads `leads:` (kind "lead") or `accounts:` (kind "account"). An id may stand in one table only.

    With `kept` large files come in several parts, texts may be categories, and only the fields named there are kept.
    """
    id_name = f"{kind}_id"
    names = [name for name in declared if kept is None or name in kept]
    parts: list[pl.DataFrame] = []
    seen: list[pl.DataFrame] = []  # the ids of the tables before
    for table in tables:
        own = _Seen()
        for part in _usable(table, kind, declared, folder, timezone, log, in_pieces=kept is not None):
            usable = _without_doubles(part, table, own, seen, log)
            account = table.account if isinstance(table, LeadTable) else None
            columns = _columns(usable, id_name, account, names, has_history=table.valid_from is not None)
            if account is not None:
                columns = columns.with_columns(last_values(columns["account_id"], account, lookups).alias("account_id"))
            parts.append(columns)
        seen += [keys.select(ID) for keys in own.parts]
    last = any(table.duplicates == "last" for table in tables)
    frame = joined(parts or [_no_rows(id_name, declared)])
    found = _put_together(frame, id_name, last=last, histories=any(table.valid_from for table in tables))
    return replace(found, numbers=own.numbers) if len(tables) == 1 and found.history is None else found


def joined(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Parts of a table one below the other. Texts are plain where one of them has plain texts."""
    if len({tuple(part.dtypes) for part in parts}) > 1:
        parts = [part.with_columns(pl.col(pl.Categorical, pl.Null).cast(pl.String)) for part in parts]
    return pl.concat(parts) if len(parts) > 1 else parts[0]


def _usable(
    table: LeadTable | AccountTable,
    kind: str,
    declared: Mapping[str, Field],
    folder: Path,
    timezone: str,
    log: Log,
    *,
    in_pieces: bool,
) -> Iterator[Rows]:
    """The rows of a table with `#id`, `#valid_from` where it has one, and the typed fields."""
    account = table.account if isinstance(table, LeadTable) else None
    needed = [c for c in (table.id, account, table.valid_from) if isinstance(c, Column)]
    by_name = [name for name in declared if name not in table.fields]
    label = table.table.label
    before = 0
    needed += table.fields.values()
    numbered = isinstance(table.id, RowNumber)
    for part in rows.read(table.table, folder, needed, by_name, log, in_pieces=in_pieces, numbered=numbered):
        usable = with_ids(part, table.id, before, label, log)
        before += part.loaded.rows
        if table.valid_from is not None:
            usable = with_instants(usable, table.valid_from, VALID_FROM, label, timezone, log, required=False)
        columns = {**usable.by_name, **table.fields}
        yield with_typed(usable, kind, declared, columns, timezone, label, log)


def with_ids(part: Rows, id_column: Column | RowNumber, before: int, label: str, log: Log) -> Rows:
    """Adds `#id`; rows without one are rejected. `before`: rows of the files before this one."""
    if isinstance(id_column, RowNumber):
        numbers = (part.frame[ROW] + before).cast(pl.String)
        return part.with_frame(part.frame.with_columns(pl.lit(id_column.prefix).add(numbers).alias(ID)))
    part = part.with_columns(part.text(id_column).alias(ID))
    none = part.frame[ID].is_null()
    return part.with_frame(log.reject(label, part.loaded, part.frame, none, "no id", part.shown(id_column)))


def _columns(
    part: Rows, id_name: str, account: Column | None, names: Sequence[str], *, has_history: bool
) -> pl.DataFrame:
    frame = part.frame
    head = [frame[ID].alias(id_name)]
    if id_name == "lead_id":
        ids = part.text(account) if account is not None else nothing("", pl.String(), frame.height)
        head.append(ids.alias("account_id"))
    since = frame["#" + VALID_FROM] if has_history else nothing("", pl.Int64(), frame.height)
    return pl.DataFrame([*head, since.alias(VALID_FROM), *(frame["." + name].alias(name) for name in names)])


class _Seen:
    """The ids (with their instants, in a history) of a table so far."""

    def __init__(self) -> None:
        self.parts: list[pl.DataFrame] = []
        self._rising: list[pl.Series] | None = []  # as long as all ids are numbers, each above the one before

    def again(self, keys: pl.DataFrame, numbers: pl.Series | None) -> pl.Series | None:
        """Which of the next keys came before, None if none did. `numbers`: the ids where the file has whole numbers."""
        before = self.parts
        self.parts = [*before, keys]
        if self._rise(numbers):
            return None
        again = ~(keys.to_series() if keys.width == 1 else keys.to_struct()).is_first_distinct()
        return again | _among(keys, before) if before else again

    def _rise(self, numbers: pl.Series | None) -> bool:
        before, self._rising = self._rising, None
        if before is None or numbers is None or not len(numbers):
            return False
        own = numbers.cast(pl.Int64, strict=False)
        values = own.to_numpy()
        if own.null_count() or not (values[1:] > values[:-1]).all() or (before and values[0] <= before[-1][-1]):
            return False
        self._rising = [*before, own]
        return True

    @property
    def numbers(self) -> pl.Series | None:
        """All ids, where they are whole numbers that rise."""
        return pl.concat(self._rising) if self._rising else None


def _numbers(part: Rows, table: LeadTable | AccountTable) -> pl.Series | None:
    """The ids of a part where they are whole numbers in its file and the mapping takes them as they are."""
    if isinstance(table.id, RowNumber) or table.id.values or table.id.missing or len(table.id.names) != 1:
        return None
    raw = part.raw(table.id)
    return raw if isinstance(raw, pl.Series) and raw.dtype.is_integer() and not raw.null_count() else None


def _without_doubles(
    part: Rows, table: LeadTable | AccountTable, own: _Seen, others: list[pl.DataFrame], log: Log
) -> Rows:
    """Rows whose id (and instant, in a history) came before: rejected, or left out, or (for `last`) kept for later.

    `own` are the ids of this table so far, `others` those of the tables before it.
    """
    keys = [ID, "#" + VALID_FROM] if table.valid_from is not None else [ID]
    again = own.again(part.frame.select(keys), _numbers(part, table))
    label = table.table.label
    shown = part.shown(table.id) if isinstance(table.id, Column) else ""
    if again is not None and again.any():
        if table.duplicates == "reject":
            ids = part.frame[ID]
            part = part.with_frame(log.reject(label, part.loaded, part.frame, again, "id occurs twice", shown, ids))
        else:
            log.counts.left_out[f"{label} (not the {table.duplicates} row of an id)"] += int(again.sum())
            if table.duplicates == "first":
                part = part.with_frame(part.frame.filter(~again))
    if others:
        ids = part.frame[ID]
        elsewhere = _among(part.frame.select(ID), others)
        part = part.with_frame(log.reject(label, part.loaded, part.frame, elsewhere, "id occurs twice", shown, ids))
    return part


def _among(keys: pl.DataFrame, before: list[pl.DataFrame]) -> pl.Series:
    """Which rows of `keys` are among those of `before`."""
    met = pl.concat([part.join(keys, on=keys.columns, how="semi", nulls_equal=True) for part in before]).unique()
    found = keys.join(
        met.with_columns(pl.lit(True).alias("#met")),
        on=keys.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return found["#met"].fill_null(False)


def _put_together(frame: pl.DataFrame, id_name: str, *, last: bool, histories: bool) -> People:
    if not histories and not last:
        return People(frame.drop(VALID_FROM), None)
    order = frame.select(id_name).unique(maintain_order=True)
    if not histories:
        kept = frame.unique(id_name, keep="last", maintain_order=True)
        frame = order.join(kept, on=id_name, how="left", maintain_order="left")
        return People(frame.drop(VALID_FROM), None)
    if last:
        frame = frame.unique([id_name, VALID_FROM], keep="last", maintain_order=True)
    history = frame.sort([id_name, VALID_FROM], nulls_last=False, maintain_order=True)
    latest = history.unique(id_name, keep="last", maintain_order=True)
    return People(order.join(latest, on=id_name, how="left", maintain_order="left").drop(VALID_FROM), history)
