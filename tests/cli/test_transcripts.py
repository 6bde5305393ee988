"""Every transcript answers as written, and every command has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.cli.main import app
from tests.cli.transcripts import CASES, play, read_steps

FILES = sorted(CASES.glob("*.txt"))


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.stem)
def test_answers_as_written(case: Path, tmp_path: Path) -> None:
    for step, code, printed in play(case, tmp_path):
        where = f"{case.name}:{step.line}: {step.command}"
        assert "\n".join(printed) == "\n".join(step.output), where
        assert code == step.exit_code, where


def test_every_command_has_a_transcript() -> None:
    played = {
        step.command.split()[1] for case in FILES for step in read_steps(case) if step.command.startswith("rules ")
    }
    commands = set(app.commands)
    assert commands - played == set()
