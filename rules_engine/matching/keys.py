"""Hashable keys of FEEL values, for limits per distinct value, distinct counts and value tables; and their order."""

from __future__ import annotations

from typing import TypeAlias

from rules_engine.feel.values import DateTime

Key: TypeAlias = tuple[str, object]


def key_of(value: object) -> Key:
    """A key that is equal for two values exactly if FEEL calls them equal: `true` and `1` differ, null is one value."""
    if type(value) is str:
        return "string", value
    if isinstance(value, str):
        return "string", str(value)
    if value is None or isinstance(value, bool):
        return "constant", value
    if isinstance(value, (int, float)):
        return "number", float(value)
    if isinstance(value, list):
        return "list", tuple(key_of(item) for item in value)
    if isinstance(value, dict):
        return "context", tuple(sorted((name, key_of(item)) for name, item in value.items()))
    if isinstance(value, DateTime) and value.offset is not None:
        return "instant", value.instant  # the same moment in two time zones is one value
    return type(value).__name__, value


def rank_of(value: object) -> object:
    """What tells which of two values of one type is less: moments by their instants, others by themselves."""
    return value.instant if isinstance(value, DateTime) else value
