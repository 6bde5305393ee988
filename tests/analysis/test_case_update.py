"""Filling what tests leave open: what is written, where, and that nothing else changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules_engine.analysis.case_update import fill
from rules_engine.analysis.model_tests import load_tests, run_tests
from rules_engine.diagnostics.source import Source
from rules_engine.engine import Engine

MODEL = """\
schema: 1
model: small
version: 1
status: draft
audience: lead.country = null or lead.country != "XX"
fields: {lead: {country: string}}
events: {demo: {}, touch: {}}
scores:
  ready:
    needs: lead.country != null
    rules: {demo: {event: demo, points: 40.5}}
    bands: {cold: any, warm: 40}
  other: {rules: {touch: {event: touch, points: 1}}}
gates: {touched: {event: touch, hold: forever, cap: {other: 0}}}
tallies: {touches: {event: touch}}
labels: {mark: 'band.ready + ": " + lead.country'}
accounts: {sum: {of: other, combine: sum, bands: {few: any, many: 3}}, count: {of: other, combine: count}}
"""
GIVEN = "as_of: 2026-02-01, lead: {country: US}, events: [{type: demo, at: -1 days}]"
ALL = 'scores: {ready: 40.5, other: 0}, bands: {ready: warm}, labels: {mark: "warm: US"}, gates: []'

# name: (what stands in the file, what stands there afterwards)
CASES = {
    "one line": (f"- {{name: a, {GIVEN}}}\n", f"- {{name: a, {GIVEN}, expect: {{{ALL}}}}}\n"),
    "one line with a comma at its end": (
        f"- {{name: a, {GIVEN}, }}\n",
        f"- {{name: a, {GIVEN}, expect: {{{ALL}}} }}\n",
    ),
    "a comment behind": (f"- {{name: a, {GIVEN}}}   # mine\n", f"- {{name: a, {GIVEN}, expect: {{{ALL}}}}}   # mine\n"),
    "lines": (
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: US} # where\n  events:\n    - {type: demo, at: 0 days} # x\n"
        "\n# the next\n- {name: b, as_of: 2026-02-01, expect: {scored: true}}\n",
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: US} # where\n  events:\n    - {type: demo, at: 0 days} # x\n"
        '  expect:\n    scores: {ready: 40.5, other: 0}\n    bands: {ready: warm}\n    labels: {mark: "warm: US"}\n'
        "    gates: []\n"
        "\n# the next\n- {name: b, as_of: 2026-02-01, expect: {scored: true}}\n",
    ),
    "no line break at the end": (
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: XX}",
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: XX}\n  expect:\n    scored: false",
    ),
    "lines that end as on Windows": (
        "- name: a\r\n  as_of: 2026-02-01\r\n  lead: {country: XX}\r\n",
        "- name: a\r\n  as_of: 2026-02-01\r\n  lead: {country: XX}\r\n  expect:\r\n    scored: false\r\n",
    ),
    "text over lines at the end": (
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: XX}\n  note: |\n    two\n    lines\n\n# end\n",
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: XX}\n  note: |\n    two\n    lines\n  expect:\n"
        "    scored: false\n"
        "\n# end\n",
    ),
    "an empty expect": (
        "- name: a\n  expect:   # to do\n  as_of: 2026-02-01\n  lead: {country: XX}\n",
        "- name: a\n  expect:   # to do\n    scored: false\n  as_of: 2026-02-01\n  lead: {country: XX}\n",
    ),
    "empty braces": (f"- {{name: a, {GIVEN}, expect: {{}}}}\n", f"- {{name: a, {GIVEN}, expect: {{{ALL}}}}}\n"),
    "some parts": (
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: US}\n  events: [{type: touch, at: -1 days}]\n"
        "  expect:\n    scores: {other: 99}   # wrong, and mine\n    bands:\n    gates:  # which?\n    tallies: null\n",
        "- name: a\n  as_of: 2026-02-01\n  lead: {country: US}\n  events: [{type: touch, at: -1 days}]\n"
        "  expect:\n    scores: {other: 99}   # wrong, and mine\n    bands: {ready: cold}\n"
        "    gates: [touched]  # which?\n    tallies: {touches: 1}\n",
    ),
    "no value": (
        "- {name: a, as_of: 2026-02-01}\n",
        "- {name: a, as_of: 2026-02-01, expect: {scores: {ready: null, other: 0}, labels: {mark: null}, gates: []}}\n",
    ),
    "an account": (
        "- {name: a, as_of: 2026-02-01, members: [{events: [{type: touch, at: 0 days}]}, {}]}\n",
        "- {name: a, as_of: 2026-02-01, members: [{events: [{type: touch, at: 0 days}]}, {}], "
        "expect: {accounts: {sum: {value: 0, band: few}, count: 2}}}\n",
    ),
    "nothing open": (
        "- {name: a, as_of: 2026-02-01, expect: {scores: {other: 7}}}\n",
        "- {name: a, as_of: 2026-02-01, expect: {scores: {other: 7}}}\n",
    ),
}


def filled(tmp_path: Path, text: str) -> str:
    (tmp_path / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "tests.yaml").write_bytes(text.encode())
    tests = load_tests(tmp_path / "tests.yaml", "tests.yaml", needs_expect=False)
    assert tests.findings == ()
    report = run_tests(Engine.load(tmp_path / "v1.yaml"), tests)
    return fill(Source.of("tests.yaml", text), report.outcomes).text


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_what_is_written(tmp_path: Path, before: str, after: str) -> None:
    head = "# my tests\ntests:\n"
    assert filled(tmp_path, head + _indented(before)) == head + _indented(after)


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_filled_tests_pass_and_stay(tmp_path: Path, before: str, after: str) -> None:
    once = filled(tmp_path, "tests:\n" + _indented(before))
    assert filled(tmp_path, once) == once
    (tmp_path / "tests.yaml").write_bytes(once.encode())
    report = run_tests(Engine.load(tmp_path / "v1.yaml"), load_tests(tmp_path / "tests.yaml"))
    kept_wrong = re.search("99|7}", before) is not None
    assert report.ok is not kept_wrong


def _indented(text: str) -> str:
    """A list as it stands below `tests:`."""
    return "".join("  " + line if line.strip() else line for line in text.splitlines(keepends=True))
