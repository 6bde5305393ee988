"""Every shipped ruleset passes its own tests, and together they see all of its newest version."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.model_tests import run_file

RULESETS = Path(__file__).parents[2] / "rulesets"
FILES = sorted(RULESETS.glob("*/tests.yaml"))


@pytest.mark.parametrize("file", FILES, ids=[file.parent.name for file in FILES])
def test_ruleset(file: Path) -> None:
    reports = run_file(file)
    assert reports
    told = [
        f"v{report.version} {outcome.name}: {failure.span} {failure.what}: expected {failure.expected}, "
        f"got {failure.got}" + "".join(f"\n    {path} = {value}" for path, value in failure.values)
        for report in reports
        for outcome in report.outcomes
        for failure in outcome.failures
    ]
    assert told == [], "\n".join(told)


@pytest.mark.parametrize("file", FILES, ids=[file.parent.name for file in FILES])
def test_coverage_of_the_newest_version(file: Path) -> None:
    newest = run_file(file)[-1].coverage
    assert newest.share >= 0.9, [f"{item.kind}: {item.name}" for item in newest.missing]
