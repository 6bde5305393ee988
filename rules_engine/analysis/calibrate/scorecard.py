"""Points from outcomes: a logistic regression over the columns of `features`, scaled to today's points.

scikit-learn fits; the penalty is fixed (C = 1 on columns of equal spread), so that nothing is tuned to the cases at
hand. Intervals are those of the fit with errors grouped by lead (a lead may be several cases). Only numbers with enough
cases are fitted, and only those whose today's value lies outside the interval are proposed to change.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rules_engine.analysis.backtest.intervals import Z
from rules_engine.analysis.calibrate.cells import whole
from rules_engine.analysis.calibrate.features import Features
from rules_engine.records import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

C = 1.0
EACH = 5  # at least so many won and so many lost among the cases that have a number


@dataclass(frozen=True, slots=True)
class Fit:
    """Points before rounding with the ends of their intervals, per level; not a number where it was not fitted.

    `final` are the points after the policy: rounded where today's lie outside the interval, else today's.
    `cases`, `won`: how many have the level. `doubling`: how many points double the odds of winning.
    """

    points: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    final: NDArray[np.float64]
    cases: NDArray[np.int64]
    won: NDArray[np.int64]
    doubling: float


def fit(data: Features, rows: NDArray[np.int64], min_count: int) -> Fit | None:
    """Fits the cases in `rows`. None where no number has enough cases, or the scores of all are alike."""
    import numpy as np

    columns, won = data.columns[rows], data.won[rows]
    today = np.array([level.today for level in data.levels])
    has = columns != 0
    cases, hits = has.sum(axis=0), has[won].sum(axis=0)
    enough = (cases >= min_count) & (hits >= EACH) & (cases - hits >= EACH)
    chosen = np.flatnonzero(enough & _varies(columns))
    nothing = np.full(len(today), np.nan)
    if not len(chosen):
        return None
    others = np.setdiff1d(np.arange(len(today)), chosen)
    rest = data.rest[rows] + columns[:, others] @ today[others]
    slopes, errors = _logistic(columns[:, chosen], rest, won, data.leads[rows])
    scale = _scale(columns[:, chosen], slopes, today[chosen])
    if scale is None:
        return None
    points, low, high = nothing.copy(), nothing.copy(), nothing.copy()
    points[chosen] = slopes * scale
    low[chosen], high[chosen] = (slopes - Z * errors) * scale, (slopes + Z * errors) * scale
    for group in data.whole:
        shift = _shift(np.array(group), points, today, cases)
        for part in (points, low, high):
            part[list(group)] += shift
    final = today.copy()
    outside = ~np.isnan(points) & ((today < low) | (today > high))
    final[outside] = [whole(value) for value in points[outside]]
    return Fit(points, low, high, final, cases, hits, scale * math.log(2))


def _varies(columns: NDArray[np.float64]) -> NDArray[np.bool_]:
    import numpy as np

    return np.ptp(columns, axis=0) > 0 if len(columns) else np.zeros(columns.shape[1], dtype=bool)


def _logistic(
    columns: NDArray[np.float64], rest: NDArray[np.float64], won: NDArray[np.bool_], leads: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log-odds per unit of each column, and their errors grouped by lead (the sandwich of the penalized fit)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    every = np.column_stack([columns, rest]) if np.ptp(rest) > 0 else columns
    spread = every.std(axis=0)
    scaled = (every - every.mean(axis=0)) / spread
    found = LogisticRegression(C=C, max_iter=1_000).fit(scaled, won)
    chance = found.predict_proba(scaled)[:, 1]
    design = np.column_stack([scaled, np.ones(len(scaled))])
    bend = (design * (chance * (1 - chance))[:, None]).T @ design
    penalty = np.full(design.shape[1], 1 / C)
    penalty[-1] = 0.0  # the intercept is free
    inverse = np.linalg.inv(bend + np.diag(penalty))
    pulls = design * (won - chance)[:, None]
    numbers = np.unique(leads, return_inverse=True)[1]
    grouped = np.zeros((int(numbers.max()) + 1, design.shape[1]))
    np.add.at(grouped, numbers, pulls)
    covariance = inverse @ (grouped.T @ grouped) @ inverse
    errors = np.sqrt(np.diag(covariance))
    count = columns.shape[1]
    return found.coef_[0][:count] / spread[:count], errors[:count] / spread[:count]


def _scale(columns: NDArray[np.float64], slopes: NDArray[np.float64], today: NDArray[np.float64]) -> float | None:
    """Points per log-odds with which the scores spread as widely as today's, so that the bands keep their sense."""
    new, old = columns @ slopes, columns @ today
    return float(old.std() / new.std()) if old.std() > 0 and new.std() > 0 else None


def _shift(
    group: NDArray[np.int64], points: NDArray[np.float64], today: NDArray[np.float64], cases: NDArray[np.int64]
) -> float:
    """What keeps a rule's average points where they are: of a rule in which everybody has one level only the
    differences can be fitted."""
    import numpy as np

    fitted = group[~np.isnan(points[group])]
    if not len(fitted):
        return 0.0
    return float((cases[fitted] * (today[fitted] - points[fitted])).sum() / cases[fitted].sum())
