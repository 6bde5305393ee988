"""The text of any value, as `string()` gives it: what the value would be written as."""

from __future__ import annotations

import re

from rules_engine.feel.builtins.decimals import number_text
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.scope import charge_text
from rules_engine.feel.limits import MAX_TEXT
from rules_engine.feel.values import Range

_PLAIN_KEY = re.compile(r"[^\W\d]\w*")
_MOST_NESTED = 100


def text_of(value: object) -> str:
    """`string(value)`: a text is itself, everything else as in source."""
    text = str(value) if isinstance(value, str) else _written(value, [0], 0)
    charge_text(text)
    return text


def quoted(text: str) -> str:
    """A text as a literal."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _written(value: object, size: list[int], depth: int) -> str:
    if isinstance(value, list | dict | Range):
        if depth > _MOST_NESTED:
            raise FeelLimitError("A value is nested too deeply to be written as text.", code="RE313")
        text = _written_inside(value, size, depth + 1)
    elif value is None:
        text = "null"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float | int):
        text = number_text(float(value))
    elif isinstance(value, str):
        text = quoted(value)
    else:
        text = str(value)
    if not isinstance(value, list | dict):
        size[0] += len(text)
    if size[0] > MAX_TEXT:
        raise FeelLimitError(f"The text of a value has more than {MAX_TEXT:,} characters.", code="RE313")
    return text


def _written_inside(value: list[object] | dict[str, object] | Range, size: list[int], depth: int) -> str:
    size[0] += 2
    if isinstance(value, list):
        return "[" + ", ".join(_written(item, size, depth) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_written(item, size, depth)}" for key, item in value.items()) + "}"
    if value.low is None or value.high is None:
        op, end = ("<", value.high) if value.low is None else (">", value.low)
        closed = value.high_closed if value.low is None else value.low_closed
        return f"({op}{'=' if closed else ''} {_written(end, size, depth)})"
    low, high = _written(value.low, size, depth), _written(value.high, size, depth)
    return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else quoted(key)
