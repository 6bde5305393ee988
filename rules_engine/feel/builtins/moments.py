"""Date and time functions (10.3.4.6, .8, .11): parts of dates, the clock, and `is`."""

from __future__ import annotations

from datetime import date as python_date

from rules_engine.feel.builtins.same import same_value
from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.interpret.scope import within_budget
from rules_engine.feel.types import Enumeration
from rules_engine.feel.values import Date, DateTime
from rules_engine.feel.values.calendar import MONTHS, WEEKDAYS, days_from_date

GROUP = "Dates and times"


def _date(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@standard.function(
    "now() -> date and time",
    group=GROUP,
    doc="The time of the evaluation: the as-of time where a score is computed.",
    total=True,
    ambient=True,
)
def now(clock: DateTime) -> object:
    return clock


@standard.function(
    "today() -> date",
    group=GROUP,
    doc="The date of the evaluation.",
    total=True,
    ambient=True,
)
def today(clock: DateTime) -> object:
    return clock.date


@standard.function(
    "day of year(date: date | date and time) -> number",
    group=GROUP,
    doc="The day's number in its year, from 1.",
    examples={'day of year(@"2019-09-17")': "260"},
    total=True,
)
def day_of_year(date: Date | DateTime) -> object:
    day = _date(date)
    return float(day.days - days_from_date(day.year, 1, 1) + 1)


@standard.function(
    "day of week(date: date | date and time) -> string",
    result=lambda _: Enumeration(WEEKDAYS),
    group=GROUP,
    doc="The English name of the weekday.",
    examples={'day of week(@"2019-09-17")': '"Tuesday"'},
    total=True,
)
def day_of_week(date: Date | DateTime) -> object:
    return WEEKDAYS[_date(date).weekday - 1]


@standard.function(
    "month of year(date: date | date and time) -> string",
    result=lambda _: Enumeration(MONTHS),
    group=GROUP,
    doc="The English name of the month.",
    examples={'month of year(@"2019-09-17")': '"September"'},
    total=True,
)
def month_of_year(date: Date | DateTime) -> object:
    return MONTHS[_date(date).month - 1]


@standard.function(
    "week of year(date: date | date and time) -> number",
    group=GROUP,
    doc="The number of the week by ISO 8601: weeks start on Monday, week 1 holds the year's first Thursday.",
    examples={'week of year(@"2019-09-17")': "38", 'week of year(@"2005-01-01")': "53"},
    total=True,
)
def week_of_year(date: Date | DateTime) -> object:
    day = _date(date)
    # The calendar repeats every 400 years, weekdays included.
    return float(python_date(day.year % 400 + 2000, day.month, day.day).isocalendar().week)


@standard.function(
    "is(value1: Any?, value2: Any?) -> boolean",
    group=GROUP,
    doc="Whether two values are the very same: of one kind, with the same parts. A time in UTC is not a local time.",
    examples={
        'is(@"2012-12-25", @"23:00:50")': "false",
        'is(@"23:00:50Z", @"23:00:50")': "false",
        'is(@"23:00:50z", @"23:00:50+00:00")': "true",
        "is(1, 1.0)": "true",
        "is(null, null)": "true",
    },
    total=True,
)
def is_same(one: object, other: object) -> object:
    return within_budget(lambda: same_value(one, other))
