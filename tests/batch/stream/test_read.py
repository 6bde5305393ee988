"""Reading in parts gives what reading at once gives: the same leads, events, counts and rejected rows."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.sources import DataError, load_mapping, read_data, read_parquet
from rules_engine.batch.sources.data import Data
from rules_engine.batch.stream import read, store
from rules_engine.model.load import load_text
from rules_engine.model.types import Model
from tests.batch.stream.opened import opened

MODEL = """
schema: 1
model: parts
version: 1
fields:
  lead: {title: string, country: {type: string, one_of: [FR, DE]}, size: {type: number, min: 0}}
events:
  view: {path: string, seconds: {type: number, max: 60}}
  buy: {path: {type: string, required: true}, day: date}
scores:
  interest:
    sales_ready: 100
    rules:
      fits: {when: 'lead.title = "x" and lead.country = "FR" and lead.size > 1', points: 1}
      viewed: {event: view, when: 'event.path = "/" and event.seconds > 1', points: 1}
      bought: {event: buy, when: 'event.path = "/" and event.day > date("2026-01-01")', points: 1}
"""


@pytest.fixture
def model() -> Model:
    return load_text(MODEL, Path("parts.yaml")).model


def leads(chance: random.Random, ids: list[object]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ids,
            "title": [chance.choice(["x", " y ", "", None]) for _ in ids],
            "country": [chance.choice(["FR", "DE", "fr", None]) for _ in ids],
            "size": [chance.choice([1.5, -1.0, float("nan"), float("inf"), None]) for _ in ids],
        }
    )


def events(chance: random.Random, count: int, lead: list[object]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lead": [chance.choice(lead) for _ in range(count)],
            "at": pl.Series([chance.choice([10**15 + n, 10**15 - n, 9 * 10**15, None]) for n in range(count)]).cast(
                pl.Datetime("us", "UTC")
            ),
            "type": [chance.choice(["view", "buy", "view ", "other", "", None]) for _ in range(count)],
            "path": [chance.choice(["/", " /", "/a", "", None]) for _ in range(count)],
            "seconds": [chance.choice([1, 59, 61, None]) for _ in range(count)],
            "day": [chance.choice(["2026-02-01", "01.02.2026", None]) for _ in range(count)],
        }
    )


def in_parts(mapping: Path, model: Model, rejects: Path) -> tuple[Data, dict[str, pl.DataFrame]]:
    """Leads and counts, and the events by type in the order of leads and time."""
    with opened(mapping, model, rejects=rejects) as stream:
        found: dict[str, list[pl.DataFrame]] = {name: [] for name in model.events}
        for number, first in enumerate(range(0, stream.leads, stream.store.leads_per_bucket)):
            for name, rows in stream.store.bucket(number).items():
                head = {"lead_row": rows.lead + first, "at": rows.at}
                found[name].append(pl.DataFrame(head).hstack(rows.attributes))
        return stream.data, {name: pl.concat(parts) for name, parts in found.items()}


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    order = [column for column in ("lead_row", "at") if column in frame.columns]
    frame = frame.with_columns(pl.col(pl.Categorical).cast(pl.String), pl.col("^lead_row$").cast(pl.Int64))
    return frame.sort(frame.columns, maintain_order=True) if order else frame


@pytest.mark.parametrize("duplicates", ["reject", "first", "last"])
@pytest.mark.parametrize("ids", ["rising", "mixed", "text"])
def test_in_parts_as_at_once(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ids: str, duplicates: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(read_parquet, "PIECE", 70)
    monkeypatch.setattr(store, "TOGETHER", 100)
    monkeypatch.setattr(read, "BUCKET", 150)
    chance = random.Random(ids)
    numbers: list[object] = list(range(1, 301))
    if ids != "rising":
        numbers += chance.sample(numbers, 40)
        chance.shuffle(numbers)
    known = [f"L{n}" for n in numbers] if ids == "text" else numbers
    unknown = [f"new {n}" for n in range(9)] if ids == "text" else list(range(1000, 1009))
    leads(chance, known).write_parquet(tmp_path / "leads.parquet")
    events(chance, 900, [*known, *unknown]).write_parquet(tmp_path / "events.parquet", row_group_size=300)
    mapping = tmp_path / "data.yaml"
    mapping.write_text(
        f"schema: 1\nleads: {{file: leads.parquet, id: id, duplicates: {duplicates}}}\n"
        "events: {file: events.parquet, lead: lead, at: at, type: type, unknown_leads: add}\n"
    )
    data = read_data(load_mapping(mapping), model, rejects=tmp_path / "one.csv")
    found, of_types = in_parts(mapping, model, tmp_path / "other.csv")
    assert found.counts == data.counts
    assert_frame_equal(plain(found.leads), data.leads)
    for name, frame in data.by_type.items():
        assert_frame_equal(plain(of_types[name]), plain(frame.drop("id")))
    lines = [sorted((tmp_path / name).read_text().splitlines()) for name in ("one.csv", "other.csv")]
    assert lines[0] == lines[1]
    assert len(lines[0]) > 100


def test_rows_that_a_lookup_repeats(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chance = random.Random(1)
    leads(chance, [1, 2, 3]).write_parquet(tmp_path / "leads.parquet")
    pl.DataFrame({"team": ["a", "a", "b"], "id": [1, 2, 3]}).write_parquet(tmp_path / "teams.parquet")
    events(chance, 200, ["a", "b"]).write_parquet(tmp_path / "events.parquet")
    mapping = tmp_path / "data.yaml"
    mapping.write_text(
        "schema: 1\nleads: {file: leads.parquet, id: id}\n"
        "lookups: {teams: {file: teams.parquet, key: team, value: id, several: each}}\n"
        "events: {file: events.parquet, lead: {column: lead, lookup: teams}, at: at, type: type}\n"
    )
    data = read_data(load_mapping(mapping), model)
    found, of_types = in_parts(mapping, model, tmp_path / "rejects.csv")
    assert found.counts.as_dict() == data.counts.as_dict()
    for name, frame in data.by_type.items():
        assert_frame_equal(plain(of_types[name]), plain(frame.drop("id")))


def test_what_is_wrong_with_leads_is_told_before_what_is_wrong_with_events(model: Model, tmp_path: Path) -> None:
    """Events are on their way while leads are read."""
    (tmp_path / "events.parquet").write_text("no Parquet")
    mapping = tmp_path / "data.yaml"
    mapping.write_text(
        "schema: 1\nleads: {file: leads.parquet, id: id}\n"
        "events: {file: events.parquet, lead: lead, at: at, type: type}\n"
    )
    with pytest.raises(DataError) as told:
        in_parts(mapping, model, tmp_path / "rejects.csv")
    assert told.value.file == "leads.parquet"
    leads(random.Random(1), [1, 2, 3]).write_parquet(tmp_path / "leads.parquet")
    with pytest.raises(DataError) as told:
        in_parts(mapping, model, tmp_path / "rejects.csv")
    assert told.value.file == "events.parquet"


@pytest.mark.parametrize(("known", "unknown", "ranges"), [(300, 0, 6), (300, 90, 1), (0, 300, 1)])
def test_ranges_of_leads(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int, unknown: int, ranges: int
) -> None:
    """As many for each thread; few where nobody knows how many leads there will be."""
    monkeypatch.setattr(read, "BUCKET", 180)
    ids: list[object] = list(range(known + unknown))
    leads(random.Random(1), ids[:known]).write_parquet(tmp_path / "leads.parquet")
    events(random.Random(1), 900, ids).write_parquet(tmp_path / "events.parquet")
    mapping = tmp_path / "data.yaml"
    table = "leads: {file: leads.parquet, id: id}\n" if known else ""
    adds = ", unknown_leads: add" if known and unknown else ""
    mapping.write_text(f"schema: 1\n{table}events: {{file: events.parquet, lead: lead, at: at, type: type{adds}}}\n")
    with opened(mapping, model) as stream:
        assert len(range(0, stream.leads, stream.store.leads_per_bucket)) == ranges
