"""Every example of the sample plugins' pages runs, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import pages_of_plugins, play


@pytest.mark.parametrize("page", pages_of_plugins(), ids=lambda page: page.parent.name)
def test_examples_run(page: Path, tmp_path: Path) -> None:
    ran = 0
    for block, answers in play(page, tmp_path):
        ran += block.runs
        for answer in answers:
            printed = "\n".join([f"exit code {answer.code}", *answer.printed])
            assert answer.is_right(), f"{answer.where}: {answer.command}\n{printed}"
    assert ran, "no block of the page is run"
