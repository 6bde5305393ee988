"""Columns of a table as the values of an expression: what it reads, and how a column becomes FEEL values.

A leaf is a path to a value that is no context: ("lead", "title"), ("now",). In a working frame its column has the
name of the path, `lead.title`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TypeAlias

import polars as pl

from rules_engine.feel import ast, types
from rules_engine.feel.checking import reads
from rules_engine.feel.types import Band, ContextOf, ListOf, Type, Typed, plain
from rules_engine.feel.values import BandName, DaysTimeDuration, Time, to_feel
from rules_engine.feel.values.temporal import date_of_days, from_instant
from rules_engine.records import dataclass

Leaf: TypeAlias = tuple[str, ...]


class ColumnTypeError(TypeError):
    """A value that the expression reads has no column, or one of another type than the expression was compiled for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an expression reads: the leaves with their types, and the contexts around them (outer ones first)."""

    leaves: Mapping[Leaf, Type]
    contexts: tuple[Leaf, ...]


def reading(node: ast.Expression, scope: Mapping[str, Typed]) -> Reading:
    """A context read as a whole (`get entries(lead)`) reads all its declared entries; undeclared ones are null."""
    leaves: dict[Leaf, Type] = {}
    contexts: set[Leaf] = set()
    for path in sorted(reads(node, scope)):
        kind: Type | None = scope[path[0]].type
        for length in range(1, len(path) + 1):
            if not isinstance(kind, ContextOf):
                break
            contexts.add(path[:length])
            if length < len(path):
                entry = kind.get(path[length])
                kind = entry.type if entry is not None else None
        if kind is not None:
            _collect(path, kind, leaves, contexts)
    return Reading(leaves, tuple(sorted(contexts, key=len)))


def _collect(path: Leaf, kind: Type, leaves: dict[Leaf, Type], contexts: set[Leaf]) -> None:
    if not isinstance(kind, ContextOf):
        leaves[path] = kind
        return
    contexts.add(path)
    for entry in kind.entries:
        _collect((*path, entry.name), entry.type, leaves, contexts)


def column_name(leaf: Leaf) -> str:
    return ".".join(leaf)


def normalised(column: pl.Series, kind: Type, path: str) -> pl.Series:
    """The column as FEEL sees it: all numbers doubles, NaN and infinities null, all texts strings."""
    dtype = column.dtype
    if dtype == pl.Null:
        return column.cast(_NULL_DTYPES.get(plain(kind), pl.Null()))
    match plain(kind):
        case types.STRING if dtype == pl.String:
            return column
        case types.STRING if isinstance(dtype, pl.Categorical | pl.Enum):
            return column.cast(pl.String)
        case types.NUMBER if dtype.is_float():
            return _finite(column.cast(pl.Float64))
        case types.NUMBER if dtype.is_integer():
            return column.cast(pl.Float64)
        case types.NUMBER if dtype.is_decimal():
            return column.cast(pl.String).cast(pl.Float64)  # by its text: the nearest double, as Python's float()
        case types.BOOLEAN if dtype == pl.Boolean:
            return column
        case types.DATE if dtype == pl.Date:
            return column
        case types.TIME if dtype == pl.Time:
            return column
        case types.DATE_AND_TIME if isinstance(dtype, pl.Datetime):
            return column
        case types.DAYS_TIME_DURATION if isinstance(dtype, pl.Duration):
            return column
        case ListOf() if isinstance(dtype, pl.List):
            return column
        case types.YEARS_MONTHS_DURATION | types.ANY | types.POISON | types.NULL | types.RangeOf():
            return column
        case _:
            raise ColumnTypeError(f"{path} is declared as {plain(kind)}, and its column {column.name!r} holds {dtype}")


def _finite(doubles: pl.Series) -> pl.Series:
    if isfinite(doubles.sum()):  # then so is each
        return doubles
    return doubles.set(~doubles.is_finite(), None)


_NULL_DTYPES: dict[Type, pl.DataType] = {
    types.STRING: pl.String(),
    types.NUMBER: pl.Float64(),
    types.BOOLEAN: pl.Boolean(),
}

NANOS = {"ns": 1, "us": 1_000, "ms": 1_000_000}


def feel_values(column: pl.Series, kind: Type) -> list[object]:
    """The values of a normalised column for the interpreter. `UTC` is an offset of 0, as for the events of a lead."""
    dtype = column.dtype
    if isinstance(kind, Band):
        return [None if value is None else BandName(value, kind.order) for value in column]
    if dtype in (pl.String, pl.Float64, pl.Boolean):
        return column.to_list()
    if dtype == pl.Date:
        return [None if days is None else date_of_days(days) for days in column.to_physical().to_list()]
    if dtype == pl.Time:
        return [None if nanos is None else Time(nanos) for nanos in column.to_physical().to_list()]
    if isinstance(dtype, pl.Datetime):
        unit, zone = NANOS[dtype.time_unit], 0 if dtype.time_zone == "UTC" else dtype.time_zone
        return [None if at is None else from_instant(at * unit, zone) for at in column.to_physical().to_list()]
    if isinstance(dtype, pl.Duration):
        unit = NANOS[dtype.time_unit]
        return [None if size is None else DaysTimeDuration(size * unit) for size in column.to_physical().to_list()]
    return [to_feel(value) for value in column.to_list()]
