"""Constants: numbers, `@"2026-09-01"`, and the texts in `date("...")`, `duration("...")`, `matches(s, "...")`.

What can be known of a constant before scoring is checked here: that it is a date at all, whether it carries a zone.
"""

from __future__ import annotations

from collections.abc import Callable

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_values
from rules_engine.feel.checking.bounds import point
from rules_engine.feel.checking.checker import Checker, Scope
from rules_engine.feel.checking.constants import constant_text, kind_of_at, kind_of_call
from rules_engine.feel.types import Type, Typed

WANTED = {
    "date": ("a date", '`date("2026-09-01")`'),
    "time": ("a time of day", '`time("08:30:00")`'),
    "date and time": ("a date and time", '`date and time("2026-09-01T08:30:00Z")`'),
    "duration": ("a duration", '`duration("60 days")`, `duration("2 hours 30 minutes")` or `duration("P60D")`'),
}


def number(checker: Checker, node: ast.NumberLiteral, scope: Scope) -> Typed:
    return Typed(point(node.value), nullable=False)


def at_literal(checker: Checker, node: ast.AtLiteral, scope: Scope) -> Typed:
    kind = kind_of_at(node.text)
    if kind is None:
        example = '`@"2026-09-01"`, `@"08:30:00"`, `@"2026-09-01T08:30:00Z"` or `@"P60D"`'
        return checker.report(messages_values.bad_literal(node, node.text, "a date, a time or a duration", example))
    _end_of_day(checker, node, node.text)
    return Typed(kind, nullable=False)


def constant_call(checker: Checker, node: ast.Call) -> Type | None:
    """The type of `date("2026-09-01")` and its like with one constant text; None for any other call.

    A text that cannot be read is reported, and the call is then of no known type.
    """
    value = constant_text(node)
    if value is None:
        return None
    kind = kind_of_call(node.function, value.value)
    if kind is None:
        wanted, example = WANTED[node.function]
        if node.function == "duration" and ("month" in value.value or "year" in value.value):
            return checker.report(messages_values.months_in_duration(value, value.value)).type
        return checker.report(messages_values.bad_literal(value, value.value, wanted, example)).type
    if node.function == "time":
        _end_of_day(checker, value, value.value)
    return kind


def _end_of_day(checker: Checker, node: ast.Node, text: str) -> None:
    """`24:00:00` as a time of day; in a date and time it is plainly the next day's midnight."""
    if text.startswith("24:"):
        checker.report(messages_values.end_of_day(node, text))


def literal_number(node: ast.Expression) -> float | None:
    """5 of `5`, -1 of `-1`; None for what is no written number."""
    match node:
        case ast.NumberLiteral(value=value):
            return value
        case ast.Negate(operand=ast.NumberLiteral(value=value)):
            return -value
        case _:
            return None


def is_position(number: float) -> bool:
    """Whether something can stand there: positions are whole, from 1 or from the end, and never 0."""
    return number.is_integer() and number != 0


def constant_parts(checker: Checker, node: ast.Call, values: list[ast.Expression], code: Callable[..., object]) -> None:
    """Reports `date(2026, 2, 30)` and `time(25, 0, 0)`: numbers that no date or time is made of."""
    if node.function not in ("date", "time") or len(values) < 3:
        return
    numbers = [number for value in values if (number := literal_number(value)) is not None]
    if len(numbers) == len(values) and code(*numbers) is None:
        checker.report(messages_values.no_such_day(node, WANTED[node.function][0]))
