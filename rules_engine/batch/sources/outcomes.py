"""Outcome tables -> one frame of lead, outcome, instant and value: what backtests and calibration compare with."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from rules_engine.batch.sources import convert, rows
from rules_engine.batch.sources.events import KnownLeads
from rules_engine.batch.sources.mapping import OutcomeTable, RowNumber
from rules_engine.batch.sources.people import ID, _identify, read_instants
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.table import ROW
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel.types import NUMBER
from rules_engine.model.types import Field

SCHEMA = {"lead_id": pl.String(), "outcome": pl.String(), "at": pl.Int64(), "value": pl.Float64()}
_VALUE = Field("value", NUMBER, False, (), None, None, Span("", 0, 0, 1, 1, 1, 1))


def read_outcomes(
    tables: tuple[OutcomeTable, ...], known: KnownLeads, folder: Path, timezone: str, log: Log
) -> pl.DataFrame:
    """All outcome tables. Rows whose outcome column is missing are no outcome: left out and counted."""
    parts: list[pl.DataFrame] = []
    for table in tables:
        label = table.table.label
        before = 0
        needed = [
            c
            for c in (table.lead, table.outcome, table.at, table.value)
            if c is not None and not isinstance(c, RowNumber)
        ]
        for part in rows.read(table.table, folder, needed, [], (), log):
            part = _identify(part, table.lead, before, label, log)
            before += part.loaded.rows
            frame = part.frame.with_columns(part.text(table.outcome).alias("#outcome"))
            without = frame["#outcome"].is_null()
            if without.any():
                log.counts.left_out[label] += int(without.sum())
            part = part.with_frame(frame.filter(~without))
            if table.at is not None:
                part = read_instants(part, table.at, "at", label, timezone, log, required=False)
            frame = part.frame
            unknown = ~frame[ID].is_in(pl.Series(list(known.ids), dtype=pl.String).implode())
            shown = "" if isinstance(table.lead, RowNumber) else part.shown(table.lead)
            part = part.with_frame(log.reject(label, part.loaded, frame, unknown, "unknown lead", shown, frame[ID]))
            frame = part.frame
            at = frame["#at"] if table.at is not None else pl.Series("at", [None] * len(frame), dtype=pl.Int64)
            value = pl.Series("value", [None] * len(frame), dtype=pl.Float64)
            if table.value is not None:
                raw = part.raw(table.value)
                read = convert.typed(raw, _VALUE, table.value, timezone)
                for reason, wrong in read.misfits:
                    log.missing("outcome.value", part.loaded, frame[ROW], wrong, reason, part.shown(table.value), raw)
                value = read.values
            parts.append(
                pl.DataFrame(
                    [
                        frame[ID].alias("lead_id"),
                        frame["#outcome"].alias("outcome"),
                        at.alias("at"),
                        value.alias("value"),
                    ]
                )
            )
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)
