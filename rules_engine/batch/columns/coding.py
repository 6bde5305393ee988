"""Values of tallies and of `each` as whole numbers: equal values have equal codes, greater values greater ones.

So the compiled passes know nothing but integers; `Coding.decode` gives the values back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.series import series_of
from rules_engine.feel import types
from rules_engine.feel.columns.inputs import feel_values as in_feel
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration
from rules_engine.matching.keys import key_of, rank_of
from rules_engine.records import dataclass

Integers: TypeAlias = NDArray[np.int64]
NULL = -(2**63)  # the code of null; no value has it

_LITTLE = 2_000  # values that Python has numbered before Polars has begun
_TIMES = (pl.Date, pl.Datetime, pl.Duration)


@dataclass(frozen=True, slots=True)
class Coding:
    """Codes of all rows (`NULL` for null) and the way back. `count` bounds the codes where they are small (0: not)."""

    codes: Integers
    decode: Callable[[Integers], pl.Series]
    count: int


def encode(values: pl.Series, *, ordered: bool, small: bool = False) -> Coding:
    """Codes of a column. `ordered`: as the values are ordered (min, max); else only equal where they are equal.

    `small`: codes count from 0, for columns of that many places.
    """
    if values.dtype == pl.Float64 and not small:
        return Coding(_of_doubles(values), _to_doubles, 0)
    if isinstance(values.dtype, _TIMES) and not small:
        return _of_instants(values)
    if values.dtype == pl.Float64:
        values = values + 0.0
    if isinstance(values.dtype, (pl.String, pl.Boolean, pl.Float64)) and len(values) <= _LITTLE:
        return _of_list(values, ordered=ordered)
    if isinstance(values.dtype, (pl.String, pl.Boolean, pl.Float64, *_TIMES)):
        distinct = values.drop_nulls().unique()
        distinct = distinct.sort() if ordered else distinct
        places = pl.Series(np.arange(len(distinct)), dtype=pl.Int64)
        codes = values.replace_strict(distinct, places, default=None, return_dtype=pl.Int64)
        return Coding(codes.fill_null(NULL).to_numpy(), _by_place(distinct), len(distinct))
    if values.dtype == pl.Null:
        return Coding(np.full(len(values), NULL, dtype=np.int64), _nulls, 0)
    return _of_objects(feel_values(values), ordered=ordered)


class Codings:
    """Codes of several columns together; kept where the next ones are the same columns. Threads may share it."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[list[pl.Series], list[Integers], Coding]] = {}

    def of_parts(
        self, key: object, parts: Sequence[pl.Series], *, ordered: bool, small: bool = False
    ) -> tuple[list[Integers], Coding]:
        """The codes of each part. `key` tells what is coded like this."""
        before, own, coding = self._known.get(key, ([], [], None))
        same = len(before) == len(parts) and all(one is other for one, other in zip(before, parts, strict=True))
        if coding is None or not same:
            coding = encode(_together(parts), ordered=ordered, small=small)
            own = np.split(coding.codes, np.cumsum([len(column) for column in parts])[:-1])
            if len(coding.codes) <= _LITTLE:  # those of distinct values come again, and are few
                self._known[key] = list(parts), own, coding
        return own, coding


def _of_list(values: pl.Series, *, ordered: bool) -> Coding:
    held = values.to_list()
    distinct = list(dict.fromkeys(value for value in held if value is not None))
    if ordered:
        distinct.sort()
    place = {value: n for n, value in enumerate(distinct)} | {None: NULL}
    codes = np.array([place[value] for value in held], dtype=np.int64)
    return Coding(codes, _by_place(pl.Series(distinct, dtype=values.dtype)), len(distinct))


def _nulls(codes: Integers) -> pl.Series:
    return pl.Series([None], dtype=pl.Null).new_from_index(0, len(codes))


def _together(columns: Sequence[pl.Series]) -> pl.Series:
    """One column of all; where types of events differ in its type (some have no such attribute), by the values."""
    if len({column.dtype for column in columns}) == 1 and columns[0].dtype != pl.Object:
        return pl.concat(columns)
    return native_column([value for column in columns for value in feel_values(column)])


