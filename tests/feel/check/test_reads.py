"""What an expression reads, and putting definitions in."""

from __future__ import annotations

import pytest

from rules_engine.feel.checking import reads, substitute
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.syntax.print import print_expression

from .scopes import SCOPE


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('lead.title = "VP"', {"lead.title"}),
        ("event.at.hour > 8", {"event.at"}),
        ("now.hour > 8", {"now"}),
        ("now() > event.at", {"now", "event.at"}),
        ("some tag in lead.tags satisfies tag = lead.title", {"lead.tags", "lead.title"}),
        ("some lead in [1] satisfies lead = 1", set()),
        ("account.orders[amount > lead.nps]", {"account.orders", "lead.nps"}),
        ("lead.tags[item = lead.title]", {"lead.tags", "lead.title"}),
        ("{lead: 1, b: lead}.b", set()),
        ("lead.address.city", {"lead.address.city"}),
        ("count(lead)", {"lead"}),
        ("for x in [1], y in [x] return x + y + lead.nps", {"lead.nps"}),
        ("lead.nps in (? > 3, lead.clicks)", {"lead.nps", "lead.clicks"}),
    ],
)
def test_reads(text: str, paths: set[str]) -> None:
    assert {".".join(path) for path in reads(parse(text), SCOPE)} == paths


def test_reads_without_a_scope() -> None:
    assert reads(parse("now.hour > 8 and x.y.z = 1")) == {("now",), ("x", "y", "z")}


@pytest.mark.parametrize(
    ("text", "put"),
    [
        ("d and x > 1", 'lead.title = "a" and x > 1'),
        ("some x in [1] satisfies d", 'some x in [1] satisfies lead.title = "a"'),
        ("some d in [1] satisfies d = 1", "some d in [1] satisfies d = 1"),
        ("some lead in [1] satisfies d", 'some lead_1 in [1] satisfies lead.title = "a"'),
        (
            "some lead in [lead] satisfies d and lead = 1",
            'some lead_1 in [lead] satisfies lead.title = "a" and lead_1 = 1',
        ),
        ("{a: d}.a", '{a: lead.title = "a"}.a'),
        ("{lead: 1, b: d}", '(for lead_1 in [lead] return {lead: 1, b: lead_1.title = "a"})[1]'),
        ("[1][d]", '[1][lead.title = "a"]'),
    ],
)
def test_substitute_never_captures(text: str, put: str) -> None:
    assert print_expression(substitute(parse(text), {"d": parse('lead.title = "a"')})) == print_expression(parse(put))


def test_what_is_put_in_stands_at_the_name() -> None:
    made = substitute(parse("1 < d"), {"d": parse("lead.nps + 5")})
    assert [(part.span.start, part.span.end) for part in (made.right, made.right.left)] == [(4, 5), (4, 5)]  # type: ignore[union-attr]


def test_nothing_to_put_in_is_the_same_tree() -> None:
    tree = parse("a and b")
    assert substitute(tree, {"c": parse("1")}) is tree
