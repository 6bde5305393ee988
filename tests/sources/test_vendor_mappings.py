"""The ready mappings of rulesets/_mappings on the vendors' own files: counts per type, ids, times, rejected lines."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules_engine import Engine
from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.batch.sources.data import Data

MAPPINGS = Path(__file__).resolve().parents[2] / "rulesets" / "_mappings"
VENDORS = sorted(path.name for path in MAPPINGS.iterdir() if path.is_dir())
READ_WITH = sorted(str(path.relative_to(MAPPINGS)) for path in MAPPINGS.glob("*/*.yaml") if path.name != "model.yaml")
Read = Callable[..., Data]


@pytest.fixture
def read_vendor(tmp_path: Path) -> Read:
    """Reads a vendor's files with its ready mapping and its starter model."""

    def read(vendor: str, folder: Path, mapping: str = "data.yaml") -> Data:
        model = Engine.load(MAPPINGS / vendor / "model.yaml").model
        loaded = load_mapping(MAPPINGS / vendor / mapping, folder=folder)
        return read_data(loaded, model, rejects=tmp_path / "rejects.csv")

    return read


@pytest.fixture
def segment(shared: Path, tmp_path: Path) -> Path:
    """The published examples of Segment calls as the lines that Segment delivers, and a line that is broken."""
    lines = (json.loads(line)["example"] for line in (shared / "segment_spec" / "examples.jsonl").open("rb"))
    calls = [json.dumps(call) for call in lines if isinstance(call, dict) and "type" in call]
    (tmp_path / "calls-1.jsonl").write_text("\n".join([*calls, '{"type": "track", "event"']) + "\n", encoding="utf-8")
    return tmp_path


def counts_by_type(data: Data) -> dict[str, int]:
    return {name: frame.height for name, frame in data.by_type.items() if frame.height}


def moments(data: Data, lead: str) -> list[datetime]:
    return [datetime.fromtimestamp(event["at"] / 1e6, UTC) for event in data.history(lead)[2]]  # type: ignore[operator]


