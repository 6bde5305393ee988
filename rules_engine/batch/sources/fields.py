"""Typed columns of declared fields from the rows of one file; what does not fit is counted and read as missing."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules_engine.batch.sources import convert
from rules_engine.batch.sources.coded import Coded, Texts
from rules_engine.batch.sources.mapping import Column
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.model.types import Field


def with_typed(
    rows: Rows,
    place: str,
    declared: Mapping[str, Field],
    columns: Mapping[str, Column],
    timezone: str,
    label: str,
    log: Log,
    texts: Mapping[str, Texts] | None = None,
) -> Rows:
    """Adds a column `.name` per declared field; null where the file gives none. `place` is "lead" or an event type.

    Coded texts become categories, or with `texts`, by field, their numbers there, in columns of unsigned integers.
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
            log.missing(f"{place}.{name}", rows.loaded, rows.frame, wrong, reason, rows.shown(column), values)
        found = read.values
        if isinstance(found, Coded):
            found = found.categories() if texts is None else texts[name].numbers(found)
        typed.append(found.alias("." + name))
    own = rows.with_columns(*typed)
    for name, field in declared.items():
        if field.required and (absent := _absent(own.frame["." + name])).any():
            column = columns.get(name)
            shown = rows.shown(column) if column is not None else name
            own = own.with_frame(log.reject(label, rows.loaded, own.frame, absent, "required but missing", shown))
    return own


def _absent(values: pl.Series) -> pl.Series:
    """Where there is no value. The number 0 stands for no text."""
    return values == 0 if values.dtype.is_unsigned_integer() else values.is_null()


def nothing(name: str, kind: pl.DataType, height: int) -> pl.Series:
    """A column of nulls."""
    return pl.Series(name, [None], dtype=kind).new_from_index(0, height)
