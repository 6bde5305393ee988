"""Histories as a bucket, and the tables that scoring them one after the other gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from rules_engine.batch import tables
from rules_engine.batch.columns.bucket import Bucket, EventRows
from rules_engine.batch.columns.score import ColumnScorer
from rules_engine.batch.sources.convert import dtype
from rules_engine.batch.tables import Wanted
from rules_engine.engine import Engine
from rules_engine.feel.values import from_feel
from rules_engine.matching.history import read_fields
from rules_engine.model.types import Field
from rules_engine.result.types import Result
from tests.differential.histories import Case

ALL = Wanted(ledger=True, transitions=True, rules=True, tallies=True)


def bucket_of_cases(engine: Engine, cases: Sequence[Case]) -> Bucket:
    """Each case is a lead, in this order."""
    model = engine.model
    leads = [_values(model.lead_fields, case.lead, engine) for case in cases]
    accounts = [_values(model.account_fields, case.account, engine) for case in cases]
    columns = [
        *(_column(f"lead.{name}", field, [lead[name] for lead in leads]) for name, field in model.lead_fields.items()),
        *(
            _column(f"account.{name}", field, [account[name] for account in accounts])
            for name, field in model.account_fields.items()
        ),
    ]
    as_of = np.array([case.as_of for case in cases], dtype=np.int64)
    return Bucket(pl.DataFrame(columns), {name: _rows(engine, name, cases) for name in model.events}, as_of)


def _rows(engine: Engine, name: str, cases: Sequence[Case]) -> EventRows:
    declared = engine.model.events[name].attributes
    rows = [
        (lead, event, _values(declared, event.get("attributes", {}), engine))
        for lead, case in enumerate(cases)
        for event in case.events
        if event["type"] == name
    ]
    return EventRows(
        np.array([lead for lead, _, _ in rows], dtype=np.int32),
        np.array([event["at"] for _, event, _ in rows], dtype=np.int64),
        pl.Series([event.get("id") for _, event, _ in rows], dtype=pl.String),
        pl.DataFrame([_column("." + n, field, [values[n] for _, _, values in rows]) for n, field in declared.items()]),
    )


def _values(declared: Mapping[str, Field], raw: Mapping[str, Any], engine: Engine) -> dict[str, object]:
    return read_fields(declared, raw, "record", [], engine.zone)


def _column(name: str, field: Field, values: list[object]) -> pl.Series:
    return pl.Series(name, [from_feel(value) for value in values], dtype=dtype(field.type))


def tables_of(engine: Engine, results: Sequence[Result]) -> dict[str, pl.DataFrame]:
    """The tables of a batch from results of one lead after the other."""
    model = engine.model
    scores = [tables.scores_row(model, result) for result in results]
    rows: dict[str, list[Any]] = {"ledger": [], "transitions": [], "rules": [], "tallies": []}
    for result in results:
        rows["ledger"].extend(tables.ledger_rows(result))
        rows["transitions"].extend(tables.transition_rows(result))
        rows["rules"].extend(tables.rules_rows(result))
        rows["tallies"].append(tables.tallies_row(model, result))

    def frame(name: str, schema: dict[str, Any], exact: list[str]) -> pl.DataFrame:
        return tables.in_points(pl.DataFrame(rows[name], schema=schema, orient="row"), exact)

    return {
        "scores": tables.in_points(
            pl.DataFrame(scores, schema=tables.scores_schema(model), orient="row"), tables.exact_columns(model)
        ),
        "ledger": frame("ledger", tables.ledger_schema(), ["nominal", "effective"]),
        "transitions": frame("transitions", tables.transitions_schema(), []),
        "tallies": frame("tallies", tables.tallies_schema(model), []),
        "rules": frame("rules", tables.rules_schema(), ["effective"]),
    }


def columns_agree(engine: Engine, leads: list[Case]) -> None:
    """Every table of columns is that of one lead after the other."""
    ids = [f"lead {n}" for n in range(len(leads))]
    found = ColumnScorer(engine.prepared).score(bucket_of_cases(engine, leads), pl.Series(ids), ALL).tables
    results = [
        engine.score(case.lead, case.account, case.events, as_of=case.as_of, lead_id=lead_id)
        for lead_id, case in zip(ids, leads, strict=True)
    ]
    for name, frame in tables_of(engine, results).items():
        assert_frame_equal(getattr(found, name), frame, check_exact=True)
