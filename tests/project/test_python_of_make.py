"""`.ci/python`, which says what Python `make` takes: tried with programs that answer as one would find them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci/python"
NEEDED = ("sh", "ls", "sort")
FINE, OLD, NEW, BARE, BROKEN = "fine", "old", "new", "bare", ""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that is all of the path: no Python is there."""
    for program in NEEDED:
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    return tmp_path


def put(machine: Path, name: str, version: str, answers: str) -> None:
    """A Python that answers what the script asks it: what it is good for, and its version."""
    text = f'#!/bin/sh\ncase $2 in *version_info*"[:2]"*) echo {version} ;; *) echo {answers} ;; esac\n'
    if answers == BROKEN:
        text = "#!/bin/sh\necho 'pyenv: command not found'>&2\nexit 127\n"
    (machine / name).write_text(text, encoding="utf-8")
    (machine / name).chmod(0o755)


def asked(machine: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [str(machine / "sh"), str(SCRIPT), *words],
        env={"PATH": str(machine), "HOME": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def test_python3_is_taken_where_it_will_do(machine: Path) -> None:
    put(machine, "python3", "3.12", FINE)
    put(machine, "python3.13", "3.13", FINE)
    assert asked(machine) == (0, "python3", "")


@pytest.mark.parametrize("answers", [OLD, NEW, BARE, BROKEN])
def test_one_that_will_not_do_is_passed_over(machine: Path, answers: str) -> None:
    put(machine, "python3", "3.10", answers)
    put(machine, "python3.12", "3.12", FINE)
    assert asked(machine) == (0, "python3.12", "")


def test_debian_without_its_package_for_environments_says_which(machine: Path) -> None:
    put(machine, "python3", "3.13", BARE)
    code, said, why = asked(machine)
    assert (code, said) == (2, "")
    assert "sudo apt install python3.13-venv" in why


def test_a_newer_one_than_tried_is_taken_with_a_word(machine: Path) -> None:
    put(machine, "python3", "3.15", NEW)
    code, said, why = asked(machine)
    assert (code, said) == (0, "python3")
    assert "Python 3.15 is newer than those this was tried with" in why


@pytest.mark.parametrize(
    ("answers", "why"), [(OLD, "python3.9 is Python 3.9; 3.11 or newer is needed"), (BROKEN, "python3.9 does not run")]
)
def test_a_named_one_that_will_not_do_is_refused(machine: Path, answers: str, why: str) -> None:
    put(machine, "python3", "3.12", FINE)
    put(machine, "python3.9", "3.9", answers)
    code, said, told = asked(machine, "python3.9")
    assert (code, said) == (2, "")
    assert why in told


def test_without_any_it_asks_for_one(machine: Path) -> None:
    code, said, why = asked(machine)
    assert (code, said) == (2, "")
    assert "none was found; name one: make PYTHON=" in why


def test_the_other_one_is_of_another_version(machine: Path) -> None:
    put(machine, "python3.14", "3.14", BROKEN)
    put(machine, "python3.13", "3.13", FINE)
    put(machine, "python3.12", "3.12", FINE)
    assert asked(machine, "--other", "python3.12") == (0, "python3.13", "")
    assert asked(machine, "--other", "python3.13") == (0, "python3.12", "")


def test_no_other_one_is_no_fault(machine: Path) -> None:
    put(machine, "python3.12", "3.12", FINE)
    assert asked(machine, "--other", "python3.12") == (0, "", "")


def test_the_python_that_runs_this_is_judged_by_the_real_questions() -> None:
    done = subprocess.run(["sh", str(SCRIPT), sys.executable], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, sys.executable)
