"""Row groups of Parquet that no rule can use are not read: events later than the as-of time, or of other types."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rules_engine.batch.sources import DataError, read_parquet
from rules_engine.batch.stream.read import Stream
from tests.batch.stream.opened import opened
from tests.sources.models import model

MODEL = model({"country": "string"}, events={"click": {"asset": "string"}, "view": {"path": "string"}})
UNTIL = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1e6)
GROUP = 4
MAPPING = """
schema: 1
leads: {file: leads.parquet, id: id}
events: {file: events.parquet, lead: lead, at: at, type: type}
"""


def rows(kinds: list[str | None], month: int, **changes: object) -> list[dict[str, object]]:
    return [
        {"lead": n % 3, "at": datetime(2026, month, n + 1, tzinfo=UTC), "type": kind, "asset": f"a{n}"} | changes
        for n, kind in enumerate(kinds)
    ]


USED = [["click", "view", "click", "view"], ["click"] * 4]
LATE, OTHER = rows(["click"] * 4, month=7), rows(["import"] * 4, month=1)


def write(folder: Path, groups: list[list[dict[str, object]]], *, at: pa.DataType, broken: set[int]) -> None:
    """Each list is a row group; of those in `broken` all pages are overwritten, so that reading them fails."""
    kinds = pa.schema({"lead": pa.int64(), "at": at, "type": pa.string(), "asset": pa.string()})
    path = folder / "events.parquet"
    with pq.ParquetWriter(path, kinds, compression="none") as writer:
        for group in groups:
            writer.write_table(pa.Table.from_pylist(group, kinds))
    metadata = pq.read_metadata(path)
    data = bytearray(path.read_bytes())
    for number in broken:
        for column in range(4):
            chunk = metadata.row_group(number).column(column)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            data[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(data)
    pl.DataFrame({"id": [0, 1, 2], "country": ["US"] * 3}).write_parquet(folder / "leads.parquet")


def reading(folder: Path, mapping: str = MAPPING, until: int | None = UNTIL) -> AbstractContextManager[Stream]:
    """All leads in one range."""
    (folder / "data.yaml").write_text(mapping, encoding="utf-8")
    return opened(folder / "data.yaml", MODEL, threads=1, until=until)


def events(stream: Stream) -> list[tuple[str, int, int]]:
    """Type, lead and instant of all that are kept."""
    found = stream.store.bucket(0)
    return sorted(
        (name, *pair) for name, own in found.items() for pair in zip(own.lead.tolist(), own.at.tolist(), strict=True)
    )


def mapping_with(old: str, new: str) -> dict[str, str]:
    return {"mapping": MAPPING.replace(old, new)}


MIDDLE = [rows(USED[0], month=1), LATE, OTHER, rows(USED[1], month=2), LATE]


@pytest.mark.parametrize(
    "at", [pa.timestamp("us", "UTC"), pa.timestamp("ms", "UTC"), pa.timestamp("ns", "UTC"), pa.timestamp("us")], ids=str
)
def test_groups_of_no_use_are_not_read(tmp_path: Path, at: pa.DataType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_parquet, "PIECE", 3)
    write(tmp_path, MIDDLE, at=at, broken={1, 2, 4})
    with reading(tmp_path) as stream:
        found, counts = events(stream), stream.data.counts
    assert (counts.rows["events"], counts.left_out["events"], dict(counts.ignored_events)) == (20, 8, {"import": 4})
    assert counts.rejected_rows == 0
    write(tmp_path, [MIDDLE[0], MIDDLE[3]], at=at, broken=set())
    with reading(tmp_path) as stream:
        assert events(stream) == found
        assert len(found) == 8


def test_rejected_rows_keep_their_numbers(tmp_path: Path) -> None:
    stranger = rows(["click"], month=1, lead=99)
    write(tmp_path, [LATE, rows(USED[0], month=1)[:3] + stranger], at=pa.timestamp("us", "UTC"), broken={0})
    with reading(tmp_path) as stream:
        counts = stream.data.counts
    assert counts.first["events", "unknown lead"] == 'events.parquet, row 8: "99"'


def test_a_file_of_no_use_at_all(tmp_path: Path) -> None:
    write(tmp_path, [LATE, OTHER], at=pa.timestamp("us", "UTC"), broken={0, 1})
    with reading(tmp_path) as stream:
        assert events(stream) == []
        assert stream.data.counts.rows["events"] == 8


@pytest.mark.parametrize(
    ("groups", "change"),
    [
        pytest.param([rows(["click"] * 3, month=2) + LATE[:1]], {}, id="not all are too late"),
        pytest.param([[*LATE[:3], {**LATE[3], "at": None}]], {}, id="one has no time"),
        pytest.param([rows(["import"] * 3 + ["click"], month=1)], {}, id="not all are of another type"),
        pytest.param([rows(["import"] * 3 + [None], month=1)], {}, id="one has no type"),
        pytest.param([LATE], {"until": None}, id="no as-of time is given"),
        pytest.param([LATE], mapping_with("type: type", "type: type, unknown_leads: add"), id="leads come with events"),
        pytest.param([LATE], mapping_with("leads: {file: leads.parquet, id: id}", ""), id="there is no lead table"),
        pytest.param([LATE], mapping_with("type: type", "type: type, where: {asset: x}"), id="rows are left out"),
        pytest.param([OTHER], mapping_with("type: type", "type: {column: type, values: {import: click}}"), id="names"),
    ],
)
def test_what_may_be_of_use_is_read(
    tmp_path: Path, groups: list[list[dict[str, object]]], change: dict[str, object]
) -> None:
    write(tmp_path, groups, at=pa.timestamp("us", "UTC"), broken={0})
    with pytest.raises(DataError, match=r"RE\d+"), reading(tmp_path, **change):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize("at", [pa.string(), pa.int64(), pa.date32()], ids=str)
def test_other_times_are_read(tmp_path: Path, at: pa.DataType) -> None:
    late = {"string": "2026-07-01", "int64": 2**50, "date32[day]": date(2026, 7, 1)}[str(at)]
    write(tmp_path, [[{**row, "at": late} for row in LATE]], at=at, broken={0})
    with pytest.raises(DataError, match=r"RE\d+"), reading(tmp_path):
        pass
