"""Every code about rows and values, as strict mode says it; and warnings about what the model reads."""

# ruff: noqa: E501 - a table of messages, one a line
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from rules_engine.batch.given import frame_of
from rules_engine.batch.sources import DataError
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.entries import ENTRIES
from rules_engine.feel.types import BOOLEAN
from rules_engine.model.types import Formula
from tests.sources.models import NOWHERE, model

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., Data]

MODEL = model(
    {"country": {"type": "string", "one_of": ["US"]}, "nps": {"type": "number", "min": 0}, "email": {"type": "string"}},
    events={"click": {"asset": {"type": "string", "required": True}}},
)
LEADS = "leads: {file: leads.csv, id: id}\n"
EVENTS = "events: {file: log.csv, lead: lead, at: at, type: kind}\n"
LINES = "events: {file: log.jsonl, lead: lead, explode: e, at: e.t, type: {value: click}, attributes: {asset: e.a}}\n"


@pytest.mark.parametrize(
    ("mapping", "file", "code", "message", "help"),
    [
        (EVENTS, ("log.csv", "lead,at,kind,asset\n1,2026-01-01 10:00 EST,click,a\n"), "RE525", 'log.csv, row 1: time not readable in column "at": "2026-01-01 10:00 EST".', '"EST" stands for several zones'),
        (LEADS, ("leads.csv", "id,nps\n1\n"), "RE520", "leads.csv, row 1: The row has 1 cells, fewer than the 2 columns.", ""),
        (LEADS, ("leads.csv", b"id,email\n1,\xe9\n"), "RE521", 'leads.csv, row 1: The row has bytes that are no text in the encoding "utf-8". Files saved by Excel are often cp1252.', ""),
        (LINES, ("log.jsonl", '{"lead": 1, "e": []}\n{"lead"}\n'), "RE522", "log.jsonl, row 2: The line is not a JSON record: expecting ':' delimiter at character 8.", ""),
        (LEADS, ("leads.csv", "id,nps\n,1\n"), "RE523", 'leads.csv, row 1: no id in column "id".', ""),
        (EVENTS, ("log.csv", "lead,at,kind,asset\n1,,click,a\n"), "RE524", 'log.csv, row 1: no time in column "at".', ""),
        (EVENTS, ("log.csv", "lead,at,kind,asset\n1,4/5/26,click,a\n"), "RE525", 'log.csv, row 1: time not readable in column "at": "4/5/26".', 'Write how times look, such as `format: "%d-%m-%Y %H:%M"`.'),
        (EVENTS, ("log.csv", "lead,at,kind,asset\n1,0001-01-01,click,a\n"), "RE526", 'log.csv, row 1: time out of range in column "at": "0001-01-01".', "Times lie between 1900 and 2199."),
        (EVENTS, ("log.csv", "lead,at,kind,asset\n1,2026-01-01,,a\n"), "RE527", 'log.csv, row 1: no event type in column "kind".', ""),
        (LEADS, ("leads.csv", "id,nps\n1,1\n1,2\n"), "RE528", 'leads.csv, row 2: id occurs twice in column "id": "1".', ""),
        (LEADS + EVENTS, ("log.csv", "lead,at,kind,asset\n8,2026-01-01,click,a\n"), "RE529", 'log.csv, row 1: unknown lead in column "lead": "8".', ""),
        (LEADS, ("leads.csv", "id,nps\n1,many\n"), "RE530", 'leads.csv, row 1, column "nps": wrong type for lead.nps: "many".', "The value is read as missing"),
        (LEADS, ("leads.csv", "id,country\n1,FR\n"), "RE531", 'leads.csv, row 1, column "country": not in one_of for lead.country: "FR".', "The value is read as missing"),
        (LEADS, ("leads.csv", "id,nps\n1,-1\n"), "RE532", 'leads.csv, row 1, column "nps": outside min and max for lead.nps: "-1".', "The value is read as missing"),
        (EVENTS, ("log.csv", "lead,at,kind,asset\n1,2026-01-01,click,\n"), "RE533", 'log.csv, row 1: required but missing in column "asset".', ""),
        (LINES, ("log.jsonl", '{"lead": 1, "e": 5}\n'), "RE534", 'log.jsonl, row 1: There is no list at "e" in this row.', ""),
        (LINES, ("log.jsonl", '{"lead": 1, "e": [{"t": "2026-01-01", "a": "x"}, {"t": "x"}]}\n'), "RE525", 'log.jsonl, row 1: time not readable in column "e.t": "x" (item 2 of the row).', "Write how"),
        (LEADS.replace("}", ", json: p, fields: {email: p.m}}"), ("leads.csv", "id,p\n1,{\n"), "RE535", 'leads.csv, row 1: The cell of column "p" is not JSON.', ""),
        (LINES, ("log.jsonl", '{"x": 0, "x": 0, "lead": 1, "e": []}\n{"lead": 1, "lead": 2, "e": []}\n'), "RE537", 'log.jsonl, row 2: The key "lead" stands twice in one record, so that nobody can tell which value is meant.', ""),
        (LINES, ("log.jsonl", '{"lead": 1, "e": [{"t": "2026-01-01", "a": "x"}, {"t": "2026-01-01", "a": 1, "a": 1}]}\n'), "RE537", 'log.jsonl, row 1: The key "e.a" stands twice in one record, so that nobody can tell which value is meant.', ""),
        (LEADS.replace("}", ", json: p, fields: {email: p.m.x}}"), ("leads.csv", 'id,p\n1,"{""m"": {""x"": 1}, ""m"": 1}"\n'), "RE537", 'leads.csv, row 1: The key "p.m" stands twice in one record, so that nobody can tell which value is meant.', ""),
        ("lookups: {l: {file: leads.csv, key: id, value: id}}\n" + EVENTS.replace("lead: lead", "lead: {column: lead, lookup: l}"), ("log.csv", "lead,at,kind,asset\n8,2026-01-01,click,a\n"), "RE536", 'log.csv, row 1: not in the lookup in column "lead": "8".', ""),
        (EVENTS.replace("lead: lead", "lead: {column: lead, lookup: l}"), ("log.csv", "lead\n"), "RE515", '`lookups:` has no entry "l".', "Add `lookups:`"),
        (LEADS.replace("}", ", columns: [id, nps]}"), ("leads.csv", "1,2,3\n"), "RE508", '`columns:` lists 2 names, but rows of "leads.csv" have 3 cells.', "List one name per column"),
    ],
)  # fmt: skip
def test_strict_says_what_and_where(
    read: Read, write: Write, mapping: str, file: tuple[str, str | bytes], code: str, message: str, help: str
) -> None:
    write("leads.csv", "id\n1\n")
    write(*file)
    with pytest.raises(DataError) as caught:
        read(mapping, MODEL, strict=True)
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == (code, message)
    assert finding.help.startswith(help)
    assert finding.severity is ENTRIES[code].severity


