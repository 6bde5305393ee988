"""Records whose values need no second look: all there, or missing where they may be, and plain. Most are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeAlias

from rules_engine.feel.types import BOOLEAN, NUMBER, STRING, Bounded, Enumeration
from rules_engine.model.types import Field

# The FEEL values of a record's fields; None where it must be read with care. The number says how many of the record's
# names are no fields.
Plainly: TypeAlias = Callable[[Mapping[str, Any], int], dict[str, object] | None]
_Take: TypeAlias = Callable[[Any], object]  # the value, or None where it needs a look

_WHOLE = 1 << 53


def plain_reader(declared: Mapping[str, Field]) -> Plainly:
    """Reads records of declared fields as `read_fields` does, where there is nothing to say about them."""
    fields = list(declared.values())
    names = tuple(field.name for field in fields)
    if len(fields) == 1 and fields[0].type is STRING:
        name = names[0]

        def one_text(raw: Mapping[str, Any], others: int) -> dict[str, object] | None:
            value = raw.get(name)
            return {name: value} if type(value) is str and len(raw) == others + 1 else None

        return one_text
    takes = tuple((field.name, _take(field), field.required) for field in fields)

    def plainly(raw: Mapping[str, Any], others: int) -> dict[str, object] | None:
        values: dict[str, object] = {}
        for name, take, is_required in takes:
            value = raw.get(name)
            if value is not None:
                value = take(value)
                if value is None:
                    return None
                others += 1
            elif is_required:
                return None
            elif name in raw:
                others += 1
            values[name] = value
        return values if len(raw) == others else None  # else there is a name that is not declared

    return plainly


def _take(field: Field) -> _Take:
    if field.type is STRING:
        return lambda value: value if type(value) is str else None
    if field.type is BOOLEAN and not field.one_of:
        return lambda value: value if type(value) is bool else None
    if isinstance(field.type, Enumeration) and field.minimum is None and field.maximum is None:
        texts = {one: one for one in field.one_of if type(one) is str}
        return lambda value: texts.get(value) if type(value) is str else None
    if (field.type is NUMBER or isinstance(field.type, Bounded)) and not field.one_of:
        return _take_number(field.minimum, field.maximum)
    return lambda value: None


def _take_number(low: float | None, high: float | None) -> _Take:
    def take(value: Any) -> object:
        if type(value) is int and -_WHOLE < value < _WHOLE:
            value = float(value)
        elif type(value) is not float or not isfinite(value):
            return None
        return None if (low is not None and value < low) or (high is not None and value > high) else value

    return take
