"""Instants for people: in the model's time zone."""

from __future__ import annotations

from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import local_text


def local_time(at: int, timezone: str) -> str:
    """An instant in the model's time zone: "2026-09-01 14:30:05"; the time is left out at midnight."""
    return local_text(at, zone_of(timezone)).removesuffix(" 00:00:00")
