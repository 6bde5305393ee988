"""Every command of the workflow in the story of a pull request is run by the story."""

from __future__ import annotations

import yaml

from tests.docs.examples import REPOSITORY, blocks_of, commands_of

PAGE = REPOSITORY / "docs" / "pull-request.md"


def test_the_story_runs_the_commands_of_its_workflow() -> None:
    blocks = blocks_of(PAGE)
    workflow = next(yaml.safe_load(block.text) for block in blocks if block.file == ".github/workflows/rules.yml")
    lines = [step["run"] for step in workflow["jobs"]["rules"]["steps"] if "run" in step]
    run = {command for block in blocks if block.words[:1] == ["console"] for command, _ in commands_of(block)}
    wanted = {line for line in lines if line.startswith("rules ")}
    assert wanted
    assert wanted <= run
