"""Random typed expressions over the fields of `row`, and random rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    ZONED_DATE_AND_TIME,
    Bounded,
    Enumeration,
    ListOf,
    Type,
)

FIELDS: dict[str, Type] = {
    "n": NUMBER,
    "m": Bounded(0.0, 10.0),
    "s": STRING,
    "u": STRING,
    "e": Enumeration(("US", "GB", "a")),
    "b": BOOLEAN,
    "c": BOOLEAN,
    "numbers": ListOf(NUMBER),
    "texts": ListOf(STRING),
    "day": DATE,
    "at": ZONED_DATE_AND_TIME,
    "age": DAYS_TIME_DURATION,
}

_NUMBERS = ("0", "1", "2", "-1.5", "0.1", "3", "7", "1e308", "-0")
_TEXTS = ('""', '"a"', '"ab"', '"b a"', '"É"', '"US"', '"."', '"\U0001f40e"')

Text = st.SearchStrategy[str]


def _any(*names: str) -> Text:
    return st.sampled_from(names)


def _filled(template: str, *parts: Text) -> Text:
    return st.tuples(*parts).map(lambda given: template.format(*given))


@cache
def numbers(depth: int) -> Text:
    leaves = _any(*_NUMBERS, "row.n", "row.m", "row.n", "row.m")
    if depth == 0:
        return leaves
    n, s, b = numbers(depth - 1), texts(depth - 1), booleans(depth - 1)
    return st.one_of(
        leaves,
        _filled("({} {} {})", n, _any("+", "-", "*", "+", "-", "*", "/", "**"), n),
        _filled("-({})", n),
        _filled("(if {} then {} else {})", b, n, n | st.just("null")),
        _filled("{}({})", _any("abs", "floor", "sqrt"), n),
        _filled("string length({})", s),
        _filled("{}(row.numbers)", _any("sum", "count", "max", "mean")),
        _filled("{}({}, {})", _any("min", "max"), n, n),
        _filled("row.numbers[{}]", n),
        _any("row.day.year", "row.at.hour", "row.age.days"),
    )


@cache
def texts(depth: int) -> Text:
    leaves = _any(*_TEXTS, "row.s", "row.u", "row.e", "row.s")
    if depth == 0:
        return leaves
    n, s, b = numbers(depth - 1), texts(depth - 1), booleans(depth - 1)
    return st.one_of(
        leaves,
        _filled("({} + {})", s, s),
        _filled("{}({})", _any("upper case", "lower case"), s),
        _filled("substring({}, {})", s, n),
        _filled("string({})", n | _any("row.day", "row.at", "row.age", "row.numbers")),
        _filled("(if {} then {} else {})", b, s, s | st.just("null")),
        _any("row.texts[1]", 'string join(row.texts, "-")'),
    )


@cache
def booleans(depth: int) -> Text:
    leaves = _any("row.b", "row.c", "true", "false", "row.n = null", "row.day != null", "row.texts = null")
    if depth == 0:
        return leaves
    n, s, b = numbers(depth - 1), texts(depth - 1), booleans(depth - 1)
    order = _any("=", "!=", "<", "<=", ">", ">=")
    low, high = _any("[", "(", "]"), _any("]", ")", "[")
    return st.one_of(
        leaves,
        *(_filled("({} {} {})", one, order, one) for one in (n, s)),
        _filled("({} {} {})", b, _any("and", "or", "and", "or", "=", "!="), b),
        _filled("not({})", b),
        *(_filled("({} between {} and {})", one, one, one) for one in (n, s)),
        *(_filled("({} in {}{}..{}{})", one, low, one, one, high) for one in (n, s)),
        *(_filled("({} in ({}, {}, {}))", one, one, one, one | st.just("null")) for one in (n, s)),
        _filled("({} in ({}, {}{}..{}{}, {} {}))", n, n, low, n, n, high, order, n),
        _filled("({} in [{}, {}])", n, _any(*_NUMBERS, "[0..2]", "(1..3)", "null"), n),
        _filled("({} in [{}, {}, {}])", s, *[_any(*_TEXTS)] * 3),
        _filled("{}({}, {})", _any("starts with", "ends with", "contains"), s, s),
        _filled("list contains(row.numbers, {})", n),
        _filled("({} x in row.numbers satisfies x > {})", _any("some", "every"), n),
        _filled("has word({}, [{}, {}])", s, *[_any(*_TEXTS)] * 2),
        _filled("({} instance of {})", n, _any("number", "string", "Null")),
        _filled('(row.{} {} @"2026-09-01")', _any("day"), order),
        _filled('(row.{} {} @"2026-09-01T10:00:00Z")', _any("at"), order),
        _filled('(row.{} {} duration("1 day"))', _any("age"), order),
        _filled("({} = null)", n | s | b),
    )


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """A condition, mostly; a number, a text, a list, a context."""
    lists = st.one_of(
        _filled("[{}, {}]", numbers(depth - 1), numbers(depth - 1)),
        _filled("row.numbers[item > {}]", numbers(1)),
        _filled("for x in row.texts return x + {}", texts(1)),
        _any("row.texts", "row.day", "row.at", "row.age", "row", "get entries(row)"),
    )
    kinds = (booleans(depth), booleans(depth), numbers(depth), texts(depth), lists)
    return draw(draw(st.integers(0, len(kinds) - 1).map(lambda at: kinds[at])))


_floats = st.sampled_from([0.0, -0.0, 1.0, 2.0, -1.5, 0.1, 3.0, 7.0, 1e308, -1e308, 5e-324]) | st.floats(
    allow_nan=False, allow_infinity=False
)
_strings = st.sampled_from(["", "a", "ab", "b a", "É", "US", ".", "A", "ß", "\U0001f40e", "\uffff"])

_start = datetime(1900, 1, 1, tzinfo=UTC)
_moments = st.timedeltas(timedelta(0), timedelta(days=73_000)).map(lambda after: _start + after)

rows = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | _floats,
            "m": st.none() | st.floats(0, 10),
            "s": st.none() | _strings,
            "u": st.none() | _strings,
            "e": st.sampled_from([None, "US", "GB", "a"]),
            "b": st.sampled_from([None, True, False]),
            "c": st.sampled_from([None, True, False]),
            "numbers": st.none() | st.lists(st.none() | _floats, max_size=3),
            "texts": st.none() | st.lists(st.none() | _strings, max_size=3),
            "day": st.none() | st.dates(date(2026, 8, 30), date(2026, 9, 3)) | st.dates(),
            "at": st.none() | _moments,
            "age": st.none() | st.timedeltas(-timedelta(days=3), timedelta(days=3)),
        }
    ),
    min_size=1,
    max_size=6,
)
