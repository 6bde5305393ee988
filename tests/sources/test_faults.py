"""Broken files and rows: what stops, what is rejected, what is read as missing, and what is said about it."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from rules_engine.batch.sources import DataError
from rules_engine.batch.sources.data import Data
from tests.sources.models import model

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., Data]
LEADS = "leads: {file: leads.csv, id: id}\n"
EVENTS = "events: {file: events.csv, lead: lead, at: at, type: type}\n"
CLICKS = model(events={"click": {}})


def rejected(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
        return list(csv.DictReader(stream))


def error(read: Read, mapping: str, code: str, model=CLICKS, **how: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read(mapping, model, **how)
    assert [finding.code for finding in caught.value.findings] == [code], str(caught.value)
    return caught.value


# --- files


def test_missing_file_names_the_nearest(read: Read, write: Write) -> None:
    write("leads.csv", "id\n1\n")
    stopped = error(read, "leads:\n  file: leds.csv\n  id: id\n", "RE501")
    assert 'There is no file "leds.csv". Did you mean "leads.csv"?' in str(stopped)
    assert stopped.findings[0].span is not None
    assert (stopped.findings[0].span.line, stopped.findings[0].span.column) == (3, 9)
    assert "No file fits the pattern" in str(error(read, "leads: {file: 'x*.csv', id: id}\n", "RE501"))


def test_missing_column_names_the_nearest(read: Read, write: Write) -> None:
    write("leads.csv", "id,Country,email\n1,US,a\n")
    stopped = error(
        read,
        "leads:\n  file: leads.csv\n  id: id\n  fields:\n    country: Contry\n",
        "RE503",
        model({"country": "string"}),
    )
    assert '"leads.csv" has no column "Contry". Did you mean "Country"?' in str(stopped)
    assert (stopped.file, stopped.column) == ("leads.csv", "Contry")
    assert stopped.findings[0].span is not None
    assert stopped.findings[0].span.line == 6


def test_all_missing_columns_are_told_at_once(read: Read, write: Write) -> None:
    write("log.csv", "user,when,kind\n1,2026-01-01,click\n")
    with pytest.raises(DataError) as caught:
        read("events: {file: log.csv, lead: usr, at: wen, type: kind, id: nummer}\n", CLICKS)
    assert [finding.message.split(".csv")[1] for finding in caught.value.findings] == [
        '" has no column "usr". Did you mean "user"?',
        '" has no column "wen". Did you mean "when"?',
        '" has no column "nummer".',
    ]


def test_empty_files(read: Read, write: Write) -> None:
    for content in ("", "\n\n"):
        write("leads.csv", content)
        error(read, LEADS, "RE506")
    write("leads.jsonl", "\n")
    error(read, "leads: {file: leads.jsonl, id: id}\n", "RE506")
    write("leads.csv", "id,country\n")
    data = read(LEADS, model({"country": "string"}))
    assert data.leads.height == 0
    assert data.leads.columns == ["lead_id", "account_id", "country"]
    assert list(data.leads_iter()) == []


@pytest.mark.parametrize("form", ["iso", "epoch ms", "'%d-%m-%Y'", "[iso, epoch s]"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
@pytest.mark.parametrize("rows", ["", ",,,,,,,\n", "\n"])
def test_no_usable_row_at_all(read: Read, write: Write, form: str, zone: str, rows: str) -> None:
    """Columns without a single value go through every converter."""
    write("t.csv", "id,at,kind,n,b,d,w,tags\n" + rows)
    kinds = {
        "n": {"type": "number", "min": 0, "one_of": [1.0]}, "b": "boolean", "d": "date", "at": "date and time",
        "w": "days and time duration", "tags": "list<number>", "kind": {"type": "string", "one_of": ["x"]},
    }  # fmt: skip
    declared = model(kinds, kinds, {"x": kinds}, timezone=zone)
    table = f"file: t.csv, id: id, time_format: {form}"
    data = read(
        f"""
leads: {{{table}, account: id, valid_from: at}}
accounts: {{{table}, duplicates: last}}
events:
  {{{table}, lead: id, at: at, type: {{column: kind, values: {{a: x}}}}, unknown_leads: add,
  attributes: {{n: n, b: b, d: d, at: at, w: w, tags: tags}}}}
