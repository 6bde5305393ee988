"""Estimates with their 95 % intervals: shares, odds ratios, and areas under the curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rules_engine.analysis.backtest.types import Estimate, Rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z = 1.959963984540054  # the normal quantile of 97.5 %
RESAMPLES = 1_000


def rate(count: int, total: int) -> Rate:
    """A share with its Wilson interval."""
    from scipy.stats import binomtest

    if total == 0:
        return Rate(count, total, None)
    interval = binomtest(count, total).proportion_ci(confidence_level=0.95, method="wilson")
    return Rate(count, total, Estimate(count / total, float(interval.low), float(interval.high)))


def odds_ratio(fired_won: int, fired_lost: int, other_won: int, other_lost: int) -> Estimate | None:
    """Odds ratio by log-odds with half a case added to each cell; None where a row or column is empty."""
    if min(fired_won + fired_lost, other_won + other_lost, fired_won + other_won, fired_lost + other_lost) == 0:
        return None
    a, b, c, d = (cell + 0.5 for cell in (fired_won, fired_lost, other_won, other_lost))
    log_odds, error = math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Estimate(math.exp(log_odds), math.exp(log_odds - Z * error), math.exp(log_odds + Z * error))


def auc(values: NDArray[np.float64], won: NDArray[np.bool_]) -> float | None:
    """The chance that a won case has the higher value than a lost one, ties half; None without both kinds."""
    from sklearn.metrics import roc_auc_score

    if won.all() or not won.any():
        return None
    return float(roc_auc_score(won, values))


def quick_auc(values: NDArray[np.float64], won: NDArray[np.bool_]) -> Estimate | None:
    """The area with the interval of Hanley and McNeil (1982), for many values where resampling would be slow."""
    area = auc(values, won)
    if area is None:
        return None
    n_won, n_lost = int(won.sum()), int((~won).sum())
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (n_won - 1) * (q1 - area * area) + (n_lost - 1) * (q2 - area * area)
    error = math.sqrt(max(spread, 0.0) / (n_won * n_lost))
    return Estimate(area, max(area - Z * error, 0.0), min(area + Z * error, 1.0))


def resampled_auc(
    scores: list[NDArray[np.float64]], won: NDArray[np.bool_], leads: NDArray[np.int64], seed: int
) -> tuple[list[Estimate], Estimate | None] | None:
    """The areas of one or two scores over the same cases, and the difference of the second to the first.

    Percentile bootstrap over leads, not cases, since the cases of one lead go together; `leads` numbers them from 0.
    Both scores are judged on the same draws. None without both won and lost cases.
    """
    import numpy as np

    points = [auc(values, won) for values in scores]
    known = [point for point in points if point is not None]
    if len(known) < len(scores):
        return None
    levels = [np.unique(values, return_inverse=True) for values in scores]
    draws = np.empty((len(scores), RESAMPLES))
    random = np.random.default_rng(seed)
    count = int(leads.max()) + 1
    for draw in range(RESAMPLES):
        weights = np.bincount(random.integers(count, size=count), minlength=count)[leads].astype(np.float64)
        for place, (found, level) in enumerate(levels):
            draws[place, draw] = _weighted_auc(level, len(found), won, weights)
    usable = draws[:, ~np.isnan(draws).any(axis=0)]

    def estimate(value: float, sample: NDArray[np.float64]) -> Estimate:
        low, high = np.quantile(sample, [0.025, 0.975])
        return Estimate(value, float(low), float(high))

    each = [estimate(value, sample) for value, sample in zip(known, usable, strict=True)]
    if len(scores) < 2:
        return each, None
    return each, estimate(known[1] - known[0], usable[1] - usable[0])


def _weighted_auc(level: NDArray[np.intp], levels: int, won: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    """The area when each case counts `weights` times; not a number without both kinds."""
    import numpy as np

    for_won = np.bincount(level, weights=weights * won, minlength=levels)
    for_lost = np.bincount(level, weights=weights * ~won, minlength=levels)
    pairs = for_won.sum() * for_lost.sum()
    if pairs == 0:
        return math.nan
    below = np.cumsum(for_lost) - for_lost
    return float((for_won * (below + for_lost / 2)).sum() / pairs)
