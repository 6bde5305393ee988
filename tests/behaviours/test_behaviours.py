"""Runs every case of the behaviour files: small models with expectations that were computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.case_types import ModelTest, TestFile
from rules_engine.analysis.model_tests import load_tests, run_tests
from rules_engine.engine import Engine

HERE = Path(__file__).parent
FILES = {path.stem: load_tests(path, f"tests/behaviours/{path.name}") for path in sorted(HERE.glob("*.yaml"))}
CASES = [(name, test) for name, file in FILES.items() for test in file.tests]

_engines: dict[str, Engine] = {}


def engine_of(name: str, folder: Path) -> Engine:
    if name not in _engines:
        version = folder / "v1.yaml"
        version.write_text(FILES[name].model or "", encoding="utf-8")
        _engines[name] = Engine.load(version)
    return _engines[name]


@pytest.mark.parametrize("name", FILES)
def test_file_can_be_read(name: str) -> None:
    file = FILES[name]
    assert [f"{finding.span}: {finding.message}" for finding in file.findings] == []
    assert file.model is not None
    assert file.tests


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {test.name}" for name, test in CASES])
def test_behaviour(name: str, case: ModelTest, tmp_path: Path) -> None:
    report = run_tests(engine_of(name, tmp_path), TestFile(FILES[name].file, (case,)))
    (outcome,) = report.outcomes
    told = [
        f"{failure.span} {failure.what}: expected {failure.expected}, got {failure.got}"
        + "".join(f"\n    {path} = {value}" for path, value in failure.values)
        for failure in outcome.failures
    ]
    assert outcome.status == "passed", "\n".join(told)
