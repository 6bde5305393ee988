"""Amounts and instants as people read them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rules_engine.matching.calendar import to_datetime
from rules_engine.scoring.amounts import CENT, format_points, half_even_quotient


def rounded(amount: int, signed: bool = False) -> str:
    """Micropoints as points with at most two decimals, half-even; signed: "+12.5"."""
    cents = half_even_quotient(amount, CENT) * CENT
    return f"+{format_points(cents)}" if signed and cents > 0 else format_points(cents)


def instant(at: int, timezone: str) -> str:
    """An instant in the model's time zone: "2026-09-01 14:30:05"; the time is left out at midnight."""
    local = to_datetime(at, ZoneInfo(timezone))
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return local.strftime("%Y-%m-%d")
    if local.second == 0 and local.microsecond == 0:
        return local.strftime("%Y-%m-%d %H:%M")
    return local.strftime("%Y-%m-%d %H:%M:%S")
