"""The tables that results give when leads are scored one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from rules_engine.batch import tables
from rules_engine.model.types import Model
from rules_engine.result.types import Result


def scores_of(model: Model, results: Sequence[Result]) -> pl.DataFrame:
    """The columns that the fold knows."""
    rows = [tables.scores_row(model, result) for result in results]
    frame = pl.DataFrame(rows, schema=tables.scores_schema(model), orient="row")
    exact = tables.in_points(frame, tables.exact_columns(model))
    others = ["lead_id", "scored", "gates", *(f"label_{name}" for name in model.labels)]
    return exact.drop(others)


def ledger_of(results: Iterable[Result]) -> pl.DataFrame:
    rows = [row for result in results for row in tables.ledger_rows(result)]
    return tables.in_points(_frame(rows, tables.ledger_schema()), ["nominal", "effective"])


def transitions_of(results: Iterable[Result]) -> pl.DataFrame:
    return _frame([row for result in results for row in tables.transition_rows(result)], tables.transitions_schema())


def _frame(rows: list[Any], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
