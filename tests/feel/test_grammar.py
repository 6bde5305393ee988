"""The grammar: its examples, its tables, and that it has no conflicts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import rules_engine.feel.syntax
from rules_engine import feel
from rules_engine.feel.syntax.tables import build_parser, grammar_mark
from rules_engine.grammar_files import read_grammar_file

GRAMMAR = read_grammar_file("feel.lark")
EXPRESSIONS = [line[4:] for line in GRAMMAR.splitlines() if line.startswith("//> ")]
UNARY_TESTS = [line[4:] for line in GRAMMAR.splitlines() if line.startswith("//? ")]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_example(text: str) -> None:
    node = feel.parse(text)
    assert feel.parse(feel.print_expression(node)) == node


@pytest.mark.parametrize("text", UNARY_TESTS)
def test_example_of_tests(text: str) -> None:
    node = feel.parse_unary_tests(text)
    assert feel.parse_unary_tests(feel.print_expression(node)) == node


def test_every_rule_has_an_example_above_it() -> None:
    lines = GRAMMAR[: GRAMMAR.index("// --- words and signs")].splitlines()
    for number, line in enumerate(lines):
        rule = re.match(r"\??([a-z_]+):", line)
        if rule and not rule[1].startswith("last") and rule[1] not in ("expression_text", "entry_type"):
            assert re.match(r"//[>?] ", lines[number - 1]), rule[1]


def test_the_tables_are_those_of_the_grammar() -> None:
    kept = Path(rules_engine.feel.syntax.__file__).with_name("tables.json").read_text(encoding="utf-8")
    assert json.loads(kept)["grammar"] == grammar_mark(GRAMMAR), "run python -m rules_engine.feel.syntax.tables"


def test_no_conflicts() -> None:
    build_parser(GRAMMAR, strict=True)


@pytest.mark.long
def test_no_two_words_collide() -> None:
    """Lark's own comparison of all terminals, which takes minutes: with ASCII names, and keywords as plain words."""
    from lark import Lark

    plain = re.sub(r"^NAME_START: .*$", "NAME_START: /[A-Za-z_]/", GRAMMAR, flags=re.MULTILINE)
    plain = re.sub(r"^NAME_PART: .*$", "NAME_PART: /[A-Za-z0-9_]/", plain, flags=re.MULTILINE)
    plain = re.sub(r"^([A-Z_]+)\.2: /([a-z]+)\(\?!\\w\)/", r'\1: "\2"', plain, flags=re.MULTILINE)
    Lark(
        plain,
        parser="lalr",
        lexer="contextual",
        start=["expression_text", "unary_tests_text"],
        keep_all_tokens=True,
        maybe_placeholders=False,
        strict=True,
    )


def test_the_grammar_names_every_function_with_spaces() -> None:
    pattern = re.search(r"^SPACED_FUNCTION\.3: /(.*)\(\?=", GRAMMAR, flags=re.MULTILINE)
    assert pattern is not None
    listed = {name.replace(r"\s+", " ") for name in pattern[1].removeprefix("(?:").removesuffix(")").split("|")}
    assert listed == {name for name in feel.all_functions().names() if " " in name}


SPACED = [
    ('date and\ttime("2026-09-01T10:00:00")', "date and time"),
    ("starts  with(a, b)", "starts with"),
    ("years and months duration (a, b)", "years and months duration"),
    ("day\nof\nweek(a)", "day of week"),
]


@pytest.mark.parametrize(("text", "name"), SPACED)
def test_names_of_functions_take_any_spaces(text: str, name: str) -> None:
    node = feel.parse(text)
    assert isinstance(node, feel.ast.Call)
    assert node.function == name


READ_AS = [
    ("a.date and time(b)", "(a.date) and (time(b))"),
    ("date and true", "(date) and (true)"),
    ("a.time offset", "a.time offset"),
    ("x instance of date and y", "(x instance of date) and y"),
    ("x instance of date and time and y", "(x instance of date and time) and y"),
    ("x instance of number > 3", "(x instance of number) > 3"),
    ("-a ** b", "(-a) ** b"),
    ("- a.b[1]", "-((a.b)[1])"),
    ("a - b - c", "(a - b) - c"),
    ("a ** b ** c", "(a ** b) ** c"),
    ("a or b and c", "a or (b and c)"),
    ("a = b = c", "(a = b) = c"),
    ("not(a) and b", "(not(a)) and b"),
    ("1 + if a then b else c + d", "1 + (if a then b else (c + d))"),
    ("a and some x in y satisfies x and b", "a and (some x in y satisfies (x and b))"),
    ("x between a and b and c", "(x between a and b) and c"),
    ("x in (a) + b", "x in ((a) + b)"),
    ("x in a or b", "(x in a) or b"),
    ("[1..x[", "[1..x)"),
    ("]1..5[", "(1..5)"),
    ("[][1]", "([])[1]"),
    ("[ ]1..2[ ]", "[(1..2)]"),
    ("[ ]-1..2[ ]", "[(-1..2)]"),
    ("[[] - 1..2)", "[([]) - 1..2)"),
    ('[[] - 1, ]-1..2[, "[] - "]', '[([]) - 1, (-1..2), "[] - "]'),
    ("][1]..[2][", "([1]..[2])"),
    ("]{a: 1}.a..3[", "(({a: 1}).a..3)"),
    ("]1..2[.start", "(1..2).start"),
    ("[1..x[1]]", "[1..(x[1])]"),
    ("[1..x[1][", "[1..(x[1]))"),
    ("[x[1]..2[", "[(x[1])..2)"),
    ("x[ ]1..2[ = item]", "x[(1..2) = item]"),
    ("x[.5 < item]", "x[(0.5) < item]"),
    ("x[/* the first */ 1]", "x[1]"),
    ("]/* from */ 1..5 [ // to", "(1..5)"),
    ("[[]..[]]", "[([])..([])]"),
    ("(a..b)", "](a)..(b)["),
    ("f(]1..2], [1..2[)", "f((1..2], [1..2))"),
    ("f((a..b), (a))", "f((a..b), a)"),
    ("{a: [], b: (1..5)}", '{"a": [], "b": (1..5)}'),
    ("f(a:1)", "f(a: 1)"),
    ("[].a", "([]).a"),
]


@pytest.mark.parametrize(("text", "meant"), READ_AS)
def test_reads_as(text: str, meant: str) -> None:
    assert feel.parse(text) == feel.parse(meant)


READ_AS_TESTS = [
    ('not(contains(?, "a")), "b"', '(not(contains(?, "a"))), "b"'),
    ("not(? > 3) and ? > 1", "(not(? > 3) and ? > 1)"),
    ("not(1), not(2)", "(not(1)), (not(2))"),
]


@pytest.mark.parametrize(("text", "meant"), READ_AS_TESTS)
def test_not_is_the_function_where_more_follows(text: str, meant: str) -> None:
    found = feel.parse_unary_tests(text)
    assert found == feel.parse_unary_tests(meant)
    assert not found.negated


def test_words_are_whole_words() -> None:
    for text in ("android", "order", "inside", "iffy", "thenx", "nullable", "trueish", "forx", "not_x"):
        assert feel.parse(text) == feel.ast.Name(text)


def test_places_cover_the_text() -> None:
    text = "(lead.nps + 1) * 2 > 3"
    node = feel.parse(text)
    assert isinstance(node, feel.ast.Comparison)
    assert isinstance(node.left, feel.ast.Arithmetic)
    spans = [node.span, node.left.span, node.left.left.span]
    assert [text[span.start : span.end] for span in spans] == [text, "(lead.nps + 1) * 2", "(lead.nps + 1)"]
