"""What a message about data says to do, where that can be told from the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules_engine.batch.problem_lines import no_newest_event, problem_lines
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.layouts import layouts
from tests.sources.models import model

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., Data]

CLICKS = model(events={"click": {"asset": "string"}})
COMPANIES = model({"title": "string"}, {"employees": "number"}, {"click": {}})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("31.12.2026", {"%d.%m.%Y": ""}),
        ("12/31/2026 9:30 PM", {"%m/%d/%Y %I:%M %p": ""}),
        ("2026/12/31 21:30:05", {"%Y/%m/%d %H:%M:%S": ""}),
        ("09/03/2026 10:00", {"%d/%m/%Y %H:%M": "day first", "%m/%d/%Y %H:%M": "month first"}),
        ("31.06.2026", {}),
        ("4/5/26", {}),
    ],
)
def test_layouts_of_a_time(text: str, found: dict[str, str]) -> None:
    assert layouts(text) == found


@pytest.mark.parametrize(
    ("at", "time", "hint"),
    [
        ("at", "31.12.2026", 'Write how times look: `format: "%d.%m.%Y"`.'),
        (
            "at",
            "01/02/2026",
            'Write how times look: `format: "%d/%m/%Y"` (day first) or `format: "%m/%d/%Y"` (month first).',
        ),
        (
            '{column: at, format: "%d.%m.%Y"}',
            "31.06.2026",
            "It does not fit the column's `format:`, or there is no such day or hour.",
        ),
        ("at", "45292.5", "It looks like a day number of Excel: write `format: excel days`."),
        (
            "{column: at, format: [iso, epoch s]}",
            "x",
            "The column's format is a count since 1970; if dates stand in it too, write a list of formats.",
        ),
        (
            "at",
            "08/01/2026 9:00 AM",
            'Write how times look: `format: "%d/%m/%Y %I:%M %p"` (day first) or `format: "%m/%d/%Y %I:%M %p"` '
            "(month first).",
        ),
        ("at", "1788255000000000000", 'It looks like a count since 1970: write `format: "epoch ns"`.'),
        (
            '{column: at, format: "%d.%m.%Y"}',
            "2026-06-30",
            "It looks like ISO 8601: take the `format:` out, or write a list of formats.",
        ),
    ],
)
def test_an_unreadable_time_says_its_format(read: Read, write: Write, at: str, time: str, hint: str) -> None:
    write("log.csv", f"lead,at,type\n1,{time},click\n")
    data = read(f"events: {{file: log.csv, lead: lead, at: {at}, type: type}}\n", CLICKS)
    assert list(problem_lines(data.counts, ())) == [
        f'1 row of events rejected: time not readable (first: log.csv, row 1: "{time}"). {hint}'
    ]
    assert no_newest_event(data.counts, ()) == (
        "no event of the data could be used, so there is no newest one to take the time from. "
        f'1 row of events rejected: time not readable (first: log.csv, row 1: "{time}"). {hint}'
    )


@pytest.mark.parametrize(
    ("kind", "value", "hint"),
    [
        ("number", "1.234,50", '. Say how numbers are written: `decimal: ","`, `thousands: "."`'),
        ("number", "12,5", '. Say how numbers are written: `decimal: ","`'),
        ("number", "1,234.50", '. Say how numbers are written: `thousands: ","`'),
        ("number", "1,234", '. Say how numbers are written: `thousands: ","` or `decimal: ","`'),
        ("number", "1,234,567", '. Say how numbers are written: `thousands: ","`'),
        ("date", "31.12.2026", '. Say how the column\'s dates look: `format: "%d.%m.%Y"`'),
        (
            "date",
            "45780",
            ". It looks like a day number of Excel: write `format: excel days`",
        ),
        (
            "date and time",
            "45780,75",
            '. Say how numbers are written: `decimal: ","`; of a time: `format: excel days`',
        ),
        ("number", "many", ""),
    ],
)
def test_a_value_of_another_country_says_its_sign(read: Read, write: Write, kind: str, value: str, hint: str) -> None:
    write("leads.csv", f'id,x\n1,"{value}"\n')
    data = read("leads: {file: leads.csv, id: id, fields: {x: x}}\n", model({"x": kind}))
    assert list(problem_lines(data.counts, ())) == [
        f'1 value of lead.x read as missing: wrong type (first: leads.csv, row 1: "{value}"){hint}'
    ]


def test_an_event_type_spelled_almost_as_a_declared_one_is_named(read: Read, write: Write) -> None:
    write("log.csv", "lead,at,type\n1,2026-01-01,Page View\n1,2026-01-01,open\n")
    data = read("events: {file: log.csv, lead: lead, at: at, type: type}\n", CLICKS)
    assert list(problem_lines(data.counts, ("open_mail", "page_view"))) == [
        "1 event of type Page View ignored: the model does not declare it. If it is page_view, write "
        '`type: {column: …, values: {"Page View": page_view}}`',
        "1 event of type open ignored: the model does not declare it",
    ]


def test_without_any_event_the_moment_is_asked_for(read: Read, write: Write) -> None:
    write("leads.csv", "id\n1\n")
    data = read("leads: {file: leads.csv, id: id}\n", CLICKS)
    assert no_newest_event(data.counts, ()).endswith("give --as-of.")


@pytest.mark.parametrize(
    ("header", "sign"), [("id;name", '";"'), ("id\tname", "tab"), ("id|name", '"|"')], ids=["semicolon", "tab", "bar"]
)
def test_a_header_of_one_name_says_the_delimiter(read: Read, write: Write, header: str, sign: str) -> None:
    write("leads.csv", f"{header}\n")
    with pytest.raises(DataError) as caught:
        read("leads: {file: leads.csv, id: id}\n", CLICKS)
    assert f"`delimiter: {sign}`" in caught.value.findings[0].help


def test_a_field_of_the_account_among_those_of_the_lead(read: Read, write: Write) -> None:
    write("leads.csv", "id,size\n1,5\n")
    with pytest.raises(DataError) as caught:
        read("leads: {file: leads.csv, id: id, fields: {employees: size}}\n", COMPANIES)
    [finding] = caught.value.findings
    assert finding.message == '"employees" is a field of the account in the model, not of the lead.'


def test_the_version_of_the_mapping_is_a_number(write: Write) -> None:
    from rules_engine.batch.sources import load_mapping

    path = write("data.yaml", "leads: {file: leads.csv, id: id}\n")
    with pytest.raises(DataError) as caught:
        load_mapping(path)
    assert caught.value.findings[0].help == "Add `schema: 1`."


def test_an_id_that_is_there_in_other_capitals_is_named(read: Read, write: Write) -> None:
    write("leads.csv", "id\nbob@x.de\n")
    write("log.csv", "lead,at\nbob@x.de,2026-01-01\nBob@x.de,2026-01-01\n")
    data = read(
        "leads: {file: leads.csv, id: id}\nevents: {file: log.csv, lead: lead, at: at, type: {value: click}}\n", CLICKS
    )
    told = next(problem_lines(data.counts, ()))
    assert told.endswith('row 2: "Bob@x.de"). There is "bob@x.de": ids that differ in capitals are different ones.')


def test_a_header_that_was_not_divided_is_one_mistake(read: Read, write: Write) -> None:
    write("log.csv", "lead;at;type\n1;2026-01-01;click\n")
    with pytest.raises(DataError) as stopped:
        read('events: {file: log.csv, delimiter: ",", lead: lead, at: at, type: type}\n', CLICKS)
    assert [found.code for found in stopped.value.findings] == ["RE503"]
