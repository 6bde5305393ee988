"""Points as exact integers: one micropoint is one millionth of a point (int64)."""

from __future__ import annotations

MICRO = 1_000_000
CENT = 10_000  # micropoints; readings are whole cents of a point
BELOW_HALF = CENT // 2 - 1
MOST = 9 * 10**18  # micropoints of the largest amount


class AmountError(ValueError):
    """An amount beyond ±9·10^12 points, or not a number."""


def to_micropoints(points: float) -> int:
    """Micropoints of a double number of points, rounded half-even. Raises `AmountError` beyond ±9·10^12 points."""
    scaled = points * 1e6
    if not -MOST <= scaled <= MOST:
        raise AmountError(f"{points!r} points is beyond the limit of 9,000,000,000,000 points")
    return round(scaled)


def to_reading(value: int) -> int:
    """An amount in micropoints rounded half-even to two decimals of points, in micropoints."""
    return (value + BELOW_HALF + (value // CENT & 1)) // CENT * CENT  # a half goes up from an odd cent only


def to_points(amount: int) -> float:
    """Points of an amount in micropoints, for people and JSON (exact to the micropoint below 9·10^9 points)."""
    return amount / MICRO


def format_points(amount: int) -> str:
    """An amount as exact decimal text without trailing zeros: 12500000 -> "12.5"."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), MICRO)
    return f"{sign}{whole}" + (f".{part:06d}".rstrip("0") if part else "")
