"""The lead table and the account table: ids, declared fields, and the history of fields where it is given.

Takes the mapping and the model, gives one frame with an id column, `valid_from` (Int64 microseconds UTC, null for
"always") and the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import convert, rows
from rules_engine.batch.sources.fields import nothing, with_typed
from rules_engine.batch.sources.instants import with_instants
from rules_engine.batch.sources.mapping import AccountTable, Column, LeadTable, RowNumber
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.batch.sources.table import ROW
from rules_engine.model.types import Field

VALID_FROM = "valid_from"
ID = "#id"


@dataclass(frozen=True, slots=True)
class People:
    """`current` has one row per id, in the order of the files. `history` has all rows, sorted by id and time, or is
    None when the table has no `valid_from`."""

    current: pl.DataFrame
    history: pl.DataFrame | None


def no_people(id_name: str, declared: Mapping[str, Field]) -> People:
    """No leads, or no accounts."""
    schema: dict[str, pl.DataType] = {id_name: pl.String()}
    if id_name == "lead_id":
        schema["account_id"] = pl.String()
    return People(pl.DataFrame(schema=schema | {name: convert.dtype(f.type) for name, f in declared.items()}), None)


def read_people(
    table: LeadTable | AccountTable, kind: str, declared: Mapping[str, Field], folder: Path, timezone: str, log: Log
) -> People:  # fmt: skip
    """Reads `leads:` (kind "lead") or `accounts:` (kind "account")."""
    id_name = f"{kind}_id"
    account = table.account if isinstance(table, LeadTable) else None
    needed = [c for c in (table.id, account, table.valid_from) if isinstance(c, Column)]
    by_name = [name for name in declared if name not in table.fields]
    label = table.table.label
    parts: list[pl.DataFrame] = []
    seen: set[object] = set()
    before = 0
    for part in rows.read(table.table, folder, [*needed, *table.fields.values()], by_name, log):
        usable = with_ids(part, table.id, before, label, log)
        before += part.loaded.rows
        if table.valid_from is not None:
            usable = with_instants(usable, table.valid_from, VALID_FROM, label, timezone, log, required=False)
        columns = {**usable.by_name, **table.fields}
        usable = with_typed(usable, kind, declared, columns, timezone, label, log)
        usable = _without_doubles(usable, table, seen, log)
        parts.append(_columns(usable, id_name, account, declared, has_history=table.valid_from is not None))
    return _put_together(pl.concat(parts), table, id_name)


def with_ids(part: Rows, id_column: Column | RowNumber, before: int, label: str, log: Log) -> Rows:
    """Adds `#id`; rows without one are rejected. `before`: rows of the files before this one."""
    if isinstance(id_column, RowNumber):
        numbers = (part.frame[ROW] + before).cast(pl.String)
        return part.with_frame(part.frame.with_columns(pl.lit(id_column.prefix).add(numbers).alias(ID)))
    frame = part.frame.with_columns(part.text(id_column).alias(ID))
    return part.with_frame(log.reject(label, part.loaded, frame, frame[ID].is_null(), "no id", part.shown(id_column)))


def _columns(
    part: Rows, id_name: str, account: Column | None, declared: Mapping[str, Field], *, has_history: bool
) -> pl.DataFrame:
    frame = part.frame
    head = [frame[ID].alias(id_name)]
    if id_name == "lead_id":
        ids = part.text(account) if account is not None else nothing("", pl.String(), frame.height)
        head.append(ids.alias("account_id"))
    since = frame["#" + VALID_FROM] if has_history else nothing("", pl.Int64(), frame.height)
    return pl.DataFrame([*head, since.alias(VALID_FROM), *(frame["." + name].alias(name) for name in declared)])


def _without_doubles(part: Rows, table: LeadTable | AccountTable, seen: set[object], log: Log) -> Rows:
    """Rows whose id (and instant, in a history) came before: rejected, or left out, or (for `last`) kept for later."""
    keys = [ID, "#" + VALID_FROM] if table.valid_from is not None else [ID]
    given = part.frame.select(keys).rows()
    again = ~part.frame.select(pl.struct(keys).is_first_distinct()).to_series()
    if seen:
        again = again | pl.Series([key in seen for key in given], dtype=pl.Boolean)
    seen.update(given)
    count = int(again.sum())
    if not count:
        return part
    if table.duplicates == "reject":
        shown = part.shown(table.id) if isinstance(table.id, Column) else ""
        label = table.table.label
        ids = part.frame[ID]
        return part.with_frame(log.reject(label, part.loaded, part.frame, again, "id occurs twice", shown, ids))
    log.counts.left_out[f"{table.table.label} (not the {table.duplicates} row of an id)"] += count
    return part if table.duplicates == "last" else part.with_frame(part.frame.filter(~again))


def _put_together(frame: pl.DataFrame, table: LeadTable | AccountTable, id_name: str) -> People:
    if table.valid_from is None:
        if table.duplicates == "last":
            order = frame.select(id_name).unique(maintain_order=True)
            last = frame.unique(id_name, keep="last", maintain_order=True)
            frame = order.join(last, on=id_name, how="left", maintain_order="left")
        return People(frame.drop(VALID_FROM), None)
    if table.duplicates == "last":
        frame = frame.unique([id_name, VALID_FROM], keep="last", maintain_order=True)
    history = frame.sort([id_name, VALID_FROM], nulls_last=False, maintain_order=True)
    latest = history.unique(id_name, keep="last", maintain_order=True)
    order = frame.select(id_name).unique(maintain_order=True)
    return People(order.join(latest, on=id_name, how="left", maintain_order="left").drop(VALID_FROM), history)
