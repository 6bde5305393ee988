"""What conditions say about each other: implication, exclusion, facts beside the types."""

from __future__ import annotations

import pytest

from rules_engine.feel import ast
from rules_engine.feel.checking.domains import Domain, Values
from rules_engine.feel.checking.reasoning import Reasoning
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.types import BOOLEAN, STRING, Band, Bounded, ContextOf, Entry, Enumeration, Typed

LEAD = ContextOf(
    (
        Entry("nps", Bounded(0, 10)),
        Entry("seats", Bounded(0, None), nullable=False),
        Entry("country", Enumeration(("US", "GB", "FR"))),
        Entry("path", STRING),
        Entry("staff", BOOLEAN),
    ),
    "lead",
)
ROOTS = {
    "lead": Typed(LEAD, nullable=False),
    "band": Typed(ContextOf((Entry("fit", Band("fit", ("C", "B", "A")), nullable=False),), "band"), nullable=False),
}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("lead.nps >= 9", "lead.nps >= 7", True),
        ("lead.nps >= 7", "lead.nps >= 9", False),
        ('lead.path = "/pricing/eu"', 'starts with(lead.path, "/pricing")', True),
        ('lead.path in ("/a1", "/a2")', 'starts with(lead.path, "/a")', True),
        ('lead.path in ("/a1", "/b2")', 'starts with(lead.path, "/a")', False),
        ('starts with(lead.path, "/pricing/eu")', 'starts with(lead.path, "/pricing")', True),
        ('starts with(lead.path, "/pricing")', 'starts with(lead.path, "/pricing/eu")', False),
        ('ends with(lead.path, "a.pdf")', 'ends with(lead.path, ".pdf")', True),
        ('lead.country = "US" and lead.nps > 3', 'lead.country = "US"', True),
        ('lead.country = "US"', 'lead.country = "US" and lead.nps > 3', False),
        ('lead.country = "US"', 'lead.country != "GB"', True),
        ('lead.country = "US"', 'lead.country = "US" or lead.nps > 3', True),
        # where the other can be missing, it is not true
        ("lead.seats >= 5", "lead.nps >= 0", False),
        ("lead.seats >= 5", "lead.seats >= 1", True),
        ('at least(band.fit, "A")', 'at least(band.fit, "B")', True),
        ('band.fit = "B"', 'at least(band.fit, "A")', False),
        ("lead.staff", "lead.staff = true", True),
        ('lead.nps > 8 or lead.country = "US"', 'lead.nps > 3 or lead.country in ("US", "GB")', True),
        ('lead.nps > 8 or lead.country = "FR"', 'lead.nps > 3 or lead.country in ("US", "GB")', False),
    ],
)
def test_implies(one: str, other: str, expected: bool) -> None:
    assert Reasoning(ROOTS).implies(parse(one), parse(other)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("lead.nps >= 9", "lead.nps < 7", True),
        ("lead.nps >= 9", "lead.nps < 10", False),
        ('lead.country in ("US", "GB")', 'lead.country = "FR"', True),
        ('at least(band.fit, "B")', 'band.fit = "C"', True),
    ],
)
def test_exclude(one: str, other: str, expected: bool) -> None:
    assert Reasoning(ROOTS).exclude(parse(one), parse(other)) is expected


def test_facts_leave_less_than_the_type() -> None:
    fact = {parse("band.fit"): Domain(Values(frozenset({"C", "B"})), null=False)}
    never: ast.Expression = parse('at least(band.fit, "A")')
    assert Reasoning(ROOTS).never(never) is None
    conflict = Reasoning(ROOTS, facts=fact).never(never)
    assert conflict is not None
    assert conflict.culprits == (never,)


def test_the_reason_names_the_conditions() -> None:
    reasoning = Reasoning(ROOTS)
    conflict = reasoning.never(parse("lead.nps > 8 and lead.nps < 3"))
    assert conflict is not None
    assert reasoning.reason(conflict) == "`lead.nps > 8` and `lead.nps < 3` exclude each other"
