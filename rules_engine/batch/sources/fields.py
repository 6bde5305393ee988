"""Typed columns of declared fields from the rows of one file; what does not fit is counted and read as missing."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules_engine.batch.sources import convert
from rules_engine.batch.sources.coded import Coded
from rules_engine.batch.sources.mapping import Column
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.batch.sources.table import ROW
from rules_engine.model.types import Field


def with_typed(
    rows: Rows,
    place: str,
    declared: Mapping[str, Field],
    columns: Mapping[str, Column],
    timezone: str,
    label: str,
    log: Log,
) -> Rows:
    """Adds a column `.name` per declared field; null where the file gives none. `place` is "lead" or an event type.

    Rows without a required field are rejected: nothing can be scored without it.
    """
    typed: list[pl.Series] = []
    for name, field in declared.items():
        column = columns.get(name)
        if column is None or not rows.has(column):
            typed.append(nothing("." + name, convert.dtype(field.type), rows.frame.height))
            continue
        log.given.add(f"{place}.{name}")
        raw = rows.raw(column)
        read = convert.typed(raw, field, column, timezone)
        for reason, wrong in read.misfits:
            values = raw.values() if isinstance(raw, Coded) else raw
            log.missing(f"{place}.{name}", rows.loaded, rows.frame[ROW], wrong, reason, rows.shown(column), values)
        typed.append(read.values.alias("." + name))
    found = rows.with_columns(*typed)
    for name, field in declared.items():
        if field.required and found.frame["." + name].null_count():
            column = columns.get(name)
            shown = rows.shown(column) if column is not None else name
            absent = found.frame["." + name].is_null()
            found = found.with_frame(log.reject(label, rows.loaded, found.frame, absent, "required but missing", shown))
    return found


def nothing(name: str, kind: pl.DataType, height: int) -> pl.Series:
    """A column of nulls."""
    return pl.Series(name, [None], dtype=kind).new_from_index(0, height)
