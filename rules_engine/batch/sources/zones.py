"""Names of time zones."""

from __future__ import annotations

from rules_engine.feel.values.zones import find_zone


def known_zone(name: str) -> bool:
    """Is it the name of a zone such as "Europe/Paris"? Short names ("EST", "CET") mean several and are refused."""
    return ("/" in name or name == "UTC") and find_zone(name) is not None
