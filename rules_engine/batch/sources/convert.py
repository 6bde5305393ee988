"""One raw column -> one typed column, with a mask of the values that do not fit, per reason.

Takes text (plain or coded) or native (Parquet) columns; gives Float64, String, Boolean, Date, Datetime("us", "UTC"),
Duration("us") or List columns in which a value that does not fit is null, and Categorical for coded text. NaN and
infinities are null: Polars would order NaN above all numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import polars as pl

from rules_engine.batch.sources import times
from rules_engine.batch.sources.coded import Coded
from rules_engine.batch.sources.far import far, listed, without_far
from rules_engine.batch.sources.mapping import FALSE, TRUE, Column, Scalar
from rules_engine.feel.types import BOOLEAN, DATE, DATE_AND_TIME, DAYS_TIME_DURATION, NUMBER, ListOf, Type, plain
from rules_engine.model import durations
from rules_engine.model.types import Field
from rules_engine.records import dataclass

Reason: TypeAlias = Literal["wrong type", "not in one_of", "outside min and max"]

_TEXT = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True, slots=True)
class Typed:
    """A column in its declared type and the values read as missing, by reason. Texts may stay codes."""

    values: pl.Series | Coded
    misfits: tuple[tuple[Reason, pl.Series], ...]


def dtype(declared: Type) -> pl.DataType:
    """The Polars type in which values of a declared type are held."""
    if isinstance(declared, ListOf):
        return pl.List(dtype(declared.item))
    held: dict[Type, pl.DataType] = {
        NUMBER: pl.Float64(),
        BOOLEAN: pl.Boolean(),
        DATE: pl.Date(),
        DATE_AND_TIME: pl.Datetime("us", "UTC"),
        DAYS_TIME_DURATION: pl.Duration("us"),
    }
    return held.get(plain(declared), pl.String())


def typed(raw: pl.Series | Coded, field: Field, column: Column, timezone: str) -> Typed:
    """The raw column as values of `field`; `timezone` is that of times that name none."""
    if isinstance(raw, Coded):
        return _typed_codes(raw, field, column, timezone)
    return Typed(*_typed_values(raw, field, column, timezone))


def _typed_values(
    raw: pl.Series, field: Field, column: Column, timezone: str
) -> tuple[pl.Series, tuple[tuple[Reason, pl.Series], ...]]:
    given = present(raw, column)
    values = _to_type(given, field.type, column, column.timezone or timezone)
    misfits: list[tuple[Reason, pl.Series]] = []

    def refuse(reason: Reason, wrong: pl.Series) -> None:
        nonlocal values
        if wrong.any():
            misfits.append((reason, wrong))
            values = values.set(wrong, None) if not isinstance(values.dtype, pl.List) else _blank(values, wrong)

    if values.null_count() > given.null_count():
        misfits.append(("wrong type", given.is_not_null() & values.is_null()))
    if field.one_of and not isinstance(values.dtype, pl.List):
        allowed = pl.Series([_comparable(option) for option in field.one_of], dtype=values.dtype, strict=False)
        refuse("not in one_of", (values.is_not_null() & ~values.is_in(allowed.implode())).fill_null(False))
    if values.dtype == pl.Float64 and (field.minimum is not None or field.maximum is not None):
        low = -math.inf if field.minimum is None else field.minimum
        high = math.inf if field.maximum is None else field.maximum
        refuse("outside min and max", (~values.is_between(low, high)).fill_null(False))
    return values, tuple(misfits)


def _typed_codes(raw: Coded, field: Field, column: Column, timezone: str) -> Typed:
    """Each distinct text once. A text that does not fit is only told of where a row has it."""
    if dtype(field.type) == pl.String and not field.one_of and _as_written(raw, column):
        return Typed(raw, ())
    values, misfits = _typed_values(raw.texts, field, column, timezone)
    if values.dtype == pl.String and not values.null_count() and values.equals(raw.texts):
        return Typed(raw, ())
    spread = [(reason, raw.spread(wrong).fill_null(False)) for reason, wrong in misfits]
    return Typed(raw.spread(values), tuple((reason, wrong) for reason, wrong in spread if wrong.any()))


def present(raw: pl.Series | Coded, column: Column) -> pl.Series:
    """The column without its missing markers and with its `values` replaced; text is trimmed, empty text is missing.

    A native column stays native unless markers or replacements make it text.
    """
    if isinstance(raw, Coded):
        return raw.spread(present_texts(raw, column))
    if raw.dtype.is_float() and not _all_finite(raw):
        raw = raw.fill_nan(None)
    if raw.dtype not in _TEXT and not column.values and not column.missing:
        return raw
    text = as_text(raw)
    blank = text == ""
    if blank.any():
        text = text.set(blank, None)
    if column.missing:
        text = text.set(text.is_in(pl.Series(sorted(column.missing)).implode()).fill_null(False), None)
    if column.values:
        old = [key for key, _ in column.values]
        new = [_spelled(value) for _, value in column.values]
        text = text.replace(pl.Series(old, dtype=pl.String), pl.Series(new, dtype=pl.String))
    return text


def present_texts(raw: Coded, column: Column) -> pl.Series:
    """The distinct texts of a column as `present` gives them."""
    return raw.texts if _as_written(raw, column) else present(raw.texts, column)


def _as_written(raw: Coded, column: Column) -> bool:
    return raw.spellings.are_trimmed and not (column.values or column.missing)


def as_text(raw: pl.Series) -> pl.Series:
    """Any column as trimmed text: whole numbers without ".0", nested values as JSON, durations as ISO 8601."""
    kind = raw.dtype
    if kind == pl.String:
        return raw.str.strip_chars()
    if kind.is_integer():
        return raw.cast(pl.String)
    if kind.is_float():
        return raw.fill_nan(None).cast(pl.String).str.replace(r"\.0$", "")
    if kind.is_nested():
        return pl.Series(
            raw.name, [None if v is None else json.dumps(v, default=str) for v in raw.to_list()], dtype=pl.String
        )
    if kind == pl.Null:
        return raw.cast(pl.String)
    if kind == pl.Binary:
        return pl.Series(raw.name, [_decoded(v) for v in raw.to_list()], dtype=pl.String)
    if far(raw) is not None:
        return pl.Series(raw.name, [None if v is None else str(v) for v in listed(raw)], dtype=pl.String)
    if isinstance(kind, pl.Duration):
        return raw.dt.to_string("iso")
    return raw.cast(pl.String).str.strip_chars()


def trimmed(given: pl.Series) -> pl.Series:
    """A column as `present` gives it as text: its texts are trimmed already."""
    return given if given.dtype == pl.String else as_text(given)


def _decoded(value: bytes | None) -> str | None:
    """Bytes as text; such as are none (a UUID in Parquet) in hexadecimal digits, so that ids stay apart."""
    if value is None:
        return None
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"


def instants(raw: pl.Series | Coded, column: Column, timezone: str) -> pl.Series:
    """A column of times as Int64 microseconds UTC; a native time too far away to be counted in them is null."""
    given = present(raw, column)
    zone = column.timezone or timezone
    kind = given.dtype
    if isinstance(kind, pl.Datetime):
        micros = given.to_physical() if kind.time_unit == "us" else given.dt.epoch("us")
        return micros if kind.time_zone else times.to_utc(micros, zone)
    if kind == pl.Date:
        return times.to_utc(given.to_physical().cast(pl.Int64) * times.DAY, zone)
    return times.instants(trimmed(given), column.formats, zone)


def _to_type(given: pl.Series, declared: Type, column: Column, timezone: str) -> pl.Series:
    if isinstance(declared, ListOf):
        return _lists(given, declared, column, timezone)
    target = dtype(declared)
    if target == pl.Float64:
        return _numbers(given, column)
    if target == pl.Boolean:
        return given if given.dtype == pl.Boolean else _booleans(trimmed(given))
    if target == pl.Date:
        return without_far(given if given.dtype == pl.Date else _dates(given, column, timezone))
    if target == pl.Datetime("us", "UTC"):
        return without_far(instants(given, column, timezone).cast(target))
    if target == pl.Duration("us"):
        return (
            given.cast(target, strict=False)
            if isinstance(given.dtype, pl.Duration)
            else _distinct(as_text(given), durations.of_data, target)
        )
    return trimmed(given)


def _numbers(given: pl.Series, column: Column) -> pl.Series:
    if given.dtype.is_numeric():
        return _finite(given.cast(pl.Float64))
    text = trimmed(given)
    if column.thousands:
        text = text.str.replace_all(column.thousands, "", literal=True)
    if column.decimal == ",":
        # A dot is then neither sign: "1.234" must not become 1.234.
        text = text.set(text.str.contains(".", literal=True).fill_null(False), None).str.replace(",", ".", literal=True)
    return _finite(text.cast(pl.Float64, strict=False))


def _finite(numbers: pl.Series) -> pl.Series:
    return numbers if _all_finite(numbers) else numbers.set(~numbers.is_finite().fill_null(True), None)


def _all_finite(numbers: pl.Series) -> bool:
    """False where a value is NaN or infinite (or the sum is): a sum costs next to nothing, and nearly always tells."""
    return math.isfinite(numbers.sum() or 0)


def _booleans(text: pl.Series) -> pl.Series:
    lower = text.str.to_lowercase()
    spelled = pl.Series([*TRUE, *FALSE])
    meaning = pl.Series([True] * len(TRUE) + [False] * len(FALSE))
    return lower.replace_strict(spelled, meaning, default=None, return_dtype=pl.Boolean)


def _dates(given: pl.Series, column: Column, timezone: str) -> pl.Series:
    if isinstance(given.dtype, pl.Datetime):
        if given.dtype.time_zone is None:
            return given.dt.date()
        return times.local_clock(given.dt.epoch("us"), timezone).cast(pl.Datetime("us")).dt.date()
    return times.dates(trimmed(given), column.formats, timezone)


def _lists(given: pl.Series, declared: ListOf, column: Column, timezone: str) -> pl.Series:
    """`a;b` with `split`, or a JSON list. One item that does not fit makes the whole value missing."""
    rows: list[list[str | None] | None] = []
    if isinstance(given.dtype, (pl.List, pl.Array)):
        rows = [None if v is None else [_item_text(i) for i in v] for v in given.to_list()]
    else:
        rows = [None if v is None else _items(v, column.split) for v in as_text(given).to_list()]
    flat = pl.Series([item for row in rows if row for item in row], dtype=pl.String)
    inner = _to_type(present(flat, column), declared.item, column, timezone)
    wrong = inner.is_null().to_list()
    cells, at = inner.to_list(), 0
    built: list[list[object] | None] = []
    for row in rows:
        if row is None:
            built.append(None)
            continue
        end = at + len(row)
        built.append(None if any(wrong[at:end]) else cells[at:end])
        at = end
    return pl.Series(given.name, built, dtype=dtype(declared))


def _items(text: str, split: str | None) -> list[str | None] | None:
    if split is not None:
        return [part.strip() for part in text.split(split) if part.strip()]
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return [_item_text(item) for item in value] if isinstance(value, list) else None


def _item_text(item: object) -> str | None:
    if item is None or isinstance(item, str):
        return item
    return json.dumps(item, default=str)


def _distinct(text: pl.Series, read: Callable[[str], int | None], target: pl.DataType) -> pl.Series:
    """Reads each distinct text once."""
    known = text.drop_nulls().unique()
    meaning = pl.Series([read(value) for value in known.to_list()], dtype=pl.Int64).cast(target)
    return text.replace_strict(known, meaning, default=None, return_dtype=target)


def _blank(values: pl.Series, wrong: pl.Series) -> pl.Series:
    return pl.select(pl.when(~wrong).then(values)).to_series()


def _comparable(option: Scalar) -> Scalar:
    return float(option) if isinstance(option, (int, float)) and not isinstance(option, bool) else option


def _spelled(value: Scalar | None) -> str | None:
    """A value of the mapping file as the text the converters read."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
