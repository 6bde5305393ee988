"""Drift: do later cases look like earlier ones, and is the score as good on them?

The population stability index (PSI) compares how cases spread over the bands (tenths of the first period where the
score has no bands): the sum of (q - p) * ln(q / p), half a case added to each part. Below 0.1 little moved, above 0.25
much.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import polars as pl

from rules_engine.analysis.backtest.intervals import auc, rate
from rules_engine.analysis.backtest.scored import Scored
from rules_engine.analysis.backtest.types import Period

SOME, MUCH = 0.1, 0.25


def period_rows(scored: Scored, periods: int) -> tuple[Period, ...]:
    """One period per cut; without cuts `periods` stretches with as many cases each. None where all moments are one."""
    frame = scored.decided.sort("moment", "lead_id")
    if frame["moment"].n_unique() < 2:
        return ()
    if frame["cut"].n_unique() > 1:
        parts = [part for _, part in frame.group_by(["cut"], maintain_order=True)]
    else:
        bounds = [round(place * frame.height / periods) for place in range(periods + 1)]
        parts = [frame.slice(low, high - low) for low, high in itertools.pairwise(bounds) if high > low]
    bins = _bins(scored, parts[0])
    first = _spread(parts[0], bins)
    rows = []
    for place, part in enumerate(parts):
        won = part["won"].to_numpy()
        start, end = part["moment"].min(), part["moment"].max()
        mean = part["reading"].mean()
        assert isinstance(start, int)
        assert isinstance(end, int)
        assert isinstance(mean, float)
        rows.append(
            Period(
                start=start,
                end=end,
                won=rate(int(won.sum()), part.height),
                mean=mean,
                auc=auc(part["reading"].to_numpy(), won),
                psi=psi(first, _spread(part, bins)) if place else None,
            )
        )
    return tuple(rows)


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """The population stability index of two counts over the same parts."""
    p = [(count + 0.5) / (sum(expected) + 0.5 * len(expected)) for count in expected]
    q = [(count + 0.5) / (sum(actual) + 0.5 * len(actual)) for count in actual]
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def _bins(scored: Scored, first: pl.DataFrame) -> Sequence[str] | Sequence[float]:
    names = [level.name for level in scored.model.scores[scored.score].bands]
    if names:
        return names
    return sorted({float(first["reading"].quantile(place / 10) or 0.0) for place in range(1, 10)})


def _spread(part: pl.DataFrame, bins: Sequence[str] | Sequence[float]) -> list[int]:
    if bins and isinstance(bins[0], str):
        return [int((part["band"] == name).sum()) for name in bins]
    edges = [-math.inf, *(float(edge) for edge in bins), math.inf]
    values = part["reading"]
    return [int(((values > low) & (values <= high)).sum()) for low, high in itertools.pairwise(edges)]
