"""Differences by meaning: layout makes none, a definition shows where it is used, each change is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.versions.text_diff import text_diff
from rules_engine.model import load_text
from rules_engine.model.types import Model
from rules_engine.report.version_diff import sentence

MODEL = """schema: 1
model: m
version: 1
stages: [learn, decide]
fields:
  lead: {title: string, country: {type: string, one_of: [US, GB]}}
  account: {employees: number}
events:
  view: {path: string}
  demo: {}
constants:
  pages: [a, b]
define:
  boss: has word(lead.title, "chief")
tallies:
  views: {event: view, within: 30 days}
scores:
  r:
    max: 200
    groups: {web: {max: 20}}
    rules:
      view: {event: view, when: event.path in constants.pages, points: 5, limit: 3, group: web}
      demo: {event: demo, points: 60%, stage: decide, decay: {half_life: 30 days}}
    penalties:
      away: {event: view, when: event.path = "/jobs", remove: 10, over: 5 days}
    inactivity: {after: 30 days, every: 7 days, remove: 10% of score}
    bands: {cold: any, warm: 40, hot: {from: 100%, until: 80%}}
  fit:
    rules:
      size: {of: account.employees, at_least: {0: 0, 50: 10}, missing: 0}
      boss: {when: boss, points: 15, otherwise: -5}
      reader: {when: tally.views >= 3, points: 5}
gates:
  jobs: {event: view, when: event.path = "/jobs", hold: 30 days, cap: {r: 40}}
labels:
  grade: {best: band.r = "hot", other: otherwise}
segments:
  top: {where: band.r = "hot", highest: score.r, take: 5}
