"""A store gives back what it took, range by range and in the order given, from memory and from files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.stream import packed, store
from rules_engine.batch.stream.packed import Packed
from rules_engine.batch.stream.store import EventStore

SCHEMA = {
    "lead_row": pl.UInt32,
    "at": pl.Int64,
    "id": pl.String,
    ".path": pl.String,
    ".size": pl.Float64,
    ".paid": pl.Boolean,
    ".day": pl.Date,
    ".tags": pl.List(pl.String),
}


def piece(seed: int, leads: int, *, coded: bool, ids: bool) -> pl.DataFrame:
    """Some events of some leads, with gaps in every column."""
    chance = np.random.default_rng(seed)
    count = 60

    def some(values: Sequence[object]) -> list[object]:
        return [None if chance.random() < 0.2 else values[int(chance.integers(len(values)))] for _ in range(count)]

    frame = pl.DataFrame(
        {
            "lead_row": chance.integers(0, leads, count),
            "at": chance.integers(-(10**15), 10**15, count),
            "id": some([f"e{seed}", "x"]) if ids else [None] * count,
            ".path": some(["/", "/a", f"/{seed}"]),
            ".size": some([1.5, -2.0]),
            ".paid": some([True, False]),
            ".day": some([date(2026, 1, 1), date(1960, 1, 1)]),
            ".tags": some([["a"], [], ["a", None]]),
        },
        schema=SCHEMA,
    )
    return frame.with_columns(pl.col(".path").cast(pl.Categorical)) if coded else frame


def of_range(frames: list[pl.DataFrame], number: int, size: int) -> pl.DataFrame:
    whole = pl.concat([frame.with_columns(pl.col(".path").cast(pl.String)) for frame in frames])
    own = whole.filter(pl.col("lead_row") // size == number)
    return own.with_columns((pl.col("lead_row") - number * size).cast(pl.Int32))


@pytest.mark.parametrize("budget", [0, 3_000, 10**9])
@pytest.mark.parametrize("coded", ["ccc", "ppp", "cpc"])
@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("size", [4, 100_000])
def test_what_went_in_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, budget: int, coded: str, ids: bool, size: int
) -> None:
    monkeypatch.setattr(store, "TOGETHER", 60)
    frames = [
        piece(n, 5 + 8 * n, coded=kind == "c", ids=ids and n == 1)  # later pieces reach into more ranges
        for n, kind in enumerate(coded)
    ]
    with EventStore({"visit": pl.DataFrame(schema=SCHEMA)}, size, budget, tmp_path) as events:
        for frame in frames:
            events.add("visit", frame.sort(pl.col("lead_row") // size, maintain_order=True))
        events.finish()
        assert bool(list(tmp_path.iterdir())) == (budget < 10**9)
        for number in range(8):
            rows = events.bucket(number)["visit"]
            none = pl.Series("id", [None] * len(rows.at), dtype=pl.String)
            head = [pl.Series("lead_row", rows.lead), pl.Series("at", rows.at), none if rows.ids is None else rows.ids]
            found = pl.DataFrame([*head, *rows.attributes]).with_columns(pl.col(".path").cast(pl.String))
            assert_frame_equal(found, of_range(frames, number, size))
    assert not list(tmp_path.iterdir())


def test_codes_that_are_wide_and_codes_that_are_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    few = pl.DataFrame({"n": [1, 2], "path": ["a", None]}, schema={"n": pl.Int64, "path": pl.Categorical})
    monkeypatch.setattr(packed, "NARROW", few["path"].to_physical()[0] + 1)
    more = pl.DataFrame({"n": [3], "path": ["one more"]}, schema=few.schema)
    parts = [Packed.of(*few), Packed.of(*more)]
    assert [part.frame["path"].dtype for part in parts] == [pl.UInt16, pl.UInt32]
    assert_frame_equal(packed.together(parts).whole(), pl.concat([few, more]))


def test_events_that_do_not_come_range_by_range_are_refused(tmp_path: Path) -> None:
    with EventStore({"visit": pl.DataFrame(schema=SCHEMA)}, 1, 10**9, tmp_path) as events:
        events.add("visit", piece(1, 9, coded=True, ids=True))
        with pytest.raises(ValueError, match="range by range"):
            events.finish()
