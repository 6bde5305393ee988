"""Tables to files, by the ending of their name: .parquet, .csv, .jsonl. The same table gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".parquet", ".csv", ".jsonl")


def write_table(frame: pl.DataFrame, path: Path, ending: str) -> None:
    """Write a table in the form that `ending` names. CSV has no lists: their items are joined with a semicolon."""
    import polars as pl

    instants = pl.col(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
    if ending == ".parquet":
        frame.write_parquet(path, compression="zstd")
    elif ending == ".jsonl":
        frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64), instants).write_ndjson(path)
    elif ending == ".csv":
        flat = frame.with_columns(pl.col(pl.List(pl.String)).list.join(";").replace("", None), instants)
        flat.write_csv(path)
    else:
        raise ValueError(f"cannot write {ending}; known endings: {', '.join(ENDINGS)}")
