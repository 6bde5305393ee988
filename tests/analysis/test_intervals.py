"""Estimates against numbers worked out by hand or known from textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rules_engine.analysis.backtest.intervals import odds_ratio, quick_auc, rate, resampled_auc
from rules_engine.analysis.backtest.periods import psi


def test_wilson_of_8_of_10() -> None:
    share = rate(8, 10).share
    assert share is not None
    assert (round(share.low, 4), share.value, round(share.high, 4)) == (0.4902, 0.8, 0.9433)


def test_a_share_of_nothing() -> None:
    assert rate(0, 0).share is None


def test_odds_ratio_adds_half_a_case() -> None:
    found = odds_ratio(9, 4, 1, 6)
    assert found is not None
    error = math.sqrt(1 / 9.5 + 1 / 4.5 + 1 / 1.5 + 1 / 6.5)
    assert found.value == pytest.approx(9.5 * 6.5 / (4.5 * 1.5))
    assert found.high == pytest.approx(found.value * math.exp(1.959964 * error), rel=1e-5)
    assert found.low == pytest.approx(found.value * math.exp(-1.959964 * error), rel=1e-5)


def test_no_odds_ratio_where_all_fired() -> None:
    assert odds_ratio(5, 5, 0, 0) is None


def test_hanley_and_mcneil_error() -> None:
    won = np.array([True, True, True, False, False, False, False])
    found = quick_auc(np.array([3.0, 2.0, 5.0, 1.0, 2.0, 0.0, 4.0]), won)
    # pairs won: 3 beats 1, 2, 0; 2 beats 1, 0 and ties 2; 5 beats all four: 3 + 2.5 + 4 = 9.5 of 12
    area = 9.5 / 12
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    error = math.sqrt((area * (1 - area) + 2 * (q1 - area**2) + 3 * (q2 - area**2)) / 12)
    assert found is not None
    assert found.value == pytest.approx(area)
    assert found.low == pytest.approx(area - 1.959964 * error, rel=1e-5)


def sample(cases: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    won = random.random(cases) < 0.4
    return np.round(random.normal(size=cases) + won, 1), won


def test_the_same_score_twice_does_not_differ() -> None:
    values, won = sample(200)
    found = resampled_auc([values, values], won, np.arange(200), seed=1)
    assert found is not None
    assert found[1] is not None
    assert (found[1].value, found[1].low, found[1].high) == (0, 0, 0)


def test_every_case_twice_of_one_lead_says_no_more_than_once() -> None:
    values, won = sample(200)
    once = resampled_auc([values], won, np.arange(200), seed=1)
    twice = resampled_auc([np.tile(values, 2)], np.tile(won, 2), np.tile(np.arange(200), 2), seed=1)
    assert once is not None
    assert twice is not None
    assert once[0][0].low == pytest.approx(twice[0][0].low)
    assert once[0][0].high == pytest.approx(twice[0][0].high)


def test_more_leads_say_more() -> None:
    few, many = (resampled_auc([values], won, np.arange(len(won)), seed=1) for values, won in (sample(60), sample(900)))
    assert few is not None
    assert many is not None
    assert many[0][0].high - many[0][0].low < few[0][0].high - few[0][0].low


def test_no_area_without_both_kinds() -> None:
    assert resampled_auc([np.array([1.0, 2.0])], np.array([True, True]), np.arange(2), seed=1) is None


def test_population_stability_index() -> None:
    # (10, 30) and (30, 10) with half a case added to each: shares 10.5/41 and 30.5/41
    p, q = 10.5 / 41, 30.5 / 41
    assert psi([10, 30], [30, 10]) == pytest.approx(2 * (q - p) * math.log(q / p))
    assert psi([10, 30], [10, 30]) == 0
