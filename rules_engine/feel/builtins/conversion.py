"""Conversion functions (10.3.4.1): texts and parts → dates, times, durations, numbers; anything → text."""

from __future__ import annotations

import re

from rules_engine.feel.builtins.decimals import decimal_of
from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.builtins.text import text_of
from rules_engine.feel.builtins.totals import of_constants, of_whole_parts
from rules_engine.feel.interpret.arithmetic import finite
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.types import DATE_AND_TIME, DAYS_TIME_DURATION, YEARS_MONTHS_DURATION, Moment, Type
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from rules_engine.feel.values.calendar import DAY, HOUR, MAX_OFFSET, MINUTE, SECOND
from rules_engine.feel.values.reading import read_date, read_date_time, read_duration, read_time, read_words
from rules_engine.feel.values.temporal import date_time, make_date

GROUP = "Conversion"

_NUMERAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@standard.function(
    "date(from: string) -> date",
    group=GROUP,
    doc="A date from its text, from a date and time, or from year, month and day.",
    examples={'date("2012-12-25")': '@"2012-12-25"', 'date("2012-02-30")': "null"},
)
def date_from_text(text: str) -> object:
    found = read_date(text)
    return found if found is not None else undefined(f"{text!r} is no date such as 2026-09-01")


@standard.function(
    "date(from: date | date and time) -> date",
    examples={'date(date and time("2012-12-25T11:00:00Z"))': '@"2012-12-25"'},
    total=True,
)
def date_from_date(value: Date | DateTime) -> object:
    return value.date if isinstance(value, DateTime) else value


@standard.function(
    "date(year: number, month: number, day: number) -> date",
    examples={"date(2012, 12, 25)": '@"2012-12-25"', "date(2012, 13, 25)": "null"},
    total=of_whole_parts,
)
def date_from_parts(year: float, month: float, day: float) -> object:
    if not (year.is_integer() and month.is_integer() and day.is_integer()):
        return undefined("year, month and day are whole numbers")
    found = make_date(int(year), int(month), int(day))
    return found if found is not None else undefined("the calendar has no such day")


@standard.function(
    "date and time(from: string) -> date and time",
    group=GROUP,
    doc="A date and time from its text, or from a date and a time.",
    examples={
        'date and time("2012-12-24T23:59:00")': '@"2012-12-24T23:59:00"',
        'date and time("2012-12-24")': '@"2012-12-24T00:00:00"',
    },
)
def date_time_from_text(text: str) -> object:
    found = read_date_time(text)
    return found if found is not None else undefined(f"{text!r} is no date and time such as 2026-09-01T10:00:00")


@standard.function(
    "date and time(from: date and time) -> date and time",
    examples={'date and time(@"2012-12-24")': '@"2012-12-24T00:00:00Z"'},
    total=True,
)
def date_time_from_date_time(value: DateTime) -> object:
    return value


def _with_the_zone_of_the_time(arguments: tuple[Type, ...]) -> Type:
    match arguments:
        case (_, Moment(zoned=zoned)):
            return Moment("date and time", zoned)
        case _:
            return DATE_AND_TIME


@standard.function(
    "date and time(date: date | date and time, time: time) -> date and time",
    result=_with_the_zone_of_the_time,
    examples={
        'date and time(date("2012-12-24"), time("23:59:00"))': '@"2012-12-24T23:59:00"',
        'date and time(@"2012-12-24T11:00:00", time("23:59:00Z"))': '@"2012-12-24T23:59:00Z"',
    },
    total=True,
)
def date_time_from_parts(date: Date | DateTime, time: Time) -> object:
    return date_time(date.days, time.nanos, time.zone)


@standard.function(
    "time(from: string) -> time",
    group=GROUP,
    doc="A time from its text, from a date and time, or from hour, minute, second and offset.",
    examples={'time("23:59:00z")': '@"23:59:00Z"', 'time("25:00:00")': "null"},
)
def time_from_text(text: str) -> object:
    found = read_time(text)
    return found if found is not None else undefined(f"{text!r} is no time such as 10:30:00")


@standard.function(
    "time(from: time | date and time) -> time",
    examples={
        'time(@"2012-12-24T23:59:00Z")': '@"23:59:00Z"',
        'time(@"2012-12-24")': '@"00:00:00Z"',
    },
    total=True,
)
def time_from_time(value: Time | DateTime) -> object:
    return value.time if isinstance(value, DateTime) else value


