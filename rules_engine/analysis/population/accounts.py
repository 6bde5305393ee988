"""The accounts of a population: bands of their roll-ups, and the highest of them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules_engine.model.types import Model
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account: per roll-up its value and band (None where it has none), and the leads that carried the first."""

    account_id: str
    members: int
    values: Mapping[str, float | None]
    bands: Mapping[str, str | None]
    carried_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """`bands` counts accounts by roll-up and band. `highest` are those with the highest value of `by`, equals by id."""

    count: int
    by: str
    titles: Mapping[str, str | None]
    bands: Mapping[str, Mapping[str, int]]
    highest: tuple[AccountRow, ...]


def account_overview(model: Model, table: pl.DataFrame | None, top: int) -> Accounts | None:
    """None where the model rolls nothing up or the data has no accounts."""
    if table is None or not table.height:
        return None
    by = next(iter(model.accounts))
    best = table.drop_nulls(by).sort(by, "account_id", descending=[True, False]).head(top)
    banded = [name for name, score in model.accounts.items() if score.bands]
    counted = {name: dict(table.group_by(f"{name}_band").len().iter_rows()) for name in banded}
    return Accounts(
        table.height,
        by,
        {name: score.title for name, score in model.accounts.items()},
        {
            name: {level.name: counted[name].get(level.name, 0) for level in model.accounts[name].bands}
            for name in banded
        },
        tuple(
            AccountRow(
                row["account_id"],
                row["members"],
                {name: row[name] for name in model.accounts},
                {name: row[f"{name}_band"] for name in banded},
                tuple(row[f"{by}_carried_by"]),
            )
            for row in best.iter_rows(named=True)
        ),
    )
