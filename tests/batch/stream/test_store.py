"""A store gives back what it took, range by range and in the order given, from memory and from files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.sources import coded
from rules_engine.batch.sources.coded import Coded, Texts
from rules_engine.batch.stream import store
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


def piece(seed: int, leads: int, *, ids: bool) -> pl.DataFrame:
    """Some events of some leads, with gaps in every column."""
    chance = np.random.default_rng(seed)
    count = 60

    def some(values: Sequence[object]) -> list[object]:
        return [None if chance.random() < 0.2 else values[int(chance.integers(len(values)))] for _ in range(count)]

    return pl.DataFrame(
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


def held(frame: pl.DataFrame, kind: str, texts: Texts) -> pl.DataFrame:
    """The piece with plain texts, or with their numbers."""
    if kind == "n":
        return frame.with_columns(texts.numbers(Coded.of(frame[".path"])).alias(".path"))
    return frame


def of_range(frames: list[pl.DataFrame], number: int, size: int) -> pl.DataFrame:
    whole = pl.concat(frames)
    own = whole.filter(pl.col("lead_row") // size == number)
    return own.with_columns((pl.col("lead_row") - number * size).cast(pl.Int32))


@pytest.mark.parametrize("budget", [0, 3_000, 10**9])
@pytest.mark.parametrize("kinds", ["ppp", "nnn", "npn"])
@pytest.mark.parametrize("narrow", [3, 2**16])
@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("size", [4, 100_000])
def test_what_went_in_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, budget: int, kinds: str, narrow: int, ids: bool, size: int
) -> None:
    monkeypatch.setattr(store, "TOGETHER", 60)
    monkeypatch.setattr(coded, "NARROW", narrow)
    frames = [piece(n, 5 + 8 * n, ids=ids and n == 1) for n in range(3)]  # later pieces reach into more ranges
    with EventStore({"visit": pl.DataFrame(schema=SCHEMA)}, size, budget, tmp_path) as events:
        for frame, kind in zip(frames, kinds, strict=True):
            sorted_ = frame.sort(pl.col("lead_row") // size, maintain_order=True)
            events.add("visit", held(sorted_, kind, events.texts["visit"]["path"]))
        events.finish()
        assert bool(list(tmp_path.iterdir())) == (budget < 10**9)
        for number in range(8):
            rows = events.bucket(number)["visit"]
            none = pl.Series("id", [None] * len(rows.at), dtype=pl.String)
            head = [pl.Series("lead_row", rows.lead), pl.Series("at", rows.at), none if rows.ids is None else rows.ids]
            attributes = rows.chosen(np.arange(len(rows.at))).attributes
            assert_frame_equal(pl.DataFrame([*head, *attributes]), of_range(frames, number, size))
    assert not list(tmp_path.iterdir())


def test_events_that_do_not_come_range_by_range_are_refused(tmp_path: Path) -> None:
    with EventStore({"visit": pl.DataFrame(schema=SCHEMA)}, 1, 10**9, tmp_path) as events:
        events.add("visit", piece(1, 9, ids=True))
        with pytest.raises(ValueError, match="range by range"):
            events.finish()
