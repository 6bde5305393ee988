"""What warehouses export: partitioned folders, packed text, decimals of a database, files without rows."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rules_engine.batch.problem_lines import problem_lines
from rules_engine.batch.sources import DataError
from rules_engine.batch.sources.data import Data
from tests.batch.stream.opened import opened
from tests.sources.models import model

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., Data]
MODEL = model(events={"view": {"path": "string", "country": "string"}, "buy": {"amount": "number"}})
EVENTS = "events: {file: '%s', lead: lead, at: at, type: type}\n"
CSV = "lead,at,type,path\n" + "a,2026-01-01,view,/p\n" * 2_000 + "b,2026-01-02,view,/q\n"


def parquet(path: Path, /, **columns: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def events_of(data: Data, lead: str) -> list[tuple[str, dict[str, object]]]:
    return [(str(event["type"]), event["attributes"]) for event in data.history(lead)[2]]  # type: ignore[misc]


def met_in_pieces(folder: Path, pattern: str) -> dict[str, int]:
    """Events by type, as a stream reads them."""
    (folder / "pieces.yaml").write_text("schema: 1\n" + EVENTS % pattern, encoding="utf-8")
    with opened(folder / "pieces.yaml", MODEL) as stream:
        every = [stream.store.bucket(number) for number in range(2)]
        return {name: sum(len(bucket[name].at) for bucket in every) for name in MODEL.events}


def test_names_of_folders_are_columns(read: Read, tmp_path: Path) -> None:
    parquet(
        tmp_path / "ev/type=buy/country=__HIVE_DEFAULT_PARTITION__/0.parquet", lead=["a"], at=["2026-01-01"], amount=[9]
    )
    parquet(tmp_path / "ev/type=view/country=C%C3%B4te%20d/0.parquet", lead=["a"], at=["2026-01-02"], path=["/p"])
    parquet(tmp_path / "ev/type=view/country=FR/0.parquet", lead=["a"], at=["2026-01-03"], path=["/q"], country=["US"])
    found = read(EVENTS % "ev/**/*.parquet", MODEL)
    assert events_of(found, "a") == [
        ("buy", {"amount": 9.0}),
        ("view", {"path": "/p", "country": "Côte d"}),
        ("view", {"path": "/q", "country": "US"}),  # the file's own column
    ]
    assert met_in_pieces(tmp_path, "ev/**/*.parquet") == {"view": 2, "buy": 1}


def test_names_of_folders_choose_rows(read: Read, write: Write) -> None:
    write("log/day=1/e.csv", 'lead,at,payload\na,2026-01-01,"{""p"": ""/x""}"\n')
    write("log/day=2/e.csv", "lead,at,payload\na,2026-01-02,{}\n")
    mapping = (
        "events: {file: 'log/*/e.csv', json: payload, lead: lead, at: at, type: {value: view}, "
        "attributes: {path: payload.p, country: day}, where: {day: 1}}\n"
    )
    found = read(mapping, MODEL)
    assert events_of(found, "a") == [("view", {"path": "/x", "country": "1"})]
    assert found.counts.left_out == {"events (whole files, by the names of their folders)": 1}


def test_files_that_folders_leave_out_are_not_opened(read: Read, write: Write) -> None:
    """Neither those that are broken, nor one whose folder says what stands for a missing value."""
    write("log/day=1/kind=a/e.csv", "lead,at,type,who\na,2026-01-01,view,x\na,2026-01-01,view,y\n")
    for folder in ("day=2/kind=a", "day=1/kind=b", "day=-/kind=a", "day=__HIVE_DEFAULT_PARTITION__/kind=a"):
        write(f"log/{folder}/e.csv", b"PK\x03\x04")
    where = "events: {file: 'log/**/*.csv', lead: lead, at: at, type: type, missing: '-', where: %s}\n"
    found = read(where % "{day: [1, '-'], kind: a, who: x}", MODEL)
    assert len(events_of(found, "a")) == 1
    assert found.counts.left_out == {"events (whole files, by the names of their folders)": 4, "events": 1}
    assert found.counts.rows == {"events": 2}


def test_a_where_that_fits_no_folder_is_told(read: Read, write: Write) -> None:
    write("log/day=1/e.csv", CSV)
    found = read("events: {file: 'log/*/e.csv', lead: lead, at: at, type: type, where: {day: 01}}\n", MODEL)
    assert [finding.message for finding in found.findings] == [
        "The names of their folders leave all files of events out."
    ]


def test_numbered_rows_keep_their_numbers(read: Read, write: Write) -> None:
    for day in (1, 2):
        write(f"leads/day={day}/e.csv", "path\n/a\n/b\n")
    data = read("leads: {file: 'leads/*/e.csv', id: {generate: row_number}, where: {day: 2}}\n", MODEL)
    assert data.leads["lead_id"].to_list() == ["row-3", "row-4"]


def test_a_pattern_finds_files_and_not_their_folders(read: Read, write: Write) -> None:
    write("ev/a/e.csv", CSV)
    assert len(events_of(read(EVENTS % "ev/**", MODEL), "a")) == 2_000


def test_files_of_several_patterns_count_once_and_are_not_compared_with_each_other(
    read: Read, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        write(f"e{number:02}.csv", f"lead,at,type\na,2026-01-01,{'view' if number else 'buy'}\n")
    compared = 0
    equal = Path.__eq__

    def counted(one: Path, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    monkeypatch.setattr(type(Path()), "__eq__", counted)
    found = read("events: {file: [e07.csv, e*.csv, e00.csv], lead: lead, at: at, type: type}\n", MODEL)
    assert len(events_of(found, "a")) == 60
    assert compared < 600


def test_a_folder_is_told_as_one(read: Read, write: Write) -> None:
    write("ev/e.csv", CSV)
    with pytest.raises(DataError, match=r'RE500: "ev/" is a folder.(.|\n)*`ev/\*\*/\*.parquet`'):
        read(EVENTS % "ev/", MODEL)


PACKED = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda text: pa.compress(text, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("ending", PACKED)
def test_packed_text_is_unpacked(ending: str, read: Read, write: Write, tmp_path: Path) -> None:
    middle = len(CSV) // 2
    several = b"".join(PACKED[ending](part.encode()) for part in (CSV[:middle], CSV[middle:]))  # as `cat` joins them
    for name, packed in {f"e.csv.{ending}": PACKED[ending](CSV.encode()), f"several.csv.{ending}": several}.items():
        write(name, packed)
        found = read(EVENTS % name, MODEL)
        assert (len(events_of(found, "a")), len(events_of(found, "b"))) == (2_000, 1)
        assert met_in_pieces(tmp_path, name) == {"view": 2_001, "buy": 0}


# What Arrow packs with zstd has no checksum, so that only its end tells.
@pytest.mark.parametrize(
    ("ending", "damage"),
    [*((ending, "cut") for ending in PACKED), ("gz", "changed"), ("bz2", "changed"), ("xz", "changed")],
)
def test_packed_text_that_is_damaged(ending: str, damage: str, read: Read, write: Write) -> None:
    packed = PACKED[ending](CSV.encode())
    middle = len(packed) // 2
    other = bytes(255 - byte for byte in packed[middle : middle + 4])
    write(f"e.csv.{ending}", packed[:middle] + (other + packed[middle + 4 :] if damage == "changed" else b""))
    with pytest.raises(DataError, match="RE505"):
        read(EVENTS % f"e.csv.{ending}", MODEL)


def test_an_archive_is_told_as_one(read: Read, write: Write) -> None:
    write("e.csv.zip", b"PK\x03\x04")
    with pytest.raises(DataError, match="is an archive of files"):
        read(EVENTS % "e.csv.zip", MODEL)


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("e.json", '{"lead": "a"}\n{"lead": "b"}\n', "a record stands on each line; add `format: jsonl`"),
        ("e.jsonl", '[{"lead": "a"}]', "add `format: json`"),
        ("e.jsonl", json.dumps([{"lead": "a"}], indent=1), "add `format: json`"),
    ],
)
def test_the_other_kind_of_json_is_told(name: str, text: str, advice: str, read: Read, write: Write) -> None:
    write(name, text)
    with pytest.raises(DataError, match=advice):
        read(EVENTS % name, MODEL)


def test_tables_without_rows_are_told(read: Read, write: Write) -> None:
    write("e.csv", "lead,at,type\n")
    assert [finding.message for finding in read(EVENTS % "e.csv", MODEL).findings] == ["There are no rows of events."]


def test_bytes_of_another_encoding_are_told_with_what_to_do(read: Read, write: Write) -> None:
    write("e.csv", "lead,at,type,path\na,2026-01-01,view,é\n".encode("cp1252"))
    [line] = problem_lines(read(EVENTS % "e.csv", MODEL).counts, ())
    assert "bytes are not text (first: e.csv, row 1). Name the `encoding:` of the file" in line
    write("e.csv", "lead,at,type,path\na,2026-01-01,view,\0\n")
    [line] = problem_lines(read(EVENTS % "e.csv", MODEL).counts, ())
    assert "encoding" not in line


def test_decimals_wider_than_their_digits(read: Read, tmp_path: Path) -> None:
    amounts = pa.array([Decimal("12.50"), None], pa.decimal256(38, 2))
    parquet(
        tmp_path / "e.parquet", lead=["a", "a"], at=["2026-01-01", "2026-01-02"], type=["buy", "buy"], amount=amounts
    )
    assert events_of(read(EVENTS % "e.parquet", MODEL), "a") == [("buy", {"amount": 12.5}), ("buy", {})]
    assert met_in_pieces(tmp_path, "e.parquet") == {"view": 0, "buy": 2}
