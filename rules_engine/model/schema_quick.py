"""Whether data fits a schema, for the usual case that it does: without the 70 ms that importing jsonschema takes.

Reads only the keywords that model.schema.json and data.schema.json use; a schema with any other keyword is a fault, not
a silent pass. It says only yes or no: what is wrong, and where, is jsonschema's to say. A test holds both to the same
answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "number": (int, float),
    "integer": (int, float),
}
_WORDS = frozenset({"$schema", "$id", "$defs", "title", "description", "x-expected"})


def fits(data: object, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Whether `data` (plain JSON values) is valid under `schema`, a part of `root`."""
    return all(word in _WORDS or _CHECKS[word](data, value, schema, root) for word, value in schema.items())


def _ref(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return fits(data, root["$defs"][value.removeprefix("#/$defs/")], root)


def _type(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return any(_is(data, name) for name in ([value] if isinstance(value, str) else value))


def _is(data: object, name: str) -> bool:
    if isinstance(data, bool):
        return name == "boolean"
    if name == "integer" and isinstance(data, float):
        return data.is_integer()
    return isinstance(data, _TYPES[name])


def _enum(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return isinstance(data, str) and data in value


def _const(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return isinstance(data, bool) == isinstance(value, bool) and bool(data == value)


def _pattern(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, str) or _compiled(value).search(data) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _minimum(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, (int, float)) or isinstance(data, bool) or bool(data >= value)


def _required(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, dict) or all(name in data for name in value)


def _properties(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, dict) or all(
        fits(data[name], part, root) for name, part in value.items() if name in data
    )


def _additional(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    if not isinstance(data, dict):
        return True
    others = [item for name, item in data.items() if name not in schema.get("properties", ())]
    return not others if value is False else all(fits(item, value, root) for item in others)


def _names(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, dict) or all(fits(name, value, root) for name in data)


def _items(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, list) or all(fits(item, value, root) for item in data)


def _unique(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not isinstance(data, list) or all(item not in data[:i] for i, item in enumerate(data))


def _length(kind: type, *, least: bool) -> Any:
    def check(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
        if not isinstance(data, kind):
            return True
        size = len(data)  # type: ignore[arg-type]  # kinds with a length only
        return bool(size >= value if least else size <= value)

    return check


def _if(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not fits(data, value, root) or fits(data, schema.get("then", {}), root)


def _not(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return not fits(data, value, root)


def _any(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return any(fits(data, part, root) for part in value)


def _then(data: object, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return True  # read by `if`


_CHECKS: Mapping[str, Any] = {
    "$ref": _ref, "type": _type, "enum": _enum, "pattern": _pattern, "minimum": _minimum, "required": _required,
    "properties": _properties, "additionalProperties": _additional, "propertyNames": _names, "items": _items,
    "uniqueItems": _unique, "if": _if, "then": _then, "not": _not, "const": _const, "anyOf": _any,
    "minProperties": _length(dict, least=True), "maxProperties": _length(dict, least=False),
    "minItems": _length(list, least=True), "minLength": _length(str, least=True),
    "maxLength": _length(str, least=False),
}  # fmt: skip
