"""What a plain scalar means under the YAML 1.2 core schema: `on`, `yes` and `1:30` are text, `0o7` is seven."""

from __future__ import annotations

import re
from math import isfinite

_NULL = frozenset({"", "null", "Null", "NULL", "~"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITY = re.compile(r"([-+]?)\.(?:inf|Inf|INF)\Z")
_NAN = frozenset({".nan", ".NaN", ".NAN"})
# Longer digit runs would be slow to convert and are exact in no calculation here.
_LONGEST_INTEGER = 18


def resolve(text: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.match(text):
        return int(text) if len(text) <= _LONGEST_INTEGER else float(text)
    if _FLOAT.match(text):
        return float(text)
    if len(text) <= _LONGEST_INTEGER:
        if _OCTAL.match(text):
            return int(text[2:], 8)
        if _HEXADECIMAL.match(text):
            return int(text[2:], 16)
    if found := _INFINITY.match(text):
        return float(found[1] + "inf")
    return float("nan") if text in _NAN else text


def number(text: str) -> float | None:
    """The finite number that an unquoted scalar is, or None."""
    value = resolve(text)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) else None
