"""Tables to files, by the ending of their name: .parquet, .csv, .jsonl. The same table gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    import pyarrow.parquet as pq

ENDINGS = (".parquet", ".csv", ".jsonl")


class Sink:
    """A file that takes a table in parts. Used as a context; the first part, even without rows, tells the columns.

    CSV has no lists: their items are joined with a semicolon. Instants are ISO 8601 text in CSV and JSON lines.
    """

    def __init__(self, path: Path, ending: str) -> None:
        if ending not in ENDINGS:
            raise ValueError(f"cannot write {ending}; known endings: {', '.join(ENDINGS)}")
        self._path, self._ending = path, ending
        self._parquet: pq.ParquetWriter | None = None
        self._plain: Any = None
        self._begun = False

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._parquet, self._plain):
            if file is not None:
                file.close()

    def write(self, frame: pl.DataFrame) -> None:
        """Adds rows."""
        if self._ending == ".parquet":
            self._write_parquet(frame)
        else:
            self._write_text(frame)
        self._begun = True

    def _write_parquet(self, frame: pl.DataFrame) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = frame.to_arrow()
        if self._parquet is None:
            # instants hardly repeat, and nobody looks for rows by an exact amount: not worth what they cost
            self._parquet = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                use_dictionary=[field.name for field in table.schema if not pa.types.is_timestamp(field.type)],
                write_statistics=[field.name for field in table.schema if not pa.types.is_decimal(field.type)],
            )
        if frame.height or not self._begun:
            self._parquet.write_table(table)

    def _write_text(self, frame: pl.DataFrame) -> None:
        import polars as pl

        if self._plain is None:
            self._plain = self._path.open("wb")
        instants = pl.col(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        if self._ending == ".jsonl":
            frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64), instants).write_ndjson(self._plain)
        else:
            flat = frame.with_columns(pl.col(pl.List(pl.String)).list.join(";").replace("", None), instants)
            flat.write_csv(self._plain, include_header=not self._begun)


def write_table(frame: pl.DataFrame, path: Path, ending: str) -> None:
    """Writes a table in the form that `ending` names; see `Sink`."""
    with Sink(path, ending) as sink:
        sink.write(frame)
