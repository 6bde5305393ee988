"""What is read off a scored population, held against the engine lead by lead."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from rules_engine.analysis.population.contributions import contributions
from rules_engine.analysis.population.distribution import distributions, nice_step
from rules_engine.analysis.population.moves import band_moves, first_events
from rules_engine.analysis.population.segments import SegmentLeads, all_segments, run_with_segments
from rules_engine.analysis.population.stages import Stages, find_stages
from rules_engine.analysis.population.timeline import timeline
from rules_engine.batch.score import Batch, open_batch
from rules_engine.batch.tables import ScoreTables
from rules_engine.result.types import Result

RULESET = Path(__file__).parents[2] / "rulesets" / "b2b_saas"
Scored = tuple[Batch, ScoreTables, tuple[SegmentLeads, ...]]


@pytest.fixture(scope="module")
def scored() -> Scored:
    batch = open_batch(RULESET, RULESET / "data.yaml", as_of="2026-10-28T09:00:00Z")
    return batch, *run_with_segments(batch, ledger=True, transitions=True, rules=True)


@pytest.fixture(scope="module")
def results(scored: Scored) -> dict[str, Result]:
    found = {lead_id: scored[0].score_lead(lead_id) for lead_id in scored[0].lead_ids()}
    return {lead_id: result for lead_id, result in found.items() if result is not None and result.scored}


# --- segments


def test_tables_are_those_of_a_plain_run(scored: Scored) -> None:
    batch, tables, _ = scored
    assert tables.scores.equals(batch.run().scores)


def test_segment_has_the_leads_its_condition_names(scored: Scored, results: dict[str, Result]) -> None:
    cold = {lead_id for lead_id, result in results.items() if result.labels["temperature"] == "cold"}
    wake_up = scored[2][0]
    assert (wake_up.name, wake_up.found) == ("wake_up", len(cold))
    assert set(wake_up.leads["lead_id"]) == cold


def test_segment_is_ordered_by_its_value_then_by_lead(scored: Scored, results: dict[str, Result]) -> None:
    leads = scored[2][0].leads
    expected = sorted(leads["lead_id"], key=lambda lead: (-results[lead].scores["readiness"].reading, lead))
    assert leads["lead_id"].to_list() == expected
    assert leads["segment_rank"].to_list() == list(range(1, len(expected) + 1))
    assert leads["segment_value"].to_list() == [results[lead].scores["readiness"].reading / 1e6 for lead in expected]


SEGMENTS = """\
schema: 1
model: cut
version: 1
status: draft
fields: {lead: {size: number}}
events: {visit: {}}
scores:
  size: {rules: {size: {when: lead.size != null, points: lead.size}}}
labels: {segment_best: lead.size}
segments:
  best: {where: score.size >= 0, highest: lead.size, take: 2}
  worst: {where: score.size >= 0, lowest: lead.size}
  unknown: {where: lead.size > 5}
  empty: {where: score.size > 1000}
