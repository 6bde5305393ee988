"""Real data sets with outcomes: counts as their publishers give them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rules_engine.batch.sources.data import Data
from tests.sources.models import model


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_bank_marketing_rows_are_leads_with_ids_by_row(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads:
  file: uci_bank_marketing/bank-additional-full.csv.gz
  delimiter: ";"
  id: {generate: row_number, prefix: bank-}
  fields:
    contacts: campaign
    days_since_contact: {column: pdays, values: {"999": null}}
outcomes:
  file: uci_bank_marketing/bank-additional-full.csv.gz
  delimiter: ";"
  lead: {generate: row_number, prefix: bank-}
  outcome: {column: y, values: {"yes": subscribed, "no": null}}
""",
        model(
            {
                "age": "number",
                "job": "string",
                "contacts": "number",
                "days_since_contact": "number",
                "housing": "boolean",
                "poutcome": {"type": "string", "one_of": ["success", "failure", "nonexistent"]},
            }
        ),
        folder=shared,
    )
    assert data.leads.height == 41_188
    assert data.outcomes.height == 4_640
    assert data.counts.left_out == {"outcomes": 41_188 - 4_640}
    # "unknown" is an answer in this data set, but not one a yes/no field can hold.
    assert data.counts.missing == {("lead.housing", "wrong type"): 990}
    assert data.leads["days_since_contact"].null_count() == 39_673
    lead, account, events = data.history("bank-1")
    assert lead == {
        "id": "bank-1", "age": 56.0, "job": "housemaid", "contacts": 1.0, "housing": False, "poutcome": "nonexistent"
    }  # fmt: skip
    assert account is None
    assert events == []
    assert data.fields == "current"


def test_online_shoppers(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads:
  file: uci_online_shoppers/online_shoppers_intention.csv.gz
  id: {generate: row_number}
  fields: {seconds: ProductRelated_Duration}
outcomes:
  file: uci_online_shoppers/*.csv.gz
  lead: {generate: row_number}
  outcome: {column: Revenue, values: {"TRUE": bought, "FALSE": null}}
""",
        model({"Weekend": "boolean", "seconds": {"type": "number", "min": 0}, "Month": "string"}),
        folder=shared,
    )
    assert data.leads.height == 12_330
    assert data.outcomes.height == 1_908
    assert data.counts.missing == {("lead.seconds", "outside min and max"): 33}
    assert data.leads["seconds"].null_count() == 33 + 14
    assert set(data.leads["Weekend"].to_list()) == {True, False}
    assert {"Feb", "June"} <= set(data.leads["Month"].to_list())


def test_online_retail_leads_come_from_the_events(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
timezone: Europe/London
events:
  file: uci_online_retail/customer_events.csv.gz
  lead: customer_id
  at: timestamp
  type: type
  attributes: {amount: amount}
""",
        model(events={"purchase": {"amount": "number"}, "return": {"amount": "number"}}),
        folder=shared,
    )
    assert data.leads.height == 4_372
    assert data.events_of("purchase").height == 18_444
    assert data.events_of("return").height == 3_650
    assert data.events_of("return")[".amount"].max() <= 0
    lead, _, events = data.history("17850")
    assert lead == {"id": "17850"}
    assert events[0] == {
        "type": "purchase",
        "at": micros(datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        "attributes": {"amount": 139.12},
    }
    assert sum(len(history) for *_, history in data.leads_iter()) == 22_094
    # In summer London is an hour ahead.
    assert data.events.filter(data.events["lead_id"] == "12346")["at"].len() == 2


def test_online_retail_leads_by_their_first_row(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads:
  file: uci_online_retail/customer_events.csv.gz
  id: customer_id
  duplicates: first
events:
  file: uci_online_retail/customer_events.csv.gz
  lead: customer_id
  at: timestamp
  type: type
  where: {type: purchase}
""",
        model({"country": "string"}, events={"purchase": {}, "return": {}}),
        folder=shared,
    )
    assert data.leads.height == 4_372
    assert data.leads["country"].null_count() == 0
    assert data.counts.left_out["events"] == 3_650
    assert data.counts.rejected_rows == 0


def test_otto_sessions_explode(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
events:
  file: otto_sessions_sample/train.jsonl
  explode: events
  lead: session
  at: {column: events.ts, format: epoch ms}
  type: {column: events.type, values: {clicks: click, carts: cart}}
  attributes: {article: events.aid}
outcomes:
  file: otto_sessions_sample/train.jsonl
  explode: events
  where: {events.type: orders}
  lead: session
  outcome: {value: order}
  at: {column: events.ts, format: epoch ms}
""",
        model(events={"click": {"article": "string"}, "cart": {"article": "string"}}),
        folder=shared,
    )
    assert data.leads.height == 20
    assert data.events_of("click").height == 800
    assert data.events_of("cart").height == 52
    assert data.counts.ignored_events == {"orders": 10}
    assert data.outcomes.height == 10
    assert data.outcomes["lead_id"].n_unique() == 3
    times = data.events["at"]
    assert datetime.fromtimestamp(times.min() / 1e6, UTC) > datetime(2022, 7, 31, 22, tzinfo=UTC)
    assert datetime.fromtimestamp(times.max() / 1e6, UTC) < datetime(2022, 8, 28, 22, tzinfo=UTC)
    _, _, events = data.history("0")
    assert [e["at"] for e in events] == sorted(e["at"] for e in events)
    assert isinstance(events[0]["attributes"]["article"], str)


def test_salvirt(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads:
  file: salvirt_b2b/Salvirt_B2B_ML_dataset.csv
  delimiter: ";"
  id: {generate: row_number, prefix: deal-}
outcomes:
  file: salvirt_b2b/Salvirt_B2B_ML_dataset.csv
  delimiter: ";"
  lead: {generate: row_number, prefix: deal-}
  outcome: {column: Status, values: {Won: won, Lost: lost}}
""",
        model({"Product": "string", "Authority": "string", "Budgt_alloc": "string"}),
        folder=shared,
    )
    assert data.leads.height == 448
    assert dict(data.outcomes.group_by("outcome").len().iter_rows()) == {"won": 227, "lost": 221}
    assert "Unknown" in data.leads["Budgt_alloc"].to_list()
