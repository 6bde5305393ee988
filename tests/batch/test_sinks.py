"""Tables written in parts: coded ones give the files of the tables that they stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.fold.frames import chosen, instants
from rules_engine.batch.sinks import ENDINGS, Sink, SinkError, write_table
from rules_engine.batch.tables import decoded_frame
from rules_engine.scoring.plan import NONE

EXACT = ("amount",)

MOMENT = datetime(2026, 9, 1, 12, tzinfo=UTC)
MICROSECONDS = int(MOMENT.timestamp()) * 1_000_000


def part(ids: list[str], bands: list[str], amounts: list[int | None]) -> pl.DataFrame:
    """Rows as columns give them; the last has no band and no instant."""
    last = np.arange(len(ids)) == len(ids) - 1
    return pl.DataFrame(
        {
            "lead_id": ids,
            "amount": pl.Series(amounts, dtype=pl.Int64),
            "band": chosen(bands, np.arange(len(ids)) % len(bands), ~last),
            "since": instants(np.where(last, NONE, MICROSECONDS)),
            "gates": pl.Series([["a", "b"]] * len(ids), dtype=pl.List(pl.String)),
        }
    )


PARTS = (
    part(["1", "2", "3"], ["cold", "warm"], [1_500_000, -1, None]),
    part(["4", "5"], ["hot", "cold", "warm"], [2**62, -(2**62)]),
    part(["6"], [f"band {n}" for n in range(300)], [0]),
)
DECODED = pl.concat([decoded_frame(one, EXACT) for one in PARTS])


def written(path: Path, parts: tuple[pl.DataFrame, ...]) -> Path:
    with Sink(path, path.suffix, exact=EXACT) as sink:
        for one in parts:
            sink.write(one)
    return path


def test_decoded() -> None:
    assert DECODED.schema == {
        "lead_id": pl.String,
        "amount": pl.Decimal(38, 6),
        "band": pl.String,
        "since": pl.Datetime("us", "UTC"),
        "gates": pl.List(pl.String),
    }
    assert [str(amount) for amount in DECODED["amount"].head(2)] == ["1.500000", "-0.000001"]
    assert DECODED["band"].to_list() == ["cold", "warm", None, "hot", None, None]
    assert DECODED["since"].to_list() == [MOMENT, MOMENT, None, MOMENT, None, None]
    assert DECODED["since"].dt.base_utc_offset().null_count() == 3  # Polars looks under nulls here


def test_a_slice_of_amounts_keeps_its_nulls() -> None:
    frame = pl.DataFrame({"amount": pl.Series([None, 1, None, 2, None, 3], dtype=pl.Int64)})
    found = decoded_frame(frame.slice(1, 4), EXACT)["amount"]
    assert [amount and int(amount * 1_000_000) for amount in found] == [1, None, 2, None]


def test_parquet_of_parts_is_the_whole_table(tmp_path: Path) -> None:
    path = written(tmp_path / "coded.parquet", PARTS)
    assert_frame_equal(pl.read_parquet(path), DECODED)
    assert "dictionary" not in str(pq.read_schema(path))
    columns = dict(zip(*list(zip(*duckdb.sql(f"describe from '{path}'").fetchall(), strict=True))[:2], strict=True))
    assert columns["amount"] == "DECIMAL(38,6)"
    assert columns["band"] == "VARCHAR"


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != ".parquet"])
def test_text_of_parts_is_that_of_the_whole_table(tmp_path: Path, ending: str) -> None:
    write_table(DECODED, tmp_path / f"whole{ending}", ending)
    coded = written(tmp_path / f"coded{ending}", PARTS)
    assert coded.read_text(encoding="utf-8") == (tmp_path / f"whole{ending}").read_text(encoding="utf-8")


def test_a_label_may_be_numbered_in_one_part_and_text_in_the_next(tmp_path: Path) -> None:
    numbered = part(["1", "2"], ["cold", "warm"], [1, 2])
    text = decoded_frame(part(["3", "4"], ["hot", "cold"], [3, 4]), ())
    for parts in ((numbered, text), (text, numbered)):
        found = pl.read_parquet(written(tmp_path / "mixed.parquet", parts))
        assert_frame_equal(found, pl.concat([decoded_frame(one, EXACT) for one in parts]))


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    once, again = (written(tmp_path / f"{n}.parquet", PARTS) for n in range(2))
    assert once.read_bytes() == again.read_bytes()


def test_one_name_may_stand_under_several_numbers() -> None:
    found = chosen(["x", "y", None, "x"], np.array([3, 2, 1, 0, 7]), np.array([True, True, True, True, False]))
    assert found.cast(pl.String).to_list() == ["x", None, "y", "x", None]


def test_names_of_nobody() -> None:
    assert chosen([], np.zeros(0, dtype=np.int64)).to_list() == []
    assert chosen([], np.array([-1]), np.array([False])).to_list() == [None]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is there on Linux alone")
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_is_told_with_the_name_that_the_user_gave(ending: str) -> None:
    frame = pl.DataFrame({"lead_id": [str(n) for n in range(100_000)]})
    with pytest.raises(SinkError, match=r"^mine cannot be written: no space left on device\. No file was changed"):
        write_table(frame, Path("/dev/full"), ending, shown=Path("mine"))
