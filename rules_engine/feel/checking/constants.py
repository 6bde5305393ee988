"""What kind of date, time or duration a constant text is, or that it is none; read as scoring reads it."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.types import (
    DATE,
    DAYS_TIME_DURATION,
    LOCAL_DATE_AND_TIME,
    LOCAL_TIME,
    YEARS_MONTHS_DURATION,
    ZONED_DATE_AND_TIME,
    ZONED_TIME,
    Type,
)
from rules_engine.feel.values import reading
from rules_engine.feel.values.durations import DaysTimeDuration, YearsMonthsDuration
from rules_engine.feel.values.temporal import Date, DateTime, Time


def kind_of_at(text: str) -> Type | None:
    """Of `@"..."`."""
    return _kind(reading.read_at(text))


def kind_of_call(function: str, text: str) -> Type | None:
    """Of `date("...")`, `time("...")`, `date and time("...")`, `duration("...")`."""
    match function:
        case "date":
            return _kind(reading.read_date(text))
        case "time":
            return _kind(reading.read_time(text))
        case "date and time":
            return _kind(reading.read_date_time(text))
        case _:
            return _kind(reading.read_duration(text) or reading.read_words(text))


def constant_text(node: ast.Call) -> ast.StringLiteral | None:
    """The text in `date("2026-09-01")` and its like; None for any other call."""
    if node.function not in ("date", "time", "date and time", "duration") or len(node.arguments) != 1:
        return None
    text = node.arguments[0].value
    return text if isinstance(text, ast.StringLiteral) else None


def is_constant(node: ast.Call) -> bool:
    """Whether it is such a call, of a text that can be read."""
    text = constant_text(node)
    return text is not None and kind_of_call(node.function, text.value) is not None


def _kind(value: object) -> Type | None:
    match value:
        case Date():
            return DATE
        case Time(zone=zone):
            return LOCAL_TIME if zone is None else ZONED_TIME
        case DateTime(zone=zone):
            return LOCAL_DATE_AND_TIME if zone is None else ZONED_DATE_AND_TIME
        case DaysTimeDuration():
            return DAYS_TIME_DURATION
        case YearsMonthsDuration():
            return YEARS_MONTHS_DURATION
        case _:
            return None
