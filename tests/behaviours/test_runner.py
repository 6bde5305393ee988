"""The runner itself: what it says about mistakes in a tests file and about expectations that are not met."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.case_types import TestFileError
from rules_engine.analysis.entries import ENTRIES
from rules_engine.analysis.model_tests import TestReport, load_tests, run_file, run_tests
from rules_engine.engine import Engine

MODEL = """\
schema: 1
model: small
version: 1
status: draft
fields:
  lead: {country: string}
events:
  demo: {}
  touch: {points: number}
scores:
  readiness:
    rules:
      demo: {event: demo, points: 40}
      touch: {event: touch, when: event.points > 3, points: event.points}
      market: {of: lead.country, values: {US: 10}}
    bands: {cold: any, warm: 40, hot: 80}
labels:
  temperature:
    hot: band.readiness = "hot"
    other: otherwise
"""

# Each case: a tests file, the code of its mistake, and the text at the place the finding names.
MISTAKES = [
    ("tests:\n  - {name: a, as_of: 2026-01-01, expects: {}, expect: {}}\n", "RE182", "expects"),
    ("tests:\n  - {name: a, as_of: 2026-01-01, expect: {score: {}}}\n", "RE182", "score"),
    ("tests:\n  - {name: a, as_of: soon, expect: {}}\n", "RE183", "soon"),
    ("tests:\n  - {name: a, as_of: -3 days, expect: {}}\n", "RE183", "-3 days"),
    (
        "tests:\n  - {name: a, as_of: 2026-01-01, events: [{type: demo, at: 3 days ago}], expect: {}}\n",
        "RE183",
        "3 days ago",
    ),
    (
        "tests:\n  - {name: a, as_of: 2026-01-01, events: [{type: demo, at: -3 months}], expect: {}}\n",
        "RE183",
        "-3 months",
    ),
    ("tests:\n  - {name: a, as_of: 2026-01-01, events: [{type: demo}], expect: {}}\n", "RE185", "{type: demo}"),
    ("tests:\n  - {name: a, expect: {}}\n", "RE185", "{name: a, expect: {}}"),
    ("tests:\n  - {name: a, as_of: 2026-01-01, expect: {scores: {readiness: warm}}}\n", "RE181", "warm"),
    ("tests:\n  - {name: a, as_of: 2026-01-01, expect: {fired: demo}}\n", "RE181", "demo"),
    ("tests:\n  - {name: a, as_of: 2026-01-01, expect: {ledger: {r: [{kind: prize}]}}}\n", "RE181", "prize"),
    ("tests:\n  - {name: a, as_of: 2026-01-01, members: [], lead: {}, expect: {}}\n", "RE182", "lead"),
    (
        "tests:\n  - {name: a, as_of: 2026-01-01, expect: {}}\n  - {name: a, as_of: 2026-01-02, expect: {}}\n",
        "RE184",
        "{name: a, as_of: 2026-01-02, expect: {}}",
    ),
    ("cases: []\n", "RE182", "cases"),
    ("", "RE180", ""),
]


@pytest.mark.parametrize(("text", "code", "place"), MISTAKES, ids=[f"{m[1]} {m[2]}" for m in MISTAKES])
def test_mistake(tmp_path: Path, text: str, code: str, place: str) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(text, encoding="utf-8")
    found = load_tests(file, "tests.yaml")
    told = [f for f in found.findings if f.code == code]
    assert told, found.findings
    span = told[0].span
    assert span is not None
    assert text[span.start : span.end] == place
    assert span.file == "tests.yaml"


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("events: [{type: demo, at: 30 days ago}], expect: {}", 'Write "-30 days".'),
        ("events: [demo: 2026-01-01], expect: {}", "Write it with `type:` and `at:`: {type: demo, at: 2026-08-31}."),
        ("expect: {fired: demo}", "Write [demo]."),
        ("expect: {scores: {readiness: '>= 12.5'}}", "Write the points that come out, 12.5; `tolerance:` of the test"),
        ("events: {a: {type: demo}}, expect: {}", "Begin each of its parts with a dash (-)."),
    ],
)
def test_a_mistake_says_what_to_write(tmp_path: Path, written: str, help: str) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(f"tests:\n  - {{name: a, as_of: 2026-01-01, {written}}}\n", encoding="utf-8")
    (found,) = load_tests(file, "tests.yaml").findings
    assert found.help.startswith(help)


def test_every_code_has_an_entry_and_a_case() -> None:
    assert set(ENTRIES) == {code for _, code, _ in MISTAKES} | {"RE186"}


def test_a_version_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(
        CASE.replace("{given}", "version: 9").replace("{expect}", "{}"), encoding="utf-8"
    )
    with pytest.raises(TestFileError) as raised:
        run_file(tmp_path / "tests.yaml")
    (finding,) = raised.value.findings
    assert (finding.code, finding.span and finding.span.line) == ("RE186", 2)


def run(tmp_path: Path, tests: str) -> TestReport:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(tests, encoding="utf-8")
    return run_tests(Engine.load(tmp_path / "v1.yaml"), load_tests(tmp_path / "tests.yaml", "tests.yaml"))


CASE = """\
tests:
  - name: one
    as_of: 2026-01-10T00:00:00Z
    {given}
    expect: {expect}
