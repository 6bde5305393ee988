"""Slips of people who write models: one finding for each, where it was made, that says what to write; and that works.

`tests/cases/slips/*.yaml` has a slip as a change of a model without findings: `written` `instead_of` its text (the
whole file where there is no `instead_of`). `found` is line:column and code, `says` the message, `help` words of its
help, and `mended` what the help leads to, where that is not the model as it was.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_engine.analysis.lints.files import Wanted, findings_of
from rules_engine.diagnostics import Diagnostic

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "cases" / "slips"
MODELS = {
    "bikes": (FOLDER / "bikes.yaml", "v1.yaml"),
    "b2b_saas": (ROOT / "rulesets" / "b2b_saas" / "v3.yaml", "v3.yaml"),
    "net_promoter": (ROOT / "rulesets" / "net_promoter" / "v1.yaml", "v1.yaml"),
}
SLIPS: list[dict[str, Any]] = [
    slip
    for file in ("syntax.yaml", "shape.yaml", "meaning.yaml")
    for slip in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
]
NO_LOCK = Wanted(ignore=("RE751",))  # the copies stand in a folder without model.lock


def found_with(slip: dict[str, Any], written: str | None, folder: Path) -> tuple[Diagnostic, ...]:
    """What `rules check` finds in the model with `written` in the place of the slip; None leaves it as it was."""
    model, name = MODELS[slip["model"]]
    text = model.read_text(encoding="utf-8")
    if written is not None:
        assert slip.get("instead_of", text) in text
        text = text.replace(slip.get("instead_of", text), written, 1)
    for data in model.parent.glob("*.*"):
        if data.suffix in (".csv", ".txt"):
            shutil.copy(data, folder)
    (folder / name).write_text(text, encoding="utf-8")
    return findings_of(folder / name, NO_LOCK)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip["slip"])
def test_slip(slip: dict[str, Any], tmp_path: Path) -> None:
    findings = found_with(slip, slip["written"], tmp_path)
    shown = [(f"{one.span.line}:{one.span.column} {one.code}", one.message) for one in findings if one.span]
    assert shown == [(slip["found"], slip["says"])]
    assert slip.get("help", "") in findings[0].help


@pytest.mark.parametrize("slip", [one for one in SLIPS if "mended" in one], ids=lambda slip: slip["slip"])
def test_what_the_help_leads_to_is_accepted(slip: dict[str, Any], tmp_path: Path) -> None:
    assert [one for one in found_with(slip, slip["mended"], tmp_path) if one.is_error] == []


@pytest.mark.parametrize("model", MODELS)
def test_the_models_have_no_findings_of_their_own(model: str, tmp_path: Path) -> None:
    assert found_with({"model": model}, None, tmp_path) == ()


def test_each_slip_says_what_to_write() -> None:
    silent = [slip["slip"] for slip in SLIPS if not slip.get("help") and "Did you mean" not in slip["says"]]
    assert silent == []
