"""Account scores in columns: the members' readings weighted and rolled up, as `result.accounts` does for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch.columns.conditions import TRUE, Verdict, compile_verdict, numbers_of
from rules_engine.batch.columns.table import Compiler, Program, Table
from rules_engine.batch.series import column_of
from rules_engine.matching.between import ScoringError
from rules_engine.model.extensions import Member, Rollup
from rules_engine.model.types import AccountScore, Model
from rules_engine.records import dataclass
from rules_engine.result.accounts import MOST_WEIGHT, beyond_sum, mean_of, of_account, refused
from rules_engine.scoring.amounts import MICRO, MOST, to_micropoints, to_points

if TYPE_CHECKING:
    from rules_engine.batch.fold.marks import Ints

Bools = NDArray[np.bool_]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AccountColumns:
    """Account scores with their weights and conditions as functions of the table of leads."""

    model: Model
    scores: tuple[tuple[AccountScore, int, Verdict | None, Program | None], ...]  # int: the position of the lead score
    compiler: Compiler


@dataclass(frozen=True, slots=True)
class Members:
    """What the leads add to one account score: who carries it, with which reading and weight (NaN: null)."""

    carries: Bools
    reading: Ints
    weight: Doubles


@dataclass(frozen=True, slots=True)
class AccountRollUp:
    """`frame` as `batch.account_table` has it, and per account score the leads whose weight was null."""

    frame: pl.DataFrame
    missing_weights: Mapping[str, list[str]]


def prepare_account_columns(model: Model, compiler: Compiler) -> AccountColumns:
    """Compiles the account scores of a model for the names of leads and accounts that `compiler` knows."""
    names = list(model.scores)
    found = []
    for score in model.accounts.values():
        ready = model.scores[score.of].sales_ready
        where = compile_verdict(compiler, score.where, ready) if score.where else None
        weight = compiler.program(score.weight, ready) if score.weight else None
        found.append((score, names.index(score.of), where, weight))
    return AccountColumns(model, tuple(found), compiler)


def members_of(prepared: AccountColumns, leads: Table, reading: Ints, has_value: Bools) -> tuple[Members, ...]:
    """Per account score what these leads add. `reading` and `has_value` are [L, S]; outside the audience is False.

    Members wait until all leads are scored, so they hold columns of their own instead of views of large tables.
    """
    found = []
    for _, s, where, weight in prepared.scores:
        carries = has_value[:, s].copy() if where is None else has_value[:, s] & (where(leads) == TRUE)
        one = np.broadcast_to(np.ones(1), leads.height)
        weights = one if weight is None else prepared.compiler.run(weight, leads, numbers_of)
        found.append(Members(carries, reading[:, s].copy(), weights))
    return tuple(found)


def joined(parts: Sequence[tuple[Members, ...]]) -> tuple[Members, ...]:
    """The members of several buckets of leads as one."""
    return tuple(
        Members(
            np.concatenate([one.carries for one in own]),
            np.concatenate([one.reading for one in own]),
            np.concatenate([one.weight for one in own]),
        )
        for own in zip(*parts, strict=True)
    )


def roll_up_columns(
    model: Model,
    account_ids: pl.Series,
    lead_ids: pl.Series,
    account_of: pl.Series,
    members: Sequence[Members],
    rollups: Mapping[str, Rollup] | None = None,
) -> AccountRollUp:
    """One row per account, by id. `account_ids` are those of the accounts' table, `account_of` is per lead or null.

    `rollups` are the plugins' ways to combine, by name. Raises `InputError` and `ScoringError` for what rolling up
    account by account would refuse, the latter with the account.
    """
    accounts = pl.concat([account_ids, account_of.drop_nulls()]).unique().sort()
    places = account_of.replace_strict(accounts, pl.int_range(len(accounts), eager=True), default=-1).to_numpy()
    places = places if len(accounts) else np.full(len(lead_ids), -1)
    _refuse(model, accounts, lead_ids, places, members)
    columns: dict[str, pl.Series] = {
        "account_id": accounts,
        "members": pl.Series(np.bincount(places[places >= 0], minlength=len(accounts)), dtype=pl.Int64),
    }
    missing: dict[str, list[str]] = {}
    for score, one in zip(model.accounts.values(), members, strict=True):
        own = np.flatnonzero(one.carries & (places >= 0))
        missing[score.name] = sorted(lead_ids.gather(own[np.isnan(one.weight[own])]).to_list())
        rollup = (rollups or {})[score.rollup] if score.rollup is not None else None
        columns |= _score_columns(score, rollup, lead_ids, places, one, own, len(accounts))
    return AccountRollUp(pl.DataFrame(columns), missing)


def refused_leads(one: Members) -> Bools:
    """The leads that an account score refuses, should they have an account."""
    weight = np.nan_to_num(one.weight, nan=0.0)
    with np.errstate(over="ignore"):  # such a product is refused
        weighted = weight * one.reading
    return one.carries & ~((weight >= 0) & (weight <= MOST_WEIGHT) & (np.abs(weighted) <= MOST))


def _refuse(
    model: Model, account_ids: pl.Series, lead_ids: pl.Series, places: NDArray[np.int64], members: Sequence[Members]
) -> None:
    """The error that rolling up account by account, score by score and lead by lead would meet first."""
    found: list[tuple[int, int, bool, str, int]] = []  # account, account score, is of the sum, lead
    for n, (score, one) in enumerate(zip(model.accounts.values(), members, strict=True)):
        wrong = refused_leads(one) & (places >= 0)
        found += [(int(places[lead]), n, False, str(lead_ids[int(lead)]), int(lead)) for lead in np.flatnonzero(wrong)]
        if score.rollup is None and score.combine in ("sum", "top"):
            own = np.flatnonzero(one.carries & (places >= 0) & ~wrong)
            beyond = _first_beyond(score, places[own], _weighted(one, own))
            if beyond is not None:
                found.append((beyond, n, True, "", -1))
    if found:
        place, n, is_sum, lead_id, lead = min(found)
        name = list(model.accounts)[n]
        error = beyond_sum(name) if is_sum else refused(name, lead_id, float(members[n].weight[lead]))
        raise of_account(error, str(account_ids[place])) if isinstance(error, ScoringError) else error


def _weighted(members: Members, own: Ints) -> Ints:
    """What each of these leads counts for, in micropoints. A weight that is null is none."""
    return np.rint(np.nan_to_num(members.weight[own], nan=0.0) * members.reading[own]).astype(np.int64)


def _first_beyond(score: AccountScore, places: NDArray[np.int64], weighted: Ints) -> int | None:
    """The first account whose leads add up to more than a score can hold; exact, where a sum of doubles is near."""
    near = np.flatnonzero(np.bincount(places, weights=np.abs(weighted.astype(np.float64))) > MOST * 0.9)
    for place in near.tolist():
        own = sorted(weighted[places == place].tolist(), reverse=True)
        if abs(sum(own[: score.top] if score.combine == "top" else own)) > MOST:
            return int(place)
    return None


def _score_columns(
    score: AccountScore,
    rollup: Rollup | None,
    lead_ids: pl.Series,
    places: NDArray[np.int64],
    members: Members,
    own: Ints,
    accounts: int,
) -> dict[str, pl.Series]:
    carriers = pl.DataFrame(
        {
            "account": places[own],
            "weighted": _weighted(members, own),
            "lead": lead_ids.gather(own),
            "weight": np.nan_to_num(members.weight[own], nan=0.0),
            "reading": members.reading[own],
        }
    ).sort("account", "weighted", "lead", descending=[False, True, False])
    first = np.searchsorted(carriers["account"].to_numpy(), np.arange(accounts + 1))
    if score.combine == "top":
        rank = np.arange(carriers.height) - first[carriers["account"].to_numpy()]
        carriers = carriers.filter(pl.Series(rank < (score.top or 0)))
        first = np.searchsorted(carriers["account"].to_numpy(), np.arange(accounts + 1))
    value, known = _values(score, carriers, first) if rollup is None else _of_plugin(rollup, carriers, first)
    columns = {score.name: _optional(pl.Series(value / MICRO), known)}
    if score.bands:
        columns[f"{score.name}_band"] = _bands(score, value, known)
    columns[f"{score.name}_carried_by"] = _lists(carriers["lead"], first)
    return columns


def _values(score: AccountScore, carriers: pl.DataFrame, first: Ints) -> tuple[Ints, Bools]:
    """Micropoints per account, and whether there is a value."""
    count = np.diff(first)
    weighted = carriers["weighted"].to_numpy()
    total = np.diff(np.concatenate([[0], np.cumsum(weighted)])[first])
    there = np.ones(len(count), dtype=bool)
    if score.combine in ("sum", "top"):
        return total, there
    if score.combine == "count":
        return count * MICRO, there
    if score.combine == "mean":
        weights, readings = carriers["weight"].to_list(), carriers["reading"].to_list()
        return _or_none([mean_of(weights[a:b], readings[a:b]) for a, b in pairwise(first)])
    some = count > 0
    value = np.zeros(len(count), dtype=np.int64)
    if score.combine == "max":
        value[some] = weighted[first[:-1][some]]  # carriers stand largest first
    else:
        value[some] = weighted[first[1:][some] - 1]
    return value, some


def _of_plugin(rollup: Rollup, carriers: pl.DataFrame, first: Ints) -> tuple[Ints, Bools]:
    members = [
        Member(lead, to_points(reading), weight, to_points(weighted))
        for lead, reading, weight, weighted in carriers.select("lead", "reading", "weight", "weighted").iter_rows()
    ]
    points = [rollup.combine(members[a:b]) for a, b in pairwise(first)]
    return _or_none([None if one is None else to_micropoints(one) for one in points])


def _or_none(values: Sequence[int | None]) -> tuple[Ints, Bools]:
    """Values as columns, and where there is one."""
    return np.array([value or 0 for value in values], dtype=np.int64), np.array([v is not None for v in values], bool)


def _optional(column: pl.Series, known: Bools) -> pl.Series:
    return column if known.all() else column.set(pl.Series(~known), None)


def _bands(score: AccountScore, value: Ints, known: Bools) -> pl.Series:
    starts = np.array([level.start for level in score.bands[1:]], dtype=np.int64)
    names = pl.Series([*(level.name for level in score.bands), None], dtype=pl.String)
    return names.gather(np.where(known, np.searchsorted(starts, value, side="right"), len(score.bands)))


def _lists(leads: pl.Series, first: Ints) -> pl.Series:
    array = pa.LargeListArray.from_arrays(pl.Series(first, dtype=pl.Int64).to_arrow(), leads.to_arrow())
    return column_of(array)
