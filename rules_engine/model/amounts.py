"""Numbers, percents and points as a model file writes them. Values in, integers out."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

from rules_engine.scoring.amounts import MICRO as MICRO

MOST_POINTS = 9 * 10**12
_PERCENT = re.compile(r"\s*([-+]?\d{1,12}(?:\.\d{1,12})?)\s*%\s*\Z")
_PERCENT_OF_SCORE = re.compile(r"\s*([-+]?\d{1,12}(?:\.\d{1,12})?)\s*%\s*of\s+score\s*\Z")


def percent(text: str) -> Decimal | None:
    """`30%` -> 0.3, exact; None for any other text."""
    found = _PERCENT.match(text)
    return Decimal(found[1]) / 100 if found else None


def percent_of_score(text: str) -> Decimal | None:
    """`10% of score` -> 0.1, exact; None for any other text."""
    found = _PERCENT_OF_SCORE.match(text)
    return Decimal(found[1]) / 100 if found else None


def micropoints(points: float) -> int:
    """A finite number of points as micropoints, rounded half-even on the double product."""
    product = points * 1e6
    return round(product) if isfinite(product) else int(points) * MICRO


def share_of(share: Decimal, micro: int) -> int:
    """An exact share of an amount, rounded half-even: 30% of 100 points is 30 points exactly."""
    return int((share * micro).to_integral_value(ROUND_HALF_EVEN))
