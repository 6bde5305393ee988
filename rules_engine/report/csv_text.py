"""Text for CSV files that people open in a spreadsheet program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?%?\Z")


def plain_cell(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe goes before `=`, `+`, `-`, `@`.

    Numbers and percents stay as they are.
    """
    if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _NUMBER.match(text):
        return f"'{text}"
    return text


def csv_text(rows: Iterable[Sequence[str | None]]) -> str:
    """Rows as CSV; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([plain_cell(cell or "") for cell in row] for row in rows)
    return out.getvalue()