"""


def cut(tmp_path: Path) -> dict[str, SegmentLeads]:
    (tmp_path / "v1.yaml").write_text(SEGMENTS, encoding="utf-8")
    (tmp_path / "data.yaml").write_text("schema: 1\nleads: {file: leads.csv, id: id, fields: {size: size}}\n")
    (tmp_path / "leads.csv").write_text("id,size\nd,7\nc,3\nb,\na,7\n", encoding="utf-8")
    batch = open_batch(tmp_path / "v1.yaml", tmp_path / "data.yaml", as_of="2026-01-01")
    return {found.name: found for found in run_with_segments(batch)[1]}


def test_take_cuts_and_counts(tmp_path: Path) -> None:
    best = cut(tmp_path)["best"]
    assert (best.leads["lead_id"].to_list(), best.found, best.take) == (["a", "d"], 4, 2)


def test_leads_without_a_value_come_last(tmp_path: Path) -> None:
    assert cut(tmp_path)["worst"].leads["lead_id"].to_list() == ["c", "a", "d", "b"]


def test_unknown_condition_is_not_in(tmp_path: Path) -> None:
    assert cut(tmp_path)["unknown"].leads["lead_id"].to_list() == ["a", "d"]


def test_all_segments_in_one_table(tmp_path: Path) -> None:
    table = all_segments(tuple(cut(tmp_path).values()))
    assert Counter(table["segment"]) == {"best": 2, "worst": 4, "unknown": 2}


# --- stages


def stage_of(batch: Batch, result: Result) -> str | None:
    """Said again, lead by lead: the latest stage of any award that counts."""
    found = [
        batch.model.stages.index(rule.stage)
        for score in batch.model.scores.values()
        for rule in score.event_rules
        for entry in result.scores[score.name].ledger
        if rule.stage and entry.kind == "award" and entry.rule == rule.name
        if not (entry.reason == "limit" and entry.effective == 0)
    ]
    return batch.model.stages[max(found)] if found else None


@pytest.fixture(scope="module")
def stages(scored: Scored) -> Stages:
    return find_stages(scored[0].model, scored[1])


def test_stage_is_the_latest_of_any_award(scored: Scored, results: dict[str, Result], stages: Stages) -> None:
    expected = {lead_id: stage_of(scored[0], result) for lead_id, result in results.items()}
    assert dict(stages.leads.select("lead_id", "stage").iter_rows()) == expected
    assert None in expected.values()


def test_stages_add_up(stages: Stages) -> None:
    assert stages.none_yet + sum(stage.leads for stage in stages.stages) == stages.scored
    reached = [stage.reached for stage in stages.stages]
    assert reached == sorted(reached, reverse=True)
    for i, stage in enumerate(stages.stages):
        assert stage.reached == sum(later.leads for later in stages.stages[i:])
        assert stage.conversion == (None if i == 0 else stage.reached / reached[i - 1])
    assert sum(stage.award_share for stage in stages.stages) == pytest.approx(1)


def test_awards_are_those_of_the_stage_tally(stages: Stages, results: dict[str, Result]) -> None:
    learn = {lead_id: result.tallies["learn_touches"] for lead_id, result in results.items()}
    assert dict(stages.leads.select("lead_id", "awards_learn").iter_rows()) == learn


# --- movements


def test_weeks_say_what_the_engine_says_then(scored: Scored) -> None:
    batch, tables, _ = scored
    (readiness, *_) = band_moves(batch, tables, weeks=6)
    first = dict(first_events(batch).iter_rows())
    for week in readiness.weeks:
        last = week.end if week.end == batch.as_of else week.end - 1
        then = batch.run(moments={lead: last for lead, at in first.items() if at <= last}).scores.filter("scored")
        assert {band: count for band, count in week.leads.items() if count} == Counter(then["readiness_band"])


def test_moves_of_a_week_lead_from_its_bands_to_the_next(scored: Scored) -> None:
    batch, tables, _ = scored
    for moves in band_moves(batch, tables, weeks=12):
        assert sum(cause.moves for cause in moves.causes) <= moves.moves
        counted = tables.transitions.filter(
            (pl.col("score") == moves.score) & (pl.col("at").dt.epoch("us") >= moves.weeks[0].end)
        )
        assert sum(week.up + week.down for week in moves.weeks) == counted.height


def test_way_up_counts_leads_that_were_ever_there(scored: Scored, results: dict[str, Result]) -> None:
    batch, tables, _ = scored
    (readiness, *_) = band_moves(batch, tables, weeks=2)
    order = [step.name for step in readiness.steps]
    highest = Counter()
    for result in results.values():
        bands = [result.scores["readiness"].band]
        bands += [
            band for move in result.transitions if move.score == "readiness" for band in (move.before, move.after)
        ]
        highest[max(order.index(band) for band in bands if band is not None)] += 1
    assert [step.reached for step in readiness.steps] == [sum(highest[j] for j in range(i, 3)) for i in range(3)]
    assert [step.now for step in readiness.steps] == [
        sum(result.scores["readiness"].band == band for result in results.values()) for band in order
    ]


# --- rules and scores


def test_lines_sum_to_what_the_leads_hold(scored: Scored) -> None:
    batch, tables, _ = scored
    for found in contributions(batch.model, tables):
        held = tables.scores.drop_nulls(found.score).select(
            (pl.col(f"{found.score}_activity") + pl.col(f"{found.score}_profile")).sum().cast(pl.Float64)
        )
        assert found.start + sum(line.points for line in found.lines) == pytest.approx(held.item(), abs=1e-6)


def test_cut_counts_what_limits_kept(scored: Scored, results: dict[str, Result]) -> None:
    batch, tables, _ = scored
    lines = {line.name: line for line in contributions(batch.model, tables)[0].lines}
    limited = [
        entry
        for result in results.values()
        for entry in result.scores["readiness"].ledger
        if entry.rule == "page" and entry.effective != entry.nominal
    ]
    assert lines["page"].cut_entries == len(limited)
    assert lines["page"].cut == sum(entry.nominal - entry.effective for entry in limited) / 1e6


def test_distribution_counts_each_lead_once(scored: Scored) -> None:
    batch, tables, _ = scored
    for found in distributions(batch.model, tables.scores):
        in_bins = Counter()
        for bin_ in found.bins:
            in_bins.update(bin_.leads)
        assert in_bins == Counter({band.name: band.leads for band in found.bands})
        assert found.leads + found.without_value == tables.scores["scored"].sum()


def test_long_tail_is_one_bar(tmp_path: Path) -> None:
    readings = [*range(100), 5_000]
    (tmp_path / "v1.yaml").write_text(SEGMENTS, encoding="utf-8")
    (tmp_path / "data.yaml").write_text("schema: 1\nleads: {file: leads.csv, id: id, fields: {size: size}}\n")
    lines = "".join(f"L{number},{reading}\n" for number, reading in enumerate(readings))
    (tmp_path / "leads.csv").write_text(f"id,size\n{lines}", encoding="utf-8")
    batch = open_batch(tmp_path / "v1.yaml", tmp_path / "data.yaml", as_of="2026-01-01")
    (found,) = distributions(batch.model, batch.run().scores)
    assert [bin_.is_open for bin_ in found.bins] == [False] * 20 + [True]
    assert (found.bins[-1].low, sum(found.bins[-1].leads.values())) == (100.0, 1)
    assert found.bands[0].highest == 5_000


@pytest.mark.parametrize(
    ("width", "step"), [(0.0, 1.0), (1.0, 0.05), (23.0, 1.0), (25.0, 2.0), (110.0, 5.0), (200.0, 10.0), (1000.0, 50.0)]
)
def test_step_of_a_histogram(width: float, step: float) -> None:
    assert nice_step(width, 24) == pytest.approx(step)


# --- one lead


def test_curve_ends_at_the_reading_and_passes_through_the_entries(scored: Scored, results: dict[str, Result]) -> None:
    found = timeline(scored[0], "L037", "total")
    assert found is not None
    assert found.points[-1].reading == found.reading == results["L037"].scores["total"].reading / 1e6
    demo = next(step for step in found.steps if step.rule == "demo")
    before = next(point for point in found.points if point.at == demo.at - 1)
    together = sum(step.effective for step in found.marks if step.at == demo.at)
    assert demo.reading is not None
    assert demo.reading - before.reading == pytest.approx(together / 2, abs=0.01)  # total takes half of readiness


def test_curve_of_a_lead_that_is_not_scored(scored: Scored) -> None:
    outside = next(row["lead_id"] for row in scored[1].scores.iter_rows(named=True) if not row["scored"])
    assert timeline(scored[0], outside, "total") is None
