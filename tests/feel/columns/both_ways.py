"""One expression over rows, by the interpreter row by row and by columns; both must give the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from rules_engine import feel
from rules_engine.feel.checking import Typed
from rules_engine.feel.columns import ColumnProgram, compile_columns
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    ContextOf,
    Entry,
    ListOf,
    Type,
    plain,
)
from rules_engine.feel.values import to_feel

_DTYPES: dict[Type, pl.DataType] = {
    STRING: pl.String(),
    NUMBER: pl.Float64(),
    BOOLEAN: pl.Boolean(),
    DATE: pl.Date(),
    DATE_AND_TIME: pl.Datetime("us", "UTC"),
    DAYS_TIME_DURATION: pl.Duration("us"),
}

ROOT = "row"


def dtype_of(kind: Type) -> pl.DataType:
    known = plain(kind)
    return pl.List(dtype_of(known.item)) if isinstance(known, ListOf) else _DTYPES[known]


def scope_of(fields: Mapping[str, Type], others: Mapping[str, Typed]) -> dict[str, Typed]:
    """`row` with nullable fields, beside other names."""
    entries = tuple(Entry(name, kind) for name, kind in fields.items())
    return {**others, ROOT: Typed(ContextOf(entries, ROOT), nullable=False)}


def by_columns(
    node: feel.ast.Expression,
    fields: Mapping[str, Type],
    rows: Sequence[Mapping[str, object]],
    types: Mapping[str, Typed] | None = None,
    same: Mapping[str, object] | None = None,
) -> tuple[ColumnProgram, list[object]]:
    program = compile_columns(node, scope_of(fields, types or {}))
    frame = pl.DataFrame(
        {name: pl.Series([row[name] for row in rows], dtype=dtype_of(kind)) for name, kind in fields.items()}
        | {"#": range(len(rows))}
    )
    return program, program.evaluate(frame, {f"{ROOT}.{name}": name for name in fields}, same).to_list()


def by_rows(
    node: feel.ast.Expression, rows: Sequence[Mapping[str, object]], same: Mapping[str, object] | None = None
) -> list[object]:
    run = feel.compile_expression(node)
    outer = {name: to_feel(value) for name, value in (same or {}).items()}
    return [run({**outer, ROOT: {name: to_feel(value) for name, value in row.items()}}) for row in rows]
