"""`60 days`, `2 hours 30 minutes`: the durations of a model file, and of data. A leaf: text in, microseconds out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, TypeAlias

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
UNITS = {"week": WEEK, "day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND}
# A hundred thousand days: far beyond any model, and safe in 64-bit arithmetic.
LONGEST = 100_000 * DAY

Problem: TypeAlias = Literal["form", "unit", "months", "number", "fraction", "length"]

_PART = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s*([A-Za-z]+)(?:\s*,\s*|\s+and\s+|\s+|\Z)")
_COUNT = r"\d{1,20}"  # more of them is more than 64 bits hold
_ISO = re.compile(
    rf"(?P<sign>-)?P(?:(?P<days>{_COUNT})D)?"
    rf"(?:T(?:(?P<hours>{_COUNT})H)?(?:(?P<minutes>{_COUNT})M)?(?:(?P<seconds>{_COUNT}(?:\.\d{{1,6}})?)S)?)?"
)
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
    """The microseconds of `P1DT2H`, `-PT90S` or `60 days`; None for other text, and for more than 64 bits hold."""
    found = _of_data(text.strip())
    return None if found is None or abs(found) > _MOST_OF_DATA else found


def _of_data(text: str) -> Microseconds | None:
    iso = _ISO.fullmatch(text)
    if iso is not None and text[-1] not in "PT":
        whole = int(iso["days"] or 0) * DAY + int(iso["hours"] or 0) * HOUR + int(iso["minutes"] or 0) * MINUTE
        seconds, _, fraction = (iso["seconds"] or "0").partition(".")
        micros = whole + int(seconds) * SECOND + int(fraction.ljust(6, "0"))
        return -micros if iso["sign"] else micros
    found = parse(text)
    return None if isinstance(found, str) else found


Microseconds: TypeAlias = int
