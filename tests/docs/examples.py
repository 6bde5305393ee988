"""Every example of the README, the docs and the sample plugins runs.

Blocks are marked after the three backquotes:

* ``yaml model``: a whole model; it must load without an error. With ``file=NAME`` it is also kept under that name.
* ``yaml file=NAME`` (or ``csv``, ``jsonl``, ...): kept under that name in the page's working folder.
* ``console``: lines `$ rules ...` (also `cat` and `ls`) and what they print; a line `...` stands for any lines.
  Alone it asks for exit code 0.
* ``python``: run in the page's working folder; blocks of a page share their names.

A page's working folder has the repository's `rulesets`. Other blocks (``text``, ``yaml``, ``sh``) are only read.
Run `python -m tests.docs.examples PAGE...` to write what the commands print into a page; read the diff.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.transcripts import REPOSITORY, run

FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
ANYTHING = "..."


@dataclass(frozen=True)
class Block:
    """A fenced block: `words` stand after the backquotes, `start` is the offset of its text in the page."""

    line: int
    words: list[str]
    text: str
    start: int

    @property
    def file(self) -> str | None:
        return next((word[5:] for word in self.words if word.startswith("file=")), None)

    @property
    def runs(self) -> bool:
        return self.words[:1] in (["console"], ["python"]) or self.words[:2] == ["yaml", "model"]


@dataclass(frozen=True)
class Answer:
    """One command of a console block: what the page says it prints, and what it printed."""

    where: str
    command: str
    expected: list[str]
    code: int
    printed: list[str]

    def is_right(self) -> bool:
        if self.code not in ({0} if self.expected == [ANYTHING] else {0, 1}):
            return False  # findings are told by what is printed; a fault is no example
        pattern = "".join(r"(?:.*\n)*" if line == ANYTHING else re.escape(line) + "\n" for line in self.expected)
        return re.fullmatch(pattern, "".join(line + "\n" for line in self.printed)) is not None


def pages() -> list[Path]:
    """The README, the docs and the rulesets' pages, those that have an example."""
    found = [REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("rulesets/*/README.md")]
    return sorted(page for page in found if any(block.runs for block in blocks_of(page)))


def pages_of_plugins() -> list[Path]:
    """The pages of the sample plugins. They need the plugins installed: `make plugins` runs them."""
    return sorted(REPOSITORY.glob("plugins/*/README.md"))


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        indent = len(match[1])
        body = "".join(line[indent:] if line.strip() else line for line in match[3].splitlines(keepends=True))
        found.append(Block(text.count("\n", 0, match.start()) + 1, match[2].split(), body, match.start(3)))
    return found


def play(page: Path, folder: Path) -> Iterator[tuple[Block, list[Answer]]]:
    """Keep, load and run the blocks of a page, in order; gives each with the answers of its commands."""
    (folder / "rulesets").symlink_to(REPOSITORY / "rulesets", target_is_directory=True)
    names: dict[str, object] = {"__name__": "__docs__"}
    for number, block in enumerate(blocks_of(page), 1):
        where = f"{page.relative_to(REPOSITORY)}:{block.line}"
        kept = folder / (block.file or f"block_{number}.yaml")
        if block.file is not None or block.words[:2] == ["yaml", "model"]:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(block.text, encoding="utf-8")
        answers: list[Answer] = []
        match block.words:
            case ["yaml", "model", *_]:
                _must_load(kept, where)
            case ["console", *_]:
                answers = [_answer(where, command, expected, folder) for command, expected in commands_of(block)]
            case ["python", *_]:
                with contextlib.chdir(folder), contextlib.redirect_stdout(None):
                    exec(compile(block.text, where, "exec"), names)
        yield block, answers


def commands_of(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a console block with what they are said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line.rstrip())
    return [(command, _trimmed(lines)) for command, lines in found]


def _answer(where: str, command: str, expected: list[str], folder: Path) -> Answer:
    code, printed = run(command, folder)
    return Answer(where, command, expected, code, _trimmed(printed))


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _must_load(path: Path, where: str) -> None:
    from rules_engine.engine import Engine, ModelError

    try:
        Engine.load(path)
    except ModelError as error:
        raise AssertionError(
            f"{where}: " + "\n".join(f"{finding.span}: {finding.message}" for finding in error.diagnostics)
        ) from None


def rewrite(page: Path) -> None:
    """Write what the commands of a page print into it; blocks that leave lines out are left alone."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        played = list(play(page, Path(folder)))
    for block, answers in reversed(played):
        if answers and not any(ANYTHING in answer.expected for answer in answers):
            lines = [line for answer in answers for line in (f"$ {answer.command}", *answer.printed)]
            text = text[: block.start] + "\n".join(lines) + "\n" + text[block.start + len(block.text) :]
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(os.path.abspath(name)))
