"""Instants for people: in the model's time zone."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from rules_engine.matching.calendar import to_datetime


def local_time(at: int, timezone: str) -> str:
    """An instant in the model's time zone: "2026-09-01 14:30:05"; the time is left out at midnight."""
    local = to_datetime(at, ZoneInfo(timezone)).replace(tzinfo=None)
    return local.strftime("%Y-%m-%d") if local.time() == time() else local.isoformat(" ")
