"""Amounts, instants and spans of time as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules_engine.scoring.amounts import CENT, format_points, half_even_quotient

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000


def points(amount: int, signed: bool = False) -> str:
    """Micropoints as points without needless zeros: 12500000 is "12.5"; signed: "+12.5"."""
    return f"+{format_points(amount)}" if signed and amount > 0 else format_points(amount)


def rounded(amount: int, signed: bool = False) -> str:
    """Micropoints as points with at most two decimals, half-even."""
    return points(half_even_quotient(amount, CENT) * CENT, signed)


def instant(at: int, timezone: str) -> str:
    """An instant in the model's time zone: "2026-09-01 14:30:05"; the time is left out at midnight."""
    local = (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(timezone))
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return local.strftime("%Y-%m-%d")
    if local.second == 0 and local.microsecond == 0:
        return local.strftime("%Y-%m-%d %H:%M")
    return local.strftime("%Y-%m-%d %H:%M:%S")


def iso(at: int) -> str:
    """An instant as ISO 8601 in UTC: "2026-09-01T12:30:05Z", with as many decimals as it needs."""
    text = (EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def span(length: int) -> str:
    """A length of time in its two largest units: "12 days 4 hours"."""
    units = (("day", DAY), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))
    words = []
    for name, size in units:
        count, length = divmod(length, size)
        if count:
            words.append(f"{count} {name}{'s' if count != 1 else ''}")
    return " ".join(words[:2]) or "0 seconds"
