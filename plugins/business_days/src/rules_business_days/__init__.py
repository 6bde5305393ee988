"""Business days: Monday to Friday without public holidays. Functions for conditions, and a law of decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rules_business_days import calendar, law
from rules_engine.hooks import Functions, Law, hookimpl

plugin_name = "business_days"
__version__ = "1.0.0"

functions = Functions()
_COUNTRY = (
    'The country is a code such as "FR"; null for one that is not known, and for years before 1970 or after 2100.'
)


@functions.function(
    "is_business_day(day: date, country: string, region?: string) -> boolean",
    doc=f"Whether a day is from Monday to Friday and no public holiday. {_COUNTRY}",
    examples={
        'is_business_day(@"2026-07-13", "FR")': "true",
        'is_business_day(@"2026-07-14", "FR")': "false",
        'is_business_day(@"2026-07-12", "FR")': "false",
    },
)
def is_business_day(day: date, country: str, region: str | None = None) -> bool | None:
    days = calendar.of(country, region)
    return None if days is None or not days.covers(day) else days.count(day) > days.count_before(day)


@functions.function(
    "business_days_between(start: date, end: date, country: string, region?: string) -> number",
    doc="How many business days lie after one day up to and including another: 1 from a Friday to the Monday after; "
    f"negative where the end is before the start. {_COUNTRY}",
    examples={
        'business_days_between(@"2026-07-10", @"2026-07-13", "FR")': "1",
        'business_days_between(@"2026-07-10", @"2026-07-15", "FR")': "2",
        'business_days_between(@"2026-07-15", @"2026-07-10", "FR")': "-2",
    },
)
def business_days_between(start: date, end: date, country: str, region: str | None = None) -> float | None:
    days = calendar.of(country, region)
    if days is None or not (days.covers(start) and days.covers(end)):
        return None
    return days.count(end) - days.count(start)


@functions.function(
    "add_business_days(day: date, days: number, country: string, region?: string) -> date",
    doc=f"The business day that is so many whole business days after a day. {_COUNTRY}",
    examples={'add_business_days(@"2026-07-10", 2, "FR")': '@"2026-07-15"'},
)
def add_business_days(day: date, days: float, country: str, region: str | None = None) -> date | None:
    known = calendar.of(country, region)
    if known is None or not known.covers(day) or days < 1 or days != int(days):
        return None
    return known.after(day, int(days))


PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["country"],
    "additionalProperties": False,
    "properties": {
        "country": {"type": "string", "description": "The country whose public holidays count, such as FR."},
        "region": {"type": "string", "description": "A part of the country with holidays of its own, such as BY."},
        "half_after": {"type": "integer", "minimum": 1, "description": "Business days after which half remains."},
        "ends_after": {"type": "integer", "minimum": 1, "description": "Business days after which nothing remains."},
        "left_after": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[1-9][0-9]{0,3}$"},
            "additionalProperties": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
            "description": "What remains from each number of business days on: {5: 0.8, 20: 0}.",
        },
        "wait": {
            "enum": ["longest", "usual"],
            "description": "longest (the default): a day counts once it has passed wherever the award was made, so "
            "that nothing fades early; usual: once it has passed for half of all days on which an award can be made.",
        },
    },
    "oneOf": [{"required": ["half_after"]}, {"required": ["ends_after"]}, {"required": ["left_after"]}],
}


def table(parameters: Mapping[str, Any]) -> Sequence[tuple[int, float]]:
    """The steps by age, in microseconds of calendar days."""
    return law.table(parameters)


@hookimpl
def rules_functions() -> Functions:
    return functions


@hookimpl
def rules_laws() -> list[Law]:
    return [Law("business_days", PARAMETERS, table, "Awards fade by business days instead of calendar days.")]
