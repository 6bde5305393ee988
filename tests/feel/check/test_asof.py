"""`now`: forms that can be foreseen, and their atoms as data."""

from __future__ import annotations

import pytest

from rules_engine.feel.checking import NowComparison, NowPart, now_atoms, now_forms
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.syntax.print import print_expression

from .marked import Case, assert_findings, read_cases


@pytest.mark.parametrize("case", read_cases("now"))
def test_forms(case: Case) -> None:
    assert_findings(now_forms(parse(case.text)), case)


def _atoms(text: str) -> list[tuple[str, ...]]:
    told: list[tuple[str, ...]] = []
    for atom in now_atoms(parse(text)):
        match atom:
            case NowComparison(op=op, base=base, offset=offset, sign=sign):
                sides = [print_expression(base)] + ([] if offset is None else [print_expression(offset)])
                told.append((op, *sides, f"{sign:+}"))
            case NowPart(part=part):
                told.append((part,))
    return told


@pytest.mark.parametrize(
    ("text", "atom"),
    [
        ("now - x > d", (">", "x", "d", "+1")),
        ("d < now - x", (">", "x", "d", "+1")),
        ("x - now < d", (">", "x", "d", "-1")),
        ("d >= x - now", (">=", "x", "d", "-1")),
        ("now + d > x", (">", "x", "d", "-1")),
        ("now <= x", ("<=", "x", "+1")),
        ("x <= now", (">=", "x", "+1")),
        ("now.hour = 8", ("hour",)),
        ("today() = x", ("day",)),
    ],
)
def test_atoms_say_when_they_turn(text: str, atom: tuple[str, ...]) -> None:
    assert _atoms(text) == [atom]


def test_between_has_two_atoms() -> None:
    assert _atoms("now between a and b") == [(">=", "a", "+1"), ("<=", "b", "+1")]


def test_now_in_a_rule() -> None:
    found = now_forms(parse('now - event.at < duration("2 days")'), available=False)
    assert [(finding.code, finding.start, finding.end) for finding in found] == [("RE371", 0, 3)]
    assert [finding.code for finding in now_forms(parse("today() > lead.birthday"), available=False)] == ["RE371"]
    assert now_forms(parse("lead.nps > 3"), available=False) == ()
