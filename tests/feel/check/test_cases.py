"""The case files: expressions with marks under what is wrong, and expressions with which nothing is."""

from __future__ import annotations

import pytest

from rules_engine.feel.ast import TypeName
from rules_engine.feel.checking.entries import ENTRIES
from rules_engine.feel.checking.expression import check
from rules_engine.feel.checking.logic import named_type
from rules_engine.feel.syntax.parse import parse

from .marked import Case, assert_findings, read_cases
from .scopes import SCOPE

FILES = ("names", "kinds", "lists", "always", "expected")


@pytest.mark.parametrize("case", read_cases(*FILES))
def test_findings(case: Case) -> None:
    expected = named_type(TypeName(case.options["expected"])) if "expected" in case.options else None
    assert_findings(check(parse(case.text), SCOPE, expected=expected).findings, case)


@pytest.mark.parametrize("case", read_cases("clean"))
def test_clean(case: Case) -> None:
    assert_findings(check(parse(case.text), SCOPE).findings, case)


def test_each_code_has_a_case() -> None:
    marked = {
        one.code for name in (*FILES, "missing", "now") for case in read_cases(name) for one in case.values[0].findings
    }
    assert set(ENTRIES) - marked - {"RE371"} == set()  # RE371 needs a place without `now`: test_asof
