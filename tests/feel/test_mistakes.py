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
    ("x for x in tags", "for", "RE304", "for x in … return x"),
    ("[x for x in tags if x = 1]", "for", "RE304", "[item > 3]"),
    ("a div 2 = 0", "div", "RE304", "floor(a / b)"),
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
    ("1,000", "1,000", "RE300", "comma"),
    ("2026-09-01T10:00", "T10", "RE300", '@"2026-09-01"'),
    ("a = /pricing", "/", "RE300", '"/pricing"'),
    ('contains(a "b")', '"b"', "RE300", "comma"),
    ('event.path.contains("b")', "(", "RE300", 'contains(event.path, "b")'),
    ("if(a > 3, 10, 0)", ",", "RE304", "if a then b else c"),
    ("x ISNULL", "ISNULL", "RE304", "x = null"),
    ("x exists", "exists", "RE304", "x != null"),
    ("x is empty", "is", "RE304", "x = null"),
    ("x IS KNOWN", "IS", "RE304", "x != null"),
    ('x is any of ("a", "b")', "is", "RE304", 'x in ("a", "b")'),
    ('x is not in ("a", "b")', "is", "RE304", "not(x in"),
    ('x is none of ("a", "b")', "is", "RE304", "not(x in"),
    ('x is "US"', "is", "RE304", "Write x = y"),
    ('x is not "US"', "is", "RE304", "Write x != y"),
    ("x is greater than 3", "is", "RE304", "x > 3"),
    ("x greater than 3", "greater", "RE304", "x > 3"),
    ("x less than 3", "less", "RE304", "x < 3"),
    ('x ANY OF ("a", "b")', "ANY", "RE304", 'x in ("a", "b")'),
    ('x none of ("a", "b")', "none", "RE304", "not(x in"),
    ('tags contains "vip"', "contains", "RE304", 'list contains(tags, "vip")'),
    ('x does not contain "vp"', "does", "RE304", "not(contains(x"),
    ('x doesn\'t contain "vp"', "doesn", "RE304", "not(contains(x"),
    ('x ILIKE "%vp%"', "ILIKE", "RE304", "lower case(x)"),
    ('x endsWith "y"', "endsWith", "RE304", "ends with(x"),
    ('x ~ "vp"', "~", "RE304", "matches(x"),
    ("x =~ /vp/", "=~", "RE304", "matches(x"),
    ('x !~ "vp"', "!~", "RE304", "not(matches(x"),
    ("x := 5", ":=", "RE304", "Write = instead"),
    ("lead->nps", "->", "RE304", "a dot"),
    ("lead.title?.length", "?.", "RE304", "a dot"),
    ('x ?? "y"', "??", "RE304", "if x != null"),
    ('"a" & b', "&", "RE304", "Texts are joined with +"),
    ("x in 1..5", "..", "RE300", "x in [1..5]"),
    ("x in 1 to 5", "to", "RE304", "x in [1..5]"),
    ("x from 1 to 5", "from", "RE304", "x between 1 and 5"),
    ("x between 1, 5", ",", "RE308", "no “and”"),
    ("x within 30 days", "within", "RE304", "now - x <"),
    ('x in ("a", "b",)', ",", "RE300", "After the last value"),
    ("[1, 2, ]", ",", "RE300", "After the last value"),
    ('x = ("a", "b")', ",", "RE300", 'x in ("a", "b")'),
    ('x = "a", "b"', ",", "RE300", 'x in ("a", "b")'),
    ('f(x, ("a", "b"))', ",", "RE300", "a list in [ ]"),
    ("$lead.nps > 3", "$", "RE304", "without signs around it"),
    ("{{lead.nps}} > 3", "{", "RE304", "without signs around it"),
    ("{lead.nps} > 3", ".", "RE304", "without signs around it"),
    ("a = 1 # why", "#", "RE304", "A comment begins with //"),
    ("a > 3 then 10", "then", "RE300", "Write an operator"),
    ('count(tags where item = "vip")', "where", "RE304", "in [ ]"),
    ('lead.title.startsWith("x")', "(", "RE300", 'starts with(lead.title, "x")'),
    ('lead.tags.includes("x")', "(", "RE300", 'list contains(lead.tags, "x")'),
    ("lead.title.length() > 3", "(", "RE300", "string length(lead.title)"),
    ("lead.title.toLowerCase()", "(", "RE300", "lower case(lead.title)"),
    ("lead.nps.isnull()", "(", "RE300", "lead.nps = null"),
    ("lead.title.reverse()", "(", "RE300", "reverse(lead.title, …)"),
    ("10 points", "points", "RE300", "no unit"),
    ("{a 1}", "1", "RE300", "{name: value}"),
    ("{1: 2}", "1", "RE300", "name of an entry"),
    ("function(x) x + 1", "x", "RE300", "cannot be defined"),
    ("and a", "and", "RE309", "word of the language"),
    ("{a: 1 b: 2}", "b", "RE300", "comma between two entries"),
    ("lead.nps² > 4", "²", "RE304", "lead.nps**2 > 4"),
    ("½", "½", "RE300", "A value is expected"),
    ("①", "①", "RE300", "A value is expected"),
    ("x＞３０", "＞", "RE304", "x>30"),
    ("f（1，2）", "（", "RE304", "f(1,2)"),
    ("\ufeff", "\ufeff", "RE301", "no expression"),
    ("// why\u200b", "// why\u200b", "RE301", "no expression"),
    ("lead.country\u2060 = x", "\u2060", "RE300", "U+2060"),
    ("lead.coun\u200btry = x", "\u200b", "RE300", "lead.country = x"),
    ("x\u00ad\u200ey > 1", "\u00ad", "RE300", "xy > 1"),
    ("\u202ex", "\u202e", "RE300", "U+202E"),
    ("x\x00", "\x00", "RE300", "U+0000"),
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
    if error.fix:
        feel.parse(error.fix)


def test_every_code_of_a_mistake_is_in_the_catalogue() -> None:
    assert {code for _, _, code, _ in MISTAKES} <= set(ENTRIES)


@pytest.mark.parametrize("code", sorted(ENTRIES))
def test_the_examples_of_the_catalogue(code: str) -> None:
    feel.parse(ENTRIES[code].right)
    if code <= "RE309":
        with pytest.raises(feel.FeelSyntaxError):
            feel.parse(ENTRIES[code].wrong)