"""


@pytest.mark.parametrize(
    ("given", "expect", "what", "expected", "got"),
    [
        ("lead: {}", "{scores: {readiness: 12.5}}", "scores.readiness.reading", "12.5", "0"),
        ("lead: {}", "{scores: {redness: 12}}", "score redness", "a score called redness", 'Did you mean "readiness"?'),
        ("lead: {}", "{bands: {readiness: warm}}", "bands.readiness", "warm", "cold"),
        ("lead: {}", "{labels: {temperature: hot}}", "labels.temperature", "hot", "other"),
        ("lead: {}", "{fired: [readiness.demo]}", "rule readiness.demo", "fired", "not fired"),
        ("lead: {}", "{fired: [demi]}", "rule demi", "fired", "the model has no such rule."),
        ("lead: {}", "{fired: [readiness.market]}", "rule readiness.market", "fired", "missing: lead.country"),
        ("lead: {}", "{gates: [x]}", "gates", "[x]", "[]"),
        ("lead: {}", "{next_due: +3 days}", "next_due", "2026-01-13T00:00:00Z (+3 days)", "none"),
        ("events: [{type: Demo, at: -1 days}]", "{}", "event Demo", "an event type that", 'Did you mean "demo"?'),
        ("events: [{type: touch, at: -1 days, point: 9}]", "{}", "event touch, point", "an attribute", '"points"?'),
        ("members: [{lead: {land: US}}]", "{}", "lead.land", "a lead field that the model declares", "no such field"),
        ("lead: {land: US}", "{}", "lead.land", "a lead field that the model declares", "no such field"),
        (
            "events: [{type: demo, at: -1 days}]",
            "{ledger: {readiness: [{at: -2 days}]}}",
            "ledger.readiness (in this order, among others)",
            "at 2026-01-08T00:00:00Z (-2 days)",
            "at 2026-01-09T00:00:00Z, kind award, rule demo, nominal 40, effective 40",
        ),
    ],
)
def test_failure(tmp_path: Path, given: str, expect: str, what: str, expected: str, got: str) -> None:
    report = run(tmp_path, CASE.replace("{given}", given).replace("{expect}", expect))
    assert (report.passed, report.failed) == (0, 1)
    (failure,) = report.outcomes[0].failures
    assert failure.what == what
    assert expected in failure.expected
    assert got in failure.got
    assert failure.span.line in (2, 4, 5)


def test_failure_shows_the_values_that_conditions_read(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        CASE.replace("{given}", "events: [{type: touch, at: -1 days, points: 2}]").replace(
            "{expect}", "{fired: [readiness.touch]}"
        ),
    )
    (failure,) = report.outcomes[0].failures
    assert failure.values == (("event.points (touch, -1 days)", "2"),)


def test_tolerance(tmp_path: Path) -> None:
    tests = CASE.replace("{given}", "tolerance: 0.5").replace("{expect}", "{scores: {readiness: 0.4}}")
    assert run(tmp_path, tests).ok


def test_other_versions_are_skipped(tmp_path: Path) -> None:
    tests = CASE.replace("{given}", "version: 2").replace("{expect}", "{scores: {readiness: 99}}")
    report = run(tmp_path, tests)
    assert (report.skipped, report.ok) == (1, True)


def test_file_with_mistakes_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(MISTAKES[0][0], encoding="utf-8")
    with pytest.raises(TestFileError, match=r"tests\.yaml cannot be read: .*:2:34: .expects. is no key of a test"):
        run_file(tmp_path / "tests.yaml")


def test_coverage(tmp_path: Path) -> None:
    coverage = run(
        tmp_path,
        CASE.replace("{given}", "events: [{type: demo, at: -1 days}, {type: touch, at: -1 days, points: 2}]").replace(
            "{expect}", "{}"
        ),
    ).coverage
    seen = {(item.kind, item.name) for item in coverage.items if item.seen}
    assert seen == {
        ("rule fired", "readiness.demo"),
        ("condition false", "readiness.touch"),
        ("band reached", "readiness: cold"),
        ("band reached", "readiness: warm"),
        ("label given", "temperature: other"),
        ("condition false", "label temperature: hot"),
    }
    assert {(item.kind, item.name) for item in coverage.missing} == {
        ("rule fired", "readiness.touch"),
        ("condition true", "readiness.touch"),
        ("rule fired", "readiness.market"),
        ("band reached", "readiness: hot"),
        ("label given", "temperature: hot"),
        ("condition true", "label temperature: hot"),
    }
    assert coverage.share == 0.5
