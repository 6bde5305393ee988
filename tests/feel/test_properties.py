"""What holds for every tree and every text."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from rules_engine import feel
from rules_engine.feel import ast
from rules_engine.feel.syntax import print as printing

from .cases_of import all_cases
from .trees import expressions, ranges, unary_tests

TEXTS = [case.expression for case in all_cases()]
ALLOWED = (feel.FeelSyntaxError, feel.FeelLimitError)
CONTEXT = {"a": 1, "b": "x", "lead": {"title": "VP", "score": [1, None]}, "x": None, "l": [1, 2], "item": {}}


@given(expressions)
@settings(max_examples=1500, deadline=None)
def test_printing_is_the_inverse_of_parsing(node: ast.Expression) -> None:
    assert feel.parse(feel.print_expression(node)) == node


@pytest.mark.parametrize("op", ["<", "<=", ">", "="])
@pytest.mark.parametrize("type_name", ["list", "range", "context", "function", "string", "function<number> -> list"])
def test_a_sign_behind_a_type_compares(type_name: str, op: str) -> None:
    """`a instance of list < b` would begin a list's type."""
    node = feel.parse(f"(1 + a instance of {type_name}) {op} b")
    assert isinstance(node, ast.Comparison)
    assert feel.parse(feel.print_expression(node)) == node


def outwards(text: str, dice: random.Random) -> str:
    """A range with its round brackets as square ones, marked, where it has two ends: `(1..2)` → `]1..2[`."""
    opening, closing = text[0], text[-1]
    if not re.match(r"\([(\x02<>=]", text) and opening == "(":
        opening = dice.choice("(\x02")
    if closing == ")" and opening != "(":
        closing = dice.choice(")\x01")
    return opening + text[1:-1] + closing


@given(expressions | st.recursive(expressions, ranges, max_leaves=4), st.randoms())
@settings(max_examples=800, deadline=None)
def test_brackets_turned_outwards_are_read_as_round_ones(node: ast.Expression, dice: random.Random) -> None:
    plain = printing._range
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "_range", lambda one: outwards(plain(one), dice))
        text = feel.print_expression(node)
    # behind `[` a `]` may end an empty list or close a range, and in front of `[` or `-` a `[` opens a filter
    text = text.replace("[\x02", "[(")
    text = re.sub("\x01(?= ?[\\[\x01-])", ")", text).replace("\x01", "[").replace("\x02", "]")
    note(text)
    assert feel.parse(text) == node


@given(unary_tests)
@settings(max_examples=300, deadline=None)
def test_printing_unary_tests_is_the_inverse_of_parsing(node: ast.UnaryTests) -> None:
    assert feel.parse_unary_tests(feel.print_expression(node)) == node


@given(expressions)
@settings(max_examples=500, deadline=None)
def test_watching_changes_nothing(node: ast.Expression) -> None:
    try:
        value = feel.evaluate(node, CONTEXT)
    except feel.FeelLimitError:
        return
    assert repr(feel.explain(node, CONTEXT).value) == repr(value)


def run(text: str) -> None:
    """Whatever the text, it gives a value or one of FEEL's own errors, with a place inside the text."""
    for evaluate in (lambda: feel.evaluate(text, CONTEXT), lambda: feel.unary_test(text, 1, CONTEXT)):
        try:
            evaluate()
        except ALLOWED as problem:
            error = problem
        else:
            continue
        assert 0 <= error.start <= error.end <= max(len(text), 1)
        assert error.message


@given(st.text(max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text(text: str) -> None:
    run(text)


WORDS = [
    *[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "?",
        "@",
        '"',
        "'",
        "//",
        "/*",
        "*/",
        "1",
        ".5",
        "1e9",
        "a",
        "b",
        "item",
    ],
    *[
        "null",
        "true",
        "and",
        "or",
        "not",
        "in",
        "if",
        "then",
        "else",
        "for",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "instance",
        "of",
    ],
    *["date", "time", "partial", "list<number>", "context<a:number>", "&&", "==", "“", "\\", "!", "%", ";", "é", "🐎"],
    *['@"2026-01-01"', '"text"', '@"P1D"', "time offset", "starts with(", "date and time(", "not("],
    *["string join(", "replace(", "1..3", "days and time duration", "\n"],
]


@given(st.lists(st.sampled_from(WORDS), max_size=14))
@settings(max_examples=1500, deadline=None)
def test_any_words(words: list[str]) -> None:
    run(" ".join(words))


def mutate(text: str, dice: random.Random) -> str:
    for _ in range(dice.randint(1, 3)):
        at = dice.randint(0, len(text))
        kind = dice.random()
        if kind < 0.3:
            text = text[:at] + text[at + dice.randint(1, 3) :]
        elif kind < 0.6:
            text = text[:at] + dice.choice(WORDS) + text[at:]
        elif kind < 0.8:
            other = dice.choice(TEXTS)
            text = text[:at] + other[dice.randint(0, len(other)) :]
        else:
            text = (
                text[:at]
                + chr(dice.choice([0, 34, 92, 0x2028, 0xD800, 0x1F40E, dice.randint(32, 126)]))
                + text[at + 1 :]
            )
    return text


def test_mutated_cases() -> None:
    dice = random.Random(20260901)
    for _ in range(3000):
        run(mutate(dice.choice(TEXTS), dice))


@pytest.mark.long
def test_many_mutated_cases() -> None:
    dice = random.Random(20261122)
    for _ in range(60_000):
        text = mutate(dice.choice(TEXTS), dice)
        try:
            run(text)
        except Exception as problem:
            raise AssertionError(repr(text)) from problem


@given(expressions, st.data())
@settings(max_examples=300, deadline=None)
def test_mutated_trees(node: ast.Expression, data: st.DataObject) -> None:
    dice = random.Random(data.draw(st.integers()))
    run(mutate(feel.print_expression(node), dice))
