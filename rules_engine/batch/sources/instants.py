"""The time column of a table, with the rows that have no usable time rejected."""

from __future__ import annotations

import polars as pl

from rules_engine.batch.sources import convert, hints, times
from rules_engine.batch.sources.mapping import Column
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows


def with_instants(
    part: Rows, column: Column, name: str, label: str, timezone: str, log: Log, *, required: bool = True
) -> Rows:  # fmt: skip
    """Adds `#name`, Int64 microseconds UTC; rows where it cannot be read, or lies outside 1900-2199, are rejected.

    Not `required`: a row may have no time, and is null there.
    """
    raw = part.raw(column)
    found = convert.instants(raw, column, timezone).alias("#" + name)
    if not found.null_count() and times.all_in_range(found):
        return part.with_columns(found)
    frame = part.frame.hstack([found, convert.present(raw, column).alias("#given")])
    shown = part.shown(column)
    if required:
        frame = log.reject(label, part.loaded, frame, frame["#given"].is_null(), "no time", shown)
    unread = frame["#given"].is_not_null() & frame["#" + name].is_null()
    outside = (~times.in_range(frame["#" + name])).fill_null(False)
    if frame["#given"].dtype in (pl.Date, pl.Datetime):  # no text that could be misread: it is only too far away
        unread, outside = pl.repeat(False, len(unread), eager=True), outside | unread
    if unread.any():
        hint = hints.time_hint(str(frame.filter(unread)["#given"][0]), column.formats)
        frame = log.reject(label, part.loaded, frame, unread, "time not readable", shown, frame["#given"], hint)
        outside = outside.filter(~unread)
    if outside.any():
        hint = hints.range_hint(column.formats)
        frame = log.reject(label, part.loaded, frame, outside, "time out of range", shown, frame["#given"], hint)
    return part.with_frame(frame.drop("#given"))
