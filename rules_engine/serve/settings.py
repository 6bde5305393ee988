"""What a service is told: who may ask, how much, how often time is looked after."""

from __future__ import annotations

import ipaddress

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """`token` None: nobody is asked for one. Times are in seconds; a round of 0 is left to another process."""

    token: str | None
    most_bytes: int = 1_000_000
    most_records: int = 5_000
    body_within: float = 20.0  # for the whole body of a request to arrive
    tick_every: float = 60.0
    deliver_every: float = 5.0


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
