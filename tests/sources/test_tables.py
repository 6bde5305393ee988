"""Layouts of tables: several files, columns renamed midway, nested JSON, exploded lists, field histories."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from rules_engine.batch.sources.data import Data
from tests.sources.models import model

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., Data]
VIEWS = model(events={"view": {"path": "string", "watched": "number"}, "buy": {"amount": "number"}})


def test_a_pattern_of_files_with_a_column_renamed_midway(read: Read, write: Write) -> None:
    write("log_1.csv", "visitor,at,url\na,2026-01-01,/old\n")
    write("log_2.csv.gz", gzip.compress(b"visitor;at;page_path\na;2026-01-02;/new\n".replace(b";", b",")))
    data = read(
        """
events:
  file: log_*.csv*
  lead: visitor
  at: at
  type: {value: view}
  attributes: {path: [page_path, url]}
""",
        VIEWS,
    )
    assert [event["attributes"] for event in data.history("a")[2]] == [{"path": "/old"}, {"path": "/new"}]


def test_the_first_column_with_a_value_counts(read: Read, write: Write) -> None:
    write("log.csv", "user,anonymous,at\nu1,a1,2026-01-01\n,a2,2026-01-02\n?,a3,2026-01-03\n,,2026-01-04\n")
    data = read("events: {file: log.csv, lead: [user, anonymous], at: at, type: {value: view}, missing: '?'}\n", VIEWS)
    assert data.leads["lead_id"].to_list() == ["u1", "a2", "a3"]
    assert data.counts.rejected == {("events", "no id"): 1}


def test_attributes_for_all_types_and_for_one(read: Read, write: Write) -> None:
    write("log.csv", "lead,at,kind,a,b\nx,2026-01-01,view,/p,3\nx,2026-01-02,buy,9,4\n")
    data = read(
        """
events:
  file: log.csv
  lead: lead
  at: at
  type: kind
  attributes: {watched: b}
  attributes_of:
    view: {path: a}
    buy: {amount: a}
""",
        VIEWS,
    )
    assert [event["attributes"] for event in data.history("x")[2]] == [{"path": "/p", "watched": 3.0}, {"amount": 9.0}]


def test_events_are_in_order_of_time_type_and_id(read: Read, write: Write) -> None:
    write(
        "log.csv",
        "lead,at,kind,id\nx,2026-01-02,view,b\nx,2026-01-01,view,z\nx,2026-01-02,buy,c\nx,2026-01-02,view,\n"
        "y,2026-01-01,buy,1\nx,2026-01-02,view,a\n",
    )
    data = read("events: {file: log.csv, lead: lead, at: at, type: kind, id: id}\n", VIEWS)
    assert [(e["type"], e.get("id")) for e in data.history("x")[2]] == [
        ("view", "z"), ("buy", "c"), ("view", None), ("view", "a"), ("view", "b"),
    ]  # fmt: skip
    assert [(lead_id, len(events)) for lead_id, _, _, events in data.leads_iter()] == [("x", 5), ("y", 1)]
    assert data.events["type"].to_list() == ["view", "buy", "view", "view", "view", "buy"]


SESSIONS = [
    {"session": 7, "plan": {"name": "gold"}, "events": [{"t": 1788255000000, "k": "view", "x": {"p": "/a"}}]},
    {"session": 8, "events": []},
    {"session": 9, "events": None},
    {"session": 10, "events": "none"},
    {"session": 11, "events": [{"t": 1788255000000, "k": "buy"}, {"t": None, "k": "view"}]},
]
EXPLODED = """
events:
  file: {file}
  {json}explode: {root}events
  lead: {lead}
  at: {{column: {root}events.t, format: epoch ms}}
  type: {root}events.k
  attributes: {{path: {root}events.x.p, plan: {root}plan.name}}
