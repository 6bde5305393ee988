"""Calibration on small made-up data: touches that can be counted, answers that can be multiplied, a plan to recover."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.run import Question, prepare
from rules_engine.analysis.calibrate.features import remaining
from rules_engine.analysis.calibrate.from_outcomes import from_outcomes
from rules_engine.analysis.calibrate.interview import from_interview
from rules_engine.analysis.calibrate.stages import from_given_touches, from_winners
from rules_engine.analysis.calibrate.types import Calibration, Proposal
from rules_engine.analysis.versions.next_version import next_version
from rules_engine.analysis.versions.points import VersionFile, read_version
from rules_engine.model.types import Decay

DAY = 86_400_000_000
STAGED = """schema: 1
model: staged
version: 1
sales_ready: 100
stages: [learn, compare, decide]
events:
  guide: {}
  webinar: {minutes: number}
  demo: {}
  visit: {}
scores:
  readiness:
    rules:
      guide: {stage: learn, event: guide, points: 5, limit: 2}
      webinar: {stage: compare, event: webinar, points: 10}
      long_webinar: {stage: compare, event: webinar, of: event.minutes, at_least: {30: 5, 60: 7}}
      demo: {stage: decide, event: demo, points: 60%}
      visit: {event: visit, points: 1}
    penalties:
      lost_interest: {event: visit, remove: 3}
    bands: {cold: any, sales_ready: 100%}
"""
DATA = """schema: 1
leads: {file: leads.csv, id: lead}
events: {file: events.csv, lead: lead, at: at, type: type}
outcomes: {file: outcomes.csv, lead: lead, outcome: outcome, at: at}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "v1.yaml").write_text(STAGED, encoding="utf-8")
    (tmp_path / "data.yaml").write_text(DATA, encoding="utf-8")
    return tmp_path


def version(folder: Path) -> VersionFile:
    return read_version(folder / "v1.yaml")


def by_address(found: Calibration) -> dict[str, Proposal]:
    return {each.address: each for each in found.proposals}


# --- touches --------------------------------------------------------------------------------------------------------


def test_five_three_and_four_touches_of_100_points_are_8_each(folder: Path) -> None:
    found = from_given_touches(version(folder), {"learn": 5, "compare": 3, "decide": 4}, None)
    proposals = by_address(found)
    assert found.changes == {"readiness.guide": "8", "readiness.webinar": "8", "readiness.demo": "8"}
    assert proposals["readiness.long_webinar.at_least.30"].verdict == "left"
    assert "readiness.visit" not in proposals


def test_halves_go_to_the_even_number(folder: Path) -> None:
    assert from_given_touches(version(folder), {"learn": 8}, None).proposals[0].proposed == 12  # 12.5


def test_an_unknown_stage_is_said_with_the_nearest_name(folder: Path) -> None:
    with pytest.raises(BacktestError, match='Did you mean "learn"'):
        from_given_touches(version(folder), {"lern": 5}, None)


