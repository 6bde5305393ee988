"""Tables to files, by the ending of their name: .parquet, .csv, .jsonl. The same table gives the same bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rules_engine.batch.tables import decoded_frame, points

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray

ENDINGS = (".parquet", ".csv", ".jsonl")
SAMPLE = 4096
UNCHANGED = "No file was changed by this run."
BATCH = 1 << 16  # values that are encoded at a time


class SinkError(Exception):
    """A table that cannot be written; the message says where and why."""


class Sink:
    """A file that takes a table in parts. Used as a context; the first part, even without rows, tells the columns.
    `shown` is its name in messages. Raises `SinkError`.

    Parts may be coded (see `batch.tables`); then `exact` names the columns of exact amounts. CSV has no lists: their
    items are joined with a semicolon. Instants are ISO 8601 text in CSV and JSON lines.
    """

    def __init__(self, path: Path, ending: str, *, exact: Sequence[str] = (), shown: Path | None = None) -> None:
        if ending not in ENDINGS:
            raise ValueError(f"cannot write {ending}; known endings: {', '.join(ENDINGS)}")
        self._shown = shown or path
        self._path, self._ending, self._exact = path, ending, exact
        self._parquet: pq.ParquetWriter | None = None
        self._plain: Any = None
        self._room: list[NDArray[np.int64]] = []  # for amounts as decimals, again and again
        self._begun = False

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with nullcontext() if error is None else suppress(SinkError):  # what came first is told
            for file in (self._parquet, self._plain):
                if file is not None:
                    with self._told():
                        file.close()

    def write(self, frame: pl.DataFrame) -> None:
        """Adds rows."""
        with self._told():
            if self._ending == ".parquet":
                self._write_parquet(frame)
            else:
                self._write_text(frame)
        self._begun = True

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SinkError(f"{self._shown} cannot be written: {reason_of(error)}. {UNCHANGED}") from error

    def _write_parquet(self, frame: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        table = self._arrow(frame)
        if self._parquet is None:
            # Instants hardly repeat. Rows are in the order of leads, so the range of other values tells nobody where
            # to look. What is numbered here is plain text for readers: without the schema of Arrow.
            self._parquet = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                use_dictionary=[_path(column) for column in frame if _repeats(column)],
                write_statistics=frame.columns[:1],
                write_batch_size=BATCH,
                store_schema=False,
            )
        if frame.height or not self._begun:
            self._parquet.write_table(
                table if table.schema == self._parquet.schema else table.cast(self._parquet.schema)
            )

    def _arrow(self, frame: pl.DataFrame) -> pa.Table:
        """A part in Arrow: amounts as decimals, names numbered in 32 bits, however many a part has."""
        import numpy as np
        import polars as pl
        import pyarrow as pa

        from rules_engine.batch.series import column_of

        schema = frame.schema
        amounts = [n for n, name in enumerate(schema) if name in self._exact and schema[name] == pl.Int64]
        if len(self._room) < len(amounts) or (amounts and len(self._room[0]) < 2 * frame.height):
            self._room = [np.empty(2 * frame.height, dtype=np.int64) for _ in amounts]
        columns = [column.rechunk().to_arrow() for column in frame]
        for n, column in enumerate(columns):
            if pa.types.is_dictionary(column.type):
                numbers = column_of(column.indices).cast(pl.Int32).to_arrow()
                columns[n] = pa.DictionaryArray.from_arrays(numbers, column.dictionary, safe=False)  # Polars made them
        for n, room in zip(amounts, self._room, strict=False):
            columns[n] = points(columns[n], room)
        return pa.table(columns, names=list(schema))

    def _write_text(self, frame: pl.DataFrame) -> None:
        import polars as pl

        frame = decoded_frame(frame, self._exact)
        if self._plain is None:
            self._plain = self._path.open("wb")
        instants = pl.col(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        if self._ending == ".jsonl":
            frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64), instants).write_ndjson(self._plain)
        else:
            flat = frame.with_columns(pl.col(pl.List(pl.String)).list.join(";").replace("", None), instants)
            flat.write_csv(self._plain, include_header=not self._begun)


def reason_of(error: OSError) -> str:
    """Why the system does not do it, in its words; libraries say more around them."""
    number = error.errno or next(map(int, re.findall(r"os error (\d+)", str(error))), 0)
    return os.strerror(number).lower() if number else str(error)


def _path(column: pl.Series) -> str:
    """The name of a column's values in the file."""
    import polars as pl

    return f"{column.name}.list.element" if isinstance(column.dtype, pl.List) else column.name


def _repeats(column: pl.Series) -> bool:
    """Whether values come again often enough for a dictionary, judged by the first ones."""
    import polars as pl

    if isinstance(column.dtype, pl.Datetime | pl.Boolean):
        return False
    if isinstance(column.dtype, pl.Enum | pl.List):
        return True
    some = column.head(SAMPLE).drop_nulls()
    return len(some) < SAMPLE // 4 or some.n_unique() < len(some) // 2


def write_table(frame: pl.DataFrame, path: Path, ending: str, *, shown: Path | None = None) -> None:
    """Writes a table in the form that `ending` names; see `Sink`."""
    with Sink(path, ending, shown=shown) as sink:
        sink.write(frame)
