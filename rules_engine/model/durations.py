"""`60 days`, `2 hours 30 minutes`: the durations of a model file, and of data: text in, microseconds out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, TypeAlias

from rules_engine.feel.values.reading import read_days_time

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
UNITS = {"week": WEEK, "day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND}
# A hundred thousand days: far beyond any model, and safe in 64-bit arithmetic.
LONGEST = 100_000 * DAY

Problem: TypeAlias = Literal["form", "unit", "months", "number", "fraction", "length"]

_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([A-Za-z]+)(?:\s*,\s*|\s+and\s+|\s+|\Z)")
_MOST_OF_DATA = 2**63 - 1  # microseconds
_MONTHS = frozenset({"month", "months", "year", "years", "quarter", "quarters", "mo", "yr", "y"})


def parse(text: str) -> Microseconds | Problem:
    """The microseconds of a duration text, or which kind of mistake it has."""
    text = text.strip()
    if re.fullmatch(r"[-+]?[\d.]+", text):
        return "number"
    total = Decimal(0)
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            return "form"
        unit = part[2].lower()
        if unit in _MONTHS:
            return "months"
        size = UNITS.get(unit) or UNITS.get(unit.removesuffix("s"))
        if size is None:
            return "unit"
        total += Decimal(part[1]) * size
        at = part.end()
    if at == 0:
        return "form"
    if total != total.to_integral_value():
        return "fraction"
    return "length" if total > LONGEST else int(total)


def of_data(text: str) -> Microseconds | None:
    """The microseconds of `P1DT2H`, `-PT90S` or `60 days`; None for other text, and for more than 64 bits hold.

    The ISO form is that of FEEL; digits beyond microseconds are cut, as those of times are.
    """
    text = text.strip()
    iso = read_days_time(text)
    if iso is not None:
        micros = abs(iso.nanos) // 1000
        return None if micros > _MOST_OF_DATA else -micros if iso.nanos < 0 else micros
    found = parse(text)
    return None if isinstance(found, str) else found


Microseconds: TypeAlias = int
