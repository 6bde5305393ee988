"""Instants and the calendar of a model: time zone, local days, weeks and months, visits."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Literal
from zoneinfo import ZoneInfo

from rules_engine.feel.values import DateTime, to_feel
from rules_engine.feel.values.calendar import SECOND
from rules_engine.feel.values.temporal import clock_text, from_instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# a day before the year 1 in UTC, and one after 9999: outside these years in every zone
BEFORE_ALL, AFTER_ALL = -62_135_683_200_000_000, 253_402_387_200_000_000
Period = Literal["day", "week", "month"]


def to_instant(moment: datetime, zone: ZoneInfo) -> int:
    """Microseconds UTC of a datetime; a naive one is local time of `zone`.

    An ambiguous local time is the earlier instant, a skipped one moves forward (both are fold=0 of PEP 495).
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def to_datetime(instant: int, zone: ZoneInfo) -> datetime:
    """The local datetime of an instant (microseconds since 1970 UTC) in a zone, such as `engine.zone`.

    Exact: no floats on the way. Raises `OverflowError` beyond the years 1 to 9999.
    """
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def moment_at(instant: int, zone: ZoneInfo) -> DateTime:
    """The same as a FEEL value. Its years go on, so that the local year may be 0 or 10000, too."""
    try:
        found = to_feel(to_datetime(instant, zone))
    except OverflowError:
        found = from_instant(instant * 1_000, zone.key)
    assert isinstance(found, DateTime)
    return found


def format_instant(instant: int) -> str:
    """ISO 8601 in UTC; fractions only where there are any."""
    return (EPOCH + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def format_local(instant: int, zone: ZoneInfo) -> str:
    """ISO 8601 with the offset that holds in the zone, Z where that is none."""
    return to_datetime(instant, zone).isoformat().replace("+00:00", "Z")


def local_text(instant: int, zone: ZoneInfo) -> str:
    """The local time alone: "2026-09-01 14:30:05"; to the second where that is exact, else to the microsecond."""
    moment = moment_at(instant, zone)
    microseconds = moment.nanos // 1_000 % 1_000_000
    fraction = f".{microseconds:06}" if microseconds else ""
    return f"{moment.date} {clock_text(moment.nanos // SECOND * SECOND)}{fraction}"


def _period_start(day: date, period: Period) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def _period_end(start: date, period: Period) -> date:
    if period == "day":
        return start + timedelta(days=1)
    if period == "week":
        return start + timedelta(days=7)
    return (start + timedelta(days=32)).replace(day=1)


class Calendar:
    """Local calendar windows of one time zone; remembers the windows it was asked for.

    Threads share it: a list of windows is never changed, only replaced by a longer one.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._windows: dict[Period, list[tuple[int, int]]] = {"day": [], "week": [], "month": []}

    def window(self, instant: int, period: Period) -> tuple[int, int]:
        """The half-open local day, week (from Monday) or month around an instant."""
        windows = self._windows[period]
        at = bisect_right(windows, instant, key=itemgetter(0))
        if at > 0 and instant < windows[at - 1][1]:
            return windows[at - 1]
        found = self._around(instant, period)
        self._windows[period] = [*windows[:at], found, *windows[at:]]
        return found

    def _around(self, instant: int, period: Period) -> tuple[int, int]:
        """The window itself. Python's days end with the year 9999: what would end later ends after all instants."""
        try:
            day = to_datetime(instant, self.zone).date()
        except OverflowError:  # a year that it knows in UTC only
            if instant < 0:
                return BEFORE_ALL, self.midnight(date.min)
            day = date.max
        first = _period_start(day, period)
        try:
            return self.midnight(first), self.midnight(_period_end(first, period))
        except OverflowError:
            return self.midnight(first), AFTER_ALL

    def midnight(self, day: date) -> int:
        """The instant at which a local day begins."""
        return to_instant(datetime(day.year, day.month, day.day), self.zone)  # noqa: DTZ001 - local time is meant
