"""Every example of the README and the docs runs, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import REPOSITORY, pages, play


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_examples_run(page: Path, tmp_path: Path) -> None:
    for _, answers in play(page, tmp_path):
        for answer in answers:
            printed = "\n".join([f"exit code {answer.code}", *answer.printed])
            assert answer.is_right(), f"{answer.where}: {answer.command}\n{printed}"
