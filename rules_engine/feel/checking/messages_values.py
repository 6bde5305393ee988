"""What the checker says of values that cannot be, of lists, and of what the as-of time may be used for."""

from __future__ import annotations

from rules_engine.feel import ast
from rules_engine.feel.checking.conversions import day_first
from rules_engine.feel.checking.findings import Finding, finding
from rules_engine.feel.checking.wording import a, code, literal, text_of
from rules_engine.feel.syntax import foreign
from rules_engine.feel.syntax.words import RESERVED
from rules_engine.feel.types import (
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    STRING,
    TIME,
    ContextOf,
    ListOf,
    Type,
    plain,
)
from rules_engine.feel.values import reading


def bad_literal(node: ast.Node, text: str, wanted: str, example: str) -> Finding:
    """`wanted`: "a date", "a duration"."""
    if isinstance(node, ast.AtLiteral) and reading.read_words(text) is not None:
        return finding("RE341", node, f'"{text}" is not {wanted}.', f"Write `duration({literal(text)})`.")
    if "duration" not in wanted and "time" not in wanted and (day := day_first(text)):
        return finding("RE341", node, f'"{text}" is not {wanted}.', f"Write `date({literal(day)})`.")
    return finding("RE341", node, f'"{text}" is not {wanted}.', f"Write it like {example}.")


def end_of_day(node: ast.Node, text: str) -> Finding:
    start = text.replace("24:", "00:", 1)
    return finding(
        "RE353",
        node,
        f'"{text}" is the same time of day as "{start}": the start of a day, so no time is before it.',
        f'Write "{start}" for midnight; for "until midnight" leave the upper end out, as in '
        '`time(event.at) >= time("18:00:00")`.',
    )


def lookalike(node: ast.Node | ast.Place, said: str, help: str) -> Finding:
    """`said`: what it means here."""
    return finding("RE354", node, said, help)


def comment_behind(place: ast.Place, divided: str) -> Finding:
    """`divided`: the expression with a division instead of the comment."""
    help = f"To divide, write `{divided}`; a whole number is made by `floor(a / b)`."
    return finding("RE354", place, "What follows // is a comment, which does nothing.", help)


def no_such_day(node: ast.Call, wanted: str) -> Finding:
    """`wanted`: "a date", "a time of day"."""
    return finding("RE341", node, f"{code(node)} is not {wanted}.", "Look at the number of each part.")


def months_in_duration(node: ast.Node, text: str) -> Finding:
    return finding(
        "RE341",
        node,
        f'"{text}" counts months or years, whose length is not fixed.',
        'Use days: `duration("30 days")` or `duration("365 days")`.',
    )


def bad_pattern(node: ast.Node, reason: str, help: str = "") -> Finding:
    return finding(
        "RE342",
        node,
        f"This pattern cannot be used: {reason}.",
        help or "The page on patterns lists what they can hold; `starts with`, `contains` and `has word` need none.",
    )


def empty_match(node: ast.Node, function: str) -> Finding:
    return finding(
        "RE342",
        node,
        f"This pattern is found even where there is no text, so `{function}` has no result.",
        "Let it ask for one character at least: `+` instead of `*`.",
    )


def divided_by_zero(node: ast.Arithmetic) -> Finding:
    return finding("RE343", node, "This divides by zero, so it never has a value.", "Divide by another number.")


def empty_range(node: ast.RangeLiteral) -> Finding:
    return finding(
        "RE344", node, "No value lies in this range: it begins above its end.", "Write the smaller end first."
    )


# --- lists ----------------------------------------------------------------------------------------------------------


def not_a_list(node: ast.Expression, kind: Type, doing: str) -> Finding:
    """`doing`: "`some` goes through a list", "`[…]` picks from a list"."""
    help = f"One of its fields is named after a dot: `{text_of(node)}.name`." if isinstance(kind, ContextOf) else ""
    if plain(kind) == STRING and doing.startswith("`[…]`"):
        help = f"A part of a text is `substring({text_of(node)}, 1, 1)`, with the first position and the length."
    return finding("RE345", node, f"{doing}, but {code(node)} is {a(kind)}.", help)


