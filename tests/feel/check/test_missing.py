"""What missing data would earn: the case file, lines of `all`, `any`, `none`, and that the offered fixes are clean."""

from __future__ import annotations

import pytest

from rules_engine.feel.checking import Lines, null_gains, null_gains_of_lines
from rules_engine.feel.syntax.parse import parse

from .marked import Case, assert_findings, read_cases
from .scopes import SCOPE


@pytest.mark.parametrize("case", read_cases("missing"))
def test_gains(case: Case) -> None:
    definitions = {name: parse(text) for name, text in case.options.get("definitions", {}).items()}
    counts = case.options.get("counts", "condition")
    found = null_gains(parse(case.text), SCOPE, counts=counts, definitions=definitions)
    assert_findings(found, case)
    for finding in found:
        assert finding.fix in finding.help
        assert null_gains(parse(finding.fix), SCOPE, counts=counts, definitions=definitions) == ()
    if "fix" in case.options:
        assert [finding.fix for finding in found] == [case.options["fix"]]


def _lines(kind: str, *texts: str) -> list[list[tuple[str, str]]]:
    lines = Lines(kind, tuple(map(parse, texts)))  # type: ignore[arg-type]
    return [[(f.code, f.fix) for f in found] for found in null_gains_of_lines(lines, SCOPE)]


def test_a_test_in_one_line_guards_the_others() -> None:
    assert _lines("all", "lead.country != null", 'lead.country != "US"') == [[], []]
    assert _lines("any", "lead.country = null", 'lead.country != "US"') == [[], []]
    assert _lines("none", "lead.country = null", 'lead.country = "US"') == [[], []]


def test_a_finding_stands_in_the_line_that_gains() -> None:
    fixed = 'lead.country != null and lead.country != "US"'
    assert _lines("all", "lead.nps > 3", 'lead.country != "US"') == [[], [("RE380", fixed)]]


def test_a_line_of_none_gains_by_not_being_true() -> None:
    fixed = 'lead.country = null or lead.country = "US"'
    assert _lines("none", 'lead.country = "US"', "lead.nps > 3") == [[("RE380", fixed)], []]


def test_lines_in_lines() -> None:
    inner = Lines("none", (parse('lead.country = "US"'),))
    lines = Lines("all", (parse("lead.country != null"), inner))
    assert null_gains_of_lines(lines, SCOPE) == ((), ())
