"""The columns of calibration times today's points are the score, for every kind of rule and law."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest

from rules_engine.analysis.backtest.run import Question, prepare
from rules_engine.analysis.backtest.scored import score_cases
from rules_engine.analysis.calibrate.features import Features, features
from rules_engine.analysis.versions.points import read_version

MODEL = """schema: 1
model: everything
version: 1
sales_ready: 100
fields:
  lead: {size: string}
events:
  demo: {}
  page: {path: string}
  video: {id: string, share: number}
  order: {amount: number}
  complaint: {}
  asset: {name: string}
  closed: {}
scores:
  readiness:
    max: 100000
    min: -100000
    floor: -100000
    rules:
      demo: {event: demo, points: 30%, decay: {half_life: 20 days}}
      order:
        event: order
        of: event.amount
        at_least: {0: 4, 50: 8}
        otherwise: 1
        limit: {times: 1, per: day, keep: highest}
        decay: {half_life: 30 days, keep: 0.2, delay: 5 days}
      assets:
        event: asset
        table: {file: assets.csv, match: event.name}
        limit: {times: 1, each: event.name}
        decay: {linear: 60 days}
      complaint: {event: complaint, points: -7, decay: {expires: 15 days}}
      closed: {event: closed, set: 0}
      size: {of: lead.size, values: {small: 2, large: 9}, otherwise: -3, missing: -1}
      big:
        when: lead.size != null and lead.size = "large"
        points: 5
        otherwise: -2
  interest:
    for_each: {product: [crm, analytics]}
    rules:
      page:
        event: page
        when: event.path = product
        points: 6
        decay: {steps: {10 days: 0.5, 40 days: 0}}
  total:
    min: -100000
    combine: {readiness: 1, interest_crm: 0.5, interest_analytics: 2}
    bands: {low: any, high: 100%}
"""
DATA = """schema: 1
leads: {file: leads.csv, id: lead}
events: {file: events.csv, lead: lead, at: at, type: type}
outcomes: {file: outcomes.csv, lead: lead, outcome: outcome, at: at}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Features:
    folder = tmp_path_factory.mktemp("everything")
    draw = random.Random(11)
    rows: dict[str, list[str]] = {
        "leads": ["lead,size"],
        "events": ["lead,at,type,path,amount,name"],
        "outcomes": ["lead,outcome,at"],
        "assets": ["asset,points", "guide,5", "prices,12"],
    }
    for n in range(60):
        rows["leads"].append(f"l{n},{draw.choice(['small', 'large', 'middle', ''])}")
        for _ in range(draw.randrange(12)):
            at = f"2026-{draw.randrange(1, 3):02}-{draw.randrange(1, 28):02}T{draw.randrange(24):02}:00"
            kind = draw.choice(["demo", "page", "order", "complaint", "asset", "closed"])
            path, amount, name = (
                draw.choice(["crm", "analytics"]),
                draw.randrange(-20, 90),
                draw.choice(["guide", "prices"]),
            )
            rows["events"].append(f"l{n},{at},{kind},{path},{amount},{name}")
        rows["outcomes"].append(f"l{n},{draw.choice(['won', 'lost'])},2026-03-01")
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (folder / "data.yaml").write_text(DATA, encoding="utf-8")
    prepared = prepare(folder / "v1.yaml", folder / "data.yaml", Question())
    ledgers: list[pl.DataFrame] = []
    scored = score_cases(prepared.batch, prepared.cases, "total", None, ledger=ledgers.append)
    return features(scored, pl.concat(ledgers), read_version(folder / "v1.yaml").cells)


def test_columns_times_points_are_the_score(data: Features) -> None:
    assert np.abs(data.rest).max() < 0.006  # readings have two decimals


def test_every_number_of_points_that_occurs_has_a_column(data: Features) -> None:
    names = {address for level in data.levels for address in level.addresses}
    assert {"readiness.assets.guide", "readiness.order.otherwise", "interest.page", "readiness.size.missing"} <= names
    assert (data.columns != 0).any(axis=0).all()


def test_other_points_move_the_score_by_what_is_left(data: Features) -> None:
    [page] = [number for number, level in enumerate(data.levels) if level.rule == "page"]
    today = np.array([level.today for level in data.levels])
    moved = data.scores(today + 2 * (np.arange(len(today)) == page)) - data.scores(today)
    assert moved == pytest.approx(2 * data.columns[:, page])


def test_rules_in_which_everybody_has_one_number_are_known(data: Features) -> None:
    groups = {tuple(sorted({data.levels[number].rule for number in group})) for group in data.whole}
    assert ("size",) in groups
    assert ("order",) not in groups
