"""The pre-commit hooks and the GitHub workflow that users copy run commands that exist, on our own rulesets."""

from __future__ import annotations

import re
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
LINES = sorted({line for step in STEPS for line in re.findall(r"\brules ([a-z][^;|>]*)", step)})
SHIPPED = sorted((REPOSITORY / "rulesets").rglob("*.yaml"))


def ran(line: str) -> int:
    words = (
        line.replace("$FOLDER", "rulesets")
        .replace("$model", "rulesets/net_promoter")
        .replace('"$(date +%F)"', "2026-03-01")
    )
    return CliRunner().invoke(app, words.split(), standalone_mode=True).exit_code


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hook_runs_on_the_files_it_is_for(hook: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    files = [str(file.relative_to(REPOSITORY)) for file in SHIPPED if re.search(hook["files"], file.as_posix())]
    assert files
    program, *words = hook["entry"].split()
    assert program == "rules"
    check = ["--check"] if words == ["fmt"] else []  # our own files must not be written
    assert ran(" ".join([*words, *check, *files])) == 0


@pytest.mark.parametrize("line", LINES)
def test_command_of_the_workflow_runs(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    # the shipped models are of years long gone, so their reviews are overdue on any day
    assert ran(line) == (1 if "RE750" in line else 0)
