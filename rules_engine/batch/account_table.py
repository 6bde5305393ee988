"""The roll-ups of accounts: members gathered while leads are scored, one row per account at the end."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import polars as pl

from rules_engine.batch.sources.data import Data, Record
from rules_engine.engine import Engine, ScoringError
from rules_engine.result.accounts import of_account
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import to_points


class Reading(NamedTuple):
    """What is kept of a score."""

    has_value: bool
    reading: int


class Member(NamedTuple):
    """What is kept of a lead's result."""

    lead_id: str | None
    scored: bool
    scores: dict[str, Reading]


Members: TypeAlias = dict[str, list[tuple[Record, Member]]]  # with their fields, by account


class AccountTable:
    """Members by account id. Accounts without leads are in the table too; leads without an account are not."""

    def __init__(self, engine: Engine, data: Data, as_of: int) -> None:
        self._engine = engine
        self._as_of = as_of
        self._fields: dict[str, Record] = {}
        self.members: Members = {}
        self._rolled = {score.of for score in engine.model.accounts.values()}
        self._account_of: list[str | None] = []
        if engine.model.accounts:
            self._account_of = data.leads["account_id"].to_list()
            self._fields = data.account_records
            self.members = {account_id: [] for account_id in self._fields}

    def add(self, row: int, lead: Record, result: Result) -> None:
        """Takes the result of the lead in `row` of the data; keeps its readings."""
        account_id = self._account_of[row] if self._account_of else None
        if account_id is None:
            return
        scores = {}
        if result.scored:
            for name in self._rolled:
                score = result.scores[name]
                scores[name] = Reading(score.has_value, score.reading)
        self.members.setdefault(account_id, []).append((lead, Member(result.lead_id, result.scored, scores)))

    def frame(self) -> pl.DataFrame:
        """account_id, members, and per account score its value, band and the leads that carried it.

        Raises `InputError` and `ScoringError`, as the engine does; the latter with the account.
        """
        model = self._engine.model
        schema: dict[str, pl.DataType] = {"account_id": pl.String(), "members": pl.Int64()}
        for name, score in model.accounts.items():
            schema[name] = pl.Float64()
            if score.bands:
                schema[f"{name}_band"] = pl.String()
            schema[f"{name}_carried_by"] = pl.List(pl.String())
        rows = [self._row(account_id) for account_id in sorted(self.members)]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _row(self, account_id: str) -> dict[str, object]:
        fields, members = self._fields.get(account_id, {}), self.members[account_id]
        try:
            result = self._engine.score_account(fields, members, as_of=self._as_of, account_id=account_id)
        except ScoringError as error:
            raise of_account(error, account_id) from error
        row: dict[str, object] = {"account_id": account_id, "members": result.members}
        for name, score in result.scores.items():
            row[name] = None if score.value is None else to_points(score.value)
            if self._engine.model.accounts[name].bands:
                row[f"{name}_band"] = score.band
            row[f"{name}_carried_by"] = [carrier.lead_id for carrier in score.carriers]
        return row
