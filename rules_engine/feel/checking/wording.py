"""Words for types, counts and pieces of expressions, as an analyst says them. The messages are made of these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from rules_engine.feel import ast
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NULL,
    NUMBER,
    STRING,
    TIME,
    YEARS_MONTHS_DURATION,
    Band,
    ContextOf,
    ListOf,
    Moment,
    RangeOf,
    Type,
    plain,
)

_ONE: dict[Type, str] = {
    STRING: "text",
    NUMBER: "a number",
    BOOLEAN: "true or false",
    DATE: "a date",
    TIME: "a time of day",
    DATE_AND_TIME: "a date and time",
    DAYS_TIME_DURATION: "a duration",
    YEARS_MONTHS_DURATION: "a duration in months",
    NULL: "null",
}
_MANY: dict[Type, str] = {
    STRING: "texts",
    NUMBER: "numbers",
    BOOLEAN: "true or false values",
    DATE: "dates",
    TIME: "times of day",
    DATE_AND_TIME: "dates and times",
    DAYS_TIME_DURATION: "durations",
    YEARS_MONTHS_DURATION: "durations in months",
}
_LONGEST = 60


def a(kind: Type) -> str:
    """`a number`, `text`, `a list of dates`."""
    match kind:
        case Band(score=score):
            return f'a band of the score "{score}"'
        case Moment(zoned=zoned):
            return f"{_ONE[plain(kind)]} {'with' if zoned else 'without'} a time zone"
        case ListOf(item=item):
            return f"a list of {_many(item)}" if plain(item) in _MANY else "a list"
        case RangeOf(item=item):
            return f"a range of {_many(item)}" if plain(item) in _MANY else "a range"
        case ContextOf(label=label):
            return "a context (named values in braces)" if label == "context" else f'all of "{label}"'
        case _:
            return _ONE.get(plain(kind), "any value")


def _many(kind: Type) -> str:
    return _MANY[plain(kind)]


def one_of(kinds: Sequence[Type]) -> str:
    """`text or a number`."""
    return any_of([a(kind) for kind in kinds])


def any_of(parts: Sequence[str]) -> str:
    """`a, b or c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def all_of(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def quoted(names: Iterable[str], most: int = 8) -> str:
    """`"US", "GB", "FR" and 3 more`."""
    names = list(names)
    shown = ", ".join(f'"{name}"' for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def literal(text: str) -> str:
    """A text as it is written in an expression."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def code(node: ast.Node) -> str:
    """The expression as text between backticks, cut where it is long."""
    text = text_of(node)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[: _LONGEST - 1]}…`"


def text_of(node: ast.Node) -> str:
    """The text of an expression, or of a part of one that has no text of its own but is made of one that has."""
    from rules_engine.feel.syntax.print import print_expression  # late: the printer is of no use while all is well

    match node:
        case ast.Argument(value=value) | ast.ContextEntry(value=value) | ast.Iterator(source=value):
            return print_expression(value)
        case ast.TypeName(name=name):
            return name
        case _:
            return print_expression(cast(ast.Expression, node))


def counted(count: int, word: str) -> str:
    """`1 value`, `2 values`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
