"""What reads as FEEL but is written as in another language, and means something else there: `x in [1-5]`.

Each function reports where it finds such a thing; the expression is checked all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_values
from rules_engine.feel.checking.checker import Checker
from rules_engine.feel.checking.wording import code, literal, text_of
from rules_engine.feel.types import NUMBER, STRING, Typed, plain

_REGEX_LITERAL = re.compile(r"/((?:[^/\\]|\\.)+)/([gimsuy]*i[gimsuy]*|g)")
_INLINE_FLAGS = re.compile(r"\(\?([imsx]+)(?:\)(.*)|:(.*)\))", re.DOTALL)
_PLAIN_TEXT = ("contains", "starts with", "ends with")


def in_tests(checker: Checker, node: ast.In, value: Typed) -> None:
    """`x in [1-5]`, `x in 1-5`: a difference; `"vp" in lead.title`: whether they are equal; `x in (1,000)`."""
    values = [test.value for test in node.tests]
    grouped_digits(checker, values)
    for tested in values:
        alone = isinstance(tested, ast.ListLiteral) and len(tested.items) == 1
        item = tested.items[0] if alone and isinstance(tested, ast.ListLiteral) else tested
        match item:
            case ast.Arithmetic(op="-", left=ast.NumberLiteral() as low, right=ast.NumberLiteral() as high) if (
                low.value < high.value and plain(value.type) == NUMBER
            ):
                said = f"`{text_of(item)}` is one number, {low.value - high.value:g}."
                written = f"`{text_of(node.value)} in [{text_of(low)}..{text_of(high)}]`"
                checker.report(
                    messages_values.lookalike(tested, said, f"Between the ends of a range stand two dots: {written}.")
                )
    match node:
        case ast.In(value=ast.StringLiteral() as part, tests=(ast.ValueTest(value=ast.Path() as whole),)):
            if checker.types[id(whole)].type == STRING:
                said = f"This asks whether {literal(part.value)} and `{text_of(whole)}` are equal."
                written = f"`contains({text_of(whole)}, {literal(part.value)})`"
                checker.report(
                    messages_values.lookalike(node, said, f"To look for one text in another, write {written}.")
                )
        case ast.In(tests=(ast.ValueTest(value=ast.StringLiteral(value=text) as whole),)) if "," in text:
            said = f"This asks whether {code(node.value)} is the whole of {code(whole)}."
            each = ", ".join(literal(one.strip()) for one in text.split(",") if one.strip())
            written = f"`{text_of(node.value)} in ({each})`"
            checker.report(messages_values.lookalike(whole, said, f"To ask for one of several, write {written}."))


def two_minus_signs(checker: Checker, node: ast.Arithmetic) -> None:
    """`x -- 5`: in other languages a comment, or a step."""
    match node:
        case ast.Arithmetic(op="-", left=left, right=ast.Negate(operand=number) as right):
            if right.span.start - left.span.end <= 2:
                said = f"Two minus signs are a plus: {code(node)} adds {code(number)}."
                written = f"`{text_of(left)} + {text_of(number)}`"
                checker.report(messages_values.lookalike(node, said, f"Write {written}; a comment begins with //."))


def third_dot(checker: Checker, node: ast.RangeLiteral) -> bool:
    """`[1...5]` ends at .5."""
    match node:
        case ast.RangeLiteral(low=ast.NumberLiteral() as low, high=ast.NumberLiteral(text=text) as high):
            if text.startswith(".") and low.span.end + 2 == high.span.start:
                ends = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
                written = f"`{ends[0]}{text_of(low)}..{text[1:]}{ends[1]}`"
                said = f"This range ends at {text}, as the third dot belongs to the number."
                checker.report(messages_values.lookalike(node, said, f"Write {written}."))
                return True
    return False


def grouped_digits(checker: Checker, values: Sequence[ast.Expression]) -> None:
    """`max(1,000, 5)` has three values."""
    for left, right in pairwise(values):
        if not isinstance(left, ast.NumberLiteral) or not isinstance(right, ast.NumberLiteral):
            continue
        if not re.fullmatch(r"0[0-9]{2}", right.text) or not re.fullmatch(r"[0-9]{1,3}", left.text):
            continue
        if left.span.end + 1 == right.span.start:
            said = f"`{left.text},{right.text}` are two numbers, {left.text} and {right.value:g}."
            place = ast.NumberLiteral(0, "", span=ast.Place(left.span.start, right.span.end))
            checker.report(
                messages_values.lookalike(
                    place, said, f"A number is written without commas: `{left.text}{right.text}`."
                )
            )


def sought_text(checker: Checker, node: ast.Call, values: Sequence[ast.Expression]) -> None:
    """Patterns as other languages write them: `matches(x, "/vp/i")`, `contains(x, ".*vp.*")`, `contains(x, "%vp%")`."""
    if node.function not in ("matches", *_PLAIN_TEXT) or len(values) != 2:
        return
    subject, sought = values
    if not isinstance(sought, ast.StringLiteral):
        return
    text, plain_text = sought.value, node.function in _PLAIN_TEXT
    if (regex := _REGEX_LITERAL.fullmatch(text)) is not None:
        said = "The slashes and the letters behind them are looked for as they are."
        written = with_flags(subject, regex[1], regex[2])
    elif plain_text and (flagged := _INLINE_FLAGS.fullmatch(text)) is not None:
        said = "This is no pattern here: it is looked for as it is."
        written = with_flags(subject, flagged[2] or flagged[3] or "", flagged[1])
    elif plain_text and re.search(r"^\.\*|\.\*$|^\^\w", text):
        said = "This is no pattern here: it is looked for as it is."
        written = with_flags(subject, text, "")
    elif re.fullmatch(r"%[^%]+%", text):
        said = "The signs % are looked for as they are."
        written = f"contains({text_of(subject)}, {literal(text.strip('%'))})"
    else:
        return
    checker.report(messages_values.lookalike(sought, said, f"Write `{written}`."))


def flags_in_pattern(subject: ast.Expression, pattern: str) -> str:
    """The help for a pattern that begins with its flags, `(?i)vp`, or that is one of file names, `*vp*`; or ""."""
    flagged = _INLINE_FLAGS.fullmatch(pattern)
    if flagged is not None:
        written = with_flags(subject, flagged[2] or flagged[3] or "", flagged[1])
        return f"Flags are a text of their own: `{written}`."
    if re.fullmatch(r"\*[\w ]+\*", pattern):
        return f"Write `contains({text_of(subject)}, {literal(pattern.strip('*'))})`."
    return ""


def with_flags(subject: ast.Expression, pattern: str, flags: str) -> str:
    known = "".join(flag for flag in "imsx" if flag in flags)
    return f"matches({text_of(subject)}, {literal(pattern)}{f', {literal(known)}' if known else ''})"
