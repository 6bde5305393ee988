"""Compiled code is kept on disk where that can be, and does its work where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numba.core.caching
import numba.core.config
import pytest

from rules_engine.batch.fold import compiled
from rules_engine.batch.fold.compiled import CacheWarning, cache_folder, compiled_fold

SMALL = """
from numba import njit

kept = njit(nogil=True, cache=True)


@kept
def fold_range(x):
    return x + 1
"""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A text that compiles in no time, in a folder of its own."""
    monkeypatch.setattr(compiled, "_text", lambda: SMALL)
    monkeypatch.setattr(numba.core.config, "CACHE_DIR", "")  # numba's own setting would go before
    use(monkeypatch, tmp_path / "cache")


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("RULES_ENGINE_CACHE_DIR", str(folder))
    monkeypatch.setattr(compiled, "_loaded", {})


def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """As a new process would."""
    monkeypatch.setattr(compiled, "_loaded", {})
    return compiled_fold(lambda fold_range: fold_range(1))


def test_what_one_process_compiled_the_next_one_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(monkeypatch)
    second = load(monkeypatch)
    assert not first.stats.cache_hits
    assert second.stats.cache_hits
    assert second(41) == 42


def test_files_lie_in_the_named_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    load(monkeypatch)
    names = {path.suffix for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert names == {".py", ".nbi", ".nbc"}


def test_another_text_has_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch)
    monkeypatch.setattr(compiled, "_text", lambda: SMALL.replace("+ 1", "+ 2"))
    assert load(monkeypatch)(40) == 42
    assert len(list(cache_folder().iterdir())) == 2


def test_a_folder_that_cannot_be_made_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    use(monkeypatch, tmp_path / "file" / "below")
    with pytest.warns(CacheWarning, match="RULES_ENGINE_CACHE_DIR"):
        assert compiled_fold(lambda fold_range: fold_range(1))(41) == 42
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled_fold(lambda fold_range: fold_range(1))(41) == 42


def test_a_disk_that_is_full_when_machine_code_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numba.core.caching.IndexDataCacheFile, "save", full)
    with pytest.warns(CacheWarning, match="No space left"):
        assert load(monkeypatch)(41) == 42


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_damaged_files_are_compiled_again(monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    load(monkeypatch)
    for path in cache_folder().rglob(f"*{suffix}"):
        path.write_bytes(path.read_bytes()[:40])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheWarning)
        assert load(monkeypatch)(41) == 42
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(monkeypatch)(41) == 42


SEVERAL = """
import sys
from rules_engine.batch.fold import compiled
compiled._text = lambda: open(sys.argv[1]).read()
print(compiled.compiled_fold(lambda fold_range: fold_range(1))(41))
"""


def test_several_processes_at_once(tmp_path: Path) -> None:
    (tmp_path / "text.py").write_text(SMALL)
    command = [sys.executable, "-W", "error::UserWarning", "-c", SEVERAL, str(tmp_path / "text.py")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == ["42"] * 3
