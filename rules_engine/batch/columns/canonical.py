"""The canonical text of events' attributes, which orders events that agree in everything else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from rules_engine.batch.columns.bucket import EventRows
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import canonical, read_fields
from rules_engine.model.types import Model


def canonical_texts(model: Model, event: str, rows: EventRows, zone: ZoneInfo) -> pl.Series:
    """One text for each row, as `matching.history` has it. Asked for exact ties only."""
    declared = model.events[event].attributes
    names = [column[1:] for column in rows.attributes.columns]
    problems: list[Problem] = []
    records = (
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in rows.attributes.iter_rows()
    )
    if not names:
        return pl.Series([canonical(dict.fromkeys(declared))] * len(rows.at), dtype=pl.String)
    return pl.Series(
        [canonical(read_fields(declared, record, "event", problems, zone)) for record in records], dtype=pl.String
    )