def no_fields(node: ast.Path, kind: Type) -> Finding:
    found = f'{code(node.source)} is {a(kind)}, which has nothing called "{node.name}".'
    properties: dict[Type, str] = {
        DATE: "year month day weekday",
        DATE_AND_TIME: "year month day weekday hour minute second timezone",
        TIME: "hour minute second timezone",
        DAYS_TIME_DURATION: "days hours minutes seconds",
    }
    known = properties.get(plain(kind))
    help = f"It has: {', '.join(f'`{name}`' for name in known.split())}." if known else ""
    ours = foreign.METHODS.get(foreign.plain_name(node.name))
    if ours is not None and (isinstance(kind, ListOf) or plain(kind) == STRING):
        help = f"Write {of_kind(foreign.called(ours, [text_of(node.source)]), kind)}."
    return finding("RE346", node.name_span if node.name_span != ast.NOWHERE else node, found, help)


def of_kind(help: str, kind: Type) -> str:
    """Of what is written for a text and for a list, the one for a value of this type."""
    of_text, _, of_list = help.partition(" of a text, ")
    if of_list and isinstance(kind, ListOf):
        return of_list.removesuffix(" of a list")
    return of_text if of_list and plain(kind) == STRING else help


def field_in_brackets(node: ast.Filter, key: str) -> Finding:
    """`lead["nps"]`"""
    named = key.isidentifier() and key not in RESERVED
    written = f"{text_of(node.source)}.{key}" if named else f"get value({text_of(node.source)}, {literal(key)})"
    return finding("RE345", node, "A field is named after a dot, not in brackets.", f"Write `{written}`.")


def list_as_value(node: ast.Node, kind: Type) -> Finding:
    return finding(
        "RE347",
        node,
        f"{code(node)} is a list of one value, used as if it were that value.",
        "Leave out the square brackets." if isinstance(node, ast.ListLiteral) else "Take its first item with `[1]`.",
    )


def bad_filter(node: ast.Expression, kind: Type) -> Finding:
    return finding(
        "RE348",
        node,
        f"Between `[` and `]` stands a condition or a position, but {code(node)} is {a(kind)}.",
        f"To find items equal to it, write `[item = {text_of(node)}]`.",
    )


def no_such_position(node: ast.Expression, position: float) -> Finding:
    if position == 0:
        return finding(
            "RE352", node, "Nothing stands at position 0: the first one is 1, the last one -1.", "Did you mean `1`?"
        )
    return finding("RE352", node, f"{code(node)} is no position: positions are whole numbers.", "")


def position_by_item(node: ast.Expression) -> Finding:
    return finding(
        "RE348",
        node,
        f"Between `[` and `]` stands a condition or a position, but {code(node)} is a number that depends on the item.",
        f"Compare it, for example `[{text_of(node)} > 0]`.",
    )


def no_unary_input(node: ast.Name) -> Finding:
    return finding("RE349", node, "`?` stands for the value that is tested, and there is none here.", "")


# --- conditions that do not depend on anything ----------------------------------------------------------------------


def instance_is_fixed(node: ast.InstanceOf, kind: Type, always: bool) -> Finding:
    word = "always" if always else "never"
    return finding(
        "RE350", node, f"{code(node.value)} is {a(kind)}, so this is {word} true.", "Remove it, or test something else."
    )


def inexact_equality(node: ast.Node, computed: ast.Node) -> Finding:
    return finding(
        "RE351",
        node,
        f"{code(computed)} is computed with fractions, whose last digits are rounded: equality is left to chance.",
        "Compare with `>=` and `<=`, or round first: `round half up(…, 2) = …`.",
    )


def never_true(node: ast.Node, reason: str) -> Finding:
    return finding("RE360", node, f"{code(node)} is never true: {reason}.", "Correct it, or remove it.")


def always_true(node: ast.Node, reason: str) -> Finding:
    return finding("RE361", node, f"{code(node)} is always true: {reason}.", "Correct it, or remove it.")


# --- the as-of time -------------------------------------------------------------------------------------------------


def now_form(node: ast.Node) -> Finding:
    return finding(
        "RE370",
        node,
        "`now` is used in a way whose next change cannot be foreseen.",
        'Compare it: `now - x > duration("30 days")`, `x - now < duration("7 days")`, `now > x`; '
        "or use a part of the date: `now.hour`, `now.weekday`, `day of week(now)`.",
    )


def now_elsewhere(node: ast.Node) -> Finding:
    return finding(
        "RE371",
        node,
        "The as-of time cannot be used here: a rule looks at fields, events and tallies only.",
        "Move the condition to a label, a segment or an automation, or use a tally with `within:`.",
    )
