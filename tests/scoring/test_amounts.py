"""Amounts: micropoints, half-even, exact shares, the fixed power of two."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_engine.model.amounts import percent, share_of
from rules_engine.scoring.amounts import AmountError, format_points, to_micropoints
from rules_engine.scoring.entries import _share_of_days
from rules_engine.scoring.power import halved, power_of_two


@pytest.mark.parametrize(
    ("points", "micropoints"),
    [(1, 1_000_000), (0.1, 100_000), (0.0000005, 0), (0.0000015, 2), (-0.0000025, -2), (20 * 50 / 120, 8_333_333)],
)
def test_a_double_is_rounded_half_even_to_micropoints(points: float, micropoints: int) -> None:
    assert to_micropoints(points) == micropoints


@pytest.mark.parametrize("points", [9.1e12, -9.1e12, float("inf"), float("nan")])
def test_an_amount_beyond_the_limit_is_a_typed_error(points: float) -> None:
    with pytest.raises(AmountError):
        to_micropoints(points)


def _exact(text: str) -> Decimal:
    share = percent(text)
    assert share is not None
    return share


def test_thirty_percent_of_a_hundred_is_thirty() -> None:
    assert share_of(_exact("30%"), 100_000_000) == 30_000_000


def test_a_percent_is_exact_where_a_double_is_not() -> None:
    assert share_of(_exact("0.1%"), 3_000_000) == 3_000


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (12_500_000, "12.5"), (-1, "-0.000001"), (-3_000_000, "-3"), (100_000_000, "100")],
)
def test_amounts_are_written_exactly(amount: int, text: str) -> None:
    assert format_points(amount) == text


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_the_quotient_is_half_even(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / denominator).quantize(Decimal(1), rounding="ROUND_HALF_EVEN")
    assert _share_of_days(numerator, 1, denominator) == int(exact)


@given(st.integers(1, 10**12), st.integers(1, 400))
def test_daily_parts_add_up_to_the_whole(total: int, days: int) -> None:
    parts = [_share_of_days(total, k, days) - _share_of_days(total, k - 1, days) for k in range(1, days + 1)]
    assert sum(parts) == total


@given(st.floats(-1, 0))
def test_the_power_of_two_is_within_two_units_in_the_last_place(x: float) -> None:
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(2) ** Decimal(x)
        error = abs(Decimal(power_of_two(x)) - exact) / exact
    assert error * 2**53 < 4  # units of half an ulp


@given(st.floats(-1, 0), st.floats(-1, 0))
def test_decay_never_rises(x: float, y: float) -> None:
    assert power_of_two(min(x, y)) <= power_of_two(max(x, y))


def test_long_ago_is_nothing() -> None:
    assert halved(1.0, 2000) == 0.0