def test_fields_that_the_model_reads_and_no_column_gives(read: Read, write: Write) -> None:
    write("leads.csv", "id,country\n1,US\n")
    write("log.csv", "lead,at,kind\n1,2026-01-01,click\n")
    reads = frozenset({("lead", "country"), ("lead", "email"), ("account", "size"), ("event", "asset")})
    audience = Formula("x", None, BOOLEAN, reads, NOWHERE)  # type: ignore[arg-type]
    declared = model({"country": "string", "email": "string"}, {"size": "number"}, {"click": {"asset": "string"}, "buy": {"asset": "string"}})  # fmt: skip
    data = read(LEADS + EVENTS, replace(declared, audience=audience))
    assert [(finding.code, finding.message) for finding in data.findings] == [
        ("RE540", "No column gives the field lead.email, which the model reads; it is missing everywhere."),
        ("RE540", "No column gives the field account.size, which the model reads; it is missing everywhere."),
        ("RE540", "No column gives the attribute click.asset, which the model reads; it is missing everywhere."),
    ]
    assert data.findings[0].span is not None
    assert data.findings[0].span.line == 2


def test_a_column_spelled_almost_as_a_field_is_named(read: Read, write: Write) -> None:
    write("leads.csv", "id,Country Code,country\n1,US,US\n")
    write("log.csv", "lead,at,kind,Asset\n1,2026-01-01,click,x\n")
    reads = frozenset({("lead", "country"), ("lead", "country_code"), ("event", "asset")})
    audience = Formula("x", None, BOOLEAN, reads, NOWHERE)  # type: ignore[arg-type]
    declared = model({"country": "string", "country_code": "string"}, {}, {"click": {"asset": "string"}})
    found = read(LEADS + EVENTS, replace(declared, audience=audience)).findings
    assert [finding.message.partition("everywhere. ")[2] for finding in found] == [
        'If the column "Country Code" is meant, write `fields: {country_code: "Country Code"}`.',
        'If the column "Asset" is meant, write `attributes: {asset: "Asset"}`.',
    ]