"""


def load(text: str) -> Model:
    loaded = load_text(text, "v1.yaml")
    assert loaded.model is not None, [finding.message for finding in loaded.diagnostics]
    return loaded.model


def told(*changes: tuple[str, str]) -> list[str]:
    text = MODEL
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return [sentence(difference) for difference in text_diff(load(MODEL), load(text)).differences]


def test_layout_and_comments_make_no_difference() -> None:
    diff = text_diff(
        load(MODEL),
        load(
            MODEL.replace("{after: 30 days, every: 7 days,", "{every: 1 week, after: 720 hours,")
            .replace("points: 60%", "points: 60")
            .replace('event.path = "/jobs"', '( event.path="/jobs" )')
            .replace("schema: 1\n", "# new comment\nschema: 1\n")
        ),
    )
    assert (diff.differences, diff.same_meaning) == ((), True)


CASES = [
    ("points: 60%", "points: 45", "rule r.demo is worth 45 points instead of 60 (-15)"),
    ("points: 5, limit", "points: event.at.year, limit", "rule r.view is worth event.at.year instead of 5"),
    ("50: 10}", "50: 12}", "rule fit.size is worth, from 50 on, 12 points instead of 10 (+2)"),
    ("50: 10}", "70: 10}", "rule fit.size: points from 70 on is now 10; there was none"),
    ("otherwise: -5", "otherwise: 0", "rule fit.boss is worth, otherwise, 0 points instead of -5 (+5)"),
    ("limit: 3", "limit: {times: 3, per: visit}", "rule r.view: limit is now 3 times per visit instead of 3 times"),
    ("half_life: 30", "half_life: 60", "rule r.demo: decay is now half-life 60 days instead of half-life 30 days"),
    ("{half_life: 30 days}", "none", "rule r.demo: decay is now none instead of half-life 30 days"),
    ("stage: decide, ", "stage: learn, ", "rule r.demo: stage is now learn instead of decide"),
    ("remove: 10, over", "remove: 5% of score, over", "penalty r.away: remove is now 5% of score instead of 10"),
    ("over: 5 days", "over: 10 days", "penalty r.away: over is now 10 days instead of 5 days"),
    ("every: 7 days", "every: 14 days", "inactivity r.inactivity: every is now 14 days instead of 7 days"),
    ("until: 80%", "until: never", "band r.hot: until is now never instead of 80"),
    ("warm: 40", "warm: 30", "band r.warm: from is now 30 instead of 40 (-10)"),
    ("max: 20}", "max: 25}", "group r.web: max is now 25 instead of 20 (+5)"),
    ("max: 200", "max: 150", "score r: max is now 150 instead of 200 (-50)"),
    ("hold: 30 days", "hold: forever", "gate jobs: hold is now forever instead of 30 days"),
    ("cap: {r: 40}", "cap: {r: 20}", "gate jobs: cap of r is now 20 instead of 40 (-20)"),
    ("within: 30 days}", "within: 90 days}", "tally views: within is now 90 days instead of 30 days"),
    ("pages: [a, b]", "pages: [a, c]", "constant pages: value is now with c instead of with b"),
    ("one_of: [US, GB]", "one_of: [US]", "lead field country: allowed is now US instead of US, GB"),
    ('"hot", other', '"warm", other', 'label grade: best is now band.r = "warm" instead of band.r = "hot"'),
    ("take: 5", "take: 9", "segment top: take is now 9 instead of 5"),
    (
        'has word(lead.title, "chief")',
        'has word(lead.title, "boss")',
        'rule fit.boss: when is now has word(lead.title, "boss") instead of has word(lead.title, "chief")',
    ),
    ("      demo: {event", "      demos: {event", "rule r.demos was called r.demo before"),
    ("  demo: {}\n", "  demo: {}\n  sale: {}\n", "event sale is new"),
    ("version: 1\n", "version: 1\ntimezone: Europe/Paris\n", "the model: time zone is now Europe/Paris instead of UTC"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "words"), CASES, ids=[case[2] for case in CASES])
def test_one_change_in_words(before: str, after: str, words: str) -> None:
    assert words in told((before, after))
    assert len(told((before, after))) <= 2


def test_a_renamed_rule_with_other_points() -> None:
    assert told(("reader: {when: tally.views >= 3, points: 5}", "often: {when: tally.views >= 3, points: 8}")) == [
        "rule fit.often was called fit.reader before",
        "rule fit.often is worth 8 points instead of 5 (+3)",
    ]


def test_a_rule_moved_to_another_score() -> None:
    line = "      reader: {when: tally.views >= 3, points: 5}\n"
    assert told((line, ""), ("      view: {event", line + "      view: {event")) == [
        "rule r.reader was called fit.reader before"
    ]


def test_the_order_of_rules() -> None:
    boss = "      boss: {when: boss, points: 15, otherwise: -5}\n"
    size = "      size: {of: account.employees, at_least: {0: 0, 50: 10}, missing: 0}\n"
    assert told((size + boss, boss + size)) == [
        "score fit: order of rules is now boss, size, reader instead of size, boss, reader"
    ]


def test_a_decay_of_many_rules_is_one_line() -> None:
    rules = "".join(f"      r{n}: {{event: demo, points: {n}}}\n" for n in range(1, 6))
    text = MODEL.replace("      view: {event", rules + "      view: {event")
    before, after = load(text), load(text.replace("    max: 200\n", "    max: 200\n    decay: {linear: 30 days}\n"))
    sentences = [sentence(difference) for difference in text_diff(before, after).differences]
    assert sentences == ["rules r.r1, r.r2, r.r3 and 3 more: decay is now linear 30 days instead of none"]


def test_words_for_people_compute_nothing() -> None:
    text = MODEL.replace("points: 60%", "points: 60%, title: Demo, note: why")
    diff = text_diff(load(MODEL), load(text))
    assert [difference.computes for difference in diff.differences] == [False, False]
    assert diff.same_meaning


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in (Path(__file__).parents[2] / "rulesets").glob("*/v2.yaml")), ids=lambda p: p.name
)
def test_a_version_differs_from_another_and_not_from_itself(folder: Path) -> None:
    models = [load_text((folder / f"v{n}.yaml").read_text(), folder / f"v{n}.yaml").model for n in (1, 2)]
    assert models[0] is not None
    assert models[1] is not None
    assert text_diff(models[0], models[0]).differences == ()
    assert text_diff(models[0], models[1]).differences
