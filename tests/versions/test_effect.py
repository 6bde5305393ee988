"""The effect of a change: what is said to have caused it adds up to it, lead by lead; renamed scores are followed."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import polars as pl
import pytest

from rules_engine.analysis.versions.contributions import contributions
from rules_engine.analysis.versions.effect import Effect, change_counts, measure_effect, quantile
from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.gates import read_gate
from rules_engine.batch.score import open_batch
from rules_engine.batch.sources import DataError

RULESETS = Path(__file__).parents[2] / "rulesets"
B2B = RULESETS / "b2b_saas"
SMALL = Path(__file__).parents[1] / "cli" / "models" / "small"


def test_contributions_add_up_to_the_reading() -> None:
    batch = open_batch(B2B / "v3.yaml", B2B / "data.yaml")
    tables = batch.run(ledger=True, rules=True)
    for name in batch.model.scores:
        parts = contributions(batch.model, tables, name).group_by("lead_id").agg(pl.col("amount").sum())
        readings = tables.scores.filter(pl.col(name).is_not_null()).select("lead_id", name)
        both = readings.join(parts, on="lead_id", how="left").with_columns(pl.col("amount").fill_null(0) / 1e6)
        assert both.filter((pl.col(name) - pl.col("amount")).abs() > 0.0051).height == 0, name


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path / "small")
    return tmp_path / "small"


def changed(folder: Path, *changes: tuple[str, str]) -> Effect:
    """The effect of replacing texts of version 1."""
    text = (folder / "v1.yaml").read_text().replace("version: 1", "version: 2", 1)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / "v2.yaml").write_text(text)
    return measure_effect(folder / "v1.yaml", folder / "v2.yaml", folder / "data.yaml", as_of="2026-03-20T15:00:00Z")


def test_nothing_changed(versions: Path) -> None:
    effect = changed(versions)
    for score in effect.scores.values():
        assert (score.changed, score.moved, score.causes, score.move_causes) == (0, 0, (), {})
    assert effect.movers == ()


def test_bounds_alone(versions: Path) -> None:
    effect = changed(versions, ("warm: 30", "warm: 20"))
    readiness = effect.scores["readiness"]
    assert readiness.changed == 0
    assert readiness.moves["cold", "warm"] == 1
    assert readiness.move_causes == {("cold", "warm"): (("bounds of the bands", 1),)}


def test_the_audience(versions: Path) -> None:
    effect = changed(versions, ('lead.status != "customer"', 'lead.status != "partner"'))
    assert (effect.entered, effect.left) == (1, 0)
    assert effect.scores["readiness"].compared == 4
    assert sum(n for (before, _), n in effect.scores["readiness"].moves.items() if before is None) == 1


def test_a_rule_a_standing_rule_and_a_combined_score(versions: Path) -> None:
    effect = changed(versions, ("points: 60%", "points: 70%"), ("US: 10", "US: 13"))
    assert [cause.name for cause in effect.scores["readiness"].causes] == ["demo"]
    assert [(cause.name, cause.up) for cause in effect.scores["fit"].causes] == [("market", 3.0)]
    assert {cause.name for cause in effect.scores["total"].causes} == {"score fit", "score readiness"}
    assert effect.by == "total"
    assert all(
        abs(sum(points for _, points in mover.causes) - (mover.after - mover.before)) < 0.011 for mover in effect.movers
    )


def test_a_renamed_rule_and_a_renamed_score_cause_nothing(versions: Path) -> None:
    effect = changed(
        versions, ("      demo: {", "      asked_for_demo: {"), ("\n  fit:\n", "\n  match:\n"),
        ("{fit: 1,", "{match: 1,"), ("band.fit", "band.match"),
    )  # fmt: skip
    assert effect.scores["match"].was == "fit"
    assert [score.causes for score in effect.scores.values()] == [(), (), ()]


def test_a_gate(versions: Path) -> None:
    effect = changed(
        versions, ("event: unsubscribe, hold: 30 days, until: demo_request", "event: page_view, hold: forever")
    )
    assert [cause.name for cause in effect.scores["readiness"].causes] == ["gates"]


def test_fields_that_only_one_version_declares(versions: Path) -> None:
    (versions / "data.yaml").write_text(
        "schema: 1\n"
        "leads: {file: leads.csv, id: lead, account: company, fields: {title: title, country: country}}\n"
        "accounts: {file: companies.csv, id: company}\n"
        "events:\n  - {file: events.csv, lead: lead, at: at, type: type}\n"
    )
    without = ("      market: {of: lead.country, values: {US: 10, GB: 8}, otherwise: 0}\n", "")
    effect = changed(versions, ("    country: {type: string, one_of: [US, GB, FR]}\n", ""), without)
    assert [cause.name for cause in effect.scores["fit"].causes] == ["market"]
    (versions / "data.yaml").write_text("schema: 1\nleads: {file: leads.csv, id: lead, fields: {titel: title}}\n")
    with pytest.raises(DataError, match="titel"):
        changed(versions)


@pytest.mark.parametrize(
    ("changes", "low", "median", "high"),
    [
        ([10, 20, 0, 40, -5, 0], -5, 5, 40),  # the mean of 0 and 10
        ([-5.01, 0, 9.88], -5.01, 0, 9.88),
        ([0.01, 0.02], 0.01, 0.015, 0.02),
        ([float(n) for n in range(100)], 4, 49.5, 95),  # 4.95 and 94.05, outwards: 92 of 100 lie from 4 to 95
    ],
)
def test_quantiles_of_the_change(changes: list[float], low: float, median: float, high: float) -> None:
    found = pl.Series(changes, dtype=pl.Float64)
    assert [quantile(found, q) for q in (0.05, 0.5, 0.95)] == [low, median, high]


def buckets(values: list[float]) -> list[tuple[float, float, int]]:
    return list(change_counts(pl.Series(values, dtype=pl.Float64)))


def test_ranges_of_the_change() -> None:
    assert buckets([]) == []
    assert buckets([0.0, 0.0]) == [(0.0, 0.0, 2)]
    assert buckets([5.0, 10.0, 10.01, -0.5, 0.0, 60.0]) == [
        (-10.0, 0.0, 1), (0.0, 0.0, 1), (0.0, 10.0, 2), (10.0, 20.0, 1), (50.0, 60.0, 1),
    ]  # fmt: skip


def test_a_lead_far_out_does_not_widen_the_ranges() -> None:
    found = buckets([float(n) for n in range(1, 101)] + [5_000.0])
    assert found[-1] == (100.0, math.inf, 1)
    assert sum(count for _, _, count in found) == 101
    assert len(found) == 11


def test_gates_count(versions: Path) -> None:
    effect = changed(versions, ("warm: 30", "warm: 20"))
    verdicts = {
        text: read_gate(text, effect.before, effect.after).judge(effect)
        for text in (
            "newly(readiness.warm) > 0",
            "no_longer(readiness.cold) >= 25%",
            "moved(readiness) = 1",
            "changed(fit) != 0",
        )
    }
    assert [(v.leads, v.value, v.fails) for v in verdicts.values()] == [
        (1, 1.0, True),
        (1, 25.0, True),
        (1, 1.0, True),
        (0, 0.0, False),
    ]


def test_versions_without_a_common_score(versions: Path) -> None:
    (versions / "v2.yaml").write_text(
        "schema: 1\nmodel: small\nversion: 2\nevents: {page_view: {path: string}}\n"
        "scores: {other: {rules: {x: {event: page_view, points: 1}}}}\n"
    )
    with pytest.raises(VersionError, match="no score in common"):
        measure_effect(versions / "v1.yaml", versions / "v2.yaml", versions / "data.yaml")
