"""Every shipped active version is the one its `model.lock` records, wherever the folder stands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rules_engine.model import load_model

RULESETS = Path(__file__).parents[2] / "rulesets"
VERSIONS = sorted(RULESETS.glob("*/v*.yaml"))


@pytest.mark.parametrize("version", VERSIONS, ids=[f"{v.parent.name} {v.stem}" for v in VERSIONS])
def test_version_is_clean_and_locked(version: Path, tmp_path: Path) -> None:
    folder = tmp_path / version.parent.name
    shutil.copytree(version.parent, folder, ignore=shutil.ignore_patterns("data"))
    loaded = load_model(folder / version.name)
    assert [f"{finding.span}: {finding.message}" for finding in loaded.diagnostics] == []
    assert loaded.model is not None
    recorded = json.loads((folder / "model.lock").read_text(encoding="utf-8"))["versions"]
    assert (str(loaded.model.version) in recorded) == (loaded.model.status == "active")


def test_a_changed_active_version_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "net_promoter"
    shutil.copytree(RULESETS / "net_promoter", folder)
    text = (folder / "v1.yaml").read_text(encoding="utf-8")
    (folder / "v1.yaml").write_text(text.replace("points: 5\n", "points: 6\n"), encoding="utf-8")
    loaded = load_model(folder / "v1.yaml")
    assert len([finding for finding in loaded.diagnostics if finding.is_error]) == 1
