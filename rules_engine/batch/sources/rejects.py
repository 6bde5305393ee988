"""The rejects file: every row that could not be used, with its place, the reason and its text as it was.

CSV, or JSON lines when the name ends in `.jsonl`. Written as rows are met; nothing is held in memory.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import TextIO

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError

COLUMNS = ("file", "row", "column", "reason", "message", "raw")


class RejectsFile:
    """Opened only when the first row is rejected, so that a clean read leaves no empty file behind."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stream: TextIO | None = None

    @property
    def wanted(self) -> bool:
        return self._path is not None

    def __enter__(self) -> RejectsFile:
        # The rows of an earlier read are not this read's; another file is not overwritten.
        if self._path is not None and self._path.is_file():
            check_rejects(self._path)
            self._path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, file: str, row: int, column: str, reason: str, message: str, raw: str) -> None:
        if self._path is None:
            return
        lines = self._path.suffix == ".jsonl"
        if self._stream is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # "surrogateescape": bytes that are no text stand in the file as they were
            self._stream = self._path.open("w", encoding="utf-8", newline="", errors="surrogateescape")
            if not lines:
                csv.writer(self._stream).writerow(COLUMNS)
        values = (file, row, column, reason, message, raw)
        if lines:
            self._stream.write(json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=True) + "\n")
        else:
            csv.writer(self._stream).writerow(values)


def check_rejects(path: Path) -> None:
    """Raises `DataError` for a file that is neither empty nor begins as a rejects file does."""
    if not path.is_file():
        return
    with path.open("rb") as stream:
        start = stream.read(64).decode("utf-8", errors="replace")
    if start and not start.startswith((",".join(COLUMNS), f'{{"{COLUMNS[0]}": ')):
        raise DataError(say.not_a_rejects_file(str(path)), file=str(path))