@standard.function(
    "time(hour: number, minute: number, second: number, offset?: days and time duration?) -> time",
    examples={
        "time(23, 59, 0)": '@"23:59:00"',
        'time(23, 59, 1.5, @"-PT1H")': '@"23:59:01.5-01:00"',
        "time(24, 0, 0)": "null",
    },
    total=of_whole_parts,
)
def time_from_parts(hour: float, minute: float, second: float, offset: DaysTimeDuration | None = None) -> object:
    if not (hour.is_integer() and minute.is_integer() and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return undefined("there is no such time of day")
    zone = None
    if offset is not None:
        if offset.nanos % SECOND or abs(offset.nanos) > MAX_OFFSET * SECOND:
            return undefined("an offset is at most 14 hours, in whole seconds")
        zone = offset.nanos // SECOND
    return Time(int(hour) * HOUR + int(minute) * MINUTE + int(decimal_of(second) * SECOND), zone)


@standard.function(
    "number(from: string, grouping separator: string?, decimal separator: string?) -> number",
    group=GROUP,
    doc="A number from its text. The separators are a space, a comma or a period, or null for none.",
    examples={
        'number("1 000,0", " ", ",")': "1000",
        'number("1,000.0", ",", ".")': "1000",
        'number("x", null, null)': "null",
    },
    total=of_constants(),
)
def number(text: str, grouping: str | None, decimal: str | None) -> object:
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", "."):
        return undefined('a separator is " ", "," or "."')
    if grouping is not None and grouping == decimal:
        return undefined("the two separators differ")
    plain = text.replace(grouping, "") if grouping else text
    if decimal == ",":
        plain = "x" if "." in plain else plain.replace(",", ".")
    return finite(float(plain)) if _NUMERAL.fullmatch(plain) else undefined(f"{text!r} is no number")


@standard.function(
    "string(from: Any) -> string",
    group=GROUP,
    doc="The text of a value.",
    examples={
        "string(1.10)": '"1.1"',
        'string(@"2012-12-25")': '"2012-12-25"',
        'string([1, 2, "foo"])': r'"[1, 2, \"foo\"]"',
        "string(null)": "null",
    },
    total=True,
)
def string(value: object) -> object:
    return text_of(value)


def _kind_of_duration(arguments: tuple[Type, ...]) -> Type:
    """Of a text that is not known ahead either kind can come; the days are by far the usual one."""
    from rules_engine.feel.types import ANY

    return arguments[0] if arguments and arguments[0] in (DAYS_TIME_DURATION, YEARS_MONTHS_DURATION) else ANY


@standard.function(
    "duration(from: string) -> Any",
    group=GROUP,
    doc='A duration from its text: ISO 8601, or in words ("60 days", "2 hours 30 minutes") as an extension.',
    examples={
        'duration("P2DT20H14M")': '@"P2DT20H14M"',
        'duration("P2Y2M")': '@"P2Y2M"',
        'duration("60 days")': '@"P60D"',
        'duration("1 month")': "null",
    },
    result=_kind_of_duration,
)
def duration_from_text(text: str) -> object:
    found = read_duration(text) or read_words(text)
    return found if found is not None else undefined(f"{text!r} is no duration such as P60D or 60 days")


@standard.function(
    "duration(from: days and time duration | years and months duration) -> Any", result=_kind_of_duration, total=True
)
def duration_from_duration(value: DaysTimeDuration | YearsMonthsDuration) -> object:
    return value


@standard.function(
    "years and months duration(from: date | date and time, to: date | date and time) -> years and months duration",
    group=GROUP,
    doc="The whole months between two dates; negative when `to` is the earlier.",
    examples={'years and months duration(@"2011-12-22", @"2013-08-24")': '@"P1Y8M"'},
    total=True,
)
def years_and_months_duration(begin: Date | DateTime, end: Date | DateTime) -> object:
    first, last = _date_of(begin), _date_of(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    early, late = (last.day, _nanos_of(end)), (first.day, _nanos_of(begin))
    if months > 0 and early < late:
        months -= 1
    elif months < 0 and early > late:
        months += 1
    return YearsMonthsDuration(months)


def _date_of(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


def _nanos_of(value: Date | DateTime) -> int:
    return value.nanos % DAY if isinstance(value, DateTime) else 0
