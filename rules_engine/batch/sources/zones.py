"""Names of time zones. A leaf."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=512)
def known_zone(name: str) -> bool:
    """Is it the name of a zone such as "Europe/Paris"? Short names ("EST", "CET") mean several and are refused."""
    if "/" not in name and name != "UTC":
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