"""
PLANS = model(events={"view": {"path": "string", "plan": "string"}, "buy": {}})


@pytest.mark.parametrize("layout", ["lines", "document", "cell"])
def test_a_list_of_events_in_each_row(read: Read, write: Write, layout: str) -> None:
    names = {"json": "", "root": "", "lead": "session"}
    if layout == "lines":
        write("data.jsonl", "\n".join(map(json.dumps, SESSIONS)))
        names |= {"file": "data.jsonl"}
    elif layout == "document":
        write("data.json", json.dumps({"data": {"rows": SESSIONS}}))
        names |= {"file": "data.json", "json": "records: data.rows\n  "}
    else:
        cells = ('"' + json.dumps(session).replace('"', '""') + '"' for session in SESSIONS)
        write("data.csv", "n,body\n" + "".join(f"{s['session']},{c}\n" for s, c in zip(SESSIONS, cells, strict=True)))
        names |= {"file": "data.csv", "json": "json: body\n  ", "root": "body.", "lead": "n"}
    data = read(EXPLODED.format(**names), PLANS)
    assert data.leads["lead_id"].to_list() == ["7", "11"]
    assert data.history("7")[2] == [
        {"type": "view", "at": 1788255000000000, "attributes": {"path": "/a", "plan": "gold"}}
    ]
    assert data.counts.rows == {"events": 4}
    assert data.counts.rejected == {("events", "no list of events"): 1, ("events", "no time"): 1}


def test_a_list_of_events_in_parquet(read: Read, tmp_path: Path) -> None:
    sessions = [s for s in SESSIONS if s["events"] != "none"]
    pl.DataFrame(
        sessions,
        schema={
            "session": pl.Int64,
            "plan": pl.Struct({"name": pl.String}),
            "events": pl.List(pl.Struct({"t": pl.Int64, "k": pl.String, "x": pl.Struct({"p": pl.String})})),
        },
    ).write_parquet(tmp_path / "data.parquet")
    data = read(EXPLODED.format(file="data.parquet", json="", root="", lead="session"), PLANS)
    assert data.history("7")[2] == [
        {"type": "view", "at": 1788255000000000, "attributes": {"path": "/a", "plan": "gold"}}
    ]
    assert data.counts.rejected == {("events", "no time"): 1}


def test_paths_into_a_column_of_json(read: Read, write: Write, tmp_path: Path) -> None:
    write(
        "leads.csv",
        'id,properties\n1,"{""plan"": ""gold"", ""tags"": [{""t"": ""a""}], ""n"": 1.0}"\n2,\n3,{oops\n4,null\n',
    )
    data = read(
        """
leads:
  file: leads.csv
  id: id
  json: properties
  fields: {plan: properties.plan, tag: properties.tags.0.t, n: properties.n}
""",
        model({"plan": "string", "tag": "string", "n": "number"}),
    )
    assert data.leads.rows() == [
        ("1", None, "gold", "a", 1.0),
        ("2", None, None, None, None),
        ("4", None, None, None, None),
    ]
    assert data.counts.rejected == {("leads", "cell not JSON"): 1}


def test_keys_with_dots_and_values_of_many_kinds(read: Read, write: Write) -> None:
    rows = [
        {"id": 1, "a.b": "dotted", "flag": True, "n": 5, "big": 2**60, "list": [1, 2]},
        {"id": "2", "a": {"b": "nested"}, "flag": "no", "n": "6.5"},
    ]
    write("leads.jsonl", "\n".join(map(json.dumps, rows)))
    data = read(
        "leads: {file: leads.jsonl, id: id, fields: {ab: a.b}}\n",
        model({"ab": "string", "flag": "boolean", "n": "number", "big": "string", "list": "list<number>"}),
    )
    assert data.history("1")[0] == {
        "id": "1",
        "ab": "dotted",
        "flag": True,
        "n": 5.0,
        "big": str(2**60),
        "list": [1, 2],
    }
    assert data.history("2")[0] == {"id": "2", "ab": "nested", "flag": False, "n": 6.5}


def test_field_histories(read: Read, write: Write) -> None:
    write(
        "leads.csv",
        "id,since,country,account\n1,2026-01-01,US,a\n2,,FR,b\n1,2026-03-01,GB,b\n2,2026-02-01,,\n1,never,DE,a\n"
        "1,2026-03-01,IT,a\n",
    )
    write("accounts.csv", "id,since,size\na,2026-01-01,10\nb,2026-01-01,20\na,2026-06-01,30\n")
    data = read(
        """
