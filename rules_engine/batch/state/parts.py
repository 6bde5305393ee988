"""Leads taken in parts, so that several processes can bring them forward, and what came of all parts together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from rules_engine.batch.account_table import Members
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.problems import Counts
from rules_engine.batch.state.advancing import Advanced, Stretch
from rules_engine.batch.state.kept import Kept
from rules_engine.batch.tables import ScoreTables, summed_outcomes

BY_LEAD = ("scores", "ledger", "transitions", "rules", "tallies", "snapshots")


def part_of(stretch: Stretch, start: int, end: int) -> Stretch:
    """The leads in rows [start, end) with all that is told of them, and no more."""
    data = stretch.data
    leads = data.leads.slice(start, end - start)
    by_type = {}
    for name, frame in data.by_type.items():
        first, last = (int(frame["lead_row"].search_sorted(row, "left")) for row in (start, end))
        rows = pl.col("lead_row") - pl.lit(start, frame.schema["lead_row"])
        by_type[name] = frame.slice(first, last - first).with_columns(rows)
    ids, accounts = leads["lead_id"], leads["account_id"].implode()
    lead_history, account_history = data.lead_history, data.account_history
    if lead_history is not None:
        lead_history = lead_history.filter(pl.col("lead_id").is_in(ids.implode()))
    if account_history is not None:
        account_history = account_history.filter(pl.col("account_id").is_in(accounts))
    own = Data(
        leads=leads,
        accounts=data.accounts.filter(pl.col("account_id").is_in(accounts)),
        by_type=by_type,
        outcomes=data.outcomes.clear(),
        counts=Counts(),
        lead_history=lead_history,
        account_history=account_history,
    )
    names = ids.to_list()
    states = {name: state for name in names if (state := stretch.states.get(name)) is not None}
    return replace(
        stretch,
        data=own,
        states=states,
        changed=stretch.changed.intersection(names),
        whole=stretch.whole.intersection(names),
    )


def only(stretch: Stretch, lead_ids: list[str]) -> Stretch:
    """These leads alone."""
    data = stretch.data
    rows = data.leads["lead_id"].is_in(pl.Series(lead_ids, dtype=pl.String).implode()).arg_true()
    numbers = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
    by_type = {
        name: frame.filter(pl.col("lead_row").is_in(rows.implode())).with_columns(
            pl.col("lead_row").replace_strict(rows, numbers, return_dtype=frame.schema["lead_row"])
        )
        for name, frame in data.by_type.items()
    }
    return replace(stretch, data=replace(data, leads=data.leads[rows], by_type=by_type))


def joined(parts: list[Advanced], lead_ids: pl.Series) -> Advanced:
    """What came of all leads, in this order; each part is in order, but for leads that it postponed."""
    kept: dict[str, Kept | None] = {}
    anew: dict[str, str] = {}
    members: Members = {}
    for part in parts:
        kept.update(part.kept)
        anew.update(part.anew)
        for account_id, some in part.members.items():
            members.setdefault(account_id, []).extend(some)
    in_order = not any(part.postponed for part in parts)
    tables = joined_tables([part.tables for part in parts], None if in_order else lead_ids)
    return Advanced(tables, members, kept, anew, ())


def joined_tables(parts: Sequence[ScoreTables], lead_ids: pl.Series | None) -> ScoreTables:
    """The tables of parts of the leads as those of all, in this order of leads (None: the parts stand in order)."""
    order = None if lead_ids is None else pl.DataFrame({"lead_id": lead_ids}).with_row_index("_place")

    def table(name: str) -> pl.DataFrame:
        whole: pl.DataFrame = pl.concat([getattr(part, name) for part in parts])
        if order is None or not whole.height:
            return whole
        placed = whole.join(order, on="lead_id", how="left", maintain_order="left")
        return placed.sort("_place", maintain_order=True).drop("_place")

    outcomes = summed_outcomes([part.outcomes for part in parts])
    return ScoreTables(**{name: table(name) for name in BY_LEAD}, outcomes=outcomes)
