"""What a command loads before it does anything: a person waits for it each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TABLES = {"polars", "pyarrow", "numpy", "numba", "pandas"}
PROGRAM = """
import sys
from rules_engine.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit as leaving:
    code = leaving.code
print()
print("LOADED", code, *{name.partition(".")[0] for name in sys.modules})
"""


def loaded_by(*words: str) -> tuple[int, set[str]]:
    """The exit code of a command and the top-level modules it had loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, encoding="utf-8", cwd=REPOSITORY, check=True
    )
    _, code, *names = done.stdout.splitlines()[-1].split()
    return int(code), set(names)


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["score", "--help"], ["--version"]])
def test_help_loads_neither_parsers_nor_tables(words: list[str]) -> None:
    code, names = loaded_by(*words)
    assert code == 0
    assert names & (TABLES | {"rich", "yaml", "lark", "jsonschema"}) == set()


def test_check_loads_no_tables() -> None:
    code, names = loaded_by("check", "benchmarks/fifty_rules.yaml")
    assert code == 0
    assert names & TABLES == set()


def test_scoring_one_lead_loads_no_tables() -> None:
    program = (
        "import json, sys; from rules_engine import Engine; given = json.load(open('benchmarks/lead.json'));"
        "engine = Engine.load('benchmarks/fifty_rules.yaml');"
        "engine.score(given['lead'], given['account'], given['events'], as_of=given['as_of']);"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=REPOSITORY, check=True
    )
    assert set(done.stdout.split()) & (TABLES | {"click", "rich"}) == set()
