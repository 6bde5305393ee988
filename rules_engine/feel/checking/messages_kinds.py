"""What the checker says of values of a kind that cannot stand where they stand: in functions, comparisons, reckoning.

What to write instead of a value of another kind is in `conversions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.diagnostics.nearest import nearest, only_nearest
from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Builtin, Parameter
from rules_engine.feel.checking.conversions import DIFFERENCE, conversion
from rules_engine.feel.checking.findings import Finding, finding
from rules_engine.feel.checking.wording import a, all_of, code, literal, one_of, quoted, text_of
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    TIME,
    Band,
    ListOf,
    Type,
    plain,
)


def wrong_argument(value: ast.Expression, kind: Type, function: Builtin, parameter: Parameter) -> Finding:
    wanted = one_of(parameter.types)
    message = (
        f'The function "{function.name}" wants {wanted} as its "{parameter.name}", but {code(value)} is {a(kind)}.'
    )
    if (day := DIFFERENCE.fullmatch(text_of(value))) and function.name in ("date", "date and time"):
        return finding("RE330", value, message, f'Write `{function.name}("{day[1]}-{day[2]}-{day[3]}")`.')
    if function.name == "duration" and plain(kind) == NUMBER:
        return finding("RE330", value, message, conversion(value, kind, DAYS_TIME_DURATION))
    if isinstance(kind, ListOf) and plain(kind.item) == STRING and function.name in _OF_ONE_TEXT:
        asked = f"`some x in {text_of(value)} satisfies {function.name}(…, x)`"
        return finding("RE330", value, message, f"To ask for one of several, write {asked}.")
    return finding("RE330", value, message, conversion(value, kind, parameter.types[0]))


_OF_ONE_TEXT = ("contains", "starts with", "ends with", "matches")


def never_an_item(value: ast.Expression, kind: Type, items: ast.Expression, item: Type) -> Finding:
    message = f"{code(value)} is {a(kind)}, but each item of {code(items)} is {a(item)}: it is never among them."
    if isinstance(kind, ListOf) and plain(kind.item) == plain(item):
        help = f"To look for several, write `some x in {text_of(items)} satisfies x in {text_of(value)}`."
        return finding("RE331", value, message, help)
    return finding("RE331", value, message, conversion(value, kind, item))


def null_among(node: ast.Expression, function: str) -> Finding:
    return finding(
        "RE330",
        node,
        f'The function "{function}" has no result where one of its values is null.',
        "Leave `null` out; of fields that may be missing, `[item != null]` behind a list keeps those that are known.",
    )


def unlike(node: ast.Node, left: ast.Node, left_type: Type, right: ast.Node, right_type: Type) -> Finding:
    message = f"{code(left)} is {a(left_type)} and {code(right)} is {a(right_type)}, so they can never be compared."
    for items, kind, item, other in ((left, left_type, right, right_type), (right, right_type, left, left_type)):
        if isinstance(kind, ListOf) and plain(kind.item) == plain(other) and isinstance(node, ast.Comparison):
            asked = f"`list contains({text_of(items)}, {text_of(item)})`"
            return finding("RE331", node, message, f"To ask whether it is among them, write {asked}.")
    if isinstance(left, ast.StringLiteral | ast.NumberLiteral):  # rather turn the constant than the field
        left, left_type, right, right_type = right, right_type, left, left_type
    return finding("RE331", node, message, conversion(right, right_type, left_type))


def never_ordered(node: ast.Node, side: ast.Node, kind: Type) -> Finding:
    if isinstance(node, ast.Comparison) and isinstance(side, ast.Comparison) and node.left is side:
        second = ast.Comparison(node.op, side.right, node.right)  # `5 < x < 10`
        return finding(
            "RE332",
            node,
            f"{code(side)} is true or false, which is neither less nor more than anything.",
            f"Write both comparisons: `{text_of(side)} and {text_of(second)}`.",
        )
    help = "Use `=` or `!=`." if plain(kind) == BOOLEAN else "Compare one of its values, or its `count(…)`."
    return finding(
        "RE332", node, f"{code(side)} is {a(kind)}, which has no order: nothing is less or more than it.", help
    )


def compared_with_null(node: ast.Node, subject: ast.Node) -> Finding:
    known = code(ast.Comparison("!=", _expr(subject), _NULL))
    return finding(
        "RE333",
        node,
        "Nothing is less or more than null, so this is never true.",
        f"To ask whether it is known, write {known}.",
    )


_NULL = ast.NullLiteral()


def _expr(node: ast.Node) -> ast.Expression:
    return node  # type: ignore[return-value]  # callers pass the side of a comparison


def impossible_value(value: ast.Node, text: str, subject: ast.Node, kind: Type, allowed: Sequence[str]) -> Finding:
    if isinstance(kind, Band):
        message = f'The score "{kind.score}" has no band "{text}".'
    else:
        message = f'{code(subject)} is never "{text}": that is not one of its allowed values.'
    found = nearest(text, allowed)
    help = f"Did you mean {literal(found)}? " if found else ""
    meant = only_nearest(text, allowed) if isinstance(value, ast.StringLiteral) else None
    word = None if meant is None else literal(meant)
    return finding("RE334", value, message, f"{help}Allowed: {quoted(allowed, 12)}.", word=word)


def bands_as_text(node: ast.Comparison | ast.Node, subject: ast.Node, kind: Band, bound: ast.Node, op: str) -> Finding:
    name = _band_for(kind, bound, op)
    text = f"at least({text_of(subject)}, {name})"
    return finding(
        "RE335",
        node,
        f"Bands are compared by the alphabet here, not in their own order ({' < '.join(kind.order)}).",
        f"Write `{text if op in ('>', '>=') else f'not({text})'}`.",
    )


def _band_for(kind: Band, bound: ast.Node, op: str) -> str:
    """The band to name in `at least`: for `> "B"` and `<= "B"` the one above B."""
    if not isinstance(bound, ast.StringLiteral) or bound.value not in kind.order:
        return text_of(bound)
    place = kind.order.index(bound.value) + (op in (">", "<="))
    return literal(kind.order[min(place, len(kind.order) - 1)])


def at_least_without_band(value: ast.Expression, kind: Type) -> Finding:
    return finding(
        "RE336",
        value,
        f"`at least` compares bands, but {code(value)} is {a(kind)}.",
        "Give it a band, such as `band.fit`; numbers are compared with `>=`.",
    )


def zones_mixed(node: ast.Node, local: ast.Node, zoned: ast.Node) -> Finding:
    help = "Write the zone into the text, for example `2026-09-01T08:00:00@Europe/Paris` or `…Z` for UTC."
    message = (
        f"{code(local)} has no time zone and {code(zoned)} has one: which is earlier depends on the zone that is meant."
    )
    return finding("RE337", node, message, help)


def bad_arithmetic(node: ast.Arithmetic, left: Type, right: Type) -> Finding:
    verb = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided", "**": "raised to a power"}[node.op]
    message = f"{code(node.left)} is {a(left)} and {code(node.right)} is {a(right)}, and these cannot be {verb}."
    return finding("RE338", node, message, _arithmetic_help(node, left, right))


def _arithmetic_help(node: ast.Arithmetic, left: Type, right: Type) -> str:
    kinds = {plain(left), plain(right)}
    dated = kinds & {DATE, TIME, DATE_AND_TIME, DAYS_TIME_DURATION}
    if NUMBER in kinds and dated:
        number = node.left if plain(left) == NUMBER else node.right
        count = number.text or f"{number.value:g}" if isinstance(number, ast.NumberLiteral) else "2"
        return f'A bare number has no unit. Write a duration, for example `duration("{count} days")`.'
    if node.op == "/" and isinstance(node.left, ast.StringLiteral) and isinstance(node.right, ast.StringLiteral):
        return f"To ask for one of several, write `… in ({text_of(node.left)}, {text_of(node.right)})`."
    if STRING in kinds and node.op == "+":
        other = node.right if plain(left) == STRING else node.left
        return f"To join texts, turn the other into text: `string({text_of(other)})`."
    if STRING in kinds and NUMBER in kinds:
        text = node.left if plain(left) == STRING else node.right
        return f'To reckon with it, turn the text into a number: `number({text_of(text)}, null, ".")`.'
    return ""


def bad_negation(node: ast.Negate, kind: Type) -> Finding:
    help = "To turn a condition round, write `not(…)`." if plain(kind) == BOOLEAN else ""
    return finding("RE338", node, f"{code(node.operand)} is {a(kind)}, and `-` needs a number or a duration.", help)


def not_a_condition(node: ast.Expression, kind: Type, where: str) -> Finding:
    """`where`: "The condition of `if`", "The left side of `and`"."""
    return finding(
        "RE339", node, f"{where} must be true or false, but {code(node)} is {a(kind)}.", _condition_help(node, kind)
    )


def _condition_help(node: ast.Expression, kind: Type) -> str:
    text = text_of(node)
    if isinstance(node, ast.StringLiteral | ast.NumberLiteral):
        return f"Say what is to equal it, `… = {text}`; one of several values is asked for with `… in ({text}, …)`."
    match plain(kind):
        case k if k == NUMBER:
            return f"Compare it, for example `{text} > 0`."
        case k if k == STRING:
            return f'Compare it, for example `{text} = "…"`; to ask whether it is known, write `{text} != null`.'
        case ListOf():
            return f"Ask something of it, for example `count({text}) > 0`."
        case _:
            return f"Compare it with something; to ask whether it is known, write `{text} != null`."


def values_joined(
    wrong: Sequence[ast.Node], subject: ast.Node, values: Sequence[ast.Node], *, negated: bool = False
) -> Finding:
    """`x = "a" or "b"`, `x = ("a" or "b")`; `wrong` are the values that stand as conditions."""
    asked = f"{text_of(subject)} in ({', '.join(text_of(value) for value in values)})"
    are = "is none" if len(wrong) == 1 else "are none"
    message = f"`or` joins conditions, and {all_of([code(value) for value in wrong])} {are}."
    place = ast.Place(wrong[0].span.start, wrong[-1].span.end)
    return finding("RE339", place, message, f"Write `{f'not({asked})' if negated else asked}`.")


def not_expected(node: ast.Expression, kind: Type, wanted: Type) -> Finding:
    return finding(
        "RE340", node, f"This must be {a(wanted)}, but {code(node)} is {a(kind)}.", conversion(node, kind, wanted)
    )
