"""CSV and JSON lines files in a stream: the same leads, events, counts, warnings and rejected rows as at once."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.sources import DataError, csv_rows, load_mapping, read_data, read_json, read_parquet
from rules_engine.batch.stream import store
from rules_engine.model.types import Model
from tests.batch.stream.opened import opened
from tests.batch.stream.test_read import events, in_parts, leads, model, plain

__all__ = ["model"]  # the fixture

EVENTS = "events: {file: FILE, lead: lead, at: at, type: type, attributes: {seconds: seconds}, unknown_leads: add}\n"
NESTED = (
    "events:\n  file: FILE\n  json: more\n  lead: lead\n  at: at\n  type: type\n"
    "  attributes: {path: more.path, seconds: [more.seconds, more.late]}\n  where: {more.kept: 'yes'}\n"
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(csv_rows, "BLOCK", 700)
    monkeypatch.setattr(csv_rows, "ROWS", 30)
    monkeypatch.setattr(read_json, "PIECE", 2_000)
    monkeypatch.setattr(read_parquet, "PIECE", 50)
    monkeypatch.setattr(store, "TOGETHER", 40)


def some_events(count: int = 600) -> pl.DataFrame:
    chance = random.Random(3)
    found = events(chance, count, [*range(1, 60), 900, 901])
    notes = pl.Series("note", [chance.choice(["", 'a "b"', "two\nlines", "x" * 50]) for _ in range(count)])
    return found.with_columns(notes, pl.col("at").dt.strftime("%Y-%m-%d %H:%M:%S"))


def as_csv(frame: pl.DataFrame) -> str:
    """With rows that have too many and too few cells, and blank ones."""
    lines = frame.write_csv(quote_style="non_numeric").split("\n2")
    return "\n2".join(
        line + ("\n\n1,2,3\n1,1,1,1,1,1,1,1,1" if place % 40 == 9 else "") for place, line in enumerate(lines)
    )


def as_lines(frame: pl.DataFrame) -> str:
    """With lines that are none; the last records alone have `late`."""
    out = []
    for place, row in enumerate(frame.rows(named=True)):
        out += ["{broken", "[1]", ""] if place % 50 == 9 else []
        more = {"path": row.pop("path"), "kept": "yes" if place % 3 else "no"}
        more |= {"late": row.pop("seconds")} if place > 550 else {}
        out.append(json.dumps({**row, "more": more}))
    return "\n".join(out)


def as_csv_with_json(frame: pl.DataFrame) -> pl.DataFrame:
    cells = [
        json.dumps({"path": path, "kept": "yes" if place % 3 else "no"} | ({"late": 5} if place > 550 else {}))
        for place, path in enumerate(frame["path"])
    ]
    cells[::70] = ["{broken"] * len(cells[::70])
    return frame.drop("path", "seconds").with_columns(pl.Series("more", cells))


def check(mapping: Path, model: Model, folder: Path) -> None:
    data = read_data(load_mapping(mapping), model, rejects=folder / "one.csv")
    found, of_types = in_parts(mapping, model, folder / "other.csv")
    assert found.counts == data.counts
    assert found.findings == data.findings
    assert_frame_equal(plain(found.leads), data.leads)
    for name, frame in data.by_type.items():
        assert_frame_equal(plain(of_types[name]), plain(frame.drop("id")))
    lines = [sorted((folder / name).read_bytes().splitlines()) for name in ("one.csv", "other.csv")]
    assert lines[0] == lines[1]
    assert data.event_count > 20
    assert len(lines[0]) > 20


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "cp1252", "jsonl", "csv with json", "parquet with json"])
def test_in_parts_as_at_once(model: Model, tmp_path: Path, kind: str) -> None:
    frame = some_events()
    leads(random.Random(1), list(range(1, 60))).write_csv(tmp_path / "leads.csv")
    name, settings = f"events.{kind.split()[0]}", EVENTS
    match kind:
        case "csv":
            (tmp_path / name).write_text(as_csv(frame))
        case "csv.gz":
            (tmp_path / name).write_bytes(gzip.compress(as_csv(frame).encode()))
        case "cp1252":
            name, settings = "events.txt", EVENTS.replace("type: type", "type: type, encoding: cp1252")
            (tmp_path / name).write_bytes(as_csv(frame).replace("x" * 50, "é\x81").encode("latin-1"))
        case "jsonl":
            settings = NESTED.replace("  json: more\n", "")
            (tmp_path / name).write_text(as_lines(frame))
        case "csv with json":
            settings = NESTED
            as_csv_with_json(frame).write_csv(tmp_path / name)
        case _:
            settings = NESTED
            as_csv_with_json(frame).write_parquet(tmp_path / name, row_group_size=100)
    mapping = tmp_path / "data.yaml"
    mapping.write_text("schema: 1\nleads: {file: leads.csv, id: id}\n" + settings.replace("FILE", name))
    check(mapping, model, tmp_path)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_strict_read_stops_at_the_same_row(model: Model, tmp_path: Path, kind: str) -> None:
    frame = some_events().with_columns(lead=pl.lit(1), at=pl.lit("2026-01-01"), type=pl.lit("view"), seconds=pl.lit(1))
    frame = frame.with_row_index("place").with_columns(seconds=pl.when(place=410).then(99).otherwise(1)).drop("place")
    path = tmp_path / f"events.{kind}"
    frame.write_csv(path) if kind == "csv" else frame.write_ndjson(path)
    mapping = tmp_path / "data.yaml"
    mapping.write_text("schema: 1\n" + EVENTS.replace("FILE", path.name))
    with pytest.raises(DataError) as at_once:
        read_data(load_mapping(mapping), model, strict=True)
    with pytest.raises(DataError) as in_pieces, opened(mapping, model, strict=True):
        pass
    assert (at_once.value.row, str(at_once.value)) == (411, str(in_pieces.value))


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_generated_ids_count_the_rows_of_the_files_before(model: Model, tmp_path: Path, kind: str) -> None:
    frame = leads(random.Random(2), list(range(130)))
    for name in ("a", "b"):
        path = tmp_path / f"{name}.{kind}"
        write = {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[kind]
        write(path)
    mapping = tmp_path / "data.yaml"
    mapping.write_text(f"schema: 1\nleads: {{file: [a.{kind}, b.{kind}], id: {{generate: row_number}}}}\n")
    found, _ = in_parts(mapping, model, tmp_path / "rejects.csv")
    assert found.leads["lead_id"].to_list() == [f"row-{n}" for n in range(1, 261)]
