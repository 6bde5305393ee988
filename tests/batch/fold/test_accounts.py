"""Account scores in columns are those of accounts rolled up one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_engine.batch.account_table import AccountTable, Member, Reading
from rules_engine.batch.columns.scope import of_leads
from rules_engine.batch.columns.table import Compiler, Table
from rules_engine.batch.fold.accounts import joined, members_of, prepare_account_columns, roll_up_columns
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.problems import Counts
from rules_engine.engine import InputError, ScoringError
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


BIG = 4 * 10**18  # micropoints: a reading, or two thirds of what fits


@pytest.mark.parametrize(
    ("combine", "weights", "readings", "problem"),
    [
        ("sum", [1, 1, 1], [BIG, BIG, BIG], 'Account x: Account score "all": the leads add up to more than 9,000,'),
        ("sum", [1, 1, 1], [-BIG, -BIG, -BIG], 'Account x: Account score "all": the leads add up to more than 9,000,'),
        ("sum", [1, 1, 1], [BIG, -BIG, BIG], None),
        ("sum", [1.125, 1.125, 0], [BIG, BIG, 10_000], None),
        ("sum", [1.125, 1.125, 1e-4], [BIG, BIG, 10_000], "the leads add up to more than"),
        ("top 2", [1, 1, 1], [BIG, BIG, BIG], None),
        ("top 2", [2, 2, 1], [BIG, BIG, BIG], "the leads add up to more than"),
        ("mean", [1, 1, 1], [BIG, BIG, BIG], None),
        ("max", [1, 2.25, 1], [BIG, BIG, BIG], None),
        ("max", [1, 3, 4], [BIG, BIG, BIG], 'Account x: Account score "all": lead b counts for more than 9,000,'),
        ("min", [1, 3, -1], [BIG, -BIG, 0], "lead b counts for more than"),
        ("min", [1, -1, 3], [BIG, 0, BIG], "lead b, weight: account score \"all\" weighs it -1"),
        ("mean", [1, 1e308, 1e308], [10_000, 0, 0], r"lead b, weight: .*weighs it 1e\+308, and 9,000,000,000,000 is"),
        ("mean", [1, 9e12, 9e12], [10_000, 0, 10_000], None),
        ("sum", [1e308, 1, 1], [BIG, 0, 0], "lead a, weight: .*weighs it 1e\\+308"),
        ("sum", [1, 1, None], [BIG, BIG, BIG], None),
    ],
)  # fmt: skip
def test_more_points_than_a_score_can_hold(
    combine: str, weights: list[float | None], readings: list[int], problem: str | None
) -> None:
    engine = load({**ACCOUNTS, "accounts": {"all": {"of": "one", "combine": combine, "weight": "lead.k"}}})
    reader = prepare_account_columns(engine.model, Compiler(of_leads(engine.model), engine._prepared.functions, {}))
    ids, leads = ["a", "b", "c"], Table(3, {"lead.k": pl.Series(weights, dtype=pl.Float64)})
    columns = members_of(reader, leads, np.array(readings)[:, None], np.ones((3, 1), dtype=bool))
    accounts = pl.DataFrame({"account_id": ["w", "x"]})
    nothing = Data(pl.DataFrame(schema={"account_id": pl.String}), accounts, {}, pl.DataFrame(), Counts())
    table = AccountTable(engine, nothing, 0)
    table.members = {
        "w": [],
        "x": [
            ({} if weight is None else {"k": weight}, Member(lead_id, True, {"one": Reading(True, reading)}))
            for lead_id, weight, reading in zip(ids, weights, readings, strict=True)
        ],
    }

    def in_columns() -> pl.DataFrame:
        of_lead = pl.Series(["x"] * 3)
        return roll_up_columns(engine.model, accounts["account_id"], pl.Series(ids), of_lead, columns).frame

    if problem is None:
        assert in_columns().to_dicts() == table.frame().to_dicts()
        return
    errors = []
    for roll_up in (in_columns, table.frame):
        with pytest.raises((InputError, ScoringError), match=problem) as raised:
            roll_up()
        errors.append((raised.type, str(raised.value)))
    assert errors[0] == errors[1]


def test_the_first_account_that_cannot_be_rolled_up_is_named() -> None:
    body = {"of": "one", "combine": "sum", "weight": "lead.k"}
    engine = load({**ACCOUNTS, "accounts": {"all": body, "more": body}})
    reader = prepare_account_columns(engine.model, Compiler(of_leads(engine.model), engine._prepared.functions, {}))
    leads = Table(4, {"lead.k": pl.Series([-1.0, 1.0, 1.0, 1.0])})
    columns = members_of(reader, leads, np.array([[BIG]] * 4), np.ones((4, 1), dtype=bool))
    ids, accounts = pl.Series(["a", "b", "c", "d"]), pl.Series([], dtype=pl.String)
    with pytest.raises(ScoringError, match='Account x: Account score "all"'):
        roll_up_columns(engine.model, accounts, ids, pl.Series(["y", "x", "x", "x"]), columns)
    with pytest.raises(InputError, match=r'lead a, weight: .*"all" weighs it -1'):
        roll_up_columns(engine.model, accounts, ids, pl.Series(["w", "x", "x", "x"]), columns)


ACCOUNTS = {
    "schema": 1,
    "model": "m",
    "version": 1,
    "fields": {"lead": {"k": "number"}},
    "events": {"alpha": {}},
    "scores": {"one": {"rules": {"alpha": {"event": "alpha", "points": 1}}}},
    "accounts": {"all": {"of": "one", "combine": "sum", "weight": "lead.k"}},
}
