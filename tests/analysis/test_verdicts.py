"""What failed tests show of conditions, and what coverage counts of them, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.gaps.propose import propose
from rules_engine.analysis.model_tests import TestReport, called, load_tests, run_tests
from rules_engine.analysis.verdicts.shown import Line, Look
from rules_engine.engine import Engine

MODEL = """\
schema: 1
model: lines
version: 1
status: draft
audience: lead.status = null or lead.status != "staff"
fields:
  lead: {status: string, country: string}
events:
  visit: {path: string, seconds: number}
tallies:
  long_visits: {event: visit, when: event.seconds > 60}
scores:
  a:
    rules:
      third_long: {event: visit, when: tally.long_visits >= 2, points: 5}
      read:
        event: visit
        when:
          all:
            - starts with(event.path, "/docs")
            - none:
                - event.path = "/docs/jobs"
                - event.seconds < 5
        points: 10
        from: 2026-01-10
    bands: {low: any, high: 10}
  b: {rules: {home: {when: 'lead.country in ("US", "GB")', points: 5}}}
gates:
  abroad: {when: lead.country = "FR", cap: 0}
labels:
  kind:
    keen: score.a >= 10 and lead.country != null
    known: lead.country != null
    other: otherwise
"""
TESTS = """\
tests:
  - name: One case
    as_of: 2026-01-20T00:00:00Z
    lead: {given}
    events:
      - {type: visit, at: -15 days, path: /docs, seconds: 100}
      - {type: visit, at: -3 days, path: /docs/jobs, seconds: 100}
      - {type: visit, at: -2 days, path: /docs/start}
    expect: {expect}
"""


def run(tmp_path: Path, expect: str, given: str = "{country: FR}") -> TestReport:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    text = TESTS.replace("{given}", given).replace("{expect}", expect)
    (tmp_path / "tests.yaml").write_text(text, encoding="utf-8")
    return run_tests(Engine.load(tmp_path / "v1.yaml"), load_tests(tmp_path / "tests.yaml", "tests.yaml"))


def looks(tmp_path: Path, expect: str, given: str = "{country: FR}") -> tuple[Look, ...]:
    (outcome,) = run(tmp_path, expect, given).outcomes
    (failure,) = outcome.failures
    return failure.looks


def test_each_line_at_each_event_with_what_it_read(tmp_path: Path) -> None:
    jobs, start = looks(tmp_path, "{fired: [a.read]}")  # the first visit came before the rule's first day
    assert jobs == Look(
        "a.read at visit, -3 days",
        Line(
            "all of",
            False,
            parts=(
                Line('starts with(event.path, "/docs")', True, (("event.path", "/docs/jobs"),)),
                Line(
                    "none of",
                    False,
                    parts=(
                        Line('event.path = "/docs/jobs"', True, (("event.path", "/docs/jobs"),)),
                        Line("event.seconds < 5", False, (("event.seconds", "100"),)),
                    ),
                ),
            ),
        ),
    )
    unknown = start.line.parts[1]
    assert (unknown.verdict, unknown.parts[1]) == (None, Line("event.seconds < 5", None, (("event.seconds", "none"),)))


def test_tallies_are_those_at_the_event(tmp_path: Path) -> None:
    found = looks(tmp_path, "{unknown: [a.third_long]}")
    assert [(look.where, look.line.verdict, look.line.values) for look in found] == [
        ("a.third_long at visit, -15 days", False, (("tally.long_visits", "1"),)),
        ("a.third_long at visit, -3 days", True, (("tally.long_visits", "2"),)),
        ("a.third_long at visit, -2 days", True, (("tally.long_visits", "2"),)),
    ]


@pytest.mark.parametrize(
    ("expect", "given", "where", "verdict", "values"),
    [
        ("{fired: [b.home]}", "{country: FR}", "b.home", False, (("lead.country", "FR"),)),
        ("{fired: [b.home]}", "{}", "b.home", False, (("lead.country", "none"),)),
        ("{gates: []}", "{country: FR}", "gate abroad", True, (("lead.country", "FR"),)),
        ("{scored: true}", "{status: staff}", "audience", False, (("lead.status", "staff"),)),
        (
            "{labels: {kind: other}}",
            "{country: DE}",
            "kind: keen",
            True,
            (("lead.country", "DE"), ("score.a", "10")),
        ),
    ],
)
def test_conditions_as_of_the_moment(
    tmp_path: Path,
    expect: str,
    given: str,
    where: str,
    verdict: bool | None,
    values: tuple[tuple[str, str], ...],
) -> None:
    look = looks(tmp_path, expect, given)[0]
    assert (look.where, look.line.verdict, look.line.values) == (where, verdict, values)


def test_an_event_that_does_not_count_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(
        """tests:
  - name: One case
    as_of: 2026-01-20T00:00:00Z
    lead: {}
    events:
      - {type: visit, at: -15 days, path: /docs}
      - {type: visit, at: 2026-02-01T00:00:00Z, path: /docs}
    expect: {fired: [a.read]}
