# NOTE FROM THE LEAD TO PART D (remove with the file): an own Parquet writer must not land: our rule is "outside what the
# project exists for, a well-kept library, even a slower one, beats our own code". Go back to pyarrow's (or Polars') writer,
# keep what you learnt that works with it (which columns dictionary/plain, fewer conversions, threads), and report.
"""Tables to files, by the ending of their name: .parquet, .csv, .jsonl. The same table gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from rules_engine.batch.tables import decoded_frame

if TYPE_CHECKING:
    import polars as pl

    from rules_engine.batch.parquet.file import ParquetFile

ENDINGS = (".parquet", ".csv", ".jsonl")


class Sink:
    """A file that takes a table in parts. Used as a context; the first part, even without rows, tells the columns.

    Parts may be coded (see `batch.tables`); then `exact` names the columns of exact amounts. CSV has no lists: their
    items are joined with a semicolon. Instants are ISO 8601 text in CSV and JSON lines.
    """

    def __init__(self, path: Path, ending: str, *, exact: Sequence[str] = ()) -> None:
        if ending not in ENDINGS:
            raise ValueError(f"cannot write {ending}; known endings: {', '.join(ENDINGS)}")
        self._path, self._ending, self._exact = path, ending, exact
        self._parquet: ParquetFile | None = None
        self._plain: BinaryIO | None = None
        self._files = ExitStack()
        self._begun = False

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)

    def write(self, frame: pl.DataFrame) -> None:
        """Adds rows."""
        if self._ending == ".parquet":
            self._write_parquet(frame)
        else:
            self._write_text(frame)
        self._begun = True

    def _write_parquet(self, frame: pl.DataFrame) -> None:
        from rules_engine.batch.parquet.file import ParquetFile

        if self._parquet is None:
            self._parquet = self._files.enter_context(ParquetFile(self._path, frame, self._exact))
        self._parquet.write(frame)

    def _write_text(self, frame: pl.DataFrame) -> None:
        import polars as pl

        frame = decoded_frame(frame, self._exact)
        if self._plain is None:
            self._plain = self._files.enter_context(self._path.open("wb"))
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