def rejects(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("vendor", VENDORS)
def test_starter_models_have_no_findings(vendor: str) -> None:
    from rules_engine.model import load_model

    assert load_model(MAPPINGS / vendor / "model.yaml").diagnostics == ()


@pytest.mark.parametrize("mapping", READ_WITH)
def test_a_mapping_names_every_field_and_event_of_its_model_or_finds_it_by_name(mapping: str) -> None:
    vendor = mapping.split("/")[0]
    model = Engine.load(MAPPINGS / vendor / "model.yaml").model
    loaded = load_mapping(MAPPINGS / mapping)
    assert {name for table in loaded.leads for name in table.fields} == set(model.lead_fields)
    assert {name for table in loaded.accounts for name in table.fields} == set(model.account_fields)
    assert all((MAPPINGS / vendor / name).exists() for name in ("README.md", "model.yaml"))


def test_segment(read_vendor: Read, segment: Path, tmp_path: Path) -> None:
    data = read_vendor("segment", segment)
    assert counts_by_type(data) == {"page_view": 1, "report_submitted": 1}
    assert data.counts.ignored_events == {"Button Clicked": 1, "Course Clicked": 1}
    # Of 27 published track calls 23 have no time of any kind and 1 has no user.
    assert data.counts.rejected["events 1", "no time"] == 23
    assert data.counts.rejected["events 1", "no id"] == 1
    assert data.counts.rejected["events 1", "not JSON"] == 1
    assert rejects(tmp_path)[0]["raw"] == '{"type": "track", "event"'
    # The identify call gives the fields from its time on; the group call gives the account.
    lead, account, events = data.history("97980cfea0067")
    assert (lead["email"], lead["plan"], lead["country"]) == ("peter@example.com", "premium", "USA")
    assert account is not None
    assert (account["id"], account["employees"]) == ("0e8c78ea9d97a7b8185e8632", 329)
    assert sorted(str(event["type"]) for event in events) == ["page_view", "report_submitted"]
    assert moments(data, "97980cfea0067") == [
        datetime(2015, 2, 23, 22, 28, 55, 111_000, UTC),
        datetime(2015, 12, 10, 4, 8, 31, 905_000, UTC),
    ]
    assert data.fields == "as_of"


def test_segment_gives_a_user_what_the_visitor_did_before(read_vendor: Read, tmp_path: Path) -> None:
    calls: list[dict[str, object]] = [
        {"type": "page", "anonymousId": "a1", "name": "Pricing", "timestamp": "2026-01-01T10:00:00Z"},
        {"type": "identify", "anonymousId": "a1", "userId": "u1", "timestamp": "2026-01-01T10:01:00Z"},
        {"type": "track", "event": "Trial Started", "userId": "u1", "timestamp": "2026-01-01T10:02:00Z"},
        {"type": "page", "anonymousId": "a2", "name": "Home", "timestamp": "2026-01-01T10:03:00Z"},
    ]
    (tmp_path / "calls.jsonl").write_text("\n".join(map(json.dumps, calls)), encoding="utf-8")
    data = read_vendor("segment", tmp_path)
    assert [event["type"] for event in data.history("u1")[2]] == ["page_view", "trial_started"]
    assert [event["type"] for event in data.history("a2")[2]] == ["page_view"]
    assert data.leads["lead_id"].to_list() == ["u1", "a2"]


def test_snowplow_table(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("snowplow", shared / "snowplow_web")
    assert counts_by_type(data) == {"page_view": 49, "page_ping": 8, "link_click": 10, "structured": 6}
    assert data.counts.ignored_events == {
        "cmp_visible": 33, "consent_preferences": 32, "data_structures_workflow": 4, "object_click": 1,
        "snplow_cookies": 16,
    }  # fmt: skip
    assert data.counts.rejected == {("events", "no id"): 1}
    assert data.leads.height == 42
    assert data.events_of("page_view")[".device"].drop_nulls().to_list().count("Mac") > 10


def test_snowplow_enriched_lines(read_vendor: Read, shared: Path, tmp_path: Path) -> None:
    data = read_vendor("snowplow", shared / "snowplow_web", "enriched.yaml")
    assert counts_by_type(data) == {"page_view": 30, "link_click": 18}
    assert data.counts.rejected == {("events", "wrong number of cells"): 2}
    assert [row["message"] for row in rejects(tmp_path)] == [
        "The row has 130 cells, fewer than the 131 columns.",
        "The row has 129 cells, fewer than the 131 columns.",
    ]
    # A field inside the self-describing JSON, ids as they stand, nine digits of a second cut to six.
    clicks = data.events_of("link_click")
    assert clicks[".target"].null_count() == 0
    assert clicks[".target"].to_list()[0].startswith("http")
    assert data.events_of("page_view")["id"].n_unique() == 30
    visitor = "3d8103fa-989c-43ec-a526-099fd0c76c5b"
    assert moments(data, visitor) == [datetime(2021, 9, 27, 1, 15, 51, 334_000, UTC)]


def test_hubspot(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("hubspot", shared / "fivetran_hubspot")
    # The publisher's tables do not join: the recipients, meetings and deals are of other contacts.
    assert data.counts.rejected == {
        ("events 1", "not in the lookup"): 100,
        ("events 3", "not in the lookup"): 100,
        ("outcomes", "not in the lookup"): 44,
    }
    assert counts_by_type(data) == {"form_submission": 5, "call": 1}
    assert (data.leads.height, data.accounts.height) == (22 + 6, 24)
    lead, _, _ = data.history("78971951")
    assert lead["merged"] == ["76340251:1661707291575", "46897301:1661707931852", "76226001:1661696530403"]
    assert lead["created"] == datetime(2021, 4, 1, 17, 32, 47, tzinfo=UTC)
    assert moments(data, "001") == [datetime(2023, 11, 1, 10, 20, tzinfo=UTC)]


def test_hubspot_mails_meetings_and_deals_reach_their_contacts(read_vendor: Read, shared: Path, tmp_path: Path) -> None:
    for path in (shared / "fivetran_hubspot").iterdir():
        shutil.copyfile(path, tmp_path / path.name)

    def rewrite(name: str, *lines: str) -> None:
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    contacts = (tmp_path / "contact_data.csv").read_text(encoding="utf-8")
    recipient = "o2wjpPyUfzBfq9OSt9I2NQ=="
    rewrite("contact_data.csv", contacts.replace("fcb67ef339b691956cc85fa12be6490c", recipient))
    rewrite("engagement_contact_data.csv", "engagement_id,contact_id", "3416212491,78971951", "3416212491,76340251")
    rewrite("deal_contact_data.csv", "deal_id,contact_id", "1244495215,78971951")
    deals = (tmp_path / "deal_data.csv").read_text(encoding="utf-8")
    rewrite("deal_data.csv", deals.replace("1244495215,false,,,", "1244495215,false,default,closedwon,"))
    data = read_vendor("hubspot", tmp_path)
    with (shared / "fivetran_hubspot" / "email_event_data.csv").open(encoding="utf-8") as stream:
        opened = [row for row in csv.DictReader(stream) if row["recipient"] == recipient and row["type"] == "OPEN"]
    assert data.events_of("email_open").height == len(opened) > 0
    assert data.events_of("meeting")["lead_row"].n_unique() == 2  # one meeting, both its contacts
    assert data.outcomes.rows() == [("78971951", "won", None, None)]


def test_marketo(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("marketo", shared / "fivetran_marketo")
    assert counts_by_type(data) == {
        "email_sent": 100, "email_delivered": 100, "email_open": 100, "email_click": 100, "field_changed": 100,
        "leads_merged": 100, "lead_deleted": 31,
    }  # fmt: skip
    assert (data.counts.rejected, data.counts.missing) == ({}, {})
    changes = data.events_of("field_changed")
    assert changes[".field"].to_list().count("Demographic Score Marketing") == 21
    assert data.events_of("leads_merged")[".merged"].to_list()[0] is not None
    assert moments(data, "1282844")[0] == datetime(2020, 5, 6, 0, 14, 31, tzinfo=UTC)


def test_pardot(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("pardot", shared / "fivetran_pardot")
    assert counts_by_type(data) == {
        "email_unsubscribe": 42, "email_bounce": 5, "email_spam_complaint": 1,
        "opportunity_created": 33, "opportunity_won": 9, "opportunity_lost": 10,
    }  # fmt: skip
    assert data.counts.left_out == {"leads": 78}  # deleted prospects
    # Two of the opportunities have prospects, four in all, none of them in the published prospect table.
    assert data.counts.rejected == {("outcomes", "not in the lookup"): 98, ("outcomes", "unknown lead"): 4}
    assert moments(data, "395861995")[0] == datetime(2019, 3, 29, 7, 24, 17, tzinfo=UTC)


def test_salesforce(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("salesforce", shared / "fivetran_salesforce")
    assert counts_by_type(data) == {"task": 10, "call": 6, "meeting": 4}
    # The one lead is converted, nine accounts are deleted, and so are all opportunities.
    assert data.counts.left_out == {"leads 1": 1, "accounts": 9, "lookup contacts_of_account": 1, "outcomes": 10}
    lead, _, _ = data.history("0031G00000q9jPQAQ")
    assert (lead["country"], lead["opted_out"]) == ("US", False)
    assert moments(data, "0031G00001Pji7ZQAR") == [datetime(2019, 11, 11, 17, 23, 34, tzinfo=UTC)]


def awards(data: Data, vendor: str, lead_id: str) -> list[tuple[str | None, float]]:
    """What a lead's events earned, by rule, without what was limited away."""
    engine = Engine.load(MAPPINGS / vendor / "model.yaml")
    lead, account, events = data.history(lead_id)
    newest = max(frame["at"].max() for frame in data.by_type.values() if frame.height)
    ledger = engine.score(lead, account, events, as_of=newest).scores["readiness"].ledger
    return sorted((entry.rule, entry.effective / 1e6) for entry in ledger if entry.effective > 0)


def test_a_starter_model_scores_marketo_clicks_once_a_link(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("marketo", shared / "fivetran_marketo")
    clicks = [event for event in data.history("1124755")[2] if event["type"] == "email_click"]
    links = {event["attributes"].get("link") for event in clicks}  # type: ignore[attr-defined]
    assert (len(clicks), len(links)) == (94, 2)
    assert awards(data, "marketo", "1124755") == [("clicked", 5.0)] * len(links)


def test_a_starter_model_scores_a_snowplow_visitor(read_vendor: Read, shared: Path) -> None:
    data = read_vendor("snowplow", shared / "snowplow_web")
    visitor = "434dff58299fdc4f124ddf56a4f117d76f69bedb06f76d9858ffde85e16e14e1"
    # Seven pages and three links on two days; the fifth page of the second visit makes it a deep one.
    assert awards(data, "snowplow", visitor) == [("deep_visit", 10.0), *[("link", 2.0)] * 3, *[("page", 1.0)] * 7]
