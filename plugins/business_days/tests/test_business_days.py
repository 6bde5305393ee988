"""Business days against a calendar walked day by day, and the law in a model."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import holidays
import pytest
import rules_business_days as plugin
from rules_business_days import law

from rules_engine import Engine, feel
from rules_engine.engine import ModelError

ONE_DAY = timedelta(days=1)
MODEL = """
schema: 1
model: office
version: 1
requires: {plugins: {business_days: ">=1,<2"}}
fields: {lead: {created: date}}
events: {call: {}}
scores:
  interest:
    rules:
      called: {event: call, points: 100, decay: {law: business_days, LAW}}
      quick:
        event: call
        when: business_days_between(lead.created, date(event.at), "DE") <= 2
        points: 7
"""


def load(folder: Path, settings: str = "country: DE, ends_after: 5") -> Engine:
    path = folder / "v1.yaml"
    path.write_text(MODEL.replace("LAW", settings), encoding="utf-8")
    return Engine.load(path, plugins=[plugin], discover=False)


def passed(start: date, end: date, closed: holidays.HolidayBase) -> int:
    """Business days in (start, end], walked."""
    days = (start + ONE_DAY * step for step in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day not in closed for day in days)


@pytest.mark.parametrize("country", ["DE", "US", "JP"])
def test_between_is_the_count_of_a_walk(country: str) -> None:
    closed, random = holidays.country_holidays(country), Random(4)
    for _ in range(40):
        start = date(2020, 1, 1) + ONE_DAY * random.randrange(3000)
        end = start + ONE_DAY * random.randrange(200)
        expected = passed(start, end, closed)
        assert plugin.business_days_between(start, end, country) == expected
        assert plugin.business_days_between(end, start, country) == -expected
        assert plugin.is_business_day(end, country) == (end.weekday() < 5 and end not in closed)
        if expected:
            reached = plugin.add_business_days(start, expected, country)
            assert reached is not None
            assert passed(start, reached, closed) == expected
            assert plugin.is_business_day(reached, country)


def test_regions_have_holidays_of_their_own() -> None:
    epiphany = date(2026, 1, 6)
    assert plugin.is_business_day(epiphany, "DE") is True
    assert plugin.is_business_day(epiphany, "DE", "BY") is False


@pytest.mark.parametrize(("country", "day"), [("XX", date(2026, 1, 6)), ("DE", date(1969, 1, 6))])
def test_what_is_not_known_is_null(country: str, day: date) -> None:
    assert plugin.is_business_day(day, country) is None
    assert plugin.business_days_between(day, day, country) is None


@pytest.mark.parametrize("wait", ["longest", "usual"])
@pytest.mark.parametrize(
    "settings",
    [
        {"half_after": 3},
        {"half_after": 90},
        {"left_after": {"2": 0.5, "10": 0.1}},
        {"ends_after": 1},
    ],
)
def test_tables_rise_in_age_and_fall_in_weight(settings: dict[str, object], wait: str) -> None:
    steps = law.table({"country": "FR", "wait": wait, **settings})
    ages, weights = [age for age, _ in steps], [weight for _, weight in steps]
    assert 0 < len(steps) <= 400
    assert ages == sorted(set(ages))
    assert weights == sorted(set(weights), reverse=True)
    assert weights[-1] < 0.2


def test_nothing_fades_before_its_business_days_have_passed() -> None:
    closed = holidays.country_holidays("GB")
    for count in (1, 5, 20):
        ((age, _),) = law.table({"country": "GB", "ends_after": count})
        days = age // law.DAY
        starts = [date(2024, 1, 1) + ONE_DAY * step for step in range(366)]
        counts = [passed(start, start + ONE_DAY * days, closed) for start in starts]
        assert min(counts) >= count
        ((usual, _),) = law.table({"country": "GB", "ends_after": count, "wait": "usual"})
        assert usual <= age


def test_a_model(tmp_path: Path) -> None:
    engine = load(tmp_path)
    lead, call = {"created": "2026-05-13"}, {"type": "call", "at": "2026-05-15T10:00Z"}
    result = engine.score(lead, events=[call], as_of="2026-05-16")
    assert result.scores["interest"].reading == 107_000_000  # Ascension Day lies between
    for as_of, points in (("2026-05-27T09:59:59Z", 107), ("2026-05-27T10:00:00Z", 7)):  # 12 days: Ascension, Whitsun
        reading = engine.score(lead, events=[call], as_of=as_of).scores["interest"].reading
        assert reading == points * 1_000_000


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("country: XX, ends_after: 5", "no public holidays are known for XX"),
        ("ends_after: 5", "'country' is a required property"),
        ("country: DE, ends_after: 5, half_after: 2", "is valid under each of"),
        ("country: DE, ends_after: 99999", "lead past the year 2100"),
    ],
)
def test_settings_that_do_not_fit(tmp_path: Path, settings: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(tmp_path, settings)
    (found,) = caught.value.diagnostics
    assert found.code == "RE451"
    assert said in found.message


@pytest.mark.parametrize("builtin", list(plugin.functions), ids=lambda one: one.name)
def test_examples(builtin: object, tmp_path: Path) -> None:
    functions = load(tmp_path).extensions.functions
    for text, value in builtin.examples:  # type: ignore[attr-defined]
        assert feel.from_feel(feel.compile_expression(feel.parse(text), functions)({})) == feel.evaluate(value), text
