"""Backtests of the rulesets with real data: the counts that their publishers and READMEs give."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from rules_engine.analysis.backtest.run import Question, backtest, compare, prepare
from rules_engine.analysis.backtest.types import Backtest, Comparison
from rules_engine.analysis.calibrate.from_outcomes import from_outcomes
from rules_engine.analysis.versions.points import read_version

RULESETS = Path(__file__).parents[2] / "rulesets"
RETAIL, BANK = RULESETS / "online_retail", RULESETS / "bank_marketing"

MANY_ORDERS = """schema: 1
model: many_orders
version: 1
sales_ready: 10
timezone: Europe/London
fields:
  lead: {country: string}
events:
  purchase: {amount: number, lines: number, quantity: number}
  return: {amount: number, lines: number, quantity: number}
tallies:
  orders: {event: purchase}
scores:
  loyalty:
    rules:
      five_or_more: {when: tally.orders >= 5, points: 10}
    bands: {some: any, many: 100%}
"""

LONG_CALLS = """schema: 1
model: long_calls
version: 1
sales_ready: 40
fields:
  lead: {duration: number, age: number}
scores:
  fit:
    rules:
      long_call: {of: lead.duration, at_least: {0: 0, 200: 10, 500: 40}}
    bands: {hold: any, call: 100%}
"""

BANK_DATA = """schema: 1
leads:
  file: bank-additional-full.csv.gz
  delimiter: ";"
  id: {generate: row_number, prefix: bank-}
  KNOWN
outcomes:
  file: bank-additional-full.csv.gz
  delimiter: ";"
  lead: {generate: row_number, prefix: bank-}
  outcome: {column: y, values: {"yes": won, "no": lost}}
"""


@cache
def both_versions() -> Comparison:
    question = Question(cuts=("2011-09-09",))
    return compare(RETAIL, RETAIL / "data.yaml", question, RETAIL / "v1.yaml", version=2)


def test_online_retail_on_9_september_2011() -> None:
    people = both_versions().second.population
    assert (people.cases, people.won, people.open) == (3_404, 1_932, 0)


@pytest.mark.parametrize(("version", "area", "ready"), [("first", 0.723, (120, 125)), ("second", 0.740, (136, 139))])
def test_online_retail_does_what_its_page_says(version: str, area: float, ready: tuple[int, int]) -> None:
    done: Backtest = getattr(both_versions(), version)
    assert done.auc is not None
    assert round(done.auc.value, 3) == area
    assert done.precision is not None
    assert (done.precision.count, done.precision.total) == ready


def test_version_2_is_surely_better_than_version_1() -> None:
    difference = both_versions().difference
    assert difference is not None
    assert difference.low > 0


def test_returns_are_no_bad_sign() -> None:
    verdicts = {row.rule: row.verdict for row in both_versions().first.rules}
    assert verdicts == {"order": "right way", "goods_back": "wrong way"}


def test_who_ordered_five_times_orders_again(tmp_path: Path) -> None:
    model = tmp_path / "v1.yaml"
    model.write_text(MANY_ORDERS, encoding="utf-8")
    done = backtest(model, RETAIL / "data.yaml", Question(cuts=("2011-09-09",)))
    assert {row.band: (row.won.count, row.won.total) for row in done.bands}["many"] == (606, 674)


def bank(folder: Path, known: str, where: str) -> Backtest:
    """The bank's data beside a model that reads the length of the call."""
    (folder / "v1.yaml").write_text(LONG_CALLS, encoding="utf-8")
    data = BANK_DATA.replace("KNOWN", known + where).replace("  lead: {gen", where.lstrip("\n") + "\n  lead: {gen")
    (folder / "data.yaml").write_text(data, encoding="utf-8")
    (folder / "bank-additional-full.csv.gz").symlink_to(BANK / "data" / "bank-additional-full.csv.gz")
    return backtest(folder / "v1.yaml", folder / "data.yaml", Question(as_of="2010-11-30"))


PART = "\n  where: {month: [jun]}"  # a part of the calls, for a quick test


@pytest.mark.parametrize(("known", "declared"), [("known_after_outcome: duration", True), ("match_names: true", False)])
def test_the_length_of_the_call_is_flagged(tmp_path: Path, known: str, declared: bool) -> None:
    [leak] = bank(tmp_path, known, PART).leaks
    assert (leak.name, leak.declared, leak.read_by) == ("lead.duration", declared, ("fit.long_call",))
    assert leak.auc is not None
    assert leak.auc.value > 0.8


@pytest.mark.long
def test_bank_marketing_whole() -> None:
    done = backtest(BANK, BANK / "data.yaml", Question(as_of="2010-11-30"))
    assert (done.population.cases, done.population.won) == (41_188, 4_640)
    assert {row.band: (row.won.count, row.won.total) for row in done.bands} == {
        "call_first": (922, 1_399),
        "call": (1_111, 2_888),
        "maybe": (1_086, 6_394),
        "hold": (1_521, 30_507),
    }
    assert done.leaks == ()


@pytest.mark.long
def test_calibration_turns_the_returns_of_version_1() -> None:
    question = Question(cuts=("2011-09-09",), min_count=30)
    version = read_version(RETAIL / "v1.yaml")
    found = from_outcomes(version, prepare(RETAIL / "v1.yaml", RETAIL / "data.yaml", question), question)
    [returns] = [each for each in found.proposals if each.address == "loyalty.goods_back"]
    assert returns.verdict == "change"
    assert returns.proposed is not None
    assert returns.proposed > 0 > (returns.today or 0)


@pytest.mark.long
def test_calibration_of_the_bank_is_no_better_than_its_authors() -> None:
    question = Question(as_of="2010-11-30", min_count=30)
    version = read_version(BANK / "v2.yaml")
    found = from_outcomes(version, prepare(BANK / "v2.yaml", BANK / "data.yaml", question), question)
    assert found.quality is not None
    assert not found.quality.better
