"""Command transcripts as data: `cases/*.txt` hold what a person types and what must be answered.

    # why this case is here
    copy rulesets/online_retail            (a file or folder of the repository, put into the working folder)
    write broken.yaml                      (the indented lines that follow become a file)
      schema: 1
    $ rules check broken.yaml
    exit 1
    > what is printed, standard output first, then standard error

Run `python -m tests.cli.transcripts` to write the answers anew after a change that was meant; read the diff.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CASES = Path(__file__).parent / "cases"
_TZDATA = re.compile(r'"tzdata": "\d{4}[a-z]+"')  # another one with each release


@dataclass
class Step:
    """One command with the answer that is expected."""

    line: int
    command: str
    exit_code: int | None = None
    output: list[str] = field(default_factory=list)


def steps_of(path: Path) -> list[tuple[int, str]]:
    """The lines of a case that are not answers, with their numbers."""
    return [
        (number, line)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not line.startswith((">", "exit "))
    ]


def read_steps(path: Path) -> list[Step]:
    """The commands of a case with their expected answers."""
    steps: list[Step] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("$ "):
            steps.append(Step(number, line[2:]))
        elif line.startswith("exit "):
            steps[-1].exit_code = int(line[5:])
        elif line.startswith(">"):
            steps[-1].output.append(line[2:])
    return steps


def run(command: str, folder: Path) -> tuple[int, list[str]]:
    """Run one `rules ...` or `cat FILE` line in a folder; give its exit code and what it printed."""
    words = shlex.split(command)
    if words[0] == "cat":
        return 0, (folder / words[1]).read_text(encoding="utf-8").splitlines()
    if words[0] == "ls":
        return 0, sorted(path.name for path in (folder / words[1] if len(words) > 1 else folder).iterdir())
    if words[0] != "rules":
        raise ValueError(f"a transcript runs `rules`, `cat` and `ls`, not {words[0]}")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RULES_", "FORCE_COLOR"))}
    environment |= {"COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb", "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "rules_engine", *words[1:]],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    printed = done.stdout.splitlines() + done.stderr.splitlines()
    return done.returncode, [_TZDATA.sub('"tzdata": "RELEASE"', line.rstrip()) for line in printed]


def play(path: Path, folder: Path) -> list[tuple[Step, int, list[str]]]:
    """Run a case in `folder`: prepare its files, run its commands, give what each answered."""
    steps = {step.line: step for step in read_steps(path)}
    answers = []
    writing: Path | None = None
    for number, line in steps_of(path):
        if line.startswith("  ") and writing is not None:
            with writing.open("a", encoding="utf-8") as file:
                file.write(line[2:] + "\n")
            continue
        if not line.strip() and writing is not None and writing.exists():
            continue
        writing = None
        if line.startswith("copy "):
            source = REPOSITORY / line[5:].strip()
            target = folder / source.name
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        elif line.startswith("write "):
            writing = folder / line[6:].strip()
            writing.parent.mkdir(parents=True, exist_ok=True)
            writing.write_text("", encoding="utf-8")
        elif line.startswith("$ "):
            answers.append((steps[number], *run(line[2:], folder)))
    return answers


def rewrite(path: Path) -> None:
    """Write the answers of a case anew."""
    with tempfile.TemporaryDirectory() as folder:
        answers = {step.line: (code, printed) for step, code, printed in play(path, Path(folder))}
    lines = []
    for number, line in steps_of(path):
        lines.append(line)
        if number in answers:
            code, printed = answers[number]
            lines.append(f"exit {code}")
            lines.extend(f"> {text}".rstrip() for text in printed)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for case in sorted(CASES.glob("*.txt")):
        if not wanted or case.stem in wanted:
            rewrite(case)
