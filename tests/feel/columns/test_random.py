"""Interpreter = columns, on random typed expressions over random rows with nulls."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, reject, settings

from rules_engine import feel

from ..test_cases import same
from . import expressions
from .both_ways import by_columns, by_rows

pytest.importorskip("polars")


def agree(text: str, rows: list[dict[str, object]]) -> None:
    try:
        node = feel.parse(text)
    except feel.FeelSyntaxError:  # not every expression may be the end of a range
        reject()
    rows = [{name: row[name] for name in expressions.FIELDS} for row in rows]  # in the order of the declaration
    program, got = by_columns(node, expressions.FIELDS, rows)
    wanted = by_rows(node, rows)
    assert same(got, wanted), (program.how, program.lifted, got, wanted)


_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=80, deadline=None, suppress_health_check=_QUIET, database=None)
@given(expressions.expressions(), expressions.rows)
def test_agree(text: str, rows: list[dict[str, object]]) -> None:
    agree(text, rows)


@pytest.mark.long
@settings(max_examples=2000, deadline=None, suppress_health_check=_QUIET, database=None)
@given(expressions.expressions(4), expressions.rows)
def test_agree_long(text: str, rows: list[dict[str, object]]) -> None:
    agree(text, rows)
