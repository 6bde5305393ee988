"""Random histories of one lead, on a coarse grid of instants so that edges coincide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.differential.models import EVENTS, chance, one

MINUTE = 60_000_000
HALF_DAY = 720 * MINUTE
# 2026-03-20T00:00:00Z, nine days before the clocks change in Paris, a Friday.
BEGIN = 1_773_964_800_000_000

NUMBERS = (0, 1, 2, 3, 4, 1.5, 2.000001, None)
WORDS = ("x", "y", "z", None)


@dataclass(frozen=True)
class Case:
    """What is scored: the lead's fields, the account's, the events, and when it is looked at."""

    lead: dict[str, Any]
    account: dict[str, Any]
    events: list[dict[str, Any]]
    as_of: int


@st.composite
def instants(draw: st.DrawFn) -> int:
    """Mostly multiples of half a day in three weeks; some a few minutes or one microsecond away."""
    at = BEGIN + draw(st.integers(0, 44)) * HALF_DAY
    if chance(draw, 35):
        at += one(draw, 15, 30, 31, 45, 60) * MINUTE
    if chance(draw, 5):
        at += one(draw, 1, -1)
    return at


@st.composite
def events(draw: st.DrawFn, repeated: list[int]) -> dict[str, Any]:
    """One event, often at an instant that another has too."""
    at = one(draw, *repeated) if chance(draw, 40) else draw(instants())
    found: dict[str, Any] = {"type": one(draw, *EVENTS), "at": at, "attributes": {}}
    if chance(draw, 85):
        found["attributes"]["n"] = one(draw, *NUMBERS)
    if chance(draw, 80):
        found["attributes"]["s"] = one(draw, *WORDS)
    if chance(draw, 15):
        found["id"] = one(draw, "e1", "e2", "e3")
    if chance(draw, 4):
        found["type"] = "undeclared"
    if chance(draw, 4):
        found["attributes"]["s"] = one(draw, "wrong", 7)
    return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A lead with 0 to 40 events, mostly few."""
    repeated = draw(st.lists(instants(), min_size=1, max_size=4))
    # how many is drawn first: lists of hypothesis stop early far too often
    few, many = one(draw, (1, 4), (0, 1), (3, 8), (6, 15), (12, 25), (25, 40))
    history = draw(st.lists(events(repeated), min_size=few, max_size=many))
    as_of = one(draw, *repeated) if chance(draw, 15) else draw(instants())
    if chance(draw, 75):
        as_of += one(draw, 10, 20, 40, 400) * 2 * HALF_DAY
    lead: dict[str, Any] = {}
    if chance(draw, 75):
        lead["k"] = one(draw, 0, 2, 4, 6.5)
    if chance(draw, 60):
        lead["c"] = one(draw, "US", "DE", "FR")
    account = {"k": one(draw, 1, 2, 5)} if chance(draw, 50) else {}
    return Case(lead, account, history, as_of)
