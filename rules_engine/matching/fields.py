"""Values of records by their declarations: what fits becomes a FEEL value, what does not is missing and said so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from zoneinfo import ZoneInfo

from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    Bounded,
    ListOf,
    Type,
)
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, from_feel, to_feel, unboxed
from rules_engine.model import durations
from rules_engine.model.types import Field
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about the input that was read as missing or ignored: `where` ("event 3.watched"), and what."""

    where: str
    problem: str


def read_value(field: Field, value: object, zone: ZoneInfo) -> tuple[object, str | None]:
    """The FEEL value of a field that is not null, or None and what is wrong with it. Naive times are of `zone`."""
    if field.type is STRING and type(value) is str:
        return value, None
    value = unboxed(value)
    if value is None:  # NaT and the like: as null, nothing to tell
        return None, None
    read = _read(field.type, value, zone)
    if read is None:
        return None, f"{value!r} is not a {field.type}; read as missing"
    if field.one_of and not any(read == allowed for allowed in field.one_of):
        return None, f"{value!r} is none of {', '.join(str(one) for one in field.one_of)}; read as missing"
    if isinstance(read, float):
        if field.minimum is not None and read < field.minimum:
            return None, f"{value!r} is below the minimum {field.minimum:g}; read as missing"
        if field.maximum is not None and read > field.maximum:
            return None, f"{value!r} is above the maximum {field.maximum:g}; read as missing"
    return read, None


def _read(type_: Type, value: object, zone: ZoneInfo) -> object:
    """The FEEL value of the type, or None where the value is of another."""
    if type_ == NUMBER or isinstance(type_, Bounded):
        return _number(value)
    if isinstance(type_, ListOf):
        if not isinstance(value, (list, tuple)):
            return None
        items = [_read(type_.item, unboxed(item), zone) for item in value]
        return None if any(item is None for item in items) else items
    name = str(type_)
    if name == "string":
        return value if isinstance(value, str) else None
    if type_ == BOOLEAN:
        return value if isinstance(value, bool) else None
    if type_ == ANY:
        return to_feel(value)
    if isinstance(value, str):
        value = _parsed(type_, value)
    if isinstance(value, datetime) and value.tzinfo is None and name == "date and time":
        value = value.replace(tzinfo=zone, fold=0)
    read = to_feel(value)
    if type_ == DATE:
        return read if isinstance(read, Date) else None
    if name == "date and time":
        return read if isinstance(read, DateTime) else None
    if type_ == DAYS_TIME_DURATION:
        return read if isinstance(read, DaysTimeDuration) else None
    return None


def _number(value: object) -> float | None:
    """A finite double; a truth value or a text is no number."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if isfinite(number) else None
    return None


def _parsed(type_: Type, text: str) -> date | datetime | DaysTimeDuration | None:
    """A date, a date and time, or a duration of ISO 8601 text; a duration also of `60 days`."""
    if type_ == DAYS_TIME_DURATION:
        micros = durations.of_data(text)
        return None if micros is None else DaysTimeDuration(micros * 1000)
    try:
        if type_ == DATE:
            return date.fromisoformat(text.strip())
        if str(type_) == "date and time":
            return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None


def to_moment(value: object) -> datetime | None:
    """The datetime of a FEEL date and time, None for anything else."""
    plain = from_feel(value)
    return plain if isinstance(plain, datetime) else None


def to_plain(value: object) -> object:
    """A JSON value of a FEEL value: numbers, text, booleans, lists; moments and durations as ISO 8601 text."""
    plain = from_feel(value)
    if isinstance(plain, list):
        return [to_plain(item) for item in plain]
    if isinstance(plain, dict):
        return {str(name): to_plain(item) for name, item in plain.items()}
    if isinstance(plain, str):
        return str(plain)
    if isinstance(plain, (date, datetime)):
        return plain.isoformat()
    if isinstance(plain, timedelta) or not (plain is None or isinstance(plain, (bool, int, float))):
        return str(value)
    return plain
