"""What a user gets: the wheel has what it needs and nothing else, and the README names things that exist."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rules_engine.cli.main import app

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


@pytest.mark.parametrize(
    "name",
    [
        "rules_engine/py.typed",
        "rules_engine/grammar/feel.lark",
        "rules_engine/grammar/model.schema.json",
        "rules_engine/cli/main.py",
    ],
)
def test_wheel_has(wheel_names: list[str], name: str) -> None:
    assert name in wheel_names


def test_wheel_has_nothing_else(wheel_names: list[str]) -> None:
    others = [name for name in wheel_names if not name.startswith("rules_engine/") and ".dist-info/" not in name]
    assert others == []
    assert [name for name in wheel_names if name.endswith((".pyc", ".csv", ".csv.gz", ".yaml"))] == []


def test_wheel_carries_licence_and_notice(wheel_names: list[str]) -> None:
    ends = {name.rpartition("/")[2] for name in wheel_names if ".dist-info/licenses/" in name}
    assert ends == {"LICENSE", "NOTICE"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_named_targets_and_commands_exist(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    commands = set(app.commands)
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) - targets == set()
    assert set(re.findall(r"(?:^\$ |`)rules ([a-z][a-z-]*)", text, re.MULTILINE)) - commands == set()


def test_every_makefile_target_says_what_it_does() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert {name for name in phony.split() if not re.search(rf"^{name}:.*## ", makefile, re.MULTILINE)} == set()
