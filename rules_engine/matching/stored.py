"""FEEL values, and the keys made of them, as JSON values and back: for what is kept of a lead between two calls.

Numbers, text, truth values, null and lists are themselves; all else is `{"$": kind, "v": parts}`.
"""

from __future__ import annotations

from typing import Any

from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration

_RECORDS: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "date": (Date, ("year", "month", "day")),
    "time": (Time, ("nanos", "zone")),
    "moment": (DateTime, ("days", "nanos", "zone", "offset")),
    "duration": (DaysTimeDuration, ("nanos",)),
    "months": (YearsMonthsDuration, ("months",)),
    "range": (Range, ("low", "high", "low_closed", "high_closed")),
}
_KINDS = {made: kind for kind, (made, _) in _RECORDS.items()}
_ITSELF = (float, str, bool)  # the commonest of what is stored as it is


def to_stored(value: object) -> object:
    """A JSON value from which `from_stored` makes an equal value. Raises `TypeError` for what is no FEEL value."""
    if value is None or type(value) in _ITSELF or isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [to_stored(item) for item in value]
    if isinstance(value, tuple):
        return {"$": "tuple", "v": [to_stored(item) for item in value]}
    if isinstance(value, dict):
        return {"$": "context", "v": {name: to_stored(item) for name, item in value.items()}}
    kind = _KINDS.get(type(value))
    if kind is None:
        raise TypeError(f"{type(value).__name__} is no FEEL value")
    return {"$": kind, "v": [to_stored(getattr(value, name)) for name in _RECORDS[kind][1]]}


def from_stored(value: Any) -> Any:
    """The value behind what `to_stored` gave. Raises `KeyError` or `TypeError` for anything else."""
    if isinstance(value, list):
        return [from_stored(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind, parts = value["$"], value["v"]
    if kind == "tuple":
        return tuple(from_stored(item) for item in parts)
    if kind == "context":
        return {name: from_stored(item) for name, item in parts.items()}
    return _RECORDS[kind][0](*(from_stored(part) for part in parts))
