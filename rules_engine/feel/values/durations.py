"""The two kinds of durations. They never mix: no number of days makes a month."""

from __future__ import annotations

from rules_engine.feel.values.calendar import DAY, HOUR, MINUTE, SECOND
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True, order=True)
class DaysTimeDuration:
    """`@"P60DT12H"`: a length of time in nanoseconds; a day has 24 hours."""

    nanos: int

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """(days, hours, minutes, whole seconds), all with the duration's sign."""
        sign, size = (-1, -self.nanos) if self.nanos < 0 else (1, self.nanos)
        return (
            sign * (size // DAY),
            sign * (size // HOUR % 24),
            sign * (size // MINUTE % 60),
            sign * (size // SECOND % 60),
        )

    def __str__(self) -> str:
        if self.nanos == 0:
            return "PT0S"
        size = abs(self.nanos)
        days, hours, minutes, seconds = size // DAY, size // HOUR % 24, size // MINUTE % 60, size // SECOND % 60
        second_text = f"{seconds}.{size % SECOND:09}".rstrip("0").rstrip(".")
        clock = f"{hours}H" * (hours > 0) + f"{minutes}M" * (minutes > 0) + f"{second_text}S" * (second_text != "0")
        return ("-" if self.nanos < 0 else "") + "P" + f"{days}D" * (days > 0) + (f"T{clock}" if clock else "")


@dataclass(frozen=True, slots=True, order=True)
class YearsMonthsDuration:
    """`@"P1Y6M"`: a number of months."""

    months: int

    @property
    def years(self) -> int:
        """Whole years, with the duration's sign."""
        return -(-self.months // 12) if self.months < 0 else self.months // 12

    @property
    def months_of_year(self) -> int:
        """The months beside the whole years, with the duration's sign."""
        return self.months - 12 * self.years

    def __str__(self) -> str:
        if self.months == 0:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        return ("-" if self.months < 0 else "") + "P" + f"{years}Y" * (years > 0) + f"{months}M" * (months > 0)
