"""Outcome tables -> one frame of lead, outcome, instant and value: what backtests and calibration compare with."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from rules_engine.batch.sources import rows
from rules_engine.batch.sources.events import UNKNOWN, KnownLeads
from rules_engine.batch.sources.fields import nothing, with_typed
from rules_engine.batch.sources.instants import with_instants
from rules_engine.batch.sources.lookups import with_looked_up
from rules_engine.batch.sources.mapping import Column, OutcomeTable, RowNumber
from rules_engine.batch.sources.people import ID, with_ids
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.feel.types import NUMBER
from rules_engine.model.types import Field

SCHEMA = {"lead_id": pl.String(), "outcome": pl.String(), "at": pl.Int64(), "value": pl.Float64()}


def read_outcomes(
    tables: tuple[OutcomeTable, ...], known: KnownLeads, folder: Path, timezone: str, log: Log
) -> pl.DataFrame:
    """All outcome tables. A row whose outcome column is missing is no outcome: left out and counted."""
    parts = [pl.DataFrame(schema=SCHEMA)]
    for table in tables:
        before = 0
        columns = (table.lead, table.outcome, table.at, table.value)
        needed = [column for column in columns if isinstance(column, Column)]
        numbered = isinstance(table.lead, RowNumber)
        for part in rows.read(table.table, folder, needed, (), log, numbered=numbered):
            named = with_ids(part, table.lead, before, table.table.label, log)
            if isinstance(table.lead, Column):
                named = with_looked_up(named, table.lead, ID, known.lookups, table.table.label, log)
            parts.append(_outcomes(named, table, known, timezone, log))
            before += part.loaded.rows
    return pl.concat(parts)


def _outcomes(part: Rows, table: OutcomeTable, known: KnownLeads, timezone: str, log: Log) -> pl.DataFrame:
    label = table.table.label
    frame = part.frame.with_columns(part.text(table.outcome).alias("#outcome"))
    none = frame["#outcome"].is_null()
    if none.any():
        log.counts.left_out[label] += int(none.sum())
    part = part.with_frame(frame.filter(~none))
    if table.at is not None:
        part = with_instants(part, table.at, "at", label, timezone, log, required=False)
    ids = part.frame[ID]
    unknown = known.rows(ids).is_null()
    shown = "" if isinstance(table.lead, RowNumber) else part.shown(table.lead)
    part = part.with_frame(log.reject(label, part.loaded, part.frame, unknown, UNKNOWN, shown, ids))
    values = {"value": table.value} if table.value is not None else {}
    declared = {"value": Field("value", NUMBER, False, (), None, None, table.table.span)}
    frame = with_typed(part, "outcome", declared, values, timezone, label, log).frame
    at = frame["#at"] if table.at is not None else nothing("", pl.Int64(), frame.height)
    columns = [frame[ID], frame["#outcome"], at, frame[".value"]]
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, SCHEMA, strict=True)])
