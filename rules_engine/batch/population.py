"""What a whole scored population looks like: counts per band and label, the highest leads, the problems of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rules_engine.batch.tables import decoded_frame, exact_columns
from rules_engine.model.types import Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, object]
VALUES = 1_000  # of a label; one of more, such as a time, is no way to group leads


@dataclass(frozen=True, slots=True)
class Population:
    """A summary of scored leads. `bands` counts leads by score and band, `labels` by label and value.

    `ranked` are rows of the table of scores, highest reading of `by` first, equals by lead id. `problems` are lines
    about rows and values of the data that could not be used. `newest` tells that the as-of time is the newest event's.
    `various` are labels of more than `VALUES` values, which are not counted.
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
    various: tuple[str, ...] = ()


class Counting:
    """Counts a population whose table of scores comes in parts, and keeps its highest leads."""

    def __init__(self, model: Model, by: str, top: int) -> None:
        self._model, self._by, self._top = model, by, top
        self._bands: dict[str, Counter[str]] = {name: Counter() for name, score in model.scores.items() if score.bands}
        self._labels: dict[str, Counter[str]] = {name: Counter() for name in model.labels}
        self._best: list[pl.DataFrame] = []
        self._highest: list[tuple[float, str]] = []  # up to now: how far each is below zero, then its id
        self.leads = 0
        self.not_scored = 0

    def add(self, scores: pl.DataFrame) -> None:
        """Takes some rows of the table of scores."""
        import polars as pl

        self.leads += scores.height
        self.not_scored += int((~scores["scored"]).sum())
        for name, bands in self._bands.items():
            bands.update(_counts(scores[f"{name}_band"]))
        for name, values in tuple(self._labels.items()):
            values.update(_counts(scores[f"label_{name}"]))
            if len(values) > VALUES:
                del self._labels[name]
        if 0 < self._top == len(self._highest):
            scores = scores.filter(scores[self._by] >= -self._highest[-1][0])
        best = _highest(scores, self._by, self._top)
        if best.height:
            self._best.append(best)
            more = best.select(-pl.col(self._by), "lead_id").iter_rows()
            self._highest = sorted([*self._highest, *more])[: self._top]

    def population(
        self, *, version: int, as_of: int, timezone: str, newest: bool, problems: Iterable[str]
    ) -> Population:
        """What was counted."""
        bands = {
            name: {band.name: self._bands[name][band.name] for band in self._model.scores[name].bands}
            for name in self._bands
        }
        labels = {
            name: dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
            for name, counts in self._labels.items()
        }
        ranked = tuple(self._ranked())
        return Population(
            model=self._model.name,
            version=version,
            as_of=as_of,
            timezone=timezone,
            newest=newest,
            leads=self.leads,
            not_scored=self.not_scored,
            bands=bands,
            labels=labels,
            by=self._by,
            ranked=ranked,
            problems=tuple(problems),
            various=tuple(name for name in self._model.labels if name not in labels),
        )

    def _ranked(self) -> Iterator[Row]:
        """The highest leads of all parts."""
        import polars as pl

        ids = pl.Series([lead_id for _, lead_id in self._highest], dtype=pl.String)
        last = [part.filter(part["lead_id"].is_in(ids.implode())) for part in self._best]
        parts = [decoded_frame(part, exact_columns(self._model)) for part in last if part.height]
        if parts:
            yield from _highest(pl.concat(parts), self._by, self._top).iter_rows(named=True)


def _highest(scores: pl.DataFrame, by: str, top: int) -> pl.DataFrame:
    """The rows with the highest reading of `by`, equals by lead id; leads without one are left out."""
    readings = scores[by].drop_nulls()
    least = readings.top_k(top).min() if top else None
    if least is None:
        return scores.clear()
    return scores.filter(scores[by] >= least).sort(by, "lead_id", descending=[True, False]).head(top)


def _counts(column: pl.Series) -> dict[str, int]:
    """How often each value is there."""
    import numpy as np
    import polars as pl

    if isinstance(column.dtype, pl.Enum):
        counts = np.bincount(column.drop_nulls().to_physical().to_numpy()).tolist()
        return {name: count for name, count in zip(column.dtype.categories, counts, strict=False) if count}
    return dict(column.drop_nulls().value_counts().iter_rows())
