"""Compiled code is kept on disk where that can be, and does its work where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_engine.machine import compiler, kept, library
from rules_engine.machine.kept import cache_folder
from rules_engine.machine.library import CacheWarning, Function, Library


def more(x: int) -> int:
    return x + 1


def a_library(function: Callable[[int], int] = more, source: str = "machine/kept.py") -> Function:
    """A library of one small function, as a new process would declare it."""
    return Library("small", [source]).declare("i8 x -> i8", "more", make=lambda: function)


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RULES_ENGINE_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions that are compiled from now on."""
    found: list[str] = []
    original = compiler.object_code

    def noted(function: Callable[..., object], *given: object) -> tuple[str, bytes]:
        found.append(function.__name__)
        return original(function, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(compiler, "object_code", noted)
    return found


def test_what_one_process_compiled_the_next_one_loads(compiles: list[str]) -> None:
    assert a_library()(41) == 42
    assert a_library()(41) == 42
    assert compiles == ["more"]


def test_the_file_lies_in_the_named_folder(tmp_path: Path) -> None:
    a_library()(1)
    assert [path.suffix for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [".code"]


def test_other_sources_have_another_file() -> None:
    a_library()(1)
    a_library(source="machine/signature.py")(1)
    assert len(list(cache_folder().iterdir())) == 2


def test_a_folder_that_cannot_be_made_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RULES_ENGINE_CACHE_DIR", str(tmp_path / "file" / "below"))
    function = a_library()
    with pytest.warns(CacheWarning, match="RULES_ENGINE_CACHE_DIR"):
        assert function(41) == 42
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert function(41) == 42


def test_a_disk_that_is_full_when_machine_code_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(CacheWarning, match="No space left"):
        assert a_library()(41) == 42
    assert not list(cache_folder().iterdir())


@pytest.mark.parametrize("size", [0, 10, 40, 400])
def test_damaged_files_are_made_again(compiles: list[str], size: int) -> None:
    a_library()(1)
    (path,) = cache_folder().iterdir()
    path.write_bytes(path.read_bytes()[:size])
    assert a_library()(41) == 42
    assert compiles == ["more", "more"]
    assert kept.read_objects(path) is not None


SEVERAL = """
from tests.machine.test_kept import a_library
print(a_library()(41))
"""


def test_several_processes_at_once() -> None:
    command = [sys.executable, "-W", "error::UserWarning", "-c", SEVERAL]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == ["42"] * 3


def test_loading_needs_no_numba() -> None:
    a_library()(1)
    code = f"{SEVERAL}\nimport sys\nassert not {{'numba', 'numpy'}} & set(sys.modules)"
    # the function of the test module would import pytest and more, so it is declared here
    code = code.replace("from tests.machine.test_kept import a_library", DECLARED)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "42\n"


DECLARED = """
from rules_engine.machine.library import Library
def a_library():
    return Library("small", ["machine/kept.py"]).declare("i8 x -> i8", "more", make=None)
"""


def test_the_name_of_a_library_goes_into_its_file() -> None:
    assert library.Library("other", []).path.name.startswith("other-")
