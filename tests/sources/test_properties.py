"""What any table has in common: CSV as Python's csv module reads it, times as Python prints them, order of rows."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_engine.batch.sources import DataError, csv_rows, load_mapping, read_data
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.read_csv import open_csv
from rules_engine.batch.sources.times import instants
from tests.sources.models import NOWHERE, model

CELL = st.text(st.sampled_from("ab,;\"'é\n\r \t\\"), max_size=6)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from([5, 30, csv_rows.BLOCK]),
)
def test_csv_is_read_as_the_csv_module_reads_it(
    rows: list[list[str]], delimiter: str, end: str, all_quoted: bool, block: int
) -> None:
    """Rows of three cells are kept, all others are bad, and no row is lost, wherever blocks end. An empty cell has no
    text."""
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    )
    writer.writerow(["x", "y", "z"])
    writer.writerows(rows)
    expected = [row for row in csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter) if row][1:]
    with folder() as place:
        path = place / "t.csv"
        path.write_bytes(text.getvalue().encode())
        table = Table("t", ("t.csv",), NOWHERE, delimiter=delimiter)
        with patch.object(csv_rows, "BLOCK", block), patch.object(csv_rows, "ROWS", 3):
            loaded = open_csv(table, path, "t.csv").load(["x", "y", "z"])
    good = [(i, *(cell or None for cell in row)) for i, row in enumerate(expected, 1) if len(row) == 3]
    assert loaded.frame.rows() == good
    assert [bad.row for bad in loaded.bad] == [i for i, row in enumerate(expected, 1) if len(row) != 3]
    assert loaded.rows == len(expected)


ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2199, 12, 30))  # noqa: DTZ001


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MOMENTS, st.integers(0, 3)), min_size=1, max_size=20), ZONES, st.integers(-14 * 4, 14 * 4))
def test_times_are_read_as_python_prints_them(moments: list[tuple[datetime, int]], zone: str, quarters: int) -> None:
    offset = timezone(timedelta(minutes=15 * quarters))
    texts, expected = [], []
    for naive, form in moments:
        if form == 0:
            texts.append(naive.isoformat())
            expected.append(micros(naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)))
        elif form == 1:
            texts.append(naive.replace(tzinfo=offset).isoformat(" "))
            expected.append(micros(naive.replace(tzinfo=offset)))
        elif form == 2:
            texts.append(naive.strftime("%Y-%m-%d %H:%M:%S.%f") + " UTC")
            expected.append(micros(naive.replace(tzinfo=UTC)))
        else:
            texts.append(f"{naive:%Y-%m-%dT%H:%M} {zone}")
            whole = naive.replace(second=0, microsecond=0)
            expected.append(micros(whole.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)))
    assert instants(pl.Series(texts), (), zone).to_list() == expected


@settings(max_examples=80, deadline=None)
@given(
    st.lists(MOMENTS, min_size=1, max_size=4),
    st.sampled_from(
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]
    ),
    st.sampled_from(["", "Z", "+02:00", "-0530", " UTC", " Europe/Paris", "+99:00", "x"]),
    st.sampled_from([None, "", "2026-09-01", "2026-13-41T24:61:61.5Z", "2026-09-01T10:00:00.123456789-03:30"]),
    ZONES,
)
def test_times_of_one_shape_are_read_as_times_among_others_are(
    moments: list[datetime], form: str, suffix: str, other: str | None, zone: str
) -> None:
    texts = [moment.strftime(form) + suffix for moment in moments]
    alone = [instants(pl.Series([text, "no time"]), (), zone)[0] for text in texts]
    assert instants(pl.Series(texts), (), zone).to_list() == alone
    expected = [*alone, instants(pl.Series([other], dtype=pl.String), (), zone)[0]]
    assert instants(pl.Series([*texts, other]), (), zone).to_list() == expected


def _read(place: Path, order: list[str]) -> Data:
    (place / "log.csv").write_text("lead,at,kind,id,path\n" + "".join(order))
    (place / "data.yaml").write_text(
        "schema: 1\nevents: {file: log.csv, lead: lead, at: at, type: kind, id: id, attributes: {path: path}}\n"
    )
    return read_data(load_mapping(place / "data.yaml"), model(events={"view": {"path": "string"}, "buy": {}}))


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [f"l{i % 7},2026-01-{i % 5 + 1:02},{'view' if i % 3 else 'buy'},e{i},/p{i}\n" for i in range(200)]
    shuffled = rows[:]
    random.Random(4).shuffle(shuffled)
    with folder() as place:
        one = {lead_id: events for lead_id, _, _, events in _read(place, rows).leads_iter()}
        other = {lead_id: events for lead_id, _, _, events in _read(place, shuffled).leads_iter()}
    assert one == other


DAMAGE = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"{", b"]", b""])), max_size=6
)
WHOLE = {
    "leads.csv": b'id,n,t,tags\n1,5,2026-01-01,"[1]"\n2,x,2026-01-02 10:00 Europe/Paris,"a;b"\n3,,,\n3,1,,\n',
    "leads.jsonl": b'{"id":1,"n":5,"t":"2026-01-01","tags":[1]}\n{"id":2,"n":"x","t":null}\n{"id":2,"tags":"a"}\n',
}


@settings(max_examples=80, deadline=None)
@given(DAMAGE, st.sampled_from(sorted(WHOLE)))
def test_of_a_damaged_file_every_row_is_accounted_for(damage: list[tuple[float, bytes]], name: str) -> None:
    content = WHOLE[name]
    for share, piece in damage:
        at = int(share * len(content))
        content = content[:at] + piece + content[at + (not piece) :]
    declared = model({"n": "number", "t": "date and time", "tags": "list<number>"})
    with folder() as place:
        (place / name).write_bytes(content)
        (place / "data.yaml").write_text(f"schema: 1\nleads: {{file: {name}, id: id}}\n")
        try:
            data = read_data(load_mapping(place / "data.yaml"), declared, rejects=place / "rejects.csv")
        except DataError:
            return
        written = 0
        if (place / "rejects.csv").exists():
            with (place / "rejects.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
                written = len(list(csv.reader(stream))) - 1
    assert data.counts.rows["leads"] == data.leads.height + data.counts.rejected_rows
    assert data.counts.rejected_rows == written
    assert len(list(data.leads_iter())) == data.leads.height
