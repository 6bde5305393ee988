"""The segments of a model: which leads belong to each, and in which order.

    wake_up: {where: label.temperature = "cold", highest: score.readiness, take: 500}

One pass over the data gives scores and segments (see `model.segment_labels`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from rules_engine.analysis.versions import wording
from rules_engine.batch.score import Batch
from rules_engine.batch.tables import ScoreTables
from rules_engine.engine import Engine
from rules_engine.model.segment_labels import IN, SegmentLabels, with_segments
from rules_engine.model.types import Model
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class SegmentLeads:
    """One segment: its leads in order, cut to `take`.

    `leads` has segment_rank, lead_id, segment_value (what `order` says; null where that is unknown), of each score its
    reading and band, and the labels. `found` counts the leads for which `where` is true, before the cut.
    """

    name: str
    title: str | None
    where: str
    order: str | None
    take: int | None
    found: int
    leads: pl.DataFrame


def run_with_segments(batch: Batch, **wanted: Any) -> tuple[ScoreTables, tuple[SegmentLeads, ...]]:
    """Scores all leads once; gives the tables of `Batch.run(**wanted)` and the model's segments in file order."""
    model = batch.model
    extended, asked = with_segments(model, model.segments.values())
    engine = Engine(extended, diagnostics=batch.engine.diagnostics, using=batch.engine.extensions)
    tables = replace(batch, engine=engine).run(**wanted)
    segments = tuple(_leads_of(model, one, tables.scores) for one in asked)
    added = [f"label_{label.name}" for one in asked for label in one.labels()]
    return replace(tables, scores=tables.scores.drop(added)), segments


def all_segments(segments: tuple[SegmentLeads, ...]) -> pl.DataFrame:
    """The leads of all segments in one table, with the segment's name in front."""
    parts = [found.leads.select(pl.lit(found.name).alias("segment"), pl.all()) for found in segments]
    return pl.concat(parts)


def _leads_of(model: Model, asked: SegmentLabels, scores: pl.DataFrame) -> SegmentLeads:
    """Highest (or lowest) first, leads without a value last, equals by lead id."""
    segment, formula = asked.segment, asked.formula
    members = scores.filter(pl.col("scored") & (pl.col(f"label_{asked.where}") == IN))
    value = pl.col(f"label_{asked.order}").cast(pl.Float64) if formula is not None else pl.lit(None, pl.Float64)
    members = members.with_columns(value.alias("segment_value"))
    members = members.sort("segment_value", "lead_id", descending=[segment.highest is not None, False], nulls_last=True)
    found = members.height
    if segment.take is not None:
        members = members.head(segment.take)
    shown = [
        column for name, score in model.scores.items() for column in (name, f"{name}_band")[: 1 + bool(score.bands)]
    ]
    shown += [f"label_{name}" for name in model.labels]
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("segment_rank")
    return SegmentLeads(
        segment.name,
        segment.title,
        wording.condition(segment.where) if segment.where is not None else "every lead",
        None if formula is None else f"{'highest' if segment.highest else 'lowest'} {formula.text.strip()}",
        segment.take,
        found,
        members.select(rank, "lead_id", "segment_value", *shown),
    )