def touching(folder: Path, winners: int) -> None:
    """Winners with three guides (two count), a webinar and a demo, or two; the lost read nothing."""
    leads, events, outcomes = ["lead"], ["lead,at,type"], ["lead,outcome,at"]
    for n in range(winners):
        leads.append(f"w{n}")
        events += [f"w{n},2026-01-0{day},guide" for day in (1, 2, 3)]
        events += [f"w{n},2026-01-04,webinar", f"w{n},2026-01-05,demo"]
        events += [f"w{n},2026-01-06,demo"] * (n % 2)
        events.append(f"w{n},2026-03-01,demo")  # after the win: not seen
        outcomes.append(f"w{n},won,2026-02-01")
    leads.append("x")
    outcomes.append("x,lost,2026-02-01")
    for name, lines in (("leads", leads), ("events", events), ("outcomes", outcomes)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_touches_of_winners_are_counted_awards(folder: Path) -> None:
    touching(folder, winners=40)
    question = Question(min_count=30)
    prepared = prepare(folder / "v1.yaml", folder / "data.yaml", question)
    found = from_winners(version(folder), prepared, question)
    # a webinar without minutes is one touch: the second rule gives it no points. 2 + 1 + 1.5 = 4.5 touches, 22.2 each
    assert {each.stage: each.touches.value for each in found.stages} == {"learn": 2.0, "compare": 1.0, "decide": 1.5}
    assert found.changes["readiness.guide"] == "22"
    interval = found.proposals[0].interval
    assert interval is not None
    assert interval.low < 100 / 4.5 < interval.high


def test_touches_are_those_of_the_tally_where_a_higher_award_takes_the_place_of_a_lower(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(
        """schema: 1
model: videos
version: 1
stages: [learn]
events: {video: {id: string, share: number}}
tallies: {touches: {stage: learn}}
scores:
  readiness:
    rules:
      watched:
        stage: learn
        event: video
        points: 20 * event.share
        limit: {times: 1, each: event.id, keep: highest}
labels: {touches: tally.touches}
""",
        encoding="utf-8",
    )
    # a half, then less (nothing), then all of one video: two touches; and half of another: three
    shares = [("a", 0.5), ("a", 0.25), ("a", 1), ("b", 0.5)]
    rows = [f"w{n},2026-01-0{day},video,{id},{share}" for n in range(3) for day, (id, share) in enumerate(shares, 1)]
    (tmp_path / "events.csv").write_text("lead,at,type,id,share\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "leads.csv").write_text("lead\nw0\nw1\nw2\nx\n", encoding="utf-8")
    outcomes = "".join(f"w{n},won,2026-02-01\n" for n in range(3))
    (tmp_path / "outcomes.csv").write_text(f"lead,outcome,at\n{outcomes}x,lost,2026-02-01\n", encoding="utf-8")
    (tmp_path / "data.yaml").write_text(DATA, encoding="utf-8")
    prepared = prepare(tmp_path / "v1.yaml", tmp_path / "data.yaml", Question())
    found = from_winners(version(tmp_path), prepared, Question())
    assert {each.stage: each.touches.value for each in found.stages} == {"learn": 3.0}
    assert prepared.batch.run().scores["label_touches"].to_list() == ["3.0", "3.0", "3.0", "0.0"]


def test_few_winners_propose_nothing(folder: Path) -> None:
    touching(folder, winners=10)
    question = Question(min_count=30)
    prepared = prepare(folder / "v1.yaml", folder / "data.yaml", question)
    found = from_winners(version(folder), prepared, question)
    assert found.changes == {}
    assert "only 10 winners" in found.warnings[0]


# --- interview ------------------------------------------------------------------------------------------------------


def interview(folder: Path, text: str) -> Calibration:
    (folder / "sheet.csv").write_text(text, encoding="utf-8")
    return from_interview(version(folder), folder / "sheet.csv")


HEAD = "Rule,Asset,Stage,Points v1,Percent ready,New points"


def test_percent_times_the_sales_ready_score(folder: Path) -> None:
    found = interview(
        folder, f"{HEAD}\nreadiness.guide,,,5,5%,\nreadiness.webinar,,,10,25%,\nreadiness.demo,,,60,60%,\n"
    )
    assert found.changes == {"readiness.webinar": "25"}


def test_new_points_count_before_the_percent(folder: Path) -> None:
    found = interview(folder, f"{HEAD}\nreadiness.guide,,,5,5%,7\nreadiness.demo,,,60,60%,75%\n")
    assert found.changes == {"readiness.guide": "7", "readiness.demo": "75%"}


def test_several_people_are_averaged_between_their_answers(folder: Path) -> None:
    head = "Rule,Percent ready,Percent ready Ann,Percent ready Bo,New points"
    found = interview(folder, f"{head}\nreadiness.webinar,10%,20%,40,\nreadiness.guide,5%,,,\n")
    [proposal] = found.proposals
    assert (proposal.address, proposal.proposed) == ("readiness.webinar", 30)
    assert proposal.interval is not None
    assert (proposal.interval.low, proposal.interval.high) == (20, 40)


def test_a_penalty_keeps_its_minus_sign_on_the_sheet(folder: Path) -> None:
    assert interview(folder, f"{HEAD}\nreadiness.lost_interest,,,-3,-10%,\n").changes == {
        "readiness.lost_interest": "10"
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}\nreadiness.demoo,,,60,60%,70\n", 'Did you mean "readiness.demo"'),
        (f"{HEAD}\nreadiness.demo,,,60,much,\n", '"much" is no percent; write 60%'),
        (f"{HEAD}\nreadiness.demo,,,60,0.6,\n", "a share or a percent"),
        (f"{HEAD}\nreadiness.demo,,,60,70%,\nreadiness.demo,,,60,80%,\n", "a second time"),
        ("Rule,New points\n", 'no column "Percent ready"'),
        ("Rule,Points v3,Percent ready,New points\n", "made from version 3"),
        (f"{HEAD}\nreadiness.lost_interest,,,-3,10%,\n", "with a minus sign"),
    ],
)
def test_a_sheet_that_cannot_be_read(folder: Path, text: str, said: str) -> None:
    with pytest.raises(BacktestError, match=said):
        interview(folder, text)


def test_the_workbook_that_rules_sheet_writes(folder: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from rules_engine.analysis.versions.sheet import write_sheet

    write_sheet(version(folder), folder / "sheet.xlsx")
    assert from_interview(version(folder), folder / "sheet.xlsx").proposals == ()
    book = openpyxl.load_workbook(folder / "sheet.xlsx")
    page = book["points"]
    for row in page.iter_rows(min_row=2):
        if row[0].value == "readiness.webinar":
            row[4].value = 0.25
    book.save(folder / "sheet.xlsx")
    assert from_interview(version(folder), folder / "sheet.xlsx").changes == {"readiness.webinar": "25"}


# --- outcomes -------------------------------------------------------------------------------------------------------

PLAN = """schema: 1
model: plan
version: 1
sales_ready: 40
fields:
  lead: {size: {type: string, one_of: [small, large]}}
events:
  demo: {}
  visit: {}
  rare: {}
scores:
  interest:
    max: 500
    rules:
      demo: {event: demo, points: DEMO}
      visit: {event: visit, points: VISIT}
      rare: {event: rare, points: 9}
      size: {of: lead.size, values: {large: 10}, otherwise: 0}
    bands: {cold: any, sales_ready: 100%}
"""


def planned(folder: Path, leads: int, demo: int, visit: int, signal: float = 1.0) -> Calibration:
    """Outcomes drawn from log-odds: +1.5 for a demo, -0.5 for each visit, +1 for large; the version says otherwise."""
    draw = random.Random(3)
    rows: dict[str, list[str]] = {"leads": ["lead,size"], "events": ["lead,at,type"], "outcomes": ["lead,outcome,at"]}
    for n in range(leads):
        large, has_demo, visits = draw.random() < 0.5, draw.random() < 0.4, draw.randrange(4)
        rows["leads"].append(f"l{n},{'large' if large else 'small'}")
        rows["events"] += [f"l{n},2026-01-05,demo"] * has_demo + [f"l{n},2026-01-0{d + 1},visit" for d in range(visits)]
        rows["events"] += [f"l{n},2026-01-06,rare"] * (n < 8)
        odds = signal * (1.5 * has_demo - 0.5 * visits + 1.0 * large) - 0.5 * signal
        won = draw.random() < 1 / (1 + np.exp(-odds))
        rows["outcomes"].append(f"l{n},{'won' if won else 'lost'},2026-02-01")
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = PLAN.replace("DEMO", str(demo)).replace("VISIT", str(visit))
    (folder / "v1.yaml").write_text(text, encoding="utf-8")
    question = Question(min_count=30)
    return from_outcomes(version(folder), prepare(folder / "v1.yaml", folder / "data.yaml", question), question)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    folder = tmp_path_factory.mktemp("plan")
    (folder / "data.yaml").write_text(DATA, encoding="utf-8")
    return planned(folder, leads=1_500, demo=10, visit=5)


def test_the_plan_is_recovered_up_to_its_scale(plan: Calibration) -> None:
    found = by_address(plan)
    demo, visit, large = (found[f"interest.{name}"].interval for name in ("demo", "visit", "size.values.large"))
    assert demo is not None
    assert visit is not None
    assert large is not None
    # 1.5, -0.5 and 1: the ratios within the intervals
    scale = demo.value / 1.5
    assert visit.low < -0.5 * scale < visit.high
    assert large.low < 1.0 * scale < large.high


def test_points_that_go_the_wrong_way_are_turned(plan: Calibration) -> None:
    visit = by_address(plan)["interest.visit"]
    assert visit.verdict == "change"
    assert visit.proposed is not None
    assert visit.proposed < 0


def test_too_few_cases_keep_their_points(plan: Calibration) -> None:
    rare = by_address(plan)["interest.rare"]
    assert (rare.verdict, rare.proposed, rare.cases) == ("too few", None, 8)


def test_what_others_are_compared_with_is_left(plan: Calibration) -> None:
    assert by_address(plan)["interest.size.otherwise"].verdict == "left"


def test_better_on_leads_it_was_not_made_from(plan: Calibration) -> None:
    assert plan.quality is not None
    assert plan.quality.better
    assert plan.warnings == ()


def test_noise_is_not_sold_as_better(folder: Path) -> None:
    found = planned(folder, leads=400, demo=10, visit=1, signal=0.05)
    assert found.quality is not None
    assert not found.quality.better
    assert "not surely better" in found.warnings[-1]


def test_a_field_known_after_the_outcome_is_warned_of(folder: Path) -> None:
    (folder / "data.yaml").write_text(DATA.replace("id: lead}", "id: lead, known_after_outcome: size}"), "utf-8")
    found = planned(folder, leads=400, demo=10, visit=1)
    assert "lead.size is known only after the outcome" in found.warnings[0]


def test_few_outcomes_are_refused(folder: Path) -> None:
    with pytest.raises(BacktestError, match="nothing is fitted"):
        planned(folder, leads=40, demo=10, visit=5)


def test_the_changes_make_the_next_version(plan: Calibration) -> None:
    made = next_version(plan.file, plan.changes, "calibrated", day=date(2026, 11, 22))
    assert made.number == 2
    assert {cell.address for cell, _ in made.changed} == set(plan.changes)


@pytest.mark.parametrize(
    ("decay", "age", "left"),
    [
        (None, 100, 1.0),
        (Decay("half_life", period=10 * DAY), 20, 0.25),
        (Decay("half_life", period=10 * DAY, keep=0.5), 20, 0.5),
        (Decay("half_life", period=10 * DAY, delay=10 * DAY), 20, 0.5),
        (Decay("linear", period=10 * DAY), 4, 0.6),
        (Decay("linear", period=10 * DAY), 40, 0.0),
        (Decay("steps", ages=(5 * DAY, 9 * DAY), weights=(0.5, 0.0)), 4, 1.0),
        (Decay("steps", ages=(5 * DAY, 9 * DAY), weights=(0.5, 0.0)), 5, 0.5),
        (Decay("steps", ages=(5 * DAY, 9 * DAY), weights=(0.5, 0.0)), 9, 0.0),
    ],
)
def test_what_is_left_of_an_award(decay: Decay | None, age: int, left: float) -> None:
    assert remaining(decay, np.array([age * DAY])).tolist() == pytest.approx([left])