leads: {file: leads.csv, id: id, account: account, valid_from: since}
accounts: {file: accounts.csv, id: id, valid_from: since}
""",
        model({"country": "string"}, {"size": "number"}),
    )
    assert data.fields == "as_of"
    assert data.counts.rejected == {("leads", "time not readable"): 1, ("leads", "id occurs twice"): 1}
    assert data.leads.rows() == [("1", "b", "GB"), ("2", None, None)]

    def at(lead: str, *day: int) -> tuple[object, object]:
        fields, account, _ = data.history(lead, datetime(*day, tzinfo=UTC))  # type: ignore[misc]
        return fields.get("country"), account and account.get("size")

    assert at("1", 2025, 12, 31) == (None, None)
    assert at("1", 2026, 1, 1) == ("US", 10.0)
    assert at("1", 2026, 2, 28) == ("US", 10.0)
    assert at("1", 2026, 3, 1) == ("GB", 20.0)
    assert at("2", 1999, 1, 1) == ("FR", None)
    assert at("2", 2026, 1, 15) == ("FR", 20.0)
    assert at("2", 2026, 2, 1) == (None, None)
    assert data.history("1")[0] == {"id": "1", "country": "GB"}
    for day in ((2025, 12, 31), (2026, 1, 15), (2026, 2, 1), (2026, 7, 1)):
        moment = datetime(*day, tzinfo=UTC)
        assert [row[1:] for row in data.leads_iter(moment)] == [data.history(lead, moment) for lead in ("1", "2")]
    assert [row[1:] for row in data.leads_iter()] == [data.history(lead) for lead in ("1", "2")]
    with pytest.raises(KeyError):
        data.history("3")


def test_outcomes(read: Read, write: Write) -> None:
    write("leads.csv", "id\n1\n2\n3\n")
    write(
        "deals.csv",
        "lead,stage,closed,amount\n1,Won,2026-01-05,100\n2,Lost,2026-01-06,\n3,Open,,\n9,Won,2026-01-07,5\n",
    )
    data = read(
        """
leads: {file: leads.csv, id: id}
outcomes:
  - file: deals.csv
    lead: lead
    outcome: {column: stage, values: {Won: won, Lost: lost, Open: null}}
    at: closed
    value: amount
  - {file: leads.csv, lead: id, outcome: {value: seen}, where: {id: [1, 2]}}
