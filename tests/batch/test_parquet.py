"""Tables written to Parquet, read back by Polars, Arrow and DuckDB: the same values, and the types that tables tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rules_engine.batch.sinks import Sink
from rules_engine.batch.tables import decoded_frame

EXACT = ("amount",)
NAMES = ("cold", "", "häß\U0001f525", "warm")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
COLUMNS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "id": (pl.String, st.text(max_size=20)),
    "name": (pl.Enum(NAMES), st.sampled_from(NAMES)),
    "truth": (pl.Boolean, st.booleans()),
    "number": (pl.Float64, st.floats()),
    "few": (pl.Float64, st.sampled_from([0.0, -1.5, float("inf")])),
    "count": (pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "rows": (pl.UInt32, st.integers(0, 2**32 - 1)),
    "amount": (pl.Int64, st.sampled_from([0, 1, -1, 2**62, -(2**62)]) | st.integers(-(2**63), 2**63 - 1)),
    "points": (pl.Decimal(38, 6), st.decimals(-(10**20), 10**20, places=6)),
    "at": (INSTANT, st.integers(-(2**53), 2**53).map(lambda n: EPOCH + timedelta(microseconds=n))),
    "day": (pl.Date, st.dates(date(1700, 1, 1), date(2200, 1, 1))),
    "texts": (pl.List(pl.String), st.lists(st.none() | st.sampled_from(NAMES), max_size=3)),
}
SCHEMA = {name: dtype for name, (dtype, _) in COLUMNS.items()}


def frame(columns: dict[str, list[Any]]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema={name: SCHEMA[name] for name in columns})


@st.composite
def parts(draw: st.DrawFn) -> list[pl.DataFrame]:
    """Some parts of a table; each column has nulls here and there, nowhere, or is null everywhere."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        height = draw(st.integers(0, 40))
        columns = {}
        for name, (_, values) in COLUMNS.items():
            kind = draw(st.sampled_from([values, values | st.none(), st.none()]))
            columns[name] = draw(st.lists(kind, min_size=height, max_size=height))
        found.append(frame(columns))
    return found


def written(path: Path, several: list[pl.DataFrame]) -> pl.DataFrame:
    """Writes them, and gives the table that they are."""
    with Sink(path, ".parquet", exact=EXACT) as file:
        for part in several:
            file.write(part)
    return pl.concat([decoded_frame(part, EXACT) for part in several])


@given(several=parts())
def test_what_is_written_is_read(several: list[pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("parquet") / "table.parquet"
    table = written(path, several)
    assert_frame_equal(pl.read_parquet(path), table)
    assert_frame_equal(pl.DataFrame(pl.from_arrow(pq.read_table(path))), table)
    assert_frame_equal(pl.DataFrame(duckdb.sql(f"from '{path}'").pl()).cast({"at": INSTANT}), table)


def test_the_types_that_readers_see(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    written(path, [frame({name: [] for name in COLUMNS})])
    described = duckdb.sql(f"describe from '{path}'").fetchall()
    assert {name: kind for name, kind, *_ in described} == {
        "id": "VARCHAR",
        "name": "VARCHAR",
        "truth": "BOOLEAN",
        "number": "DOUBLE",
        "few": "DOUBLE",
        "count": "BIGINT",
        "rows": "UINTEGER",
        "amount": "DECIMAL(38,6)",
        "points": "DECIMAL(38,6)",
        "at": "TIMESTAMP WITH TIME ZONE",
        "day": "DATE",
        "texts": "VARCHAR[]",
    }
    assert pq.read_schema(path).field("at").type == pa.timestamp("us", "UTC")
    assert pq.read_schema(path).field("amount").type == pa.decimal128(38, 6)


def test_the_first_column_tells_its_range(tmp_path: Path) -> None:
    written(tmp_path / "table.parquet", [frame({"id": ["b", None, "c"]}), frame({"id": ["é", "Z"]})])
    groups = pq.read_metadata(tmp_path / "table.parquet")
    found = [groups.row_group(n).column(0).statistics for n in range(2)]
    assert [(one.min, one.max, one.null_count) for one in found] == [("b", "c", 1), ("Z", "é", 0)]
    assert duckdb.sql(f"select count(*) from '{tmp_path / 'table.parquet'}' where id = 'é'").fetchall() == [(1,)]
