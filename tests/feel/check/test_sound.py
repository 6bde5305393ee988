"""What checks without errors never fails for its kinds: run over values, it is never null for a misfit of kinds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules_engine.feel import ast
from rules_engine.feel.api import compile_expression
from rules_engine.feel.checking.checker import Checker, Scope
from rules_engine.feel.checking.expression import HANDLERS
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.functions import all_functions
from rules_engine.feel.interpret.reasons import recording
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    ZONED_DATE_AND_TIME,
    Bounded,
    ContextOf,
    Entry,
    Enumeration,
    ListOf,
    Typed,
)
from rules_engine.feel.values import to_feel

from .expressions import call

MISFIT = re.compile(r"cannot|no order of|does not take|has no property|wants|wanted")

FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "n": (NUMBER, ("0", "2.5", "-3")),
    "score": (Bounded(0, 10), ("0", "10", "7")),
    "text": (STRING, ('"x"', '"vp sales"', '""')),
    "country": (Enumeration(("US", "GB")), ('"US"', '"GB"')),
    "yes": (BOOLEAN, ("true", "false")),
    "day": (DATE, ('@"2026-02-28"', '@"2024-12-31"')),
    "at": (ZONED_DATE_AND_TIME, ('@"2026-02-28T10:00:00Z"', '@"2026-03-29T02:30:00@Europe/Paris"')),
    "wait": (DAYS_TIME_DURATION, ('@"P2D"', '@"-PT3H"')),
    "tags": (ListOf(STRING), ("[]", '["x"]', '["y", "US"]')),
    "counts": (ListOf(NUMBER), ("[]", "[1]", "[3, 2]")),
}
SCOPE = {
    "lead": Typed(
        ContextOf(tuple(Entry(name, kind, nullable=False) for name, (kind, _) in FIELDS.items()), "lead"),
        nullable=False,
    )
}
fields = st.sampled_from([ast.Path(ast.Name("lead"), name) for name in FIELDS])
constants = st.sampled_from(
    [parse(text) for text in ("1", "0.5", '"US"', '"x"', "true", "null", '@"2026-01-01"', '@"P1D"', "[1..3]", '["x"]')]
)
one_value = st.sampled_from(
    [
        "count",
        "sum",
        "max",
        "string",
        "not",
        "sqrt",
        "abs",
        "date",
        "string length",
        "upper case",
        "reverse",
        "distinct values",
        "flatten",
        "day of week",
        "all",
        "mean",
        "odd",
        "floor",
        "get entries",
    ]
)
two_values = st.sampled_from(
    [
        "starts with",
        "contains",
        "list contains",
        "append",
        "concatenate",
        "max",
        "sum",
        "modulo",
        "decimal",
        "is",
        "union",
        "index of",
        "remove",
        "round up",
        "substring",
        "string join",
    ]
)
names = st.sampled_from(["hour", "year", "days", "weekday", "zone"])


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    item = st.just(ast.Name("item")) | inner
    return st.one_of(
        st.builds(ast.Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(ast.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(ast.And, inner, inner),
        st.builds(ast.Or, inner, inner),
        st.builds(ast.Negate, inner),
        st.builds(ast.If, inner, inner, inner),
        st.builds(ast.Between, inner, inner, inner),
        st.builds(lambda v, t: ast.In(v, (ast.ValueTest(t),)), inner, inner),
        st.builds(lambda v, op, t: ast.In(v, (ast.OpTest(op, t),)), inner, st.sampled_from(["<", ">=", "="]), inner),
        st.builds(lambda x, y: ast.RangeLiteral(x, y, True, False), inner, inner),
        st.builds(ast.Path, inner, names),
        st.builds(ast.Filter, inner, item),
        st.builds(
            lambda items, op, x: ast.Filter(items, ast.Comparison(op, ast.Name("item"), x)), inner, st.just(">"), inner
        ),
        st.builds(lambda items, body: ast.For((ast.Iterator("item", items),), body), inner, item),
        st.builds(lambda items, body: ast.Quantified("some", (ast.Iterator("item", items),), body), inner, item),
        st.builds(lambda x, y: ast.ListLiteral((x, y)), inner, inner),
        st.builds(call, one_value, inner),
        st.builds(call, two_values, inner, inner),
    )


expressions = st.recursive(fields | constants, _deeper, max_leaves=5)


def _is_known(node: Any) -> bool:
    """It checks without errors, and no part of it is of unknown type (then nothing is promised)."""
    checker = Checker(all_functions(), frozenset(SCOPE), HANDLERS)
    checker.type_of(node, Scope(SCOPE))
    ok = not any(finding.is_error for finding in checker.findings)
    return ok and not any("Any" in str(typed.type) for typed in checker.types.values())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions, st.data())
def test_clean_expressions_have_no_misfits(node: Any, data: st.DataObject) -> None:
    assume(not isinstance(node, ast.Path | ast.NumberLiteral) and _is_known(node))
    lead = {
        name: to_feel(compile_expression(parse(data.draw(st.sampled_from(texts))))({}))
        for name, (_, texts) in FIELDS.items()
    }
    with recording() as reasons:
        compile_expression(node)({"lead": lead, "now": to_feel(datetime(2026, 9, 1, tzinfo=UTC))})
    assert [reason for reason in reasons if _is_misfit(reason, node)] == []


def _is_misfit(reason: str, node: Any) -> bool:
    """A list `in` a list is compared with its items first and then as a whole: its first answers are no misfits."""
    looks = (any(isinstance(part, ast.In) for part in walk(node)) and "list with" in reason) or "with list" in reason
    return MISFIT.search(reason) is not None and "null" not in reason and not looks
