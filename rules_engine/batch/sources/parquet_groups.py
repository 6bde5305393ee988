"""Which row groups of a Parquet file are of use: those whose statistics do not say that no row of theirs can be.

A group is left out where all its events are too late, or of one type that nobody declares. Where a file does not tell,
it is read.
"""

from __future__ import annotations

import json
from collections import Counter

import pyarrow.parquet as pq

from rules_engine.batch.sources.table import Useful
from rules_engine.records import dataclass

_PER_MICROSECOND = {"milliseconds": (1_000, 1), "microseconds": (1, 1), "nanoseconds": (1, 1_000)}
_OFFSET = 2 * 86_400_000_000  # microseconds; more than a local time can be away from UTC


@dataclass(frozen=True, slots=True)
class Run:
    """Row groups that stand one after the other. `first` is the number of their first row, from 1."""

    groups: list[int]
    first: int
    rows: int


def useful_runs(metadata: pq.FileMetaData, useful: Useful | None) -> tuple[list[Run], Counter[str | None]]:
    """The groups to be read, and how many rows are left out: by the type of event, or None where they are too late."""
    found: list[Run] = []
    unread: Counter[str | None] = Counter()
    columns = {metadata.schema.column(n).path: n for n in range(metadata.num_columns)}
    row = 1
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if useful is not None and _is_late(metadata, group, columns, useful):
            unread[None] += group.num_rows
        elif useful is not None and (kind := _one_text(group, columns, useful.kind)) and kind not in useful.types:
            unread[kind] += group.num_rows
        elif found and found[-1].first + found[-1].rows == row:
            last = found.pop()
            found.append(Run([*last.groups, number], last.first, last.rows + group.num_rows))
        else:
            found.append(Run([number], row, group.num_rows))
        row += group.num_rows
    return found, unread


def _is_late(metadata: pq.FileMetaData, group: pq.RowGroupMetaData, columns: dict[str, int], useful: Useful) -> bool:
    """Whether all rows have a time, and one that is too late."""
    seen = _told(group, columns, useful.at)
    if seen is None or useful.at is None or useful.until is None:
        return False
    kind = json.loads(metadata.schema.column(columns[useful.at]).logical_type.to_json())
    if kind["Type"] != "Timestamp":
        return False
    times, over = _PER_MICROSECOND[kind["timeUnit"]]
    earliest = seen.min_raw * times // over
    return bool(earliest - (0 if kind["isAdjustedToUTC"] else _OFFSET) > useful.until)


def _one_text(group: pq.RowGroupMetaData, columns: dict[str, int], name: str | None) -> str | None:
    """The text that all rows have in a column, without blanks around it; None where they differ or nobody knows."""
    seen = _told(group, columns, name)
    if seen is None:
        return None
    least, most = seen.min, seen.max
    return least.strip() if isinstance(least, str) and least == most else None


def _told(group: pq.RowGroupMetaData, columns: dict[str, int], name: str | None) -> pq.Statistics | None:
    """What the file tells of a column in which all rows of the group have a value; None where they have not, or where
    nobody knows."""
    seen = group.column(columns[name]).statistics if name in columns else None
    return seen if seen is not None and seen.has_min_max and seen.has_null_count and not seen.null_count else None
