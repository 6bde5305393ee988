"""What people write who know other languages, and what they are told."""

from __future__ import annotations

import pytest

from rules_engine import feel
from rules_engine.feel.syntax.entries import ENTRIES

# text · the part marked · code · what the message or the help says
MISTAKES = [
    ("a == b", "==", "RE304", "Write = instead"),
    ("a === b", "===", "RE304", "Write = instead"),
    ("1 + /* open", "/*", "RE302", "*/"),
    ("any x in tags satisfies x = 1", "any x", "RE304", "some x in"),
    ('x in "a", "b"', ",", "RE300", "stand in brackets"),
    ("x > 5 and < 10", "<", "RE300", "x > 5 and x < 10"),
    ("count(tags[ ]) > 1", "[ ]", "RE300", "condition or a position"),
    ("x in {1, 2}", "1", "RE300", "a list stands in [1, 2]"),
    ("if a = 1 b else c", "b", "RE308", "no “then”"),
    ("for x in tags: x", ":", "RE308", "no “return”"),
    ("some x in tags where x = 1", "where", "RE308", "no “satisfies”"),
    ("a && b", "&&", "RE304", "Write and"),
    ("a || b", "||", "RE304", "Write or"),
    ("!a", "!", "RE304", "not("),
    ("a != b and !c", "!", "RE304", "not("),
    ("a <> b", "<>", "RE304", "Write !="),
    ("a =< b", "=<", "RE304", "Write <="),
    ("a => b", "=>", "RE304", "Write >="),
    ("a > = b", "> =", "RE304", ">= is written without a space"),
    ("a ≥ b", "≥", "RE304", "Write >="),
    ("a AND b", "AND", "RE304", "Write and"),
    ("a OR b", "OR", "RE304", "Write or"),
    ("a and NOT b", "NOT b", "RE304", "not(b"),
    ("IF a THEN b", "IF a", "RE304", "Write if"),
    ("x is null", "is", "RE304", "x = null"),
    ("x is not null", "is", "RE304", "x != null"),
    ('x contains "y"', "contains", "RE304", "contains(x"),
    ('x starts with "y"', "starts", "RE304", "starts with(x"),
    ('x like "y"', "like", "RE304", "contains(x"),
    ("x not in (1, 2)", "not", "RE304", "not(x in"),
    ("not x", "not x", "RE304", "not(x"),
    ("a ? b : c", "?", "RE304", "if a then b else c"),
    ("a % 2", "%", "RE304", "modulo"),
    ("30%", "%", "RE304", "0.3"),
    ("a ^ 2", "^", "RE304", "**"),
    ("a; b", ";", "RE304", "one expression"),
    ("if a then b elseif c", "elseif", "RE304", "else if"),
    ("a = 'text'", "'text'", "RE303", '"text"'),
    ("“US” = a", "“US”", "RE303", '"US"'),
    ("if a then b", "", "RE308", "“else”"),
    ("if a", "", "RE308", "“then”"),
    ("if a else b", "else", "RE308", "“then”"),
    ("for x in y", "", "RE308", "“return”"),
    ("some x in y", "", "RE308", "“satisfies”"),
    ("some x y", "y", "RE308", "“in”"),
    ("x between 1", "", "RE308", "“and”"),
    ('a = "abc', '"abc', "RE302", "no closing"),
    ("@2026", "@", "RE302", "text in quotes"),
    ("(a + b", "(", "RE305", "not closed"),
    ("f(1, 2", "(", "RE305", "not closed"),
    ("[1, 2", "[", "RE305", "not closed"),
    ("{a: 1", "{", "RE305", "not closed"),
    ("[1..5", "[", "RE305", "not closed"),
    ("(a]", "(a]", "RE305", "closed by ]"),
    ("a)", ")", "RE305", "closes nothing"),
    ("", "", "RE301", "no expression"),
    ("  // only a comment", "  // only a comment", "RE301", "no expression"),
    ("a b", "b", "RE300", "operator is missing"),
    ('"a" "b"', '"b"', "RE300", "operator is missing"),
    ("a = ", "", "RE300", "the expression ends"),
    ("a = )", ")", "RE305", "closes nothing"),
    ("x.", "", "RE300", "After the dot"),
    ("1,000", ",", "RE300", "comma"),
    ("2026-09-01T10:00", "T10", "RE300", '@"2026-09-01"'),
    ("a = /pricing", "/", "RE300", '"/pricing"'),
    ('contains(a "b")', '"b"', "RE300", "comma"),
    ('event.path.contains("b")', "(", "RE300", "contains(event.path, …)"),
    ("10 points", "points", "RE300", "no unit"),
    ("{a 1}", "1", "RE300", "{name: value}"),
    ("{1: 2}", "1", "RE300", "name of an entry"),
    ("function(x) x + 1", "x", "RE300", "cannot be defined"),
    ("and a", "and", "RE309", "word of the language"),
    ('"\\UFFFFFF"', '"\\UFFFFFF"', "RE306", "not a character"),
    ("1e400", "1e400", "RE307", "too large"),
]


@pytest.mark.parametrize(("text", "marked", "code", "said"), MISTAKES, ids=[repr(m[0]) for m in MISTAKES])
def test_mistake(text: str, marked: str, code: str, said: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.parse(text)
    error = caught.value
    assert (error.diagnostic_code, text[error.start : error.end]) == (code, marked)
    assert said in f"{error.message} {error.help}"


def test_every_code_of_a_mistake_is_in_the_catalogue() -> None:
    assert {code for _, _, code, _ in MISTAKES} <= set(ENTRIES)


@pytest.mark.parametrize("code", sorted(ENTRIES))
def test_the_examples_of_the_catalogue(code: str) -> None:
    feel.parse(ENTRIES[code].right)
    if code <= "RE309":
        with pytest.raises(feel.FeelSyntaxError):
            feel.parse(ENTRIES[code].wrong)
