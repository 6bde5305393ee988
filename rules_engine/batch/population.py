"""What a whole scored population looks like: counts per band and label, the highest leads, the problems of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules_engine.model.types import Model

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Population:
    """A summary of scored leads. `bands` counts leads by score and band, `labels` by label and value.

    `ranked` are rows of the table of scores, highest reading of `by` first, equals by lead id. `problems` are lines
    about rows and values of the data that could not be used. `newest` tells that the as-of time is the newest event's.
    """

    model: str
    version: int
    as_of: int
    timezone: str
    newest: bool
    leads: int
    not_scored: int
    bands: Mapping[str, Mapping[str, int]]
    labels: Mapping[str, Mapping[str, int]]
    by: str
    ranked: tuple[Row, ...]
    problems: tuple[str, ...]


def band_counts(model: Model, scores: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Leads per band, bands in their order, empty ones too; scores without bands are left out."""
    counts = {}
    for name, score in model.scores.items():
        if score.bands:
            found = _counts(scores, f"{name}_band")
            counts[name] = {band.name: found.get(band.name, 0) for band in score.bands}
    return counts


def label_counts(model: Model, scores: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Leads per value of each label, most frequent first."""
    return {name: _counts(scores, f"label_{name}") for name in model.labels}


def ranked(scores: pl.DataFrame, by: str, top: int) -> tuple[Row, ...]:
    """The rows with the highest reading of `by`; leads without one are left out."""
    best = scores.drop_nulls(by).sort(by, "lead_id", descending=[True, False]).head(top)
    return tuple(best.iter_rows(named=True))


def _counts(scores: pl.DataFrame, column: str) -> dict[str, int]:
    import polars as pl

    table = scores.drop_nulls(column).group_by(column).len().sort(pl.col("len"), column, descending=[True, False])
    return dict(table.iter_rows())
