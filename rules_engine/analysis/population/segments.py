"""The segments of a model: which leads belong to each, and in which order.

    wake_up: {where: label.temperature = "cold", highest: score.readiness, take: 500}

The condition and the order of a segment are evaluated as if they were labels at the end of the model, so they read the
same names with the same meaning, and one pass over the data gives scores and segments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from rules_engine.analysis.versions import wording
from rules_engine.batch.score import Batch
from rules_engine.batch.tables import ScoreTables
from rules_engine.engine import Engine
from rules_engine.model.types import Label, LabelChoice, Model, Segment
from rules_engine.records import dataclass

_IN = "in"


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
    names = {name: _columns(model, name) for name in model.segments}
    labels = {
        label.name: label for name, segment in model.segments.items() for label in _as_labels(segment, names[name])
    }
    extended = replace(model, labels={**model.labels, **labels})
    engine = Engine(extended, diagnostics=batch.engine.diagnostics, using=batch.engine.extensions)
    tables = replace(batch, engine=engine).run(**wanted)
    segments = tuple(_leads_of(model, segment, names[name], tables.scores) for name, segment in model.segments.items())
    return replace(tables, scores=tables.scores.drop(f"label_{name}" for name in labels)), segments


def all_segments(segments: tuple[SegmentLeads, ...]) -> pl.DataFrame:
    """The leads of all segments in one table, with the segment's name in front."""
    parts = [found.leads.select(pl.lit(found.name).alias("segment"), pl.all()) for found in segments]
    return pl.concat(parts)


def _columns(model: Model, name: str) -> tuple[str, str]:
    """Names for two labels that the model does not have."""
    where, order = f"segment_{name}", f"segment_{name}_order"
    while where in model.labels or order in model.labels:
        where, order = f"{where}_", f"{order}_"
    return where, order


def _as_labels(segment: Segment, names: tuple[str, str]) -> list[Label]:
    where, order = names
    labels = [Label(where, segment.span, choices=(LabelChoice(_IN, segment.where, segment.span),))]
    formula = segment.highest or segment.lowest
    if formula is not None:
        labels.append(Label(order, segment.span, formula=formula))
    return labels


def _leads_of(model: Model, segment: Segment, names: tuple[str, str], scores: pl.DataFrame) -> SegmentLeads:
    """Highest (or lowest) first, leads without a value last, equals by lead id."""
    where, order = (f"label_{name}" for name in names)
    members = scores.filter(pl.col("scored") & (pl.col(where) == _IN))
    formula = segment.highest or segment.lowest
    value = pl.col(order).cast(pl.Float64) if formula is not None else pl.lit(None, pl.Float64)
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
