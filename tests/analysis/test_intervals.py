"""Estimates against numbers worked out by hand or known from textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from rules_engine.analysis.backtest.intervals import (
    design_effect,
    effect_on_odds,
    odds_ratio,
    quick_auc,
    rate,
    rate_by_lead,
    resampled_auc,
)
from rules_engine.analysis.backtest.periods import psi


def test_wilson_of_8_of_10() -> None:
    share = rate(8, 10).share
    assert share is not None
    assert (round(share.low, 4), share.value, round(share.high, 4)) == (0.4902, 0.8, 0.9433)


@pytest.mark.parametrize(("count", "total"), [(0, 7), (1, 9), (7, 7), (606, 674)])
def test_wilson_as_scipy_has_it(count: int, total: int) -> None:
    expected = binomtest(count, total).proportion_ci(method="wilson")
    share = rate(count, total).share
    assert share is not None
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


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


def test_delong_error() -> None:
    won = np.array([True, True, True, False, False, False, False])
    found = quick_auc(np.array([3.0, 2.0, 5.0, 1.0, 2.0, 0.0, 4.0]), won, np.arange(7))
    # pairs won: 3 beats 1, 2, 0; 2 beats 1, 0 and ties 2; 5 beats all four: 3 + 2.5 + 4 = 9.5 of 12
    area = 9.5 / 12
    beats = [3 / 4, 2.5 / 4, 1]  # of the lost, for 3, 2, 5
    beaten_by = [1, 2.5 / 3, 1, 1 / 3]  # of the won, for 1, 2, 0, 4
    variance = (sum((share - area) ** 2 for share in beats) + 0.5) / 9
    variance += (sum((share - area) ** 2 for share in beaten_by) + 0.5) / 16
    assert found is not None
    assert found.value == pytest.approx(area)
    assert found.low == pytest.approx(area - 1.959964 * math.sqrt(variance), rel=1e-5)


def test_a_rare_rule_is_judged_as_surely_by_its_points_as_by_its_odds() -> None:
    # fired for 44 of 1,000 won and 20 of 1,000 lost: the difference of the shares is 0.024, its error 0.0078
    won = np.arange(2_000) < 1_000
    fired = np.zeros(2_000)
    fired[:44] = fired[1_000:1_020] = 1
    found = quick_auc(fired, won, np.arange(2_000))
    error = math.sqrt((0.044 * 0.956 + 0.02 * 0.98) / 1_000) / 2
    assert found is not None
    assert found.value == pytest.approx(0.512)
    assert found.low == pytest.approx(0.512 - 1.959964 * error, abs=0.0005)
    assert found.low > 0.5
    odds = odds_ratio(44, 20, 956, 980)
    assert odds is not None
    assert odds.low > 1


def test_three_won_cases_are_never_sure() -> None:
    # fired for none of 3 won and 25 of 100 lost: by chance four times in ten
    won = np.arange(103) < 3
    found = quick_auc(np.where(np.arange(103) >= 78, 1.0, 0.0), won, np.arange(103))
    assert found is not None
    assert found.value == pytest.approx(0.375)
    assert found.low < 0.5 < found.high


@pytest.mark.parametrize("copies", [2, 5])
def test_cases_of_one_lead_say_no_more_than_the_lead(copies: int) -> None:
    values, won = sample(200)
    leads = np.arange(200)
    often = np.tile(leads, copies)
    fired = values > 0.5
    for once, more in (
        (quick_auc(values, won, leads), quick_auc(values[often], won[often], often)),
        (rate_by_lead(won, leads).share, rate_by_lead(won[often], often).share),
        (rate_by_lead(won & False, leads).share, rate_by_lead((won & False)[often], often).share),
    ):
        assert once is not None
        assert more is not None
        assert (more.value, more.low, more.high) == pytest.approx((once.value, once.low, once.high))
    assert effect_on_odds(fired, won, leads) == 1
    assert effect_on_odds(fired[often], won[often], often) == pytest.approx(copies)


def test_cases_of_one_lead_that_differ_say_nearly_as_much_as_leads() -> None:
    hits = np.random.default_rng(3).random(4_000) < 0.5
    assert design_effect(hits - hits.mean(), np.repeat(np.arange(2_000), 2)) == pytest.approx(1, abs=0.1)


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
