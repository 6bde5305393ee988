"""The shares that notes and READMEs of the data-backed rulesets name, counted again in the data."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest

RULESETS = Path(__file__).parents[2] / "rulesets"
CUT = datetime(2011, 9, 9)  # noqa: DTZ001 - the data has no zone


def rows(file: Path, delimiter: str) -> list[dict[str, str]]:
    text = gzip.decompress(file.read_bytes()).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@cache
def calls() -> list[dict[str, str]]:
    return rows(RULESETS / "bank_marketing" / "data" / "bank-additional-full.csv.gz", ";")


def share(flags: Iterable[bool]) -> float:
    """Percent true, to one decimal."""
    found = list(flags)
    return round(100 * sum(found) / len(found), 1)


BANK: list[tuple[str, Callable[[dict[str, str]], bool], float]] = [
    ("everybody", lambda r: True, 11.3),
    ("student", lambda r: r["job"] == "student", 31.4),
    ("retired", lambda r: r["job"] == "retired", 25.2),
    ("blue-collar", lambda r: r["job"] == "blue-collar", 6.9),
    ("below 25", lambda r: int(r["age"]) < 25, 24.0),
    ("25 to 34", lambda r: 25 <= int(r["age"]) < 35, 12.2),
    ("35 to 59", lambda r: 35 <= int(r["age"]) < 60, 8.9),
    ("60 and more", lambda r: int(r["age"]) >= 60, 39.6),
    ("won before", lambda r: r["poutcome"] == "success", 65.1),
    ("lost before", lambda r: r["poutcome"] == "failure", 14.2),
    ("never called before", lambda r: r["poutcome"] == "nonexistent", 8.8),
    ("default not told", lambda r: r["default"] == "unknown", 5.2),
    ("no default", lambda r: r["default"] == "no", 12.9),
    ("contact in a week", lambda r: int(r["pdays"]) <= 7, 65.8),
    ("contact before", lambda r: 8 <= int(r["pdays"]) < 999, 57.1),
    ("cellular", lambda r: r["contact"] == "cellular", 14.7),
    ("telephone", lambda r: r["contact"] == "telephone", 5.2),
    ("first call", lambda r: r["campaign"] == "1", 13.0),
    ("fourth call", lambda r: r["campaign"] == "4", 9.4),
    ("eighth call", lambda r: r["campaign"] == "8", 4.2),
    ("twelfth call and later", lambda r: int(r["campaign"]) >= 12, 2.2),
    ("fifth call and later", lambda r: int(r["campaign"]) >= 5, 6.1),
    ("rates below 1 %", lambda r: float(r["euribor3m"]) < 1, 45.7),
    ("rates 1 to 2 %", lambda r: 1 <= float(r["euribor3m"]) < 2, 15.9),
    ("rates above 4 %", lambda r: float(r["euribor3m"]) >= 4, 4.8),
    ("march", lambda r: r["month"] == "mar", 50.5),
    ("may", lambda r: r["month"] == "may", 6.4),
]


@pytest.mark.parametrize(("which", "expected"), [(b[1], b[2]) for b in BANK], ids=[b[0] for b in BANK])
def test_bank(which: Callable[[dict[str, str]], bool], expected: float) -> None:
    assert share(r["y"] == "yes" for r in calls() if which(r)) == expected


class Customer:
    """What a customer had done by 9 September 2011, and whether an order came after."""

    def __init__(self) -> None:
        self.days: set[date] = set()
        self.last: datetime | None = None
        self.returns = 0
        self.back = False

    def days_since_last(self) -> int:
        return (CUT - self.last).days if self.last is not None else 10_000

    def days_in_last(self, length: int) -> int:
        return sum((CUT.date() - day).days <= length for day in self.days)


@cache
def customers() -> list[Customer]:
    found: dict[str, Customer] = {}
    for row in rows(RULESETS / "online_retail" / "data" / "customer_events.csv.gz", ","):
        at = datetime.fromisoformat(row["timestamp"])
        customer = found.setdefault(row["customer_id"], Customer())
        if at > CUT:
            customer.back = customer.back or row["type"] == "purchase"
        elif row["type"] == "purchase":
            customer.days.add(at.date())
            customer.last = at
        else:
            customer.returns += 1
    return [customer for customer in found.values() if customer.days or customer.returns]


RETAIL: list[tuple[str, Callable[[Customer], bool], int, float]] = [
    ("everybody", lambda c: True, 3404, 56.8),
    ("one day", lambda c: len(c.days) == 1, 1413, 38.0),
    ("two", lambda c: len(c.days) == 2, 686, 54.4),
    ("three", lambda c: len(c.days) == 3, 416, 67.8),
    ("six and more", lambda c: len(c.days) >= 6, 456, 92.5),
    ("three of the last 90", lambda c: c.days_in_last(90) >= 3, 342, 93.0),
    ("no return", lambda c: c.returns == 0, 2201, 49.1),
    ("returns", lambda c: c.returns > 0, 1203, 70.8),
    ("two weeks", lambda c: c.days_since_last() < 14, 473, 77.6),
    ("120 to 180 days", lambda c: 120 <= c.days_since_last() < 180, 505, 39.2),
]


@pytest.mark.parametrize(("which", "count", "expected"), [r[1:] for r in RETAIL], ids=[r[0] for r in RETAIL])
def test_retail(which: Callable[[Customer], bool], count: int, expected: float) -> None:
    chosen = [customer for customer in customers() if which(customer)]
    assert len(chosen) == count
    assert share(customer.back for customer in chosen) == expected
