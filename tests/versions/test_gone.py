"""Versions are not compared where one that `model.lock` records is gone: the row or the step of it would be missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules_engine.analysis.versions.history import history
from rules_engine.cli.diff import _files
from rules_engine.engine import ModelError
from rules_engine.model.versions import lock_folder

MODEL = """schema: 1
model: m
version: {version}
status: active
effective: 2026-0{version}-01
events: {{demo: {{}}}}
scores: {{a: {{rules: {{demo: {{event: demo, points: 1{version}}}}}}}}}
"""


@pytest.mark.parametrize("compared", [history, lambda folder: _files(folder, None)])
def test_a_recorded_version_is_gone(tmp_path: Path, compared: Callable[[Path], object]) -> None:
    for version in (1, 2, 3):
        (tmp_path / f"v{version}.yaml").write_text(MODEL.format(version=version), encoding="utf-8")
    lock_folder(tmp_path)
    compared(tmp_path)
    (tmp_path / "v2.yaml").unlink()
    with pytest.raises(ModelError) as raised:
        compared(tmp_path)
    assert [one.code for one in raised.value.diagnostics] == ["RE404"]
