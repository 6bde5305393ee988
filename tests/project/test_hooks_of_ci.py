"""The pre-commit hooks and the GitHub workflow that users copy run commands that exist, on our own rulesets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from rules_engine.cli.main import app

REPOSITORY = Path(__file__).resolve().parents[2]
HOOKS: list[dict[str, Any]] = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
WORKFLOW: dict[Any, Any] = yaml.safe_load((REPOSITORY / "docs/ci/rulesets.yml").read_text(encoding="utf-8"))
STEPS = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "rules " in step.get("run", "")]
SHIPPED = sorted((REPOSITORY / "rulesets").rglob("*.yaml"))


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hook_runs_on_the_files_it_is_for(hook: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    files = [str(file.relative_to(REPOSITORY)) for file in SHIPPED if re.search(hook["files"], file.as_posix())]
    assert files
    program, *words = hook["entry"].split()
    assert program == "rules"
    check = ["--check"] if words == ["fmt"] else []  # our own files must not be written
    assert CliRunner().invoke(app, [*words, *check, *files]).exit_code == 0


@pytest.mark.parametrize("step", STEPS)
def test_step_of_the_workflow_runs(step: str, tmp_path: Path) -> None:
    """As GitHub runs it: by `bash -e`, in a repository whose folder of models has other things in it, too."""
    rules = tmp_path / "bin" / "rules"
    rules.parent.mkdir()
    rules.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rules_engine "$@"\n')
    rules.chmod(0o755)
    shutil.copytree(REPOSITORY / "rulesets", tmp_path / "rulesets")
    places = {"PATH": f"{rules.parent}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
    words = {**os.environ, **places, **WORKFLOW["env"]}
    done = subprocess.run(["bash", "-ec", step], cwd=tmp_path, env=words, capture_output=True, text=True, check=False)
    # the shipped models are of years long gone, so their reviews are overdue on any day
    assert done.returncode == (1 if "RE750" in step else 0), done.stdout + done.stderr
