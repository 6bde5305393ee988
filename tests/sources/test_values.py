"""Values in columns: numbers, booleans, dates, times, durations, lists, missing markers, replacements, zones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rules_engine.batch.sources.data import Data
from tests.sources.models import model

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., Data]


def column(
    read: Read, write: Write, type_: str, cells: list[str], settings: str = "", timezone: str = "UTC"
) -> list[object]:
    """The values of one field `x` read from `cells`, with column settings such as `decimal: ","`."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    write("leads.csv", "id,x\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(quoted)))
    x = "{column: x" + (", " + settings if settings else "") + "}"
    data = read(f"leads: {{file: leads.csv, id: id, fields: {{x: {x}}}}}\n", model({"x": type_}, timezone=timezone))
    return data.leads["x"].to_list()


@pytest.mark.parametrize(
    ("settings", "cells", "values"),
    [
        (
            "",
            ["1", "-2.5", " 3 ", "1e3", "+4", "", "1,5", "0x10", "1_000"],
            [1, -2.5, 3, 1000, 4, None, None, None, None],
        ),
        ('decimal: ","', ["1,5", "2", "1.234", "1.234,5"], [1.5, 2, None, None]),
        ('decimal: ",", thousands: "."', ["1.234,5", "1.234.567", "2"], [1234.5, 1234567, 2]),
        ('thousands: ","', ["1,234.5", "1,234,567"], [1234.5, 1234567]),
        ("thousands: ' '", ["1 234"], [1234]),
        ("values: {many: 99, none: null}", ["many", "none", "3"], [99, None, 3]),
        ("missing: [-1, '?']", ["-1", "?", "1", "-1.0"], [None, None, 1, -1]),
    ],
)
def test_numbers(read: Read, write: Write, settings: str, cells: list[str], values: list[float | None]) -> None:
    assert column(read, write, "number", cells, settings) == values


def test_booleans(read: Read, write: Write) -> None:
    true, false = ["TRUE", "True", "yes", "Y", "1", "t"], ["FALSE", "no", "N", "0", "f"]
    assert column(read, write, "boolean", true + false + ["", "2", "on"]) == [True] * 6 + [False] * 5 + [None] * 3
    settings = "values: {Subscribed: true, Unsubscribed: false}"
    assert column(read, write, "boolean", ["Subscribed", "Unsubscribed", "yes"], settings) == [True, False, True]


def test_text_is_trimmed_and_markers_are_missing(read: Read, write: Write) -> None:
    cells = ["  US ", "Select", "select", "", "   ", "NULL"]
    assert column(read, write, "string", cells, "missing: [Select, 'NULL']") == ["US", None, "select", None, None, None]