def test_keys_that_no_record_has(read: Read, write: Write) -> None:
    write("log.jsonl", '{"user": 1, "t": "2026-01-01", "page": {"path": "/a"}}\n')
    mapping = "events: {file: log.jsonl, lead: user, at: t, type: {value: view}, attributes: {path: page.pth}}\n"
    data = read(mapping, model(events={"view": {"path": "string"}}))
    assert data.event_count == 1
    assert [(finding.code, finding.message) for finding in data.findings] == [
        ("RE543", 'No record of "log.jsonl" has "page.pth"; it is missing everywhere. Did you mean "page.path"?')
    ]


def test_a_column_of_a_table_that_is_of_no_type() -> None:
    objects = pl.DataFrame({"id": [1, 2], "x": pl.Series([1, "a"], dtype=pl.Object)})
    with pytest.raises(DataError) as caught:
        frame_of("leads", objects, ["id"], {"x"})
    [finding] = caught.value.findings
    assert (finding.code, caught.value.file, caught.value.row, caught.value.column) == ("RE546", "leads", 2, "x")
    assert frame_of("leads", objects, ["id"], {"y"}).columns == ["id"]


@pytest.mark.parametrize("inside", ["", "p.e"])
def test_records_in_which_a_key_stands_twice(read: Read, write: Write, tmp_path: Path, inside: str) -> None:
    """In documents as in lines and in cells: the row, or the item, is rejected as it stood; the others count."""
    item, twice = '{"t": "2026-01-01", "a": "x"}', '{"t": "2026-01-01", "t": "2026-02-01", "a": "x"}'
    other = '{"t": "2026-01-01", "a": "x", "b": 1, "b": 2}'
    records = [f'{{"lead": 1, "e": [{item}, {twice}, {other}]}}', f'{{"lead": 2, "e": [], "e": [{item}]}}']
    if inside:
        cells = [record.replace('"', '""') for record in records]
        write("log.csv", "lead,p\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells, 1)))
        mapping = LINES.replace("log.jsonl", "log.csv, json: p").replace(
            "explode: e, at: e.t", "explode: p.e, at: p.e.t"
        )
        data = read(mapping.replace("attributes: {asset: e.a}", "attributes: {asset: p.e.a}"), MODEL)
    else:
        write("log.json", f"[{', '.join(records)}]")
        data = read(LINES.replace("log.jsonl", "log.json"), MODEL)
    assert data.event_count == 2
    assert data.counts.rejected == {("events", "key twice"): 2}
    assert data.counts.rows == {"events": 4}
    rejects = (tmp_path / "rejects.csv").read_text()
    prefix = "p." if inside else ""
    assert f'The key ""{prefix}e.t"" stands twice' in rejects
    assert f'The key ""{prefix}e"" stands twice' in rejects
    assert "2026-02-01" in rejects


def test_a_document_whose_list_of_records_stands_twice(read: Read, write: Write) -> None:
    write("log.json", '{"data": {"rows": [{"lead": 1, "e": []}], "rows": []}}')
    with pytest.raises(DataError, match=r'its key "data\.rows" stands twice'):
        read(LINES.replace("log.jsonl", "log.json, records: data.rows"), MODEL)


def test_every_code_is_met_by_a_test() -> None:
    met = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert set(re.findall(r'"(RE5\d\d)"', met)) == set(ENTRIES)
