"""Every example of the README and the docs runs.

Blocks are marked after the three backquotes:

* ``yaml model``: a whole model; it must load without an error. With ``file=NAME`` it is also kept under that name.
* ``yaml file=NAME`` (or ``csv``, ``jsonl``, ...): kept under that name in the page's working folder.
* ``console``: lines `$ rules ...` (also `cat` and `ls`) and what they print; a line `...` stands for any lines.
  Alone it asks for exit code 0.
* ``python``: run in the page's working folder; blocks of a page share their names.

A page's working folder has the repository's `rulesets`. Other blocks (``text``, ``yaml``, ``sh``) are only read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest

from tests.cli.transcripts import REPOSITORY, run

FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    line: int
    words: list[str]
    text: str

    @property
    def file(self) -> str | None:
        return next((word[5:] for word in self.words if word.startswith("file=")), None)

    @property
    def runs(self) -> bool:
        return self.words[:1] in (["console"], ["python"]) or self.words[:2] == ["yaml", "model"]


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        indent = len(match[1])
        body = "".join(line[indent:] if line.strip() else line for line in match[3].splitlines(keepends=True))
        found.append(Block(text.count("\n", 0, match.start()) + 1, match[2].split(), body))
    return found


def pages() -> list[Path]:
    """The README, the docs and the rulesets' pages, those that have an example."""
    found = [
        REPOSITORY / "README.md",
        *(REPOSITORY / "docs").rglob("*.md"),
        *(REPOSITORY / "rulesets").glob("*/README.md"),
    ]
    return sorted(page for page in found if any(block.runs for block in blocks_of(page)))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rulesets").symlink_to(REPOSITORY / "rulesets", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__docs__"}
    for number, block in enumerate(blocks_of(page), 1):
        where = f"{page.relative_to(REPOSITORY)}:{block.line}"
        if block.file is not None:
            kept = tmp_path / block.file
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(block.text, encoding="utf-8")
        match block.words:
            case ["yaml", "model", *_]:
                name = block.file or f"model_{number}.yaml"
                (tmp_path / name).write_text(block.text, encoding="utf-8")
                _loads(tmp_path / name, where)
            case ["console", *_]:
                _answers(block, tmp_path, where)
            case ["python", *_]:
                exec(compile(block.text, where, "exec"), names)


def _loads(path: Path, where: str) -> None:
    from rules_engine.model import load_model

    errors = [finding for finding in load_model(path).diagnostics if finding.is_error]
    assert errors == [], where


def _answers(block: Block, folder: Path, where: str) -> None:
    command: str | None = None
    expected: list[str] = []
    for line in [*block.text.splitlines(), "$ "]:
        if not line.startswith("$ "):
            expected.append(line.rstrip())
            continue
        if command is not None:
            code, printed = run(command, folder)
            allowed = (
                {0} if expected == ["..."] else {0, 1}
            )  # findings are told by what is printed; a fault is no example
            assert code in allowed, f"{where}: {command} left with {code} and printed\n" + "\n".join(printed)
            assert _matches(expected, printed), f"{where}: {command} printed\n" + "\n".join(printed)
        command, expected = line[2:], []


def _matches(expected: list[str], printed: list[str]) -> bool:
    while expected and not expected[-1]:
        expected = expected[:-1]
    while printed and not printed[-1]:
        printed = printed[:-1]
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None
