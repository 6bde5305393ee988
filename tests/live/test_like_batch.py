"""Leads fed live in random batches, in no order of time: their table of scores is that of the batch, exactly."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rules_engine.batch import tables
from rules_engine.batch.score import Batch, open_batch
from rules_engine.live import Live, open_store

REPOSITORY = Path(__file__).parents[2]
RULESETS = REPOSITORY / "rulesets"


def records_of(batch: Batch) -> list[dict[str, Any]]:
    """Everything in a data set as records; each lead has an account of its own, with the fields of the one it has."""
    records: list[dict[str, Any]] = []
    for lead_id, lead, account, events in batch.data.leads_iter():
        own = f"of {lead_id}"
        if account is not None:
            records.append({"account": own, "fields": dict(account)})
        fields = {name: value for name, value in lead.items() if name in batch.model.lead_fields}
        records.append({"lead": lead_id, "fields": fields, "account": own})
        records += [{**event, "lead": lead_id} for event in events]
    return records


def table_of(batch: Batch, live: Live) -> pl.DataFrame:
    rows = [tables.scores_row(batch.model, result, False) for _, result in live.results(as_of=batch.as_of)]
    frame = pl.DataFrame(rows, schema=tables.scores_schema(batch.model, False), orient="row")
    return tables.in_points(frame, tables.exact_columns(batch.model)).sort("lead_id")


def feeds_alike(batch: Batch, address: str, seed: int, *, largest: int, disorder: int) -> None:
    """`disorder` is how far records are moved from their place in time: some events come late."""
    chance = random.Random(seed)
    records = records_of(batch)
    zone = batch.engine.zone
    from rules_engine.matching.history import read_instant

    def place(record: dict[str, Any]) -> int:
        return read_instant(record["at"], zone, "event", "at") if "at" in record else 0

    ordered = sorted(records, key=place)
    order = sorted(range(len(ordered)), key=lambda n: n + chance.randrange(disorder))
    live = Live(batch.engine, open_store(address, batch.model.name), clock=lambda: batch.as_of)
    start = 0
    while start < len(order):
        size = chance.randrange(1, largest)
        fed = live.feed([ordered[n] for n in order[start : start + size]])
        assert [one.reason for one in fed.rejected] == []
        start += size
    whole = batch.run().scores.sort("lead_id")
    assert table_of(batch, live).equals(whole)
    live.store.close()


@pytest.mark.parametrize("name", ["b2b_saas", "net_promoter"])
def test_the_leads_of_a_ruleset(name: str) -> None:
    batch = open_batch(RULESETS / name, RULESETS / name / "data.yaml")
    feeds_alike(batch, "memory:", 1, largest=120, disorder=30)


@pytest.mark.long
def test_the_customers_of_a_real_shop(tmp_path: Path) -> None:
    batch = open_batch(RULESETS / "online_retail", RULESETS / "online_retail" / "data.yaml")
    feeds_alike(batch, f"sqlite:{tmp_path}/leads.db", 2, largest=3000, disorder=500)


@pytest.mark.long
def test_ten_thousand_leads(tmp_path: Path) -> None:
    generate = pytest.importorskip("benchmarks.generate")
    folder = tmp_path / "population"
    generate.generate(folder, 10_000, 60_000)
    batch = open_batch(REPOSITORY / "benchmarks/population/model.yaml", folder / "data.yaml")
    feeds_alike(batch, f"sqlite:{tmp_path}/leads.db", 3, largest=3000, disorder=500)
