"""`value.name`: entries of contexts, and the properties of dates, times, durations and ranges (table 65)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import charge, within_budget
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration, to_feel
from rules_engine.feel.values.calendar import SECOND


def _offset(value: Time | DateTime) -> object:
    return None if value.offset is None else DaysTimeDuration(value.offset * SECOND)


def _zone_name(value: Time | DateTime) -> object:
    return value.zone if isinstance(value.zone, str) else None


_OF_DATE: dict[str, Callable[[Any], object]] = {
    "year": lambda date: float(date.year),
    "month": lambda date: float(date.month),
    "day": lambda date: float(date.day),
    "weekday": lambda date: float(date.weekday),
}
_OF_TIME: dict[str, Callable[[Any], object]] = {
    "hour": lambda time: float(time.hour),
    "minute": lambda time: float(time.minute),
    "second": lambda time: float(time.seconds) if time.nanos % SECOND == 0 else time.nanos % (60 * SECOND) / SECOND,
    "time offset": _offset,
    "timezone": _zone_name,
}


def _of_date(read: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: read(value.date)


def _of_time(read: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: read(value.time)


PROPERTIES: dict[type, dict[str, Callable[[Any], object]]] = {
    Date: _OF_DATE,
    Time: _OF_TIME,
    DateTime: {
        **{name: _of_date(read) for name, read in _OF_DATE.items()},
        **{name: _of_time(read) for name, read in _OF_TIME.items() if name in ("hour", "minute", "second")},
        "time offset": _offset,
        "timezone": _zone_name,
    },
    DaysTimeDuration: {
        "days": lambda duration: float(duration.parts[0]),
        "hours": lambda duration: float(duration.parts[1]),
        "minutes": lambda duration: float(duration.parts[2]),
        "seconds": lambda duration: duration.parts[3] + _fraction(duration.nanos),
    },
    YearsMonthsDuration: {
        "years": lambda duration: float(duration.years),
        "months": lambda duration: float(duration.months_of_year),
    },
    Range: {
        "start": lambda bounds: bounds.low,
        "end": lambda bounds: bounds.high,
        "start included": lambda bounds: bounds.low_closed,
        "end included": lambda bounds: bounds.high_closed,
    },
}


def _fraction(nanos: int) -> float:
    return (abs(nanos) % SECOND) / SECOND * (-1 if nanos < 0 else 1)


_MOST_NESTED = 100


def get_property(value: object, name: str, depth: int = 0) -> object:
    """`value.name`; of a list, the list of its items' values; null where there is no such entry or property."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        return undefined(f"there is no entry {name!r}")
    if value is None:
        return None
    if isinstance(value, list):
        if depth > _MOST_NESTED:
            return undefined("the lists are nested too deeply")
        if depth == 0 and any(isinstance(item, list) for item in value):
            return within_budget(lambda: [get_property(item, name, 1) for item in value])
        charge(len(value))
        return [get_property(item, name, depth + 1) for item in value]
    properties = PROPERTIES.get(type(value))
    if properties is None:
        converted = to_feel(value)
        if type(converted) is type(value) or converted is None:
            return undefined(f"{kind(value)} has no property {name!r}")
        return get_property(converted, name)
    read = properties.get(name)
    return read(value) if read is not None else undefined(f"{kind(value)} has no property {name!r}")
