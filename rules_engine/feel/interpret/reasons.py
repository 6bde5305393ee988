"""Why a value is null. Nothing is recorded unless somebody listens, so the usual case costs nothing.

with recording() as reasons:
    value = run(context)
# reasons: ["cannot add number and string"]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from rules_engine.feel.values import (
    Date,
    DateTime,
    DaysTimeDuration,
    Range,
    Time,
    YearsMonthsDuration,
)

T = TypeVar("T")

_SINK: ContextVar[list[str] | None] = ContextVar("feel_reasons", default=None)

_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    float: "number",
    int: "number",
    str: "string",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTimeDuration: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    Range: "range",
}


def undefined(reason: str) -> T | None:
    """Null, with the reason kept for whoever listens; of whatever type is wanted there."""
    sink = _SINK.get()
    if sink is not None:
        sink.append(reason)
    return None


@contextmanager
def recording() -> Iterator[list[str]]:
    """The reasons of nulls found inside, in the order of evaluation."""
    reasons: list[str] = []
    token = _SINK.set(reasons)
    try:
        yield reasons
    finally:
        _SINK.reset(token)


def kind(value: object) -> str:
    """The name of a value's kind in messages and comparisons: `number`, `date and time`, ..."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    for known in (str, bool, float, int, list, dict):
        if isinstance(value, known):
            return _KINDS[known]
    return type(value).__name__
