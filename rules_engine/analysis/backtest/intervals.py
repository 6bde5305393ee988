"""Estimates with their 95% intervals: shares, odds ratios, and areas under the curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rules_engine.analysis.backtest.types import Estimate, Rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z = 1.959963984540054  # the normal quantile of 97.5%
RESAMPLES = 1_000


def rate(count: int, total: int, effect: float = 1.0) -> Rate:
    """A share with its Wilson interval. `effect`: the design effect, by which cases that go together say less."""
    if total == 0:
        return Rate(count, total, None)
    share, cases = count / total, total / effect
    middle = share + Z * Z / (2 * cases)
    spread = Z * math.sqrt(share * (1 - share) / cases + Z * Z / (4 * cases * cases))
    ends = ((middle + sign * spread) / (1 + Z * Z / cases) for sign in (-1, 1))
    low, high = (min(max(end, 0.0), 1.0) for end in ends)
    return Rate(count, total, Estimate(share, low if count else 0.0, high if count < total else 1.0))


def rate_by_lead(hits: NDArray[np.bool_], leads: NDArray[np.int64]) -> Rate:
    """The share of cases that are hits; the cases of one lead go together. `leads` numbers them from 0."""
    count, total = int(hits.sum()), len(hits)
    import numpy as np

    share = count / total if total else 0.0
    return rate(count, total, design_effect(hits.astype(np.float64) - share, leads))


def design_effect(deviations: NDArray[np.float64], leads: NDArray[np.int64]) -> float:
    """How many times the variance of a sum is what it were if each case were a lead of its own; at least 1.

    `deviations` from the mean. Where all are 0 nothing can be told, and cases of one lead are taken to be all alike.
    """
    import numpy as np

    per_lead = np.bincount(leads)
    if len(leads) == 0 or per_lead.max() == 1:
        return 1.0
    alone = float((deviations**2).sum())
    if alone == 0:
        return float((per_lead.astype(np.float64) ** 2).sum()) / len(leads)
    return max(1.0, float((np.bincount(leads, weights=deviations) ** 2).sum()) / alone)


def odds_ratio(
    fired_won: int, fired_lost: int, other_won: int, other_lost: int, effect: float = 1.0
) -> Estimate | None:
    """Odds ratio by log-odds with half a case added to each cell; None where a row or column is empty."""
    if min(fired_won + fired_lost, other_won + other_lost, fired_won + other_won, fired_lost + other_lost) == 0:
        return None
    a, b, c, d = (cell + 0.5 for cell in (fired_won, fired_lost, other_won, other_lost))
    log_odds, error = math.log(a * d / (b * c)), math.sqrt(effect * (1 / a + 1 / b + 1 / c + 1 / d))
    return Estimate(math.exp(log_odds), math.exp(log_odds - Z * error), math.exp(log_odds + Z * error))


def effect_on_odds(fired: NDArray[np.bool_], won: NDArray[np.bool_], leads: NDArray[np.int64]) -> float:
    """The design effect of an odds ratio: each case pulls the log-odds of its kind, won or lost."""
    import numpy as np

    pulls = np.zeros(len(won))
    for kind, sign in ((won, 1.0), (~won, -1.0)):
        share = (float(fired[kind].sum()) + 0.5) / (float(kind.sum()) + 1)
        pulls[kind] = sign * (fired[kind] - share) / ((float(kind.sum()) + 1) * share * (1 - share))
    return design_effect(pulls, leads)


def auc(values: NDArray[np.float64], won: NDArray[np.bool_]) -> float | None:
    """The chance that a won case has the higher value than a lost one, ties half; None without both kinds."""
    from sklearn.metrics import roc_auc_score

    if won.all() or not won.any():
        return None
    return float(roc_auc_score(won, values))


def quick_auc(values: NDArray[np.float64], won: NDArray[np.bool_], leads: NDArray[np.int64]) -> Estimate | None:
    """The area with an interval, for many values where resampling would be slow.

    By the structural components of DeLong (1988), summed by lead as Obuchowski (1997) does, so that neither ties nor
    several cases of a lead mislead. To each kind a case at either end is added, so that few cases are never sure.
    """
    import numpy as np

    if won.all() or not won.any():
        return None
    level = np.unique(values, return_inverse=True)[1]
    for_won, for_lost = np.bincount(level, weights=won), np.bincount(level, weights=~won)
    n_won, n_lost = for_won.sum(), for_lost.sum()
    beaten = (np.cumsum(for_lost) - for_lost / 2) / n_lost  # what a won case of each level beats of the lost
    beaten_by = 1 - (np.cumsum(for_won) - for_won / 2) / n_won
    area = float((for_won * beaten).sum() / n_won)
    pulls = np.where(won, (beaten[level] - area) / n_won, (beaten_by[level] - area) / n_lost)
    variance = float((np.bincount(leads, weights=pulls) ** 2).sum())
    variance += sum(0.5 / len(np.unique(leads[kind])) ** 2 for kind in (won, ~won))
    error = Z * math.sqrt(variance)
    return Estimate(area, max(area - error, 0.0), min(area + error, 1.0))


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