""",
        model(),
    )
    midnight = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1_000_000
    assert data.outcomes.rows() == [
        ("1", "won", midnight, 100.0),
        ("2", "lost", midnight + 86_400_000_000, None),
        ("1", "seen", None, None),
        ("2", "seen", None, None),
    ]
    assert data.counts.left_out == {"outcomes 1": 1, "outcomes 2": 1}
    assert data.counts.rejected == {("outcomes 1", "unknown lead"): 1}


def test_where(read: Read, write: Write) -> None:
    write("leads.csv", "id,deleted,stage\n1,FALSE,a\n2,true,a\n3,0,b\n4,,a\n5,No,c\n")
    data = read("leads: {file: leads.csv, id: id, where: {deleted: false}}\n", model())
    assert data.leads["lead_id"].to_list() == ["1", "3", "5"]
    assert data.counts.left_out == {"leads": 2}
    data = read("leads: {file: leads.csv, id: id, where: {deleted: false, stage: [a, b]}}\n", model())
    assert data.leads["lead_id"].to_list() == ["1", "3"]


def test_constants_and_names_that_match(read: Read, write: Write) -> None:
    write("leads.csv", "id,country,score\n1,US,5\n")
    declared = model({"country": "string", "source": "string", "score": "number", "vip": "boolean"})
    data = read("leads: {file: leads.csv, id: id, fields: {source: {value: web}, vip: {value: true}}}\n", declared)
    assert data.leads.rows() == [("1", None, "US", "web", 5.0, True)]
    data = read("leads: {file: leads.csv, id: id, match_names: false}\n", declared)
    assert data.leads.rows() == [("1", None, None, None, None, None)]


def test_delimiters_quotes_lines_before_the_header(read: Read, write: Write) -> None:
    write("leads.csv", "Export of 2026\n\nid|note\n1|'a|b'\n2|'it''s'\n")
    data = read(
        "leads: {file: leads.csv, id: id, delimiter: '|', quote: \"'\", skip_lines: 1}\n", model({"note": "string"})
    )
    assert data.leads["note"].to_list() == ["a|b", "it's"]
    write("leads.tsv", 'id\tnote\n1\tsay "hi\n')
    data = read("leads: {file: leads.tsv, id: id, quote: none}\n", model({"note": "string"}))
    assert data.leads["note"].to_list() == ['say "hi']


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(read: Read, write: Write, encoding: str) -> None:
    write("leads.csv", "id,náme\n1,Zoë\n".encode(encoding))
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    data = read(
        f"leads: {{file: leads.csv, id: id, encoding: {name}, fields: {{name: náme}}}}\n", model({"name": "string"})
    )
    assert data.leads.rows() == [("1", None, "Zoë")]


def test_only_declared_attributes_are_loaded(read: Read, write: Write) -> None:
    write("log.csv", "id,lead,at,kind,path,watched,seen\ne1,x,2026-01-01,view,/p,3,yes\n")
    data = read("events: {file: log.csv, id: id, lead: lead, at: at, type: kind, attributes: {path: path}}\n", VIEWS)
    assert data.events_of("view").columns == ["lead_row", "at", "id", ".path", ".watched"]


def test_iterating_gives_the_same_histories_as_asking_one_by_one(read: Read, write: Write) -> None:
    rows = [
        f"l{i * 7919 % 12_345},{1_788_255_000 + i * 31 % 999},{'view' if i % 3 else 'buy'},{i}" for i in range(30_000)
    ]
    write("log.csv", "lead,at,kind,number\n" + "\n".join(rows))
    data = read(
        "events: {file: log.csv, lead: lead, at: at, time_format: epoch s, type: kind}\n",
        VIEWS,
    )
    histories = {lead_id: events for lead_id, _, _, events in data.leads_iter()}
    assert sum(map(len, histories.values())) == 30_000
    for lead_id in ("l0", "l1", "l5000", "l12344"):
        assert histories[lead_id] == data.history(lead_id)[2]
        assert [e["at"] for e in histories[lead_id]] == sorted(e["at"] for e in histories[lead_id])


def test_leads_in_tables_of_different_layouts(read: Read, write: Write) -> None:
    write("leads.csv", "Id,Country\n1,US\n2,GB\n")
    write("contacts.csv", "contact,land,since\n2,FR,\n3,DE,2026-01-01\n3,IT,2026-02-01\n")
    data = read(
        """
leads:
  - {file: leads.csv, id: Id, fields: {country: Country}}
  - {file: contacts.csv, id: contact, valid_from: since, fields: {country: land}}
