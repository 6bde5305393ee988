"""Exports of real vendors, as published: byte order marks, odd times, JSON cells, rows that are broken."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rules_engine.batch.sources.data import Data
from tests.sources.models import model


def moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)


def test_snowplow_events_with_json_cells(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
events:
  file: snowplow_web/snowplow_web_events.csv
  lead: domain_userid
  at: derived_tstamp
  type: {column: event_name, values: {page_view: view}}
  id: event_id
  json: [contexts_com_snowplowanalytics_snowplow_ua_parser_context_1_0_0]
  attributes:
    path: page_urlpath
    device: contexts_com_snowplowanalytics_snowplow_ua_parser_context_1_0_0.0.deviceFamily
    width: br_viewwidth
    cookies: br_cookies
""",
        model(events={"view": {"path": "string", "device": "string", "width": "number", "cookies": "boolean"}}),
        folder=shared,
    )
    assert data.counts.rows == {"events": 160}
    assert data.counts.rejected == {("events", "no id"): 1}
    assert data.leads.height == 42
    assert data.events_of("view").height == 49  # of 50: one has no visitor
    views = data.events_of("view")
    assert views[".device"].drop_nulls().to_list().count("Mac") > 10
    assert views[".width"].max() < 10_000
    assert views[".cookies"].drop_nulls().any()
    assert moment(views["at"].min()).year == 2020


def test_snowplow_enriched_lines_without_header(read: Callable[..., Data], shared: Path, tmp_path: Path) -> None:
    data = read(
        """
events:
  file: snowplow_web/enriched-events.tsv
  header: false
  quote: none
  lead: column_16
  at: column_4
  type: column_6
  id: column_7
  attributes: {url: column_30}
""",
        model(events={"page_view": {"url": "string"}, "unstruct": {}}),
        folder=shared,
    )
    assert data.counts.rejected == {("events", "wrong number of cells"): 2}
    assert data.event_count == 48
    # Nine digits of a second: the instants are exact to the microsecond, the rest is cut.
    assert datetime(2021, 10, 15, tzinfo=UTC).timestamp() * 1e6 in [
        at // 86_400_000_000 * 86_400_000_000 for at in data.events["at"]
    ]
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8") as stream:
        rejected = list(csv.DictReader(stream))
    assert [row["row"] for row in rejected] == ["1", "2"]
    assert rejected[0]["message"] == "The row has 130 cells, fewer than the 131 columns."
    assert rejected[0]["raw"].count("\t") == 129


def test_hubspot_contacts_and_mail_events(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads:
  file: fivetran_hubspot/contact_data.csv
  id: id
  fields:
    company: property_company
    created: property_createdate
    revenue: property_annualrevenue
    deleted: _fivetran_deleted
    merged: {column: property_hs_calculated_merged_vids, split: ";"}
accounts:
  file: fivetran_hubspot/company_data.csv
  id: id
  fields: {name: property_name, deleted: is_deleted}
events:
  - file: fivetran_hubspot/email_event_data.csv
    lead: recipient
    unknown_leads: add
    at: created
    type: {column: type, values: {OPEN: email_open, SENT: email_sent}}
    id: id
    attributes: {campaign: email_campaign_id}
  - file: fivetran_hubspot/contact_form_submission_data.csv
    lead: contact_id
    unknown_leads: add
    at: timestamp
    type: {value: form}
    id: conversion_id
    attributes: {title: title}
""",
        model(
            {
                "company": "string",
                "created": "date",
                "revenue": "number",
                "deleted": "boolean",
                "merged": "list<string>",
            },
            {"name": "string", "deleted": "boolean"},
            {"email_open": {"campaign": "string"}, "email_sent": {}, "form": {"title": "string"}},
        ),
        folder=shared,
    )
    assert data.counts.rejected_rows == 0
    assert data.accounts.height == 24
    assert data.events_of("email_open").height == 90
    assert data.events_of("email_sent").height == 4
    assert data.events_of("form").height == 5
    assert data.counts.ignored_events == {"DELIVERED": 3, "PROCESSED": 3}
    lead, _, _ = data.history("78971951")
    assert lead["merged"] == ["76340251:1661707291575", "46897301:1661707931852", "76226001:1661696530403"]
    assert lead["deleted"] is False
    assert lead["revenue"] == 111_111.0
    assert str(lead["created"]) == "2021-04-01"


def test_marketo_leads_and_activities(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads: {file: fivetran_marketo/marketo_lead_data.csv, id: id, fields: {name: last_name}}
events:
  - file: fivetran_marketo/marketo_activity_click_email_data.csv
    lead: lead_id
    unknown_leads: add
    at: activity_date
    type: {value: click}
    id: id
    attributes: {mobile: is_mobile_device, link: link}
  - file: fivetran_marketo/marketo_activity_merge_leads_data.csv
    lead: lead_id
    unknown_leads: add
    at: activity_date
    type: {value: merge}
    id: id
    attributes: {ids: merge_ids}
""",
        model(
            {"name": "string", "created_at": "date and time"},
            events={"click": {"mobile": "boolean", "link": "string"}, "merge": {"ids": "list<number>"}},
        ),
        folder=shared,
    )
    assert data.counts.rejected_rows == 0
    assert data.counts.missing == {}
    assert data.leads["created_at"].null_count() == data.leads.height - 100
    assert data.events_of("merge")[".ids"].to_list()[0] is not None
    assert data.events_of("click")[".mobile"].null_count() == 49  # blank in the file