outcomes: {{file: t.csv, lead: id, outcome: kind, at: at, value: n, time_format: {form}}}
""",
        declared,
    )
    assert data.leads.height == data.accounts.height == data.event_count == data.outcomes.height == 0
    assert list(data.leads_iter()) == []
    assert data.events.height == 0
    assert data.counts.rows["events"] == (1 if "," in rows else 0)


def test_gzip_cut_short(read: Read, write: Write) -> None:
    whole = gzip.compress(("id\n" + "\n".join(map(str, range(1000)))).encode())
    write("leads.csv.gz", whole)
    assert read("leads: {file: leads.csv.gz, id: id}\n", CLICKS).leads.height == 1000
    write("leads.csv.gz", whole[:-20])
    assert "cut short" in str(error(read, "leads: {file: leads.csv.gz, id: id}\n", "RE505"))
    write("leads.csv.gz", whole[:100] + b"\0" * 20 + whole[120:])
    error(read, "leads: {file: leads.csv.gz, id: id}\n", "RE505")


def test_a_file_of_another_kind(read: Read, write: Write) -> None:
    write("leads.parquet", "id\n1\n")
    error(read, "leads: {file: leads.parquet, id: id}\n", "RE507")
    write("leads.dat", "id\n1\n")
    error(read, "leads: {file: leads.dat, id: id}\n", "RE502")
    assert read("leads: {file: leads.dat, format: csv, id: id}\n", CLICKS).leads.height == 1
    write("leads.json", "{]")
    error(read, "leads: {file: leads.json, id: id}\n", "RE507")
    write("leads.json", '{"rows": 3}')
    error(read, "leads: {file: leads.json, records: rows, id: id}\n", "RE509")


def test_damaged_parquet_and_binary_files(read: Read, tmp_path: Path, write: Write) -> None:
    pl.DataFrame({"id": ["1", "2"], "n": [1.0, None]}).write_parquet(tmp_path / "leads.parquet")
    whole = (tmp_path / "leads.parquet").read_bytes()
    fields = model({"n": "number"})
    for damaged in (whole[:-40], whole[: len(whole) // 2], whole[:60] + b"\0" * 40 + whole[100:], b"PAR1"):
        write("leads.parquet", damaged)
        error(read, "leads: {file: leads.parquet, id: id}\n", "RE507", fields)
    write("leads.csv", b"PK\x03\x04\x14\0\x06\0\r\x08\0\0\0\xff\0\n\0\0\n")
    assert "workbook" in str(error(read, LEADS, "RE507", fields))
    write("leads.csv", "id,n\n1,2\n".encode("utf-16"))
    assert "encoding: utf-16" in str(error(read, LEADS, "RE507", fields))


def test_a_pipe_is_told_before_it_is_opened(read: Read, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "leads.csv")
    assert "can be read only once" in str(error(read, LEADS, "RE500"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(read: Read, write: Write, end: str) -> None:
    write("leads.csv", f'note{end}id,"a{end}b"{end}{end}1,x{end}2,"y{end}z"{end}3{end}')
    data = read("leads: {file: leads.csv, id: id, skip_lines: 1}\n", model())
    assert data.leads["lead_id"].to_list() == ["1", "2"]
    assert data.counts.rejected == {("leads", "wrong number of cells"): 1}


def test_a_column_name_that_stands_twice(read: Read, write: Write) -> None:
    write("leads.csv", "id,email,email\n1,a,b\n")
    fields = model({"email": "string"})
    assert "two columns" in str(
        error(read, "leads: {file: leads.csv, id: id, fields: {email: email}}\n", "RE504", fields)
    )
    assert read("leads: {file: leads.csv, id: id, match_names: false}\n", fields).leads.height == 1


def test_a_folder_in_place_of_a_file(read: Read, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").mkdir()
    error(read, LEADS, "RE500")


# --- rows


def test_ragged_rows_are_rejected_with_their_text(read: Read, write: Write, tmp_path: Path) -> None:
    write("leads.csv", 'id,country\n1,US\n2\n\n3,"G\nB"\n4,FR,extra\n5,DE\n')
    data = read(LEADS, model({"country": "string"}))
    assert data.leads["lead_id"].to_list() == ["1", "3", "5"]
    assert data.counts.rows == {"leads": 5}
    assert data.counts.rejected == {("leads", "wrong number of cells"): 2}
    assert data.counts.first == {("leads", "wrong number of cells"): "leads.csv, row 2"}
    assert [(r["file"], r["row"], r["raw"]) for r in rejected(tmp_path)] == [
        ("leads.csv", "2", "2"),
        ("leads.csv", "4", "4,FR,extra"),
    ]


def test_a_quote_that_is_never_closed(read: Read, write: Write, tmp_path: Path) -> None:
    write("leads.csv", 'id,country\n1,US\n2,"GB\n3,FR\n')
    data = read(LEADS, model({"country": "string"}))
    assert data.leads["lead_id"].to_list() == ["1"]
    assert "never closed" in rejected(tmp_path)[0]["message"]


def test_undecodable_bytes(read: Read, write: Write, tmp_path: Path) -> None:
    write("leads.csv", "id,name\n1,Zoë\n".encode() + b"2,Ren\xe9\n3,Ann\n")
    data = read(LEADS, model({"name": "string"}))
    assert data.leads["lead_id"].to_list() == ["1", "3"]
    assert data.counts.rejected == {("leads", "bytes are not text"): 1}
    row = rejected(tmp_path)[0]
    assert (row["row"], row["raw"]) == ("2", "2,Ren\udce9")
    assert "cp1252" in row["message"]
    write("leads.csv", b"id,name\n2,Ren\xe9\n3,\x80\n4,\x81\n")
    data = read("leads: {file: leads.csv, id: id, encoding: cp1252}\n", model({"name": "string"}))
    assert data.leads["name"].to_list() == ["René", "€"]
    assert data.counts.rejected == {("leads", "bytes are not text"): 1}


def test_undecodable_bytes_in_a_ragged_row(read: Read, write: Write) -> None:
    write("leads.csv", b"id,name\n1,a\n2,Ren\xe9,x\n3,b\n")
    data = read(LEADS, model({"name": "string"}))
    assert data.leads["lead_id"].to_list() == ["1", "3"]
    assert data.counts.rejected_rows == 1


def test_lines_that_are_not_json(read: Read, write: Write, tmp_path: Path) -> None:
    deep = "[" * 100_000
    write("leads.jsonl", b'{"id": 1}\n{"id": 2\n\n[3]\n{"id": "\xff"}\n' + deep.encode() + b'\n{"id": 5}\n')
    data = read("leads: {file: leads.jsonl, id: id}\n", CLICKS)
    assert data.leads["lead_id"].to_list() == ["1", "5"]
    assert data.counts.rejected == {("leads", "not JSON"): 3, ("leads", "bytes are not text"): 1}
    assert [r["row"] for r in rejected(tmp_path)] == ["2", "3", "4", "5"]
    assert rejected(tmp_path)[0]["raw"] == '{"id": 2'


def test_json_that_no_text_can_hold(read: Read, write: Write) -> None:
    lines = '{"id": 1, "name": "a\\ud800b"}\n{"id": 2, "name": "\\ud83d\\ude00"}\n{"id": ' + "9" * 5000 + "}\n"
    write("leads.jsonl", lines)
    data = read("leads: {file: leads.jsonl, id: id}\n", model({"name": "string"}))
    assert data.leads["name"].to_list() == ["a\ufffdb", "\U0001f600"]
    assert data.counts.rejected == {("leads", "not JSON"): 1}
    write("leads.json", '[{"name": "\\ud800"}, {"id": 2, "name": "x"}]')
    data = read("leads: {file: leads.json, id: id}\n", model({"name": "string"}))
    assert data.leads["name"].to_list() == ["x"]
    assert data.counts.rejected == {("leads", "no id"): 1}


def test_rows_without_id_and_double_ids(read: Read, write: Write, tmp_path: Path) -> None:
    write("leads.csv", "id,country\n1,US\n,GB\n2,FR\n1,DE\n ,IT\n")
    fields = model({"country": "string"})
    data = read(LEADS, fields)
    assert data.leads.rows() == [("1", None, "US"), ("2", None, "FR")]
    assert data.counts.rejected == {("leads", "no id"): 2, ("leads", "id occurs twice"): 1}
    assert {(r["row"], r["column"], r["reason"]) for r in rejected(tmp_path)} == {
        ("2", "id", "no id"),
        ("5", "id", "no id"),
        ("4", "id", "id occurs twice"),
    }
    first = read("leads: {file: leads.csv, id: id, duplicates: first}\n", fields)
    assert first.leads["country"].to_list() == ["US", "FR"]
    last = read("leads: {file: leads.csv, id: id, duplicates: last}\n", fields)
    assert last.leads["country"].to_list() == ["DE", "FR"]
    assert last.counts.left_out == {"leads (not the last row of an id)": 1}


def test_double_ids_across_files(read: Read, write: Write) -> None:
    write("a.csv", "id\n1\n2\n")
    write("b.csv", "id\n2\n3\n")
    data = read("leads: {file: [a.csv, b.csv], id: id}\n", CLICKS)
    assert data.leads["lead_id"].to_list() == ["1", "2", "3"]
    assert data.counts.first["leads", "id occurs twice"] == 'b.csv, row 1: "2"'


def test_events_that_cannot_be_placed(read: Read, write: Write, tmp_path: Path) -> None:
    write(
        "events.csv",
        "lead,at,type\n1,2026-01-01,click\n,2026-01-01,click\n1,,click\n1,soon,click\n1,2026-01-01,\n"
        "1,0026-01-01,click\n1,2026-02-30,click\n1,2026-01-01,buy\n",
    )
    data = read(EVENTS, CLICKS)
    assert data.event_count == 1
    assert data.counts.rows == {"events": 8}
    assert data.counts.ignored_events == {"buy": 1}
    assert data.counts.rejected == {
        ("events", "no id"): 1,
        ("events", "no time"): 1,
        ("events", "time not readable"): 2,
        ("events", "time out of range"): 1,
        ("events", "no event type"): 1,
    }
    assert len(rejected(tmp_path)) == 6


def test_epoch_in_the_wrong_unit(read: Read, write: Write) -> None:
    write("events.csv", "lead,at,type\n1,1659369898050,click\n")
    seconds = "events: {file: events.csv, lead: lead, at: {column: at, format: epoch s}, type: type}\n"
    assert read(seconds, CLICKS).counts.rejected == {("events", "time out of range"): 1}
    stopped = error(read, EVENTS, "RE525", strict=True)
    assert 'write `format: "epoch ms"`' in str(stopped)
    assert "milliseconds" in str(error(read, seconds, "RE526", strict=True))


def test_events_of_leads_that_are_not_in_the_table(read: Read, write: Write, tmp_path: Path) -> None:
    write("leads.csv", "id\n1\n")
    write("events.csv", "lead,at,type\n1,2026-01-01,click\n7,2026-01-02,click\n")
    data = read(LEADS + EVENTS, CLICKS)
    assert data.counts.rejected == {("events", "unknown lead"): 1}
    assert rejected(tmp_path)[0]["raw"] == "7,2026-01-02,click"
    data = read(LEADS + EVENTS.replace("}", ", unknown_leads: add}"), CLICKS)
    assert data.leads["lead_id"].to_list() == ["1", "7"]
    assert data.event_count == 2


def test_leads_that_cannot_do_without_fields(read: Read, write: Write, tmp_path: Path) -> None:
    write("leads.csv", "id,email,nps\n1,a@example.com,3\n2,,4\n3,b@example.com,eleven\n")
    write("events.csv", "lead,at,type\n1,2026-01-01,click\n7,2026-01-02,click\n")
    required = {"email": {"type": "string", "required": True}, "nps": {"type": "number", "required": True}}
    needy = model(required, events={"click": {}})
    data = read(LEADS + EVENTS.replace("}", ", unknown_leads: add}"), needy)
    assert data.leads["lead_id"].to_list() == ["1"]
    assert data.counts.rejected == {("leads", "required but missing"): 2, ("events", "unknown lead"): 1}
    assert [(r["row"], r["column"]) for r in rejected(tmp_path)][:2] == [("2", "email"), ("3", "nps")]


# --- values


def test_values_that_do_not_fit_are_missing_and_counted(read: Read, write: Write) -> None:
    write("leads.csv", "id,country,nps,vip\n1,US,11,yes\n2,Germany,-1,maybe\n3,,many,\n4,GB,10,FALSE\n")
    declared = model(
        {
            "country": {"type": "string", "one_of": ["US", "GB"]},
            "nps": {"type": "number", "min": 0, "max": 10},
            "vip": "boolean",
        }
    )
    data = read(LEADS, declared)
    assert data.leads["country"].to_list() == ["US", None, None, "GB"]
    assert data.leads["nps"].to_list() == [None, None, None, 10.0]
    assert data.leads["vip"].to_list() == [True, None, None, False]
    assert data.counts.missing == {
        ("lead.country", "not in one_of"): 1,
        ("lead.nps", "outside min and max"): 2,
        ("lead.nps", "wrong type"): 1,
        ("lead.vip", "wrong type"): 1,
    }
    assert data.counts.first["lead.country", "not in one_of"] == 'leads.csv, row 2: "Germany"'


def test_nan_and_infinities_are_missing(read: Read, tmp_path: Path, write: Write) -> None:
    pl.DataFrame({"id": ["1", "2", "3", "4"], "score": [1.5, float("nan"), float("inf"), None]}).write_parquet(
        tmp_path / "leads.parquet"
    )
    declared = model({"score": "number"})
    data = read("leads: {file: leads.parquet, id: id}\n", declared)
    assert data.leads["score"].to_list() == [1.5, None, None, None]
    assert data.counts.missing == {("lead.score", "wrong type"): 1}
    write("leads.csv", "id,score\n1,nan\n2,inf\n3,-Infinity\n4,1e999\n5,1e3\n")
    data = read(LEADS, declared)
    assert data.leads["score"].to_list() == [None, None, None, None, 1000.0]
    assert data.counts.missing == {("lead.score", "wrong type"): 4}


# --- strict


@pytest.mark.parametrize(
    ("leads", "code", "row", "column"),
    [
        ("id,nps\n1,5\n2,x\n,7\n", "RE530", 2, "nps"),
        ("id,nps\n1,5\n,x\n2,y\n", "RE523", 2, "id"),
        ("id,nps\n1\n2,x\n", "RE520", 1, None),
        ("id,nps\n1,5\n1,6\n", "RE528", 2, "id"),
        ("id,nps\n1,99\n", "RE532", 1, "nps"),
    ],
)
def test_strict_stops_at_the_first_row(
    read: Read, write: Write, leads: str, code: str, row: int, column: str | None
) -> None:
    write("leads.csv", leads)
    stopped = error(read, LEADS, code, model({"nps": {"type": "number", "max": 10}}), strict=True)
    assert (stopped.file, stopped.row, stopped.column) == ("leads.csv", row, column)
    assert f"leads.csv, row {row}" in str(stopped)


# --- the rejects file


def test_rejects_as_json_lines_and_no_file_when_clean(write: Write, tmp_path: Path) -> None:
    from rules_engine.batch.sources import load_mapping, read_data

    write("leads.csv", "id\n1\n\n")
    mapping = load_mapping(write("data.yaml", "schema: 1\n" + LEADS))
    out = tmp_path / "out" / "rejects.jsonl"
    read_data(mapping, CLICKS, rejects=out)
    assert not out.exists()
    write("leads.csv", "id,name\n,x\n")
    read_data(mapping, CLICKS, rejects=out)
    [line] = out.read_text().splitlines()
    assert json.loads(line) == {
        "file": "leads.csv", "row": 1, "column": "id", "reason": "no id", "message": 'no id in column "id"',
        "raw": ",x",
    }  # fmt: skip
    write("leads.csv", "id,name\n1,x\n")
    read_data(mapping, CLICKS, rejects=out)
    assert not out.exists()


def test_a_file_with_other_contents_is_not_overwritten(write: Write, tmp_path: Path) -> None:
    from rules_engine.batch.sources import load_mapping, read_data

    write("leads.csv", "id\n1\n")
    mapping = load_mapping(write("data.yaml", "schema: 1\n" + LEADS))
    with pytest.raises(DataError, match="RE542"):
        read_data(mapping, CLICKS, rejects=tmp_path / "leads.csv")
    assert (tmp_path / "leads.csv").read_text() == "id\n1\n"


def test_a_block_of_which_nothing_is_left_is_told(read: Read, write: Write) -> None:
    write("events.csv", "lead,at,type\n1,yesterday,click\n")
    [finding] = read(EVENTS, CLICKS).findings
    assert (finding.code, finding.message) == ("RE541", "No row of events could be used.")
    assert 'such as `format: "%d-%m-%Y %H:%M"`' in finding.help


# --- times of Parquet files that Python has no value for

FAR = 1_000_000_000_000_000  # milliseconds: the year 33658
BEYOND = 9_200_000_000_000_000_000  # and more than fit into microseconds


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris"])
@pytest.mark.parametrize(("unit", "value"), [("us", FAR * 1_000), ("ms", FAR), ("ms", BEYOND), ("us", -BEYOND)])
def test_events_far_outside_the_years_are_rejected(
    read: Read, tmp_path: Path, unit: Literal["ms", "us"], value: int, zone: str | None
) -> None:
    at = pl.Series([value, 1_600_000_000_000], dtype=pl.Int64).cast(pl.Datetime(unit, zone))
    pl.DataFrame({"lead": ["1", "1"], "at": at, "type": ["click"] * 2}).write_parquet(tmp_path / "events.parquet")
    for timezone in ("", "timezone: Asia/Tokyo\n"):
        data = read(timezone + EVENTS.replace("csv", "parquet"), CLICKS)
        assert data.event_count == 1
        assert data.counts.rejected == {("events", "time out of range"): 1}


def test_what_is_told_of_a_time_far_outside(read: Read, tmp_path: Path) -> None:
    at = pl.Series([FAR * 1_000]).cast(pl.Datetime("us", "UTC"))
    pl.DataFrame({"lead": ["1"], "at": at, "type": ["click"]}).write_parquet(tmp_path / "events.parquet")
    mapping = EVENTS.replace("csv", "parquet")
    assert '"+33658-09-27 01:46:40"' in str(error(read, mapping, "RE526", strict=True))
    read(mapping, CLICKS)
    (row,) = rejected(tmp_path)
    assert row["message"] == 'time out of range in column "at": "+33658-09-27 01:46:40"'
    assert json.loads(row["raw"]) == {"lead": "1", "at": "+33658-09-27 01:46:40", "type": "click"}


@pytest.mark.parametrize(
    ("type_", "cell"),
    [
        ("date", pl.Series([11_574_074], dtype=pl.Int32).cast(pl.Date)),
        ("date", pl.Series([FAR]).cast(pl.Datetime("ms"))),
        ("date", pl.Series([2_147_483_000], dtype=pl.Int32).cast(pl.Date)),
        ("date and time", pl.Series([FAR * 1_000]).cast(pl.Datetime("us", "UTC"))),
        ("date and time", pl.Series([BEYOND]).cast(pl.Datetime("ms"))),
        ("date and time", pl.Series([2_147_483_000], dtype=pl.Int32).cast(pl.Date)),
        ("days and time duration", pl.Series([BEYOND]).cast(pl.Duration("ms"))),
    ],
)
def test_fields_far_outside_are_read_as_missing(read: Read, tmp_path: Path, type_: str, cell: pl.Series) -> None:
    pl.DataFrame({"id": ["1"], "x": cell}).write_parquet(tmp_path / "leads.parquet")
    data = read(LEADS.replace("csv", "parquet"), model({"x": type_}))
    assert data.leads["x"].to_list() == [None]
    assert data.counts.missing == {("lead.x", "wrong type"): 1}


def test_such_a_value_as_text(read: Read, tmp_path: Path) -> None:
    cells = pl.Series([FAR * 1_000, 0]).cast(pl.Datetime("us"))
    pl.DataFrame({"id": ["1", "2"], "x": cells}).write_parquet(tmp_path / "leads.parquet")
    data = read(LEADS.replace("csv", "parquet"), model({"x": "string"}))
    assert data.leads["x"].to_list()[0] == "+33658-09-27 01:46:40"


@pytest.mark.parametrize("block", ["leads", "accounts", "outcomes"])
def test_rows_with_such_a_time_are_rejected(read: Read, write: Write, tmp_path: Path, block: str) -> None:
    at = pl.Series([FAR * 1_000]).cast(pl.Datetime("us", "UTC"))
    pl.DataFrame({"id": ["1"], "at": at, "what": ["won"]}).write_parquet(tmp_path / "far.parquet")
    write("leads.csv", "id\n1\n")
    write("events.csv", "lead,at,type\n1,2026-01-01,click\n")
    mapping = {
        "leads": "leads: {file: far.parquet, id: id, valid_from: at}\n",
        "accounts": LEADS + "accounts: {file: far.parquet, id: id, valid_from: at}\n",
        "outcomes": LEADS + "outcomes: {file: far.parquet, lead: id, at: at, outcome: what}\n",
    }[block]
    data = read(mapping, CLICKS)
    assert data.counts.rejected == {(block, "time out of range"): 1}


@pytest.mark.parametrize("types", [2**16 - 2, 2**16 - 1, 2**16, 2**16 + 1], ids=lambda types: types - 2**16)
def test_undeclared_types_by_the_ten_thousand(read: Read, write: Write, types: int) -> None:
    """One more than two bytes have numbers for."""
    rows = "".join(f"1,2026-01-01,{n}\n" for n in range(types))
    write("events.csv", "lead,at,type\n" + rows + "1,2026-01-01,click\n")
    data = read(EVENTS, CLICKS)
    assert data.by_type["click"].height == 1
    assert data.counts.ignored_events.total() == types
    assert not data.counts.rejected
