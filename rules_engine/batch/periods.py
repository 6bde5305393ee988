"""The ends of local days, weeks and months between two instants: when snapshots are taken."""

from __future__ import annotations

from typing import Literal

from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import Calendar

MOST = 1_000


class TooManySnapshotsError(ValueError):
    """More snapshots than one run gives; the message says how many there would be at least."""


def ends_of_periods(every: Literal["day", "week", "month"], timezone: str, first: int, last: int) -> tuple[int, ...]:
    """The last microsecond of each period from the one around `first` on, and `last` itself at the end."""
    calendar = Calendar(zone_of(timezone))
    found: list[int] = []
    at = calendar.window(first, every)[1]
    while at - 1 < last:
        found.append(at - 1)
        if len(found) >= MOST:
            raise TooManySnapshotsError(
                f"a snapshot every {every} from the first event on would be more than {MOST:,}; take longer steps."
            )
        at = calendar.window(at, every)[1]
    return (*found, last)
