"""`rules-sql-write scores.parquet sqlite:///crm.db#lead_scores`: a table that `rules score` wrote, into a database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from rules_engine.hooks import SourceError
from rules_sql.writing import SqlError, write_table

if TYPE_CHECKING:
    import polars as pl


def run(arguments: Sequence[str] | None = None) -> int:
    """The command; gives its exit code, 0 or 2."""
    parser = argparse.ArgumentParser(prog="rules-sql-write", description="Replaces a database table by a file's rows.")
    parser.add_argument("file", type=Path, help="What `rules score --out` wrote: .parquet, .csv or .jsonl.")
    parser.add_argument("table", help="sqlite:///crm.db#lead_scores or postgresql://user@host/database#schema.table")
    given = parser.parse_args(arguments)
    try:
        frame = _read(given.file)
        rows = write_table(given.table, {c: _kind(t) for c, t in frame.schema.items()}, _rows(frame), Path.cwd())
    except (OSError, SourceError, SqlError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"{rows:,} rows written")
    return 0


def _read(file: Path) -> pl.DataFrame:
    import polars as pl

    readers = {".parquet": pl.read_parquet, ".csv": pl.read_csv, ".jsonl": pl.read_ndjson}
    reader: Any = readers.get(file.suffix)
    if reader is None:
        raise SourceError(f"{file} ends in none of {', '.join(readers)}.")
    found: pl.DataFrame = reader(file)
    return found


def _kind(kind: pl.DataType) -> sa.types.TypeEngine[Any]:
    import polars as pl

    if kind == pl.Boolean:
        return sa.Boolean()
    if kind.is_integer():
        return sa.BigInteger()
    if kind.is_float():
        return sa.Double()
    if kind == pl.Date:
        return sa.Date()
    return sa.DateTime(timezone=True) if isinstance(kind, pl.Datetime) else sa.Text()


def _rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Values that a database has a type for; lists and what else there is as text."""
    import polars as pl

    texts = [name for name, kind in frame.schema.items() if isinstance(_kind(kind), sa.Text) and kind != pl.String]
    plain = frame.with_columns(pl.col(name).map_elements(str, return_dtype=pl.String) for name in texts)
    return plain.rows()
