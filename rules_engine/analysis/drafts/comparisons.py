"""One comparison of another product -> a condition in FEEL that says what a missing value gives.

Other products let a missing value count as "not equal"; here that has to be written: `lead.x = null or lead.x != "a"`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rules_engine.analysis.drafts.names import Names

Op = Literal["=", "<", "<=", ">", ">=", "between", "in", "contains", "starts", "ends", "matches", "known"]
Kind = Literal["string", "number", "boolean", "date and time"]

_TRUE = {
    "=": "{p} = {v}",
    "<": "{p} < {v}",
    "<=": "{p} <= {v}",
    ">": "{p} > {v}",
    ">=": "{p} >= {v}",
    "between": "{p} between {a} and {b}",
    "in": "{p} in ({all})",
    "contains": "contains({p}, {v})",
    "starts": "starts with({p}, {v})",
    "ends": "ends with({p}, {v})",
    "matches": "matches({p}, {v})",
}
_FALSE = {"=": "{p} != {v}", "<": "{p} >= {v}", "<=": "{p} > {v}", ">": "{p} <= {v}", ">=": "{p} < {v}"}


class CannotSayError(Exception):
    """A condition that the language has no words for; the message says which and why."""


@dataclass
class Fields:
    """The fields that conditions read, found as they are written: names by their names in the source, and types."""

    root: str
    names: Names = field(default_factory=lambda: Names("field"))
    types: dict[str, str] = field(default_factory=dict)

    def path(self, source: str, kind: str) -> str:
        """`lead.country` for a property of the source. Raises where it was read with another type before."""
        name = self.names.of(source)
        known = self.types.setdefault(name, kind)
        if known != kind:
            raise CannotSayError(f"{source} is compared as {kind} here and as {known} elsewhere")
        return f"{self.root}.{name}"


def literal(value: object, kind: str) -> str:
    """A value as FEEL writes it. Raises `CannotSayError` where it is not of its kind."""
    if kind == "number":
        try:
            return f"{float(str(value)):.15g}"
        except ValueError as error:
            raise CannotSayError(f'"{value}" is no number') from error
    if kind == "boolean":
        return "true" if str(value).strip().lower() in ("true", "1", "yes") else "false"
    if kind == "date and time":
        return f'@"{value}"'
    return json.dumps(str(value), ensure_ascii=False)


def comparison(path: str, op: Op, values: Sequence[Any], kind: str, *, holds: bool, missing: bool) -> str:
    """`holds` False negates it; `missing` is what it gives where the field has no value."""
    if op == "known":
        return f"{path} != null" if holds else f"{path} = null"
    needed = {"between": 2, "in": 1}.get(op, 1)
    if len(values) < needed:
        raise CannotSayError("a value to compare with is missing")
    written = [literal(value, kind) for value in values]
    parts = {"p": path, "v": written[0], "a": written[0], "b": written[-1], "all": ", ".join(written)}
    text = _TRUE[op].format(**parts)
    if not holds:
        text = _FALSE[op].format(**parts) if op in _FALSE else f"not({text})"
    if missing:
        return f"({path} = null or {text})"
    return text if holds else f"({path} != null and {text})"


def joined(parts: Sequence[str], word: str) -> str:
    """Several conditions with `and` or `or`; one stands alone, none is true for `and` and false for `or`."""
    distinct = list(dict.fromkeys(parts))
    if not distinct:
        return "true" if word == "and" else "false"
    return distinct[0] if len(distinct) == 1 else "(" + f" {word} ".join(distinct) + ")"


def unwrapped(text: str) -> str:
    """Without the outermost brackets, where they embrace the whole."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    quoted = escaped = False
    for place, letter in enumerate(text):
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
            continue
        quoted = letter == '"'
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
