"""Every case file over the interpreter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rules_engine import feel
from rules_engine.feel.interpret.scope import CLOCK
from rules_engine.feel.values import to_feel

from .cases_of import Case, all_cases

NOW = datetime(2026, 9, 1, 10, 30, tzinfo=UTC)
CASES = list(all_cases())


def same(one: object, other: object) -> bool:
    """Equal values of equal kinds, down to the items: 1 is not true here."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    return one == other


def run(text: str, scope: dict[str, object]) -> object:
    return feel.compile_expression(feel.parse(text))(scope)


def scope_of(case: Case) -> dict[str, object]:
    return {CLOCK: to_feel(NOW), **{name: run(text, {}) for name, text in case.given}}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case) -> None:
    scope = scope_of(case)
    if case.value is not None:
        value = feel.unary_test(case.expression, run(case.value, {}), scope, now=NOW)
        assert same(value, run(case.wanted, {}))
        return
    value = run(case.expression, scope)
    assert same(value, run(case.wanted, {})), value
    told = feel.explain(case.expression, scope, now=NOW)
    assert same(to_feel(told.value), value), "watching an evaluation changes it"
    if case.reason:
        assert any(case.reason in reason for reason in reasons(told)), reasons(told)


def reasons(part: feel.Part) -> list[str]:
    return [*part.reasons, *(reason for inner in part.parts for reason in reasons(inner))]


def test_there_are_many() -> None:
    assert len(CASES) > 900


def test_every_builtin_is_called_with_values_and_nulls() -> None:
    for builtin in feel.all_functions():
        calls = [case for case in CASES if f"{builtin.name}(" in case.expression]
        assert calls, builtin.name
        if any(signature.parameters for signature in builtin.signatures):
            assert any("null" in case.expression for case in calls), builtin.name
