"""Account scores in columns are those of accounts rolled up one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_engine.batch.columns.scope import of_leads
from rules_engine.batch.columns.table import Compiler, Table
from rules_engine.batch.fold.accounts import joined, members_of, prepare_account_columns, roll_up_columns
from rules_engine.matching.history import InputError
from tests.batch.fold.test_fold import several, short, told
from tests.differential.histories import Case
from tests.differential.models import account_bodies
from tests.differential.running import load


def same_accounts(body: dict[str, Any], leads: list[Case], account_of: list[int | None]) -> None:
    engine = told(body, leads)
    as_of = max(one.as_of for one in leads)
    fields = [leads[0].account, {}, {"k": 5}]
    accounts = [None if n is None else fields[n] for n in account_of]
    ids = [f"lead {len(leads) - n}" for n in range(len(leads))]
    results = [
        engine.score(one.lead, account, one.events, as_of=as_of, lead_id=lead_id)
        for one, account, lead_id in zip(leads, accounts, ids, strict=True)
    ]
    wanted = []
    for n in range(3):
        members = [(leads[i].lead, results[i]) for i, own in enumerate(account_of) if own == n]
        wanted.append(engine.score_account(fields[n], members, as_of=as_of, account_id=f"account {n}"))

    scores = [*engine.model.scores]
    reading = np.array([[result.scores[n].reading if result.scored else 0 for n in scores] for result in results])
    has_value = np.array([[result.scored and result.scores[n].has_value for n in scores] for result in results])
    table = Table(
        len(leads),
        {
            "lead.k": pl.Series([one.lead.get("k") for one in leads], dtype=pl.Float64, strict=False),
            "lead.c": pl.Series([one.lead.get("c") for one in leads], dtype=pl.String),
            "account.k": pl.Series([(one or {}).get("k") for one in accounts], dtype=pl.Float64, strict=False),
        },
    )
    prepared = engine._prepared
    compiler = Compiler(of_leads(engine.model), prepared.functions, prepared.constants)
    columns = prepare_account_columns(engine.model, compiler)
    whole = members_of(columns, table, reading, has_value)
    none = members_of(columns, table, reading, np.zeros_like(has_value))
    found = roll_up_columns(
        engine.model,
        pl.Series([f"account {n}" for n in range(3)]),
        pl.Series(ids + ["x"] * len(ids)),
        pl.Series([None if n is None else f"account {n}" for n in account_of] + [None] * len(ids), dtype=pl.String),
        joined([whole, none]),
    )
    rows = found.frame.to_dicts()
    for n, account in enumerate(wanted):
        assert rows[n].pop("account_id") == account.account_id
        assert rows[n].pop("members") == account.members
        for name, score in account.scores.items():
            assert rows[n].pop(name) == (None if score.value is None else score.value / 1e6)
            if engine.model.accounts[name].bands:
                assert rows[n].pop(f"{name}_band") == score.band
            assert rows[n].pop(f"{name}_carried_by") == [carrier.lead_id for carrier in score.carriers]
        assert not rows[n]
    for name, missing in found.missing_weights.items():
        assert missing == sorted(lead for account in wanted for lead in account.scores[name].missing_weights)


@given(account_bodies(), several, st.data())
@short
def test_account_scores_of_random_leads(body: dict[str, Any], leads: list[Case], data: st.DataObject) -> None:
    account_of = [data.draw(st.sampled_from([None, 0, 0, 0, 1])) for _ in leads]
    same_accounts(body, leads, account_of)


def test_a_negative_weight_names_the_lead_and_the_account_score() -> None:
    engine = load(ACCOUNTS)
    compiler = Compiler(of_leads(engine.model), engine._prepared.functions, {})
    leads = Table(2, {"lead.k": pl.Series([1.0, -2.0])})
    members = members_of(
        prepare_account_columns(engine.model, compiler), leads, np.full((2, 1), 10_000), np.ones((2, 1), dtype=bool)
    )
    with pytest.raises(InputError, match=r"lead b.*weighs it -2"):
        roll_up_columns(engine.model, pl.Series(["x"]), pl.Series(["a", "b"]), pl.Series(["x", "x"]), members)


ACCOUNTS = {
    "schema": 1,
    "model": "m",
    "version": 1,
    "fields": {"lead": {"k": "number"}},
    "events": {"alpha": {}},
    "scores": {"one": {"rules": {"alpha": {"event": "alpha", "points": 1}}}},
    "accounts": {"all": {"of": "one", "combine": "sum", "weight": "lead.k"}},
}