def test_pardot_times_end_in_utc(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
timezone: America/New_York      # not used: each time names its zone
leads:
  file: fivetran_pardot/pardot_prospect_data.csv
  id: id
  account: prospect_account_id
events:
  file: fivetran_pardot/pardot_visitor_activity_data.csv
  lead: prospect_id
  unknown_leads: add
  at: created_at
  id: id
  type: {column: type_name, values: {Email: email, New Opportunity: opportunity}}
""",
        model(
            {"score": "number", "grade": "string", "created_at": "date and time"},
            events={"email": {}, "opportunity": {}},
        ),
        folder=shared,
    )
    assert data.counts.missing == {}
    assert data.counts.rejected_rows == 0
    assert data.events_of("email").height == 48
    assert data.events_of("opportunity").height == 33
    assert data.counts.ignored_events == {"Opportunity Lost": 10, "Opportunity Won": 9}
    lead, _, _ = data.history("403097399")
    assert lead["grade"] == "C-"
    assert lead["created_at"] == datetime(2019, 7, 12, 9, 50, 36, tzinfo=UTC)
    assert data.leads["account_id"][0] == "8341523"


def test_dynamics_contacts_header_with_blank_and_shifted_cells(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
leads:
  file: d365_contacts/ContosoCoffee_D365Contacts.csv
  id: [Email, Full Name]
  fields:
    name: Full Name
    zip: "Address 1: ZIP/Postal Code"
    country: "Address 1: Country/Region"
    county: "Address 1: County"
""",
        model(
            {"name": "string", "zip": "number", "country": {"type": "string", "one_of": ["USA"]}, "county": "string"}
        ),
        folder=shared,
    )
    assert data.leads.height == 19
    lead, _, _ = data.history("abbie_moss@collinsreedandhoward.com")
    assert lead == {"id": lead["id"], "name": "Abbie Moss", "zip": 10753.0, "country": "USA"}
    assert data.history("Arlene Cox")[0]["name"] == "Arlene Cox"
    assert data.counts.missing == {}


def test_segment_calls(read: Callable[..., Data], shared: Path) -> None:
    data = read(
        """
events:
  file: segment_spec/examples.jsonl
  where: {example.type: track}
  lead: [example.userId, example.anonymousId]
  at: example.timestamp
  type: {column: example.event, values: {Report Submitted: report, Course Clicked: click, Button Clicked: click}}
  id: example.messageId
""",
        model(events={"report": {}, "click": {}}),
        folder=shared,
    )
    assert data.counts.left_out == {"events": 48}
    assert data.counts.rejected == {("events", "no id"): 1, ("events", "no time"): 23}
    assert data.event_count == 3