@pytest.mark.parametrize(
    ("settings", "cell", "instant"),
    [
        ("", "2026-09-01T09:30:00Z", datetime(2026, 9, 1, 9, 30, tzinfo=UTC)),
        ("", "2026-09-01 09:30", datetime(2026, 9, 1, 9, 30, tzinfo=UTC)),
        ("", "2026-9-1 9:30:05.5", datetime(2026, 9, 1, 9, 30, 5, 500_000, tzinfo=UTC)),
        ("", "2026-09-01T09:30:00.123456789+02:00", datetime(2026, 9, 1, 7, 30, 0, 123_456, tzinfo=UTC)),
        ("", "2026-09-01 09:30:00.1 -0530", datetime(2026, 9, 1, 15, 0, 0, 100_000, tzinfo=UTC)),
        ("", "2026-09-01 09:30:00 UTC", datetime(2026, 9, 1, 9, 30, tzinfo=UTC)),
        ("", "2026-09-01 09:30:00 Europe/Paris", datetime(2026, 9, 1, 7, 30, tzinfo=UTC)),
        ("", "2026-09-01T09:30:00[America/New_York]", datetime(2026, 9, 1, 13, 30, tzinfo=UTC)),
        ("", "2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
        ("timezone: Asia/Tokyo", "2026-09-01", datetime(2026, 8, 31, 15, tzinfo=UTC)),
        ("", "2026-09-01 09:30:00 EST", None),
        ("", "2026-02-29", None),
        ("", "2026-09-01 25:00", None),
        ("", "09:30", None),
        ("format: '%d-%m-%Y'", "01-09-2026", datetime(2026, 9, 1, tzinfo=UTC)),
        ("format: '%d/%m/%Y %I:%M %p'", "01/09/2026 09:30 PM", datetime(2026, 9, 1, 21, 30, tzinfo=UTC)),
        ("format: '%d %b %Y %H:%M:%S.%f %z'", "01 Sep 2026 09:30:00.0 +0200", datetime(2026, 9, 1, 7, 30, tzinfo=UTC)),
        ("format: '%Y%m%d %H%M%S.%f'", "20260901 093000.25", datetime(2026, 9, 1, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("format: ['%d-%m-%Y', iso]", "2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
        ("format: epoch s", "1788255000", datetime(2026, 9, 1, 9, 30, tzinfo=UTC)),
        ("format: epoch s", "1788255000.25", datetime(2026, 9, 1, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("format: epoch ms", "1788255000001", datetime(2026, 9, 1, 9, 30, 0, 1_000, tzinfo=UTC)),
        ("format: epoch us", "1788255000000001", datetime(2026, 9, 1, 9, 30, 0, 1, tzinfo=UTC)),
        ("format: epoch ms", "-1", datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("format: epoch ms", "1e400", None),
        ("format: epoch ns", "1788255000000001999", datetime(2026, 9, 1, 9, 30, 0, 1, tzinfo=UTC)),
        ("format: epoch ns", "-1", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("format: excel days", "45292.5", datetime(2024, 1, 1, 12, tzinfo=UTC)),
        ("format: excel days", "46266,3958333333", datetime(2026, 9, 1, 9, 30, tzinfo=UTC)),
        ("format: excel days, timezone: Asia/Tokyo", "46266", datetime(2026, 8, 31, 15, tzinfo=UTC)),
        ("format: excel days", "61", datetime(1900, 3, 1, tzinfo=UTC)),
        ("format: excel days", "60", None),
        ("format: excel days", "1e300", None),
        ("format: [excel days, iso]", "2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_times(read: Read, write: Write, settings: str, cell: str, instant: datetime | None) -> None:
    # Twice, beside a missing one: whole columns are read at once.
    assert column(read, write, "date and time", [cell, "", cell], settings) == [instant, None, instant]


def test_naive_times_in_the_zone_of_the_model(read: Read, write: Write) -> None:
    cells = [
        "2026-03-29 02:30:00",  # skipped: forward by the hour that is missing
        "2026-10-25 02:30:00",  # twice: the earlier one
        "2026-10-25 03:00:00",
        "2026-07-01 12:00:00",
        "2026-07-01 12:00:00Z",
        "2026-07-01 12:00:00 UTC",
    ]
    assert column(read, write, "date and time", cells, timezone="Europe/Paris") == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 0, tzinfo=UTC),
        datetime(2026, 7, 1, 10, 0, tzinfo=UTC),
        datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
        datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
    ]


def test_zones_agree_with_python_at_every_change() -> None:
    from zoneinfo import ZoneInfo

    from rules_engine.batch.sources.times import local_clock, to_utc

    for name in ("Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"):
        zone = ZoneInfo(name)
        naive = [datetime(1990, 1, 1) + timedelta(minutes=7 * 60 * i + i) for i in range(20_000)]  # noqa: DTZ001
        micros = [(moment - datetime(1970, 1, 1)) // timedelta(microseconds=1) for moment in naive]  # noqa: DTZ001
        expected = [round(moment.replace(tzinfo=zone).timestamp()) * 1_000_000 for moment in naive]
        assert to_utc(pl.Series(micros), name).to_list() == expected, name
        shown = [datetime.fromtimestamp(m / 1e6, zone).replace(tzinfo=UTC).timestamp() * 1e6 for m in micros]
        assert local_clock(pl.Series(micros), name).to_list() == shown, name


def test_dates(read: Read, write: Write) -> None:
    cells = ["2026-09-01", "2026-9-1", "2026-09-01 23:30:00", "2026-09-01T23:30:00Z", "1.9.2026", ""]
    expected = [date(2026, 9, 1)] * 3 + [date(2026, 9, 2), None, None]
    assert column(read, write, "date", cells, timezone="Europe/Paris") == expected
    assert column(read, write, "date", ["1.9.2026"], "format: '%d.%m.%Y'") == [date(2026, 9, 1)]
    assert column(read, write, "date", ["1788305400"], "format: epoch s", "Europe/Paris") == [date(2026, 9, 2)]
    assert column(read, write, "date", ["0001-01-01", "1850-05-05"]) == [date(1, 1, 1), date(1850, 5, 5)]


def test_durations(read: Read, write: Write) -> None:
    odd = ["P1M", "P", "PT", "soon", "", "PT\u0663S", "\u0663 days"]  # digits are those of ASCII, as in FEEL
    cells = ["P1DT2H", "-PT1.5S", "PT0S", "60 days", "2 hours 30 minutes", "-PT1.00000199S", *odd]
    assert column(read, write, "days and time duration", cells) == [
        timedelta(days=1, hours=2),
        timedelta(seconds=-1.5),
        timedelta(0),
        timedelta(days=60),
        timedelta(hours=2, minutes=30),
        timedelta(seconds=-1, microseconds=-1),
        *[None] * len(odd),
    ]


def test_lists(read: Read, write: Write) -> None:
    assert column(read, write, "list<string>", ["a; b;", "", "c"], 'split: ";"') == [["a", "b"], None, ["c"]]
    cells = ['["a", "b"]', "[]", "a", '{"a": 1}', '["a", null]']
    assert column(read, write, "list<string>", cells) == [["a", "b"], [], None, None, None]
    assert column(read, write, "list<number>", ["[1, 2.5]", '["3"]', "[1, true]"]) == [[1.0, 2.5], [3.0], None]
    assert column(read, write, "list<date>", ["2026-09-01|2026-09-02", "x|2026-09-01"], 'split: "|"') == [
        [date(2026, 9, 1), date(2026, 9, 2)],
        None,
    ]


def test_native_parquet_types(read: Read, tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "id": [1, 2],
            "n": [1, None],
            "d": [date(2026, 9, 1), None],
            "local": [datetime(2026, 7, 1, 12), None],  # noqa: DTZ001
            "zoned": pl.Series([datetime(2026, 7, 1, 12, tzinfo=UTC), None]).dt.convert_time_zone("America/New_York"),
            "nanos": pl.Series([datetime(2026, 7, 1, 12), None]).cast(pl.Datetime("ns")),  # noqa: DTZ001
            "took": [timedelta(seconds=90), None],
            "tags": [["a", "b"], None],
            "flag": [True, None],
            "plan": pl.Series(["gold", None], dtype=pl.Categorical),
            "nested": [{"size": 7, "inner": {"city": "Oslo"}}, None],
            "as_text": [12345.0, None],
        }
    ).write_parquet(tmp_path / "leads.parquet")
    data = read(
        "leads: {file: leads.parquet, id: id, fields: {size: nested.size, city: nested.inner.city}}\n",
        model(
            {
                "n": "number", "d": "date", "local": "date and time", "zoned": "date and time",
                "nanos": "date and time", "took": "days and time duration", "tags": "list<string>",
                "flag": "boolean", "plan": "string", "size": "number", "city": "string", "as_text": "string",
            },
            timezone="Europe/Paris",
        ),
    )  # fmt: skip
    assert data.counts.missing == {}
    lead, _, _ = data.history("1")
    assert lead == {
        "id": "1", "n": 1.0, "d": date(2026, 9, 1), "local": datetime(2026, 7, 1, 10, tzinfo=UTC),
        "zoned": datetime(2026, 7, 1, 12, tzinfo=UTC), "nanos": datetime(2026, 7, 1, 10, tzinfo=UTC),
        "took": timedelta(seconds=90), "tags": ["a", "b"], "flag": True, "plan": "gold", "size": 7.0, "city": "Oslo",
        "as_text": "12345",
    }  # fmt: skip
    assert data.history("2")[0] == {"id": "2"}
    assert data.leads.schema == {
        "lead_id": pl.String, "account_id": pl.String, "n": pl.Float64, "d": pl.Date,
        "local": pl.Datetime("us", "UTC"), "zoned": pl.Datetime("us", "UTC"), "nanos": pl.Datetime("us", "UTC"),
        "took": pl.Duration("us"), "tags": pl.List(pl.String), "flag": pl.Boolean, "plan": pl.String,
        "size": pl.Float64, "city": pl.String, "as_text": pl.String,
    }  # fmt: skip


def test_durations_that_nobody_can_count(read: Read, write: Write) -> None:
    cells = ["P106751991D", "P106751992D", "-P106751992D", "99999999999999999999 days"]
    assert column(read, write, "days and time duration", cells) == [timedelta(days=106751991), None, None, None]


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (pa.array([b"a ", "\u00e9".encode(), b"\xff1", None]), ["a", "\u00e9", "0xff31", None]),
        (pa.array([bytes(range(240, 256))], pa.binary(16)), ["0xf0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"]),
        (pa.array([timedelta(hours=1), None]), ["PT1H", None]),
        (pa.array([[("k", "v")], None], pa.map_(pa.string(), pa.string())), ['{"k": "v"}', None]),
    ],
    ids=["bytes", "uuids", "durations", "maps"],
)
def test_native_values_as_texts(read: Read, tmp_path: Path, cells: pa.Array, texts: list[str | None]) -> None:
    pq.write_table(pa.table({"id": range(len(cells)), "x": cells}), tmp_path / "leads.parquet")
    data = read("leads: {file: leads.parquet, id: id}\n", model({"x": "string"}))
    assert data.leads["x"].to_list() == texts
