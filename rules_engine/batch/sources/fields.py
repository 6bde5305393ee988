"""Typed columns of declared fields from the rows of one file; what does not fit is counted and read as missing."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules_engine.batch.sources import convert
from rules_engine.batch.sources.mapping import Column
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.batch.sources.table import ROW
from rules_engine.model.types import Field


def typed_columns(
    rows: Rows, place: str, declared: Mapping[str, Field], columns: Mapping[str, Column], timezone: str, log: Log
) -> list[pl.Series]:
    """One column per declared field; null where the file gives none. `place` is "lead" or an event type."""
    out = []
    for name, field in declared.items():
        column = columns.get(name)
        if column is None or not rows.has(column):
            out.append(pl.Series(name, [None], dtype=convert.dtype(field.type)).new_from_index(0, rows.frame.height))
            continue
        raw = rows.raw(column)
        read = convert.typed(raw, field, column, timezone)
        for reason, wrong in read.misfits:
            log.missing(f"{place}.{name}", rows.loaded, rows.frame[ROW], wrong, reason, rows.shown(column), raw)
        out.append(read.values.alias(name))
    return out
