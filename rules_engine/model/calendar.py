"""Dates and instants of a model file, in the model's time zone. A leaf: text in, UTC microseconds out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def parse_date(text: str) -> date | None:
    """`2026-09-01`, or None."""
    if not _DATE.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of a day in a zone: a skipped midnight moves forward, of a repeated one the earlier counts."""
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return (local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    except OverflowError:  # year 1 or 9999 and an offset
        return (local.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
