"""What a process of the command line leaves behind: nothing but what the command says."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("duckdb")


def test_a_library_that_looks_at_what_is_left_finds_nothing() -> None:
    code = "import duckdb, sys; from rules_engine.cli.main import run; sys.argv = ['rules', '--version']; run()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("rules ")
    assert done.stderr == ""
