"""The slow reference implementation says the same as the engine about every case of behaviours and rulesets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules_engine.analysis.case_types import CaseEvent, ModelTest
from rules_engine.analysis.compare import Clock
from rules_engine.analysis.model_tests import load_tests, versions_beside
from rules_engine.engine import Engine
from rules_engine.matching.calendar import format_instant
from tests.reference.reference import score_reference

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("tests/behaviours/*.yaml"), *ROOT.glob("rulesets/*/tests.yaml")])
COMPARED = ("activity", "profile", "total", "reading", "band", "band_since")


def engines(file: Path, model: str | None, folder: Path) -> dict[int, Engine]:
    if model is None:
        return {number: Engine.load(version) for number, version in versions_beside(file).items()}
    (folder / "v1.yaml").write_text(model, encoding="utf-8")
    return {1: Engine.load(folder / "v1.yaml")}


def histories(test: ModelTest) -> list[tuple[Mapping[str, object], tuple[CaseEvent, ...]]]:
    if test.members is None:
        return [(test.lead, test.events)]
    return [(member.lead, member.events) for member in test.members]


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_reference_agrees(file: Path, tmp_path: Path) -> None:
    found = load_tests(file)
    loaded = engines(file, found.model, tmp_path)
    differences = []
    for test in found.tests:
        engine = loaded[test.version or max(loaded)]
        clock = Clock.of(test, ZoneInfo(engine.model.timezone))
        for lead, given in histories(test):
            if "renewal" in lead:  # the reference reads no dates
                continue
            events = [{**event.given, "at": format_instant(clock.instant(event.at))} for event in given]
            result = engine.score(lead=lead, account=test.account, events=events, as_of=clock.as_of)
            told = score_reference(engine.model, lead, test.account, events, clock.as_of)
            assert told["scored"] == result.scored
            scores = told["scores"]
            assert isinstance(scores, dict)
            for name, reference in scores.items():
                score = result.scores[name]
                assert reference["has_value"] == score.has_value
                differences += [
                    (test.name, name, key, reference[key], getattr(score, key))
                    for key in COMPARED
                    if score.has_value and reference[key] != getattr(score, key)
                ]
    assert differences == []