""",
        encoding="utf-8",
    )
    (outcome,) = run_tests(Engine.load(tmp_path / "v1.yaml"), load_tests(tmp_path / "tests.yaml")).outcomes
    assert [look.where for look in outcome.failures[0].looks] == [
        "a.read: visit, -15 days is outside the dates of the rule, so it does not count",
        "a.read: visit, 2026-02-01T00:00:00Z is later than as_of, so it does not count",
    ]


@pytest.mark.parametrize(
    ("expect", "got"),
    [
        ("{bands: {a: hihg}}", 'high; score a has no band "hihg". Did you mean "high"?'),
        ("{labels: {kind: stranger}}", 'keen; label kind has no value "stranger". It has keen, known, other.'),
        ("{labels: {kind: known}}", "keen"),
        ("{unknown: [b.home]}", "b: not fired"),
    ],
)
def test_what_was_got_in_words(tmp_path: Path, expect: str, got: str) -> None:
    (outcome,) = run(tmp_path, expect, "{country: DE}").outcomes
    assert [failure.got for failure in outcome.failures] == [got]


def test_a_wrong_score_shows_the_conditions_that_were_not_true(tmp_path: Path) -> None:
    found = looks(tmp_path, "{scores: {b: 5}}")
    assert [(look.where, look.line.verdict) for look in found] == [("b.home", False)]


def test_coverage_counts_lines(tmp_path: Path) -> None:
    coverage = run(tmp_path, "{}").coverage
    seen = {item.name for item in coverage.items if item.kind == "condition true" and item.seen}
    assert seen == {
        "tally long_visits",
        "a.third_long",
        'a.read: starts with(event.path, "/docs")',
        'a.read: event.path = "/docs/jobs"',
        "gate abroad",
        "label kind: known",
    }
    false = {item.name for item in coverage.items if item.kind == "condition false" and item.seen}
    assert false == {
        "a.third_long", 'a.read: event.path = "/docs/jobs"', "a.read: event.seconds < 5", "b.home",
        "label kind: keen",
    }  # fmt: skip
    assert coverage.by_kind()["lead outside"] == (0, 1)


OUTPUTS = """\
schema: 1
model: outputs
version: 1
fields:
  lead: {country: string}
events:
  visit: {}
scores:
  a:
    rules: {visit: {event: visit, points: 10}}
    bands: {low: any, high: 20}
  b:
    needs: lead.country != null
    rules: {home: {when: lead.country = "US", points: 5}}
labels:
  kind: {keen: band.a = "high", other: otherwise}
accounts:
  company: {of: a, combine: sum, where: lead.country = "US"}
segments:
  keen_at_home:
    where:
      - label.kind = "keen"
      - lead.country = "US"
    highest: score.a
automations:
  call: {when: score.a >= 20, do: [{action: notify, to: sales}]}
"""


def test_coverage_counts_labels_accounts_segments_automations_and_needs(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(OUTPUTS, encoding="utf-8")
    engine = Engine.load(tmp_path / "v1.yaml")
    case = """\
tests:
  - name: One visit from France
    as_of: 2026-01-20T00:00:00Z
    lead: {country: FR}
    events: [{type: visit, at: -1 days}]
    expect: {}
"""
    (tmp_path / "tests.yaml").write_text(case, encoding="utf-8")
    coverage = run_tests(engine, load_tests(tmp_path / "tests.yaml")).coverage
    lines = {(item.name, item.kind, item.seen) for item in coverage.items if item.kind.startswith("condition")}
    assert lines == {
        ("b needs", "condition true", True),
        ("b needs", "condition false", False),
        ("b.home", "condition true", False),
        ("b.home", "condition false", True),
        ("label kind: keen", "condition true", False),
        ("label kind: keen", "condition false", True),
        ("account company where", "condition true", False),
        ("account company where", "condition false", True),
        ('segment keen_at_home: label.kind = "keen"', "condition true", False),
        ('segment keen_at_home: label.kind = "keen"', "condition false", True),
        ('segment keen_at_home: lead.country = "US"', "condition true", False),
        ('segment keen_at_home: lead.country = "US"', "condition false", True),
        ("automation call", "condition true", False),
        ("automation call", "condition false", True),
    }


def test_proposals_bring_leads_into_segments_and_automations(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(OUTPUTS, encoding="utf-8")
    engine = Engine.load(tmp_path / "v1.yaml")
    assert propose(engine, (), run_tests(engine, ()).coverage).without == ()


def test_nothing_is_seen_of_a_lead_outside(tmp_path: Path) -> None:
    coverage = run(tmp_path, "{}", "{status: staff, country: FR}").coverage
    assert {(item.kind, item.name) for item in coverage.items if item.seen} == {("lead outside", "audience")}


@pytest.mark.parametrize(
    ("pattern", "count"), [("one", 1), ("CASE", 1), ("o*e c?se", 1), ("on[e]", 0), ("two", 0), ("", 1)]
)
def test_tests_by_their_names(tmp_path: Path, pattern: str, count: int) -> None:
    run(tmp_path, "{}")
    assert len(called(load_tests(tmp_path / "tests.yaml"), pattern).tests) == count


def test_times_are_shown_in_the_time_zone_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(f"timezone: Europe/Berlin\n{MODEL}", encoding="utf-8")
    text = TESTS.replace("{given}", "{}").replace("{expect}", "{scores: {a: 1}, ledger: {a: {complete: true}}}")
    (tmp_path / "tests.yaml").write_text(text, encoding="utf-8")
    (outcome,) = run_tests(Engine.load(tmp_path / "v1.yaml"), load_tests(tmp_path / "tests.yaml")).outcomes
    reading, ledger = outcome.failures
    assert reading.values[0][0] == "2026-01-17T01:00:00+01:00 award third_long"
    assert ledger.got.strip().startswith("at 2026-01-17T01:00:00+01:00, kind award")
