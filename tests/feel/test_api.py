"""Values in and out, the clock, limits, explanations and speed."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rules_engine import feel

VALUES = [
    None,
    True,
    3,
    2.5,
    "text",
    date(2026, 9, 1),
    time(10, 30),
    time(10, 30, 0, 500, tzinfo=timezone(timedelta(hours=2))),
    datetime(2026, 9, 1, 10, 30),  # noqa: DTZ001
    datetime(2026, 9, 1, 10, 30, tzinfo=UTC),
    datetime(2026, 9, 1, 10, 30, 0, 5, tzinfo=ZoneInfo("Europe/Paris")),
    timedelta(days=-1, microseconds=3),
    feel.YearsMonthsDuration(14),
    [1, "a", [None, {"b": 2}]],
    {"a": [date(2026, 1, 1)], "two words": 1},
    feel.Range(1, 5, True, False),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_go_in_and_out(value: object) -> None:
    found = feel.evaluate("x", {"x": value})
    assert found == value
    assert type(found) is type(value)


def test_other_numbers_go_in() -> None:
    assert feel.evaluate("x + 1", {"x": Decimal("1.5")}) == 2.5
    assert feel.evaluate("x", {"x": float("nan")}) is None
    assert feel.evaluate("x", {"x": float("inf")}) is None
    assert feel.evaluate("x", {"x": 10**400}) is None
    assert feel.evaluate("x = 1", {"x": True}) is None
    assert feel.evaluate("count(x)", {"x": (1, 2)}) == 2


def test_what_python_cannot_hold_stays_own() -> None:
    assert str(feel.evaluate('@"12345-01-01"')) == "12345-01-01"
    assert str(feel.evaluate('@"10:00:00.123456789"')) == "10:00:00.123456789"


def test_the_clock() -> None:
    now = datetime(2026, 9, 1, 23, 30, tzinfo=UTC)
    assert feel.evaluate("now()", now=now) == now
    assert feel.evaluate("today()", now=now) == date(2026, 9, 1)
    run = feel.compile_expression(feel.parse('now() - now < duration("1 second")'))
    assert run({"now": now}) is True
    assert run({}) is None


def test_compiled_expressions_take_plain_roots() -> None:
    run = feel.compile_expression(feel.parse("event.at > last.x and event.n = 3"))
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert run({"event": {"at": late, "n": 3}, "last": {"x": early}}) is True


LIMITS = [
    ("x" * 200_000, "RE310"),
    ("not(" * 200 + "true" + ")" * 200, "RE311"),
    ("-" * 3000 + "1", "RE311"),
    ("a" + " or a" * 300, "RE311"),
    ("for i in 1..1000000000 return i", "RE312"),
    ("count(for i in 1..2000, j in 1..2000 return 1)", "RE312"),
    ("count(for i in 1..100000 return partial)", "RE312"),
    ("for i in 1..60 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])", "RE312"),
    ('for i in 1..60 return if i = 1 then "ab" else partial[-1] + partial[-1]', "RE313"),
    ("string(for i in 1..99 return if i = 1 then 1 else [partial[-1], partial[-1]])", "RE313"),
    ("flatten(for i in 1..99 return if i = 1 then 1 else [partial[-1], partial[-1]])", "RE313"),
]


@pytest.mark.parametrize(("text", "code"), LIMITS, ids=[text[:40] for text, _ in LIMITS])
def test_limits_are_typed_errors(text: str, code: str) -> None:
    with pytest.raises(feel.FeelLimitError) as caught:
        feel.evaluate(text)
    assert caught.value.diagnostic_code == code


def test_shared_lists_are_compared_in_bounded_time() -> None:
    doubled = "(for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])"
    with pytest.raises(feel.FeelLimitError):
        feel.evaluate(f"{doubled} = {doubled}")


def test_deep_brackets_do_not_exhaust_the_stack() -> None:
    assert feel.evaluate("(" * 3000 + "1" + ")" * 3000) == 1


def test_explaining_tells_values_and_reasons() -> None:
    told = feel.explain('lead.nps > "9" and lead.country = "US"', {"lead": {"nps": 10, "country": "US"}})
    assert told.value is None
    comparison = told.parts[0]
    assert feel.print_expression(comparison.node) == 'lead.nps > "9"'
    assert comparison.reasons == ("no order of number and string",)
    assert [part.value for part in comparison.parts] == [10, "9"]
    assert told.parts[1].value is True


def test_what_is_not_needed_is_not_told() -> None:
    told = feel.explain("false and 1 / 0 = 1")
    assert len(told.parts) == 1


def test_three_comparisons_take_a_few_microseconds() -> None:
    run = feel.compile_expression(feel.parse('event.path = "/x" and lead.nps > 7 and lead.country in ("US", "GB")'))
    scope = {"event": {"path": "/x"}, "lead": {"nps": 9.0, "country": "GB"}}
    assert run(scope) is True
    best = min(_seconds(run, scope) for _ in range(20))
    assert best / 1000 < 3e-6


def _seconds(run: object, scope: dict[str, object]) -> float:
    start = clock.process_time()
    for _ in range(1000):
        run(scope)  # type: ignore[operator]
    return clock.process_time() - start
