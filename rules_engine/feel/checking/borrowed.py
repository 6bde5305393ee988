"""Functions of other languages: what is written here for a call of one, with the values that it was given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rules_engine.feel import ast
from rules_engine.feel.checking.messages_values import of_kind
from rules_engine.feel.checking.wording import literal, text_of
from rules_engine.feel.syntax import foreign
from rules_engine.feel.types import NUMBER, Type, plain


def borrowed_call(node: ast.Call, kinds: Sequence[Type], names: Collection[str]) -> str:
    """The help for a call of a function that FEEL does not have; "" where the name says nothing.

    `kinds` are the types of its values, `names` those that can be used at the place.
    """
    name = foreign.plain_name(node.function)
    given = [text_of(argument.value) for argument in node.arguments]
    if name in foreign.NOW or name in foreign.TODAY:
        return _clock(name, names)
    if name in ("datediff", "dateadd", "timestampdiff") and len(given) == 3:
        return _of_unit(name, node, given)
    if name in foreign.UNITS and len(given) == 1:
        if isinstance(node.arguments[0].value, ast.NumberLiteral):
            return f'Write `duration("{given[0]} {foreign.UNITS[name]}")`.'
        if name not in foreign.FUNCTIONS:
            return f"Write `{given[0]} * duration({literal(f'1 {foreign.UNITS[name]}')})`."
    ours = foreign.FUNCTIONS.get(name)
    if ours is None:
        return ""
    if name in ("int", "parseint") and kinds and plain(kinds[0]) == NUMBER:
        ours = "`round down({0}, 0)`"
    said = foreign.called(ours, given)
    return f"Write {of_kind(said, kinds[0]) if kinds else said}."


def unit_names(node: ast.Call) -> tuple[ast.Expression, ...]:
    """The `day` of `DATEDIFF(day, a, b)`, which is no name of a value."""
    name = foreign.plain_name(node.function)
    if name not in ("datediff", "dateadd", "timestampdiff") or not node.arguments:
        return ()
    first = node.arguments[0].value
    return (first,) if isinstance(first, ast.Name) and first.name.lower() in foreign.UNITS else ()


def _clock(name: str, names: Collection[str]) -> str:
    if "now" in names:
        return "Write `now`." if name in foreign.NOW else "Write `date(now)`."
    if "event" in names:
        return "A rule does not look at the clock: the time of the event is `event.at`."
    return ""


def _of_unit(name: str, node: ast.Call, given: list[str]) -> str:
    first = node.arguments[0].value
    word = (first.value if isinstance(first, ast.StringLiteral) else given[0]).lower()
    unit = foreign.UNITS.get(word)
    _, second, third = given
    if name == "dateadd":
        count = second.removeprefix("-")
        known = unit is not None and count.isdigit()
        sign = "-" if second.startswith("-") else "+"
        return f'Write `{third} {sign} duration("{count} {unit}")`.' if known else f"Write `{third} + duration(…)`."
    if unit == "days":
        return f"Write `({third} - {second}).days`."
    if unit is None:
        return f"Write `{third} - {second}`, which is a duration."
    return f'Write `({third} - {second}) / duration("1 {unit.removesuffix("s")}")`.'