""",
        model({"country": "string"}),
    )
    assert data.leads.rows() == [("1", None, "US"), ("2", None, "GB"), ("3", None, "IT")]
    assert data.counts.rejected == {("leads 2", "id occurs twice"): 1}
    assert data.history("1", datetime(1999, 1, 1, tzinfo=UTC))[0]["country"] == "US"
    assert data.history("3", datetime(2026, 1, 5, tzinfo=UTC))[0]["country"] == "DE"


def test_event_types_that_are_left_out_and_accounts_that_are_not_there(read: Read, write: Write) -> None:
    write("log.csv", "lead,at,kind\nx,2026-01-01,view\nx,2026-01-01,ping\nx,2026-01-01,\n")
    write("leads.csv", "id,company\nx,acme\ny,ghost\nz,\n")
    write("accounts.csv", "id\nacme\n")
    data = read(
        """
leads: {file: leads.csv, id: id, account: company}
accounts: {file: accounts.csv, id: id}
events: {file: log.csv, lead: lead, at: at, type: {column: kind, values: {ping: null}}}
""",
        VIEWS,
    )
    assert data.event_count == 1
    assert data.counts.left_out == {"events": 1}
    assert data.counts.rejected == {("events", "no event type"): 1}
    assert data.counts.missing == {("lead.account", "no such account"): 1}
    assert data.history("y")[1] is None


def test_accounts_that_are_not_there_in_several_looks(
    read: Read, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules_engine.batch.sources.read.AT_ONCE", 1)
    write("log.csv", "lead,at,kind\n")
    write("leads.csv", "id,company\nw,\nx,acme\ny,ghost\nz,phantom\n")
    write("accounts.csv", "id\nacme\n")
    data = read(
        """
leads: {file: leads.csv, id: id, account: company}
accounts: {file: accounts.csv, id: id}
events: {file: log.csv, lead: lead, at: at, type: {column: kind}}
""",
        VIEWS,
    )
    assert data.counts.missing == {("lead.account", "no such account"): 2}
    assert data.counts.first == {("lead.account", "no such account"): '"ghost"'}


def test_keys_of_declared_attributes_that_only_later_records_have(read: Read, write: Write) -> None:
    rows = [{"id": i, "lead": 1, "at": 1_788_255_000 + i, **({"path": "/late"} if i > 300 else {})} for i in range(400)]
    write("log.jsonl", "\n".join(map(json.dumps, rows)))
    mapping = "events: {file: log.jsonl, id: id, lead: lead, at: at, time_format: epoch s, type: {value: view}}\n"
    declared = model(events={"view": {"path": {"type": "string", "required": False}}})
    needed = model(events={"view": {"path": {"type": "string", "required": True}}})
    assert read(mapping, needed).counts.rejected == {("events", "required but missing"): 301}
    assert read(mapping, needed).events_of("view")[".path"].to_list() == ["/late"] * 99
    assert read(mapping, declared).events_of("view")[".path"].to_list() == [None] * 301 + ["/late"] * 99


def test_rejected_items_of_one_row_are_written_out_once(read: Read, write: Write, tmp_path: Path) -> None:
    write("log.jsonl", json.dumps({"lead": 1, "e": [{"t": "x"}, {"t": "y"}, {"t": "2026-01-01"}]}))
    data = read("events: {file: log.jsonl, lead: lead, explode: e, at: e.t, type: {value: view}}\n", VIEWS)
    assert data.event_count == 1
    lines = (tmp_path / "rejects.csv").read_text().splitlines()
    assert len(lines) == 3
    assert "(item 2 of the row)" in lines[2]
    assert lines[2].endswith(",")


def test_files_in_folders(read: Read, write: Write) -> None:
    for day in ("2026-01-01", "2026-01-02"):
        write(f"log/day={day}/part.csv", f"lead,at\nx,{day}\n")
    data = read("events: {file: 'log/**/*.csv', lead: lead, at: at, type: {value: view}}\n", VIEWS)
    assert data.event_count == 2
    write("log/day=2026-01-02/part.csv", "lead,at\nx,soon\n")
    data = read("events: {file: 'log/**/*.csv', lead: lead, at: at, type: {value: view}}\n", VIEWS)
    assert data.counts.first["events", "time not readable"] == 'log/day=2026-01-02/part.csv, row 1: "soon"'
