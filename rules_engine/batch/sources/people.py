"""The lead table and the account table: ids, declared fields, and the history of fields where it is given.

Takes the mapping and the model, gives one frame with an id column, `valid_from` (Int64 microseconds UTC, null for
"always") and the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import convert, rows, times
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.fields import typed_columns
from rules_engine.batch.sources.mapping import AccountTable, Column, LeadTable, RowNumber
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.batch.sources.table import ROW
from rules_engine.model.types import Field

VALID_FROM = "valid_from"


@dataclass(frozen=True, slots=True)
class People:
    """`current` has one row per id, in the order of the files. `history` has all rows, sorted by id and time, or is
    None when the table has no `valid_from`."""

    current: pl.DataFrame
    history: pl.DataFrame | None


def empty(id_name: str, declared: Mapping[str, Field], *, with_account: bool) -> pl.DataFrame:
    """A frame of no leads or accounts."""
    schema: dict[str, pl.DataType] = {id_name: pl.String()}
    if with_account:
        schema["account_id"] = pl.String()
    return pl.DataFrame(schema=schema | {f"{name}": convert.dtype(field.type) for name, field in declared.items()})


def read_people(
    table: LeadTable | AccountTable, kind: str, declared: Mapping[str, Field], folder: Path, timezone: str, log: Log
) -> People:  # fmt: skip
    """Reads `leads:` (kind "lead") or `accounts:` (kind "account")."""
    id_name = f"{kind}_id"
    account = table.account if isinstance(table, LeadTable) else None
    needed = [c for c in (table.id, account, table.valid_from) if isinstance(c, Column)]
    by_name = [name for name in declared if name not in table.fields]
    parts: list[pl.DataFrame] = []
    seen: set[object] = set()
    before = 0
    for part in rows.read(table.table, folder, [*needed, *table.fields.values()], [], by_name, log):
        identified = _identify(part, table.id, before, table.table.label, log)
        before += part.loaded.rows
        kept, head = _heads(identified, table, id_name, account, timezone, log)
        kept, head = _without_doubles(kept, head, table, id_name, seen, log)
        columns = {**kept.by_name, **table.fields}
        parts.append(head.hstack(typed_columns(kept, kind, declared, columns, timezone, log)))
    frame = pl.concat(parts) if parts else empty(id_name, declared, with_account=kind == "lead")
    keys = [id_name, VALID_FROM] if table.valid_from is not None else [id_name]
    if table.duplicates == "last":
        frame = frame.unique(keys, keep="last", maintain_order=True)
    if table.valid_from is None:
        return People(frame.drop(VALID_FROM), None)
    history = frame.sort([id_name, VALID_FROM], nulls_last=False, maintain_order=True)
    latest = frame.sort(VALID_FROM, nulls_last=False, maintain_order=True).unique(
        id_name, keep="last", maintain_order=True
    )
    order = frame.select(id_name).unique(maintain_order=True)
    current = order.join(latest, on=id_name, how="left", maintain_order="left").drop(VALID_FROM)
    return People(current, history)


ID = "#id"


def _identify(part: Rows, id_column: Column | RowNumber, before: int, label: str, log: Log) -> Rows:
    """Adds the ids; rows without one are rejected."""
    if isinstance(id_column, RowNumber):
        ids = pl.Series(id_column.prefix, [id_column.prefix]).new_from_index(0, part.frame.height)
        numbers = (part.frame[ROW] + before).cast(pl.String)
        return part.with_frame(part.frame.with_columns((ids + numbers).alias(ID)))
    frame = part.frame.with_columns(part.text(id_column).alias(ID))
    return part.with_frame(log.reject(label, part.loaded, frame, frame[ID].is_null(), "no id", part.shown(id_column)))


def _heads(
    part: Rows, table: LeadTable | AccountTable, id_name: str, account: Column | None, timezone: str, log: Log
) -> tuple[Rows, pl.DataFrame]:  # fmt: skip
    """The id, account and valid_from columns; rows with a time that cannot be read are rejected."""
    if table.valid_from is not None:
        part = read_instants(part, table.valid_from, VALID_FROM, table.table.label, timezone, log, required=False)
    frame = part.frame
    head = pl.DataFrame([frame[ID].alias(id_name)])
    if id_name == "lead_id":
        ids = (
            part.text(account)
            if account is not None
            else pl.Series([None], dtype=pl.String).new_from_index(0, len(frame))
        )
        head = head.with_columns(ids.alias("account_id"))
    valid = (
        frame["#" + VALID_FROM]
        if table.valid_from is not None
        else pl.Series([None], dtype=pl.Int64).new_from_index(0, len(frame))
    )
    return part, head.with_columns(valid.alias(VALID_FROM))


def _without_doubles(
    part: Rows, head: pl.DataFrame, table: LeadTable | AccountTable, id_name: str, seen: set[object], log: Log
) -> tuple[Rows, pl.DataFrame]:  # fmt: skip
    """Rows whose id (and instant, in a history) came before: rejected, or left out, or (for `last`) kept for later."""
    keys = [id_name, VALID_FROM] if table.valid_from is not None else [id_name]
    again = ~head.select(pl.struct(keys).is_first_distinct()).to_series()
    rows_of_keys = head.select(keys).rows() if len(keys) > 1 else head[id_name].to_list()
    if seen:
        again = again | pl.Series([key in seen for key in rows_of_keys])
    count = int(again.sum())
    seen.update(rows_of_keys)
    if not count:
        return part, head
    if table.duplicates != "reject":
        log.counts.left_out[f"{table.table.label}, {table.duplicates} of several rows with one id kept"] += count
    if table.duplicates == "last":
        return part, head
    if table.duplicates == "first":
        return part.with_frame(part.frame.filter(~again)), head.filter(~again)
    shown = part.shown(table.id) if isinstance(table.id, Column) else ""
    frame = log.reject(table.table.label, part.loaded, part.frame, again, "id occurs twice", shown, head[id_name])
    return part.with_frame(frame), head.filter(~again)


def read_instants(
    part: Rows, column: Column, name: str, label: str, timezone: str, log: Log, *, required: bool = True
) -> Rows:  # fmt: skip
    """Adds the column `#name` of instants; rows where it cannot be read, or lies outside 1900-2199, are rejected."""
    raw = part.raw(column)
    given = convert.present(raw, column)
    found = convert.instants(raw, column, timezone)
    frame = part.frame.with_columns(found.alias("#" + name), given.alias("#given"))
    shown = part.shown(column)
    if required:
        frame = log.reject(label, part.loaded, frame, frame["#given"].is_null(), "no time", shown)
    unread = frame["#given"].is_not_null() & frame["#" + name].is_null()
    if unread.any():
        first = str(frame.filter(unread)["#given"][0])
        hint = say.time_hint(first, column.formats)
        frame = log.reject(label, part.loaded, frame, unread, "time not readable", shown, frame["#given"], hint)
    outside = (~times.in_range(frame["#" + name])).fill_null(False)
    hint = say.time_hint("", column.formats) if outside.any() else ""
    frame = log.reject(label, part.loaded, frame, outside, "time out of range", shown, frame["#given"], hint)
    return part.with_frame(frame.drop("#given"))
