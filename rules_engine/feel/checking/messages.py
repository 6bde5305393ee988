"""Every mistake that the checker can find: one function each, and all of their wording. Codes are in `entries`.

A list to look things up in rather than to read, in the order of the codes: it is long, and would be no easier in parts.
What to write instead of a value of another kind is in `conversions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_engine.diagnostics.nearest import nearest, only_nearest
from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Builtin, Parameter, Signature
from rules_engine.feel.checking.conversions import DIFFERENCE, conversion, day_first
from rules_engine.feel.checking.entries import ENTRIES
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.wording import a, all_of, any_of, code, counted, literal, one_of, quoted, text_of
from rules_engine.feel.syntax import foreign
from rules_engine.feel.syntax.words import RESERVED
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    TIME,
    Band,
    ContextOf,
    ListOf,
    Type,
    plain,
)
from rules_engine.feel.values import reading

__all__ = ["ENTRIES"]


def _finding(
    number: str, where: ast.Node | ast.Place, message: str, help: str = "", fix: str = "", word: str | None = None
) -> Finding:
    place = where if isinstance(where, ast.Place) else where.span
    return Finding(number, ENTRIES[number].severity, message, help, place.start, place.end, fix, word or "")


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    found = nearest(name, known)
    return "" if found is None or found == name else f"Did you mean `{found}`?"


# --- names ----------------------------------------------------------------------------------------------------------


def unknown_name(node: ast.Name, known: Sequence[str], fields: Sequence[str], functions: Iterable[str]) -> Finding:
    """`fields` are the paths one step below the known names ("lead.country"), for a forgotten `lead.`."""
    inside = [path for path in fields if path.rpartition(".")[2] == node.name]
    if inside:
        help = f"Did you mean {any_of([f'`{path}`' for path in inside[:3]])}?"
    elif reading.read_days_time(node.name) is not None:
        help = f"Write `duration({literal(node.name)})`."
    elif reading.read_years_months(node.name) is not None:
        help = 'Write a length of time in days: `duration("30 days")`.'
    elif node.name.lower() in ("true", "false", "null"):
        help = f"The language's words are in small letters: `{node.name.lower()}`."
    elif node.name.lower() in foreign.VALUES:
        help = f"Write `{foreign.VALUES[node.name.lower()]}`; text is written in quotes: {literal(node.name)}."
    else:
        help = _did_you_mean(node.name, known) or _near_call(node.name, functions)
    if not help and known:
        help = f"Known here: {', '.join(f'`{name}`' for name in known[:12])}. "
        help += f"Text is written in quotes: {literal(node.name)}."
    word = only_nearest(node.name, known) if not inside else inside[0] if len(inside) == 1 else None
    return _finding("RE320", node, f'"{node.name}" is not a name that can be used here.', help, word=word)


def comment_as_number(node: ast.Name) -> Finding:
    """`lead.nps > 3 -- why`"""
    message = f'"{node.name}" is not a name that can be used here.'
    return _finding("RE320", node, message, "If it is a comment: it begins with //, not with --.")


def _near_call(name: str, functions: Iterable[str]) -> str:
    # `US` is a text without quotes, not the function `is`; a slip seldom is in the first letter
    found = nearest(name, (one for one in functions if one[:1] == name[:1])) if len(name) > 3 else None
    return "" if found is None else f"Did you mean the function `{found}(…)`?"


def unknown_field(node: ast.Path, source: ContextOf) -> Finding:
    known = [entry.name for entry in source.entries]
    what = _LABELS.get(source.label, f'"{source.label}" has no entry')
    help = _did_you_mean(node.name, known)
    if help and source.label != "context":
        help = f"Did you mean `{source.label}.{nearest(node.name, known)}`?"
    if not help:
        help = f"Known: {', '.join(f'`{name}`' for name in known[:12])}." if known else "None is declared."
    if source.label in ("lead", "account", "event"):
        help += " New ones are declared in the model's `fields:` or `events:`."
    if node.name_span == ast.NOWHERE:
        return _finding("RE321", node, f'{what} "{node.name}".', help)
    return _finding("RE321", node.name_span, f'{what} "{node.name}".', help, word=only_nearest(node.name, known))


_LABELS = {
    "lead": "A lead has no field",
    "account": "An account has no field",
    "event": "This event has no attribute",
    "constants": "There is no constant",
    "tally": "There is no tally",
    "score": "There is no score",
    "band": "There is no score with bands called",
    "gate": "There is no gate",
    "label": "There is no label that can be used here called",
    "last": "There is no tally",
    "first": "There is no tally",
    "last_increase": "There is no score",
    "context": "There is no entry",
}


def unknown_function(node: ast.Call, functions: Iterable[str], help: str) -> Finding:
    """`help`: what is written for a function of another language, or empty."""
    names = list(functions)
    message = f'There is no function called "{node.function}".'
    plain_name = foreign.plain_name(node.function)
    found = next((name for name in names if foreign.plain_name(name) == plain_name), None)
    if help and (found is None or plain_name in foreign.NOW | foreign.TODAY):
        return _finding("RE322", _name_of(node), message, help)
    found = found or nearest(node.function, names)
    help = f"Did you mean `{found}(…)`?" if found else "The functions are listed in the reference."
    word = only_nearest(node.function, names) if node.function_span != ast.NOWHERE else None
    return _finding("RE322", _name_of(node), message, help, word=word)


def unknown_parameter(node: ast.Argument, function: Builtin) -> Finding:
    known = list(dict.fromkeys(p.name for signature in function.signatures for p in signature.parameters))
    help = _did_you_mean(node.name or "", known) or f"It has: {', '.join(f'`{name}`' for name in known)}."
    return _finding("RE323", node, f'The function "{function.name}" has no parameter called "{node.name}".', help)


def wrong_count(node: ast.Call, function: Builtin) -> Finding:
    given = counted(len(node.arguments), "value")
    return _finding(
        "RE324",
        node,
        f'The function "{function.name}" was given {given}, but takes {_counts(function)}.',
        _usage(function),
    )


def missing_parameter(node: ast.Call, function: Builtin, names: Sequence[str]) -> Finding:
    missing = all_of([f'"{name}"' for name in names])
    return _finding(
        "RE324", node, f'The function "{function.name}" also needs a value for {missing}.', _usage(function)
    )


def repeated_parameter(node: ast.Argument) -> Finding:
    return _finding("RE324", node, f'The parameter "{node.name}" is given twice.', "Give each parameter once.")


def function_without_parentheses(node: ast.Name, function: Builtin) -> Finding:
    return _finding(
        "RE325", node, f'"{node.name}" is a function: it needs what it works on, in parentheses.', _usage(function)
    )


def repeated_key(entry: ast.ContextEntry) -> Finding:
    return _finding(
        "RE326", entry, f'The key "{entry.key}" stands twice in one context.', "Remove one of the two, or rename it."
    )


def hides(node: ast.Node, name: str) -> Finding:
    return _finding(
        "RE327",
        node,
        f'"{name}" has a meaning here already, which this new name would hide.',
        f"Give it another name, for example `each_{name}`.",
    )


def _usage(function: Builtin) -> str:
    if function.name == "duration":
        return 'Write it as one text: `duration("30 days")`.'
    ways = dict.fromkeys(f"`{_call(function.name, signature)}`" for signature in function.signatures[:3])
    return f"Write {any_of(list(ways))}."


def _call(name: str, signature: Signature) -> str:
    required = [p.name + ("…" if p.variadic else "") for p in signature.parameters if not p.optional]
    optional = "".join(f"[, {p.name}]" for p in signature.parameters if p.optional)
    return f"{name}({', '.join(required)}{optional})"


def _counts(function: Builtin) -> str:
    if any(signature.most is None for signature in function.signatures):
        return f"{min(signature.fewest for signature in function.signatures)} or more"
    counts = sorted({n for s in function.signatures for n in range(s.fewest, (s.most or 0) + 1)})
    return "none" if counts == [0] else any_of([str(count) for count in counts])


def _name_of(node: ast.Call) -> ast.Place:
    return node.function_span if node.function_span != ast.NOWHERE else node.span


# --- kinds of values ------------------------------------------------------------------------------------------------


def wrong_argument(value: ast.Expression, kind: Type, function: Builtin, parameter: Parameter) -> Finding:
    wanted = one_of(parameter.types)
    message = (
        f'The function "{function.name}" wants {wanted} as its "{parameter.name}", but {code(value)} is {a(kind)}.'
    )
    if (day := DIFFERENCE.fullmatch(_bare(value))) and function.name in ("date", "date and time"):
        return _finding("RE330", value, message, f'Write `{function.name}("{day[1]}-{day[2]}-{day[3]}")`.')
    if function.name == "duration" and plain(kind) == NUMBER:
        return _finding("RE330", value, message, conversion(value, kind, DAYS_TIME_DURATION))
    if isinstance(kind, ListOf) and plain(kind.item) == STRING and function.name in _OF_ONE_TEXT:
        asked = f"`some x in {_bare(value)} satisfies {function.name}(…, x)`"
        return _finding("RE330", value, message, f"To ask for one of several, write {asked}.")
    return _finding("RE330", value, message, conversion(value, kind, parameter.types[0]))


_OF_ONE_TEXT = ("contains", "starts with", "ends with", "matches")


def never_an_item(value: ast.Expression, kind: Type, items: ast.Expression, item: Type) -> Finding:
    message = f"{code(value)} is {a(kind)}, but each item of {code(items)} is {a(item)}: it is never among them."
    if isinstance(kind, ListOf) and plain(kind.item) == plain(item):
        help = f"To look for several, write `some x in {_bare(items)} satisfies x in {_bare(value)}`."
        return _finding("RE331", value, message, help)
    return _finding("RE331", value, message, conversion(value, kind, item))


def null_among(node: ast.Expression, function: str) -> Finding:
    return _finding(
        "RE330",
        node,
        f'The function "{function}" has no result where one of its values is null.',
        "Leave `null` out; of fields that may be missing, `[item != null]` behind a list keeps those that are known.",
    )


def unlike(node: ast.Node, left: ast.Node, left_type: Type, right: ast.Node, right_type: Type) -> Finding:
    message = f"{code(left)} is {a(left_type)} and {code(right)} is {a(right_type)}, so they can never be compared."
    for items, kind, item, other in ((left, left_type, right, right_type), (right, right_type, left, left_type)):
        if isinstance(kind, ListOf) and plain(kind.item) == plain(other) and isinstance(node, ast.Comparison):
            asked = f"`list contains({_bare(items)}, {_bare(item)})`"
            return _finding("RE331", node, message, f"To ask whether it is among them, write {asked}.")
    if isinstance(left, ast.StringLiteral | ast.NumberLiteral):  # rather turn the constant than the field
        left, left_type, right, right_type = right, right_type, left, left_type
    return _finding("RE331", node, message, conversion(right, right_type, left_type))


def never_ordered(node: ast.Node, side: ast.Node, kind: Type) -> Finding:
    if isinstance(node, ast.Comparison) and isinstance(side, ast.Comparison) and node.left is side:
        second = ast.Comparison(node.op, side.right, node.right)  # `5 < x < 10`
        return _finding(
            "RE332",
            node,
            f"{code(side)} is true or false, which is neither less nor more than anything.",
            f"Write both comparisons: `{_bare(side)} and {_bare(second)}`.",
        )
    help = "Use `=` or `!=`." if plain(kind) == BOOLEAN else "Compare one of its values, or its `count(…)`."
    return _finding(
        "RE332", node, f"{code(side)} is {a(kind)}, which has no order: nothing is less or more than it.", help
    )


def compared_with_null(node: ast.Node, subject: ast.Node) -> Finding:
    known = code(ast.Comparison("!=", _expr(subject), _NULL))
    return _finding(
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
    return _finding("RE334", value, message, f"{help}Allowed: {quoted(allowed, 12)}.", word=word)


def bands_as_text(node: ast.Comparison | ast.Node, subject: ast.Node, kind: Band, bound: ast.Node, op: str) -> Finding:
    name = _band_for(kind, bound, op)
    text = f"at least({_bare(subject)}, {name})"
    return _finding(
        "RE335",
        node,
        f"Bands are compared by the alphabet here, not in their own order ({' < '.join(kind.order)}).",
        f"Write `{text if op in ('>', '>=') else f'not({text})'}`.",
    )


def _bare(node: ast.Node) -> str:
    return text_of(node)


def _band_for(kind: Band, bound: ast.Node, op: str) -> str:
    """The band to name in `at least`: for `> "B"` and `<= "B"` the one above B."""
    if not isinstance(bound, ast.StringLiteral) or bound.value not in kind.order:
        return _bare(bound)
    place = kind.order.index(bound.value) + (op in (">", "<="))
    return literal(kind.order[min(place, len(kind.order) - 1)])


def at_least_without_band(value: ast.Expression, kind: Type) -> Finding:
    return _finding(
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
    return _finding("RE337", node, message, help)


def bad_arithmetic(node: ast.Arithmetic, left: Type, right: Type) -> Finding:
    verb = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided", "**": "raised to a power"}[node.op]
    message = f"{code(node.left)} is {a(left)} and {code(node.right)} is {a(right)}, and these cannot be {verb}."
    return _finding("RE338", node, message, _arithmetic_help(node, left, right))


def _arithmetic_help(node: ast.Arithmetic, left: Type, right: Type) -> str:
    kinds = {plain(left), plain(right)}
    dated = kinds & {DATE, TIME, DATE_AND_TIME, DAYS_TIME_DURATION}
    if NUMBER in kinds and dated:
        number = node.left if plain(left) == NUMBER else node.right
        count = number.text or f"{number.value:g}" if isinstance(number, ast.NumberLiteral) else "2"
        return f'A bare number has no unit. Write a duration, for example `duration("{count} days")`.'
    if STRING in kinds and node.op == "+":
        other = node.right if plain(left) == STRING else node.left
        return f"To join texts, turn the other into text: `string({_bare(other)})`."
    if STRING in kinds and NUMBER in kinds:
        text = node.left if plain(left) == STRING else node.right
        return f'To reckon with it, turn the text into a number: `number({_bare(text)}, null, ".")`.'
    return ""


def bad_negation(node: ast.Negate, kind: Type) -> Finding:
    help = "To turn a condition round, write `not(…)`." if plain(kind) == BOOLEAN else ""
    return _finding("RE338", node, f"{code(node.operand)} is {a(kind)}, and `-` needs a number or a duration.", help)


def not_a_condition(node: ast.Expression, kind: Type, where: str) -> Finding:
    """`where`: "The condition of `if`", "The left side of `and`"."""
    return _finding(
        "RE339", node, f"{where} must be true or false, but {code(node)} is {a(kind)}.", _condition_help(node, kind)
    )


def _condition_help(node: ast.Expression, kind: Type) -> str:
    text = _bare(node)
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
    asked = f"{_bare(subject)} in ({', '.join(_bare(value) for value in values)})"
    are = "is none" if len(wrong) == 1 else "are none"
    message = f"`or` joins conditions, and {all_of([code(value) for value in wrong])} {are}."
    place = ast.Place(wrong[0].span.start, wrong[-1].span.end)
    return _finding("RE339", place, message, f"Write `{f'not({asked})' if negated else asked}`.")


def not_expected(node: ast.Expression, kind: Type, wanted: Type) -> Finding:
    return _finding(
        "RE340", node, f"This must be {a(wanted)}, but {code(node)} is {a(kind)}.", conversion(node, kind, wanted)
    )


# --- constants that cannot be ---------------------------------------------------------------------------------------


def bad_literal(node: ast.Node, text: str, wanted: str, example: str) -> Finding:
    """`wanted`: "a date", "a duration"."""
    if isinstance(node, ast.AtLiteral) and reading.read_words(text) is not None:
        return _finding("RE341", node, f'"{text}" is not {wanted}.', f"Write `duration({literal(text)})`.")
    if "duration" not in wanted and "time" not in wanted and (day := day_first(text)):
        return _finding("RE341", node, f'"{text}" is not {wanted}.', f"Write `date({literal(day)})`.")
    return _finding("RE341", node, f'"{text}" is not {wanted}.', f"Write it like {example}.")


def end_of_day(node: ast.Node, text: str) -> Finding:
    start = text.replace("24:", "00:", 1)
    return _finding(
        "RE353",
        node,
        f'"{text}" is the same time of day as "{start}": the start of a day, so no time is before it.',
        f'Write "{start}" for midnight; for "until midnight" leave the upper end out, as in '
        '`time(event.at) >= time("18:00:00")`.',
    )


def lookalike(node: ast.Node | ast.Place, said: str, help: str) -> Finding:
    """`said`: what it means here."""
    return _finding("RE354", node, said, help)


def comment_behind(place: ast.Place, divided: str) -> Finding:
    """`divided`: the expression with a division instead of the comment."""
    help = f"To divide, write `{divided}`; a whole number is made by `floor(a / b)`."
    return _finding("RE354", place, "What follows // is a comment, which does nothing.", help)


def no_such_day(node: ast.Call, wanted: str) -> Finding:
    """`wanted`: "a date", "a time of day"."""
    return _finding("RE341", node, f"{code(node)} is not {wanted}.", "Look at the number of each part.")


def months_in_duration(node: ast.Node, text: str) -> Finding:
    return _finding(
        "RE341",
        node,
        f'"{text}" counts months or years, whose length is not fixed.',
        'Use days: `duration("30 days")` or `duration("365 days")`.',
    )


def bad_pattern(node: ast.Node, reason: str, help: str = "") -> Finding:
    return _finding(
        "RE342",
        node,
        f"This pattern cannot be used: {reason}.",
        help or "The page on patterns lists what they can hold; `starts with`, `contains` and `has word` need none.",
    )


def empty_match(node: ast.Node, function: str) -> Finding:
    return _finding(
        "RE342",
        node,
        f"This pattern is found even where there is no text, so `{function}` has no result.",
        "Let it ask for one character at least: `+` instead of `*`.",
    )


def divided_by_zero(node: ast.Arithmetic) -> Finding:
    return _finding("RE343", node, "This divides by zero, so it never has a value.", "Divide by another number.")


def empty_range(node: ast.RangeLiteral) -> Finding:
    return _finding(
        "RE344", node, "No value lies in this range: it begins above its end.", "Write the smaller end first."
    )


# --- lists ----------------------------------------------------------------------------------------------------------


def not_a_list(node: ast.Expression, kind: Type, doing: str) -> Finding:
    """`doing`: "`some` goes through a list", "`[…]` picks from a list"."""
    help = f"One of its fields is named after a dot: `{_bare(node)}.name`." if isinstance(kind, ContextOf) else ""
    if plain(kind) == STRING and doing.startswith("`[…]`"):
        help = f"A part of a text is `substring({_bare(node)}, 1, 1)`, with the first position and the length."
    return _finding("RE345", node, f"{doing}, but {code(node)} is {a(kind)}.", help)


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
        help = f"Write {of_kind(foreign.called(ours, [_bare(node.source)]), kind)}."
    return _finding("RE346", node.name_span if node.name_span != ast.NOWHERE else node, found, help)


def of_kind(help: str, kind: Type) -> str:
    """Of what is written for a text and for a list, the one for a value of this type."""
    of_text, _, of_list = help.partition(" of a text, ")
    if of_list and isinstance(kind, ListOf):
        return of_list.removesuffix(" of a list")
    return of_text if of_list and plain(kind) == STRING else help


def field_in_brackets(node: ast.Filter, key: str) -> Finding:
    """`lead["nps"]`"""
    named = key.isidentifier() and key not in RESERVED
    written = f"{_bare(node.source)}.{key}" if named else f"get value({_bare(node.source)}, {literal(key)})"
    return _finding("RE345", node, "A field is named after a dot, not in brackets.", f"Write `{written}`.")


def list_as_value(node: ast.Node, kind: Type) -> Finding:
    return _finding(
        "RE347",
        node,
        f"{code(node)} is a list of one value, used as if it were that value.",
        "Leave out the square brackets." if isinstance(node, ast.ListLiteral) else "Take its first item with `[1]`.",
    )


def bad_filter(node: ast.Expression, kind: Type) -> Finding:
    return _finding(
        "RE348",
        node,
        f"Between `[` and `]` stands a condition or a position, but {code(node)} is {a(kind)}.",
        f"To find items equal to it, write `[item = {_bare(node)}]`.",
    )


def no_such_position(node: ast.Expression, position: float) -> Finding:
    if position == 0:
        return _finding(
            "RE352", node, "Nothing stands at position 0: the first one is 1, the last one -1.", "Did you mean `1`?"
        )
    return _finding("RE352", node, f"{code(node)} is no position: positions are whole numbers.", "")


def position_by_item(node: ast.Expression) -> Finding:
    return _finding(
        "RE348",
        node,
        f"Between `[` and `]` stands a condition or a position, but {code(node)} is a number that depends on the item.",
        f"Compare it, for example `[{_bare(node)} > 0]`.",
    )


def no_unary_input(node: ast.Name) -> Finding:
    return _finding("RE349", node, "`?` stands for the value that is tested, and there is none here.", "")


# --- conditions that do not depend on anything ----------------------------------------------------------------------


def instance_is_fixed(node: ast.InstanceOf, kind: Type, always: bool) -> Finding:
    word = "always" if always else "never"
    return _finding(
        "RE350", node, f"{code(node.value)} is {a(kind)}, so this is {word} true.", "Remove it, or test something else."
    )


def inexact_equality(node: ast.Node, computed: ast.Node) -> Finding:
    return _finding(
        "RE351",
        node,
        f"{code(computed)} is computed with fractions, whose last digits are rounded: equality is left to chance.",
        "Compare with `>=` and `<=`, or round first: `round half up(…, 2) = …`.",
    )


def never_true(node: ast.Node, reason: str) -> Finding:
    return _finding("RE360", node, f"{code(node)} is never true: {reason}.", "Correct it, or remove it.")


def always_true(node: ast.Node, reason: str) -> Finding:
    return _finding("RE361", node, f"{code(node)} is always true: {reason}.", "Correct it, or remove it.")


# --- the as-of time -------------------------------------------------------------------------------------------------


def now_form(node: ast.Node) -> Finding:
    return _finding(
        "RE370",
        node,
        "`now` is used in a way whose next change cannot be foreseen.",
        'Compare it: `now - x > duration("30 days")`, `x - now < duration("7 days")`, `now > x`; '
        "or use a part of the date: `now.hour`, `now.weekday`, `day of week(now)`.",
    )


def now_elsewhere(node: ast.Node) -> Finding:
    return _finding(
        "RE371",
        node,
        "The as-of time cannot be used here: a rule looks at fields, events and tallies only.",
        "Move the condition to a label, a segment or an automation, or use a tally with `within:`.",
    )


# --- missing values -------------------------------------------------------------------------------------------------


def true_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    names = all_of([f"`{path}`" for path in paths])
    return _finding(
        "RE380",
        place,
        f"{code(place)} can be true because {names} {_is(paths)} missing, so missing data would count.",
        f"Say what a missing value means. If it should not count, write: {fix}",
        fix,
    )


def none_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    """A line of `none`, which helps the whole to be true by not being true."""
    names = all_of([f"`{path}`" for path in paths])
    return _finding(
        "RE380",
        place,
        f"{code(place)} stands in `none` and can be false because {names} {_is(paths)} missing, "
        "so missing data would count.",
        f"Say what a missing value means. If it should not count, write: {fix}",
        fix,
    )


def value_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    names = all_of([f"`{path}`" for path in paths])
    return _finding(
        "RE381",
        place,
        f"{code(place)} gives a value because {names} {_is(paths)} missing, so missing data would count.",
        f"Say what a missing value means. If it should give nothing, write: {fix}",
        fix,
    )


def false_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    names = all_of([f"`{path}`" for path in paths])
    return _finding(
        "RE382",
        place,
        f"{code(place)} can be false because {names} {_is(paths)} missing, and `otherwise` counts when it is false.",
        f"Say what a missing value means. If it should count for neither, write: {fix}",
        fix,
    )


def _is(paths: Sequence[str]) -> str:
    return "is" if len(paths) == 1 else "are"