def feel_values(column: pl.Series) -> list[object]:
    """The values of an expression, as the interpreter has them."""
    return column.to_list() if column.dtype == pl.Object else in_feel(column, types.ANY)


def native_column(values: list[object]) -> pl.Series:
    """FEEL values as a column of their own type where there is one to microseconds, else as objects."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(values, dtype=pl.Null)
    if kinds == {str}:
        return pl.Series(values, dtype=pl.String)
    if kinds == {bool}:
        return pl.Series(values, dtype=pl.Boolean)
    if kinds == {float}:
        return pl.Series(values, dtype=pl.Float64)
    if kinds == {Date}:
        days = [value.days if isinstance(value, Date) else None for value in values]
        if all(day is None or abs(day) < 2**31 for day in days):
            return pl.Series(days, dtype=pl.Int32).cast(pl.Date)
    if kinds == {DaysTimeDuration}:
        sizes = [value.nanos if isinstance(value, DaysTimeDuration) else None for value in values]
        if all(size is None or (size % 1_000 == 0 and abs(size) < 2**63) for size in sizes):
            return pl.Series([None if size is None else size // 1_000 for size in sizes], dtype=pl.Duration("us"))
    if kinds == {DateTime}:
        moments = [value for value in values if isinstance(value, DateTime)]
        zones = {value.zone for value in moments}
        zone = zones.pop() if len(zones) == 1 else None
        if (zone == 0 or isinstance(zone, str)) and all(
            at.instant % 1_000 == 0 and abs(at.instant) < 2**63 for at in moments
        ):
            instants = [value.instant // 1_000 if isinstance(value, DateTime) else None for value in values]
            column = pl.Series(instants, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
            return column.dt.convert_time_zone(zone) if isinstance(zone, str) else column
    return pl.Series(values, dtype=pl.Object)


def _of_doubles(values: pl.Series) -> Integers:
    """The bits of a double, arranged so that they are ordered as the doubles are; both zeros are one."""
    doubles = values.fill_null(0.0).to_numpy() + 0.0
    bits = doubles.view(np.int64)
    codes = np.where(bits < 0, np.int64(-(2**63)) - bits, bits)
    return np.where(values.is_null().to_numpy(), NULL, codes)


def _to_doubles(codes: Integers) -> pl.Series:
    none = codes == NULL
    safe = np.where(none, 0, codes)
    bits = np.where(safe < 0, np.int64(-(2**63)) - safe, safe)
    column = series_of(bits.view(np.float64))
    return column.set(series_of(none), None)


def _of_instants(values: pl.Series) -> Coding:
    dtype = values.dtype

    def decode(codes: Integers) -> pl.Series:
        column = series_of(codes.copy())
        column = column.set(column == NULL, None)
        return column.cast(pl.Int32).cast(dtype) if dtype == pl.Date else column.cast(dtype)

    return Coding(values.to_physical().cast(pl.Int64).fill_null(NULL).to_numpy(), decode, 0)


def _by_place(distinct: pl.Series) -> Callable[[Integers], pl.Series]:
    def decode(codes: Integers) -> pl.Series:
        column = series_of(codes)
        return distinct.gather(column.set(column == NULL, None))

    return decode


def _of_objects(values: list[object], *, ordered: bool) -> Coding:
    """Any other FEEL values, by Python: as many steps as there are rows."""
    held: dict[object, object] = {}
    for value in values:
        if value is not None:
            held.setdefault(key_of(value), value)
    keys = sorted(held, key=lambda key: rank_of(held[key])) if ordered else list(held)  # type: ignore[arg-type, return-value]
    place = {key: at for at, key in enumerate(keys)}
    codes = np.array([NULL if v is None else place[key_of(v)] for v in values], dtype=np.int64)
    distinct = [held[key] for key in keys]

    def decode(found: Integers) -> pl.Series:
        return pl.Series([None if code == NULL else distinct[code] for code in found.tolist()], dtype=pl.Object)

    return Coding(codes, decode, len(distinct))
