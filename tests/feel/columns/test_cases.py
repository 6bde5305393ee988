"""Every case file over columns: literals become fields, and the rows hold the literal, other values and null."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields as parts_of
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rules_engine import feel
from rules_engine.feel import ast
from rules_engine.feel.checking import Typed
from rules_engine.feel.types import ANY, BOOLEAN, NUMBER, STRING, Type

from ..cases_of import Case, all_cases
from ..test_cases import CLOCK, run, same
from .both_ways import ROOT, by_columns, by_rows

pytest.importorskip("polars")

NOW = datetime(2026, 9, 1, 10, 30, tzinfo=UTC)
OTHERS: dict[Type, tuple[object, ...]] = {
    NUMBER: (0.0, -1.5, 3.0, 1e308),
    STRING: ("", "foobar", "É", "2026-09-01"),
    BOOLEAN: (True, False),
}
_KINDS: tuple[tuple[type[ast.Node], Type], ...] = (
    (ast.NumberLiteral, NUMBER),
    (ast.StringLiteral, STRING),
    (ast.BooleanLiteral, BOOLEAN),
)
CASES = list(all_cases())


class Lifter:
    """Puts a field of `row` in the place of each literal."""

    def __init__(self) -> None:
        self.fields: dict[str, Type] = {}
        self.row: dict[str, object] = {}

    def __call__(self, node: Any) -> Any:
        kind = next((kind for literal, kind in _KINDS if type(node) is literal), None)
        if kind is not None:
            return self.field(kind, node.value)
        changes = {part.name: self._changed(getattr(node, part.name)) for part in parts_of(node)}
        return replace(node, **changes)

    def _changed(self, value: object) -> object:
        if isinstance(value, ast.TypeName | ast.Place):
            return value
        if isinstance(value, ast.Node):
            return self(value)
        return tuple(map(self._changed, value)) if isinstance(value, tuple) else value

    def field(self, kind: Type, value: object) -> ast.Expression:
        name = f"f{len(self.fields)}"
        self.fields[name], self.row[name] = kind, value
        return ast.Path(ast.Name(ROOT), name)


def tree_of(case: Case) -> ast.Expression:
    """The expression; for unary tests `value in (tests)`, which means the same."""
    if case.value is None:
        return feel.parse(case.expression)
    tests = feel.parse_unary_tests(case.expression)
    found = ast.In(feel.parse(case.value), tests.tests)
    return ast.Call("not", (ast.Argument(None, found),)) if tests.negated else found


def rows_of(lifter: Lifter) -> Iterator[dict[str, object]]:
    """The literals as they are; then each with other values and null, the others as they are; then nulls only."""
    yield lifter.row
    for name, kind in lifter.fields.items():
        for value in (*OTHERS[kind], None):
            yield {**lifter.row, name: value}
    yield dict.fromkeys(lifter.row)
    yield lifter.row


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case) -> None:
    if case.value is not None and feel.parse_unary_tests(case.expression).any:
        return
    tree, lifter = tree_of(case), Lifter()
    node = lifter(tree)
    given = {CLOCK: NOW, **{name: run(text, {}) for name, text in case.given}}
    types = {name: Typed(ANY) for name, _ in case.given}
    rows = list(rows_of(lifter))
    try:
        wanted = by_rows(node, rows, given)
    except feel.FeelLimitError:
        with pytest.raises(feel.FeelLimitError):
            by_columns(node, lifter.fields, rows, types, given)
        return
    program, got = by_columns(node, lifter.fields, rows, types, given)
    assert same(got, wanted), (program.how, [*zip(rows, got, wanted, strict=True)])
    _, (plain, *_) = by_columns(tree, {}, [{}], types, given)
    assert same(plain, run(case.wanted, {})), plain
