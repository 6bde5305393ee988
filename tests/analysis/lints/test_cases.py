"""A planted mistake of every kind is found, at its place and in these words, and nothing else is.

`tests/cases/lints/<name>.yaml` has `<name>.expected`, written as for broken models. The day is 2026-06-15. After a
change of wording, `python -m tests.analysis.lints.test_cases` writes them anew; read the diff.
"""

import sys
from datetime import date
from pathlib import Path

import pytest

from rules_engine.analysis.lints.entries import ENTRIES
from rules_engine.analysis.lints.files import findings_of
from rules_engine.analysis.lints.registry import LINTS
from rules_engine.analysis.lints.suppress import ABOUT_COMMENTS
from tests.model.test_broken import written

FOLDER = Path(__file__).resolve().parents[2] / "cases" / "lints"
# What is about the versions of a folder is a folder: `<name>/v<N>.yaml` has `<name>/v<N>.expected`.
FILES = [*sorted(FOLDER.glob("*.yaml")), *sorted(FOLDER.glob("*/v*.yaml"))]
ABOUT_FOLDERS = {"RE739"}  # no file has it by itself: tests/model/test_versions.py
TODAY = date(2026, 6, 15)


def name_of(file: Path) -> str:
    return file.stem if file.parent == FOLDER else f"{file.parent.name}_{file.stem}"


def found(file: Path) -> str:
    return "".join(written(finding) for finding in findings_of(file, today=TODAY))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_case(file: Path) -> None:
    assert found(file) == file.with_suffix(".expected").read_text(encoding="utf-8")


def test_each_code_has_a_lint_and_a_case() -> None:
    assert set(ENTRIES) == {*LINTS, *ABOUT_COMMENTS, *ABOUT_FOLDERS}
    assert {name_of(file)[:5].upper() for file in FILES} == set(ENTRIES) - ABOUT_FOLDERS


if __name__ == "__main__":
    for file in FILES:
        file.with_suffix(".expected").write_text(found(file), encoding="utf-8")
    sys.stdout.write(f"{len(FILES)} written\n")
