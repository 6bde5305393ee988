"""Tables of a host as frames: the columns that are looked at, and what is told of one that Arrow has no type for.

Takes anything that exports Arrow, gives a Polars frame; raises `DataError` with table, column and row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa

from rules_engine.batch.sources import DataError
from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.read_parquet import narrow
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.diagnostics.nearest import did_you_mean

MOST_COLUMNS = 12
SPAN = Span("", 0, 0, 1, 1, 1, 1)
# What pandas and Arrow raise for values that are of no one type, or that no type can hold.
_UNFIT = (pa.ArrowException, ValueError, TypeError, OverflowError)


def frame_of(name: str, given: Any, needed: Sequence[str], looked_at: Collection[str]) -> pl.DataFrame:
    """The columns `needed`, and those of `looked_at` that are there.

    Raises `DataError` for a column that is not there, that stands twice or that cannot be read, `TypeError` for what
    exports no Arrow.
    """
    wanted = {*needed, *looked_at}
    if isinstance(given, pl.LazyFrame):
        given = given.collect()
    if isinstance(given, pl.DataFrame):
        _need_columns(name, needed, given.columns)
        frame = given.select(column for column in given.columns if column in wanted)
        return frame.with_columns(_of_one_type(name, column) for column in frame.select(pl.col(pl.Object)))
    if not hasattr(given, "__arrow_c_stream__"):
        raise TypeError(
            f"{name} must be a table that exports Arrow (Polars, pyarrow, DuckDB, pandas), not {type(given).__name__}"
        )
    if type(given).__module__.partition(".")[0] == "pandas":
        return _of_pandas(name, given, needed, wanted)
    table = pa.RecordBatchReader.from_stream(given).read_all()
    own = _places(name, table.column_names, needed, wanted)
    return _of_arrow(name, table.select(own))


def _of_pandas(name: str, given: Any, needed: Sequence[str], wanted: Collection[str]) -> pl.DataFrame:
    own = given.iloc[:, _places(name, list(given.columns), needed, wanted)]
    try:
        return _of_arrow(name, pa.Table.from_pandas(own, preserve_index=False))
    except _UNFIT:
        for column, values in own.items():
            try:
                pa.array(values, from_pandas=True)
            except _UNFIT as reason:
                raise _unreadable(name, column, list(values), reason) from reason
        raise


def _of_one_type(name: str, objects: pl.Series) -> pl.Series:
    """A column of Python objects in a type of its own."""
    values = objects.to_list()
    try:
        return pl.DataFrame({objects.name: pa.array(values)}).to_series()
    except _UNFIT as reason:
        raise _unreadable(name, objects.name, values, reason) from reason


def _places(name: str, columns: Sequence[Any], needed: Sequence[str], wanted: Collection[str]) -> list[int]:
    """Where the wanted columns stand."""
    _need_columns(name, needed, [str(column) for column in columns])
    own = [place for place, column in enumerate(columns) if column in wanted]
    for place in own:
        if columns.count(columns[place]) > 1:
            told = say.two_columns(SPAN, name, columns[place], "Rename or drop one.")
            raise DataError(told, file=name, column=columns[place])
    return own


def _need_columns(name: str, needed: Sequence[str], columns: Sequence[str]) -> None:
    """What files are told of a missing column is about data.yaml, which a host has not."""
    missing = [column for column in needed if column not in columns]
    if missing:
        shown = ", ".join(columns[:MOST_COLUMNS]) + (" ..." if len(columns) > MOST_COLUMNS else "")
        message = f'"{name}" has no column "{missing[0]}".{did_you_mean(missing[0], columns)}'
        advice = f"The table {name} needs the columns {', '.join(needed)}; it has {shown or 'none'}. Rename or add: "
        raise DataError(finding("RE503", message, SPAN, f"{advice}{', '.join(missing)}."), file=name, column=missing[0])


def _of_arrow(name: str, table: pa.Table) -> pl.DataFrame:
    """Decimals that are wider than those of Polars as texts, by which numbers and ids are read all the same."""
    for place, field in enumerate(table.schema):
        kind = field.type
        if isinstance(kind, pa.BaseExtensionType) and kind.extension_name.startswith("pandas."):
            told = say.of_no_type(name, None, field.name, f"pandas has it as {kind}", _REMEDIES["period"])
            raise DataError(told, file=name, column=field.name)
        if pa.types.is_decimal256(kind):
            table = table.set_column(place, field.name, narrow(table.column(place)))
    return pl.DataFrame(table)


_REMEDIES = {
    "period": "Make times of periods with `.dt.to_timestamp()`, and a number of an interval, such as its `.left`.",
    "mixed": 'Make its values one type first, in pandas with `.astype("string")`: '
    "what is then no number or time where one belongs is counted and read as missing.",
    "none": 'Make texts, numbers or times of them first, in pandas with `.astype("string")`, or leave the column out.',
    "long": "Make it a floating-point number first, or text where it is an id.",
}


def _unreadable(name: str, column: object, values: Sequence[object], reason: Exception) -> DataError:
    """What stands in a column that is of no type of Arrow's, and in which row; rows are counted from 1."""
    there = [(row, value) for row, value in enumerate(values, 1) if not _missing(value)]
    row = next((row for row, value in there if not _fits(value)), None)
    if row is not None:
        value = values[row - 1]
        known = isinstance(value, (int, float, str, Decimal))
        why = str(reason).splitlines()[0] if known else f"Arrow has no type for values of {type(value).__name__}"
        remedy = "long" if known and not isinstance(value, str) else "none"
    else:
        first = there[0][1]
        row, value = next((one for one in there if type(one[1]) is not type(first)), there[0])
        why = f"values above it are of the type {type(first).__name__}, this one is {type(value).__name__}"
        remedy = "mixed"
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
    told = say.of_no_type(name, row, str(column), f"{shown} cannot be read: {why}", _REMEDIES[remedy])
    return DataError(told, file=name, row=row, column=str(column))


def _missing(value: object) -> bool:
    """What pandas has for a missing value; its NA does not say whether it is equal to itself."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, (float, Decimal)) and value != value)
    )


def _fits(value: object) -> bool:
    try:
        pa.array([value])
    except _UNFIT:
        return False
    return True
