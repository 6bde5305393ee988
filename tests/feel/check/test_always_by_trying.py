"""Conditions said to be never or always true, against trying all values."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_engine.feel import ast
from rules_engine.feel.api import compile_expression
from rules_engine.feel.checking.expression import check
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.syntax.print import print_expression
from rules_engine.feel.types import BOOLEAN, Bounded, ContextOf, Entry, Enumeration, Typed

from .expressions import call, field, number

VALUES: dict[str, tuple[object, ...]] = {
    "n": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, None),
    "m": (1.0, 1.5, 2.0),
    "c": ("US", "GB", "FR", None),
    "d": ("FR", "DE"),
    "p": (True, False, None),
}
SCOPE = {
    "lead": Typed(
        ContextOf(
            (
                Entry("n", Bounded(0, 4)),
                Entry("m", Bounded(1, 2), nullable=False),
                Entry("c", Enumeration(("US", "GB", "FR"))),
                Entry("d", Enumeration(("FR", "DE")), nullable=False),
                Entry("p", BOOLEAN),
            ),
            "lead",
        ),
        nullable=False,
    )
}

amounts = st.sampled_from([field("n"), field("m"), *(number(value) for value in (0, 1, 2, 3, 4))])
codes = st.sampled_from([field("c"), field("d"), ast.StringLiteral("FR")])
ops = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
equalities = st.sampled_from(["=", "!="])
tests = st.one_of(
    st.builds(ast.OpTest, ops, amounts),
    st.builds(ast.ValueTest, amounts),
    st.builds(
        lambda low, high, a, b: ast.ValueTest(ast.RangeLiteral(low, high, a, b)),
        amounts,
        amounts,
        st.booleans(),
        st.booleans(),
    ),
    st.just(ast.ValueTest(ast.NullLiteral())),
)
texts_in = st.lists(st.sampled_from(["US", "GB", "FR"]), min_size=1, max_size=3, unique=True)
atoms = st.one_of(
    st.builds(ast.Comparison, ops, amounts, amounts),
    st.builds(ast.Comparison, equalities, codes, codes),
    st.builds(ast.Comparison, equalities, codes | amounts, st.just(ast.NullLiteral())),
    st.builds(ast.Between, amounts, amounts, amounts),
    st.builds(lambda v, t: ast.In(v, tuple(t)), amounts, st.lists(tests, min_size=1, max_size=2)),
    st.builds(lambda t: ast.In(field("c"), tuple(ast.ValueTest(ast.StringLiteral(x)) for x in t)), texts_in),
    st.builds(
        lambda t: ast.In(field("c"), (ast.ValueTest(ast.ListLiteral(tuple(map(ast.StringLiteral, t)))),)), texts_in
    ),
    st.just(field("p")),
)
conditions = st.recursive(
    atoms,
    lambda inner: (
        st.builds(ast.And, inner, inner) | st.builds(ast.Or, inner, inner) | st.builds(lambda x: call("not", x), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions)
def test_never_and_always_are_so(node: Any) -> None:
    text = print_expression(node)
    tree = parse(text)
    whole = [part for part in walk(tree) if not isinstance(part, ast.Argument | ast.OpTest | ast.ValueTest)]
    parts: dict[tuple[int, int], Any] = {(part.span.start, part.span.end): part for part in reversed(whole)}
    for finding in check(tree, SCOPE).findings:
        if finding.code not in ("RE360", "RE361"):
            continue
        run = compile_expression(parts[finding.start, finding.end])
        for row in product(*VALUES.values()):
            lead = dict(zip(VALUES, row, strict=True))
            outcome = run({"lead": lead})
            if finding.code == "RE360":
                assert outcome is not True, (text, finding.message, lead)
            elif None not in row:
                assert outcome is True, (text, finding.message, lead)
