"""Business days of a country, counted once: how many there are up to each day from 1970 to 2100."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1970, 2100


class Days:
    """The business days of a country or region, in order."""

    def __init__(self, ordinals: list[int]) -> None:
        self.ordinals = ordinals

    def covers(self, day: date) -> bool:
        return FIRST_YEAR <= day.year <= LAST_YEAR

    def count(self, day: date) -> int:
        """Business days since 1970 up to and including a day."""
        return bisect_right(self.ordinals, day.toordinal())

    def count_before(self, day: date) -> int:
        """Business days since 1970 before a day."""
        return bisect_left(self.ordinals, day.toordinal())

    def after(self, day: date, days: int) -> date | None:
        """The business day so many after a day; None past 2100."""
        at = self.count(day) + days - 1
        return date.fromordinal(self.ordinals[at]) if at < len(self.ordinals) else None


@lru_cache(maxsize=64)
def of(country: str, region: str | None = None) -> Days | None:
    """The business days of a country; None where python-holidays does not know it."""
    import holidays  # late: it is large, and a model that is only checked does not need it

    try:
        free = holidays.country_holidays(country, subdiv=region, years=range(FIRST_YEAR, LAST_YEAR + 1))
    except NotImplementedError:
        return None
    closed = {day.toordinal() for day in free}
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    # Ordinal 1 is a Monday, so 6 and 0 (mod 7) are Saturday and Sunday.
    return Days([day for day in range(first, last + 1) if day % 7 not in (6, 0) and day not in closed])
