"""Broken model files: each gives exactly the findings beside it, at the right place and in the right words.

`tests/cases/broken/<name>.yaml` has `<name>.expected`: a line `line:column-end code severity: message` per finding, its
help indented below. After a change of wording, `python -m tests.model.test_broken` writes them anew; read the diff.
"""

import shutil
import sys
from pathlib import Path

import pytest

from rules_engine.diagnostics import Diagnostic
from rules_engine.diagnostics.codes import CODES
from rules_engine.model.load import load_model

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
# Codes that need plugins, several files or a large one: their own tests show them.
ELSEWHERE = {
    "RE001": "test_load.py", "RE002": "test_load.py", "RE206": "test_extensions.py", "RE207": "test_extensions.py",
    "RE403": "test_extensions.py", "RE404": "test_versions.py", "RE405": "test_versions.py",
    "RE406": "test_versions.py", "RE407": "test_versions.py", "RE408": "test_versions.py", "RE409": "test_versions.py",
    "RE451": "test_extensions.py", "RE485": "test_extensions.py", "RE490": "test_extensions.py",
    "RE491": "test_extensions.py", "RE492": "test_extensions.py", "RE493": "test_extensions.py",
    "RE494": "test_extensions.py", "RE582": "test_load.py", "RE222": "test_load.py",
}  # fmt: skip
OURS = ("RE0", "RE10", "RE11", "RE12", "RE2", "RE4", "RE58", "RE59")


def written(finding: Diagnostic) -> str:
    span = finding.span
    assert span is not None
    name = Path(span.file).name
    file = "" if name.endswith(".yaml") else f"{name} "
    end = f"{span.end_column}" if span.end_line == span.line else f"{span.end_line}:{span.end_column}"
    lines = [f"{file}{span.line}:{span.column}-{end} {finding.code} {finding.severity}: {finding.message}"]
    lines += [f"  related {other.span.line}:{other.span.column}: {other.message}" for other in finding.related]
    lines += [f"  {line}" for line in finding.help.splitlines()]
    return "\n".join(lines) + "\n"


def found(file: Path) -> str:
    return "".join(written(finding) for finding in load_model(file).diagnostics)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_broken(file: Path) -> None:
    assert found(file) == file.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("line_end", ["\r\n", "\r"], ids=["of Windows", "of old Macs"])
def test_line_ends_move_no_place(line_end: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "broken")
    moved = []
    for file in FILES:
        text = file.read_bytes()
        if b"\0" not in text and b"\r" not in text:  # neither UTF-16 nor a case of line ends
            other = tmp_path / "broken" / file.name
            other.write_bytes(text.replace(b"\n", line_end.encode()))
            if found(other) != file.with_suffix(".expected").read_text(encoding="utf-8"):
                moved.append(file.name)
    assert moved == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_file_shows_the_code_it_is_named_after(file: Path) -> None:
    code = file.stem[:5].upper()
    if code[:2] == "RE":
        assert code in {finding.code for finding in load_model(file).diagnostics}


def test_there_are_enough() -> None:
    assert len(FILES) >= 50


def test_each_code_of_a_model_file_has_a_case() -> None:
    shown: set[str] = set()
    for file in FOLDER.glob("*.expected"):
        for line in file.read_text(encoding="utf-8").splitlines():
            shown |= {word for word in line.split()[:3] if word in CODES}
    missing = {code for code in CODES if code.startswith(OURS) and code not in shown} - ELSEWHERE.keys()
    assert missing == set()
    here = Path(__file__).parent
    for code, test in ELSEWHERE.items():
        assert code in (here / test).read_text(encoding="utf-8")


if __name__ == "__main__":
    for file in FILES:
        file.with_suffix(".expected").write_text(found(file), encoding="utf-8")
    sys.stdout.write(f"{len(FILES)} written\n")
