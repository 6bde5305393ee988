"""The compiled fold, kept on disk: compiling takes tens of seconds, loading what was compiled a fraction of one.

The text that is compiled goes into a folder of the user's cache, named by a hash of that text and of the versions of
Python and numba; numba keeps the machine code beside it, apart for each processor. `RULES_ENGINE_CACHE_DIR` names
another place. Files are written aside and renamed, so several processes may do this at once. Where the folder cannot
be used, the fold is compiled for this process alone, after one warning.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import pickle
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import llvmlite
import numba
import platformdirs

from rules_engine.batch.fold.text import module_text
from rules_engine.scoring import power

CACHE_DIR = "RULES_ENGINE_CACHE_DIR"
FoldRange = Callable[..., int]
_LOCK = Lock()


class CacheWarning(UserWarning):
    """The compiled fold cannot be kept: the next process will compile it again."""


def cache_folder() -> Path:
    """Where compiled code is kept: `RULES_ENGINE_CACHE_DIR`, else the user's cache folder."""
    given = os.environ.get(CACHE_DIR)
    return Path(given) if given else Path(platformdirs.user_cache_dir("rules-engine", appauthor=False))


def fold_key(text: str) -> str:
    """What the compiled code depends on besides the processor, as 16 hexadecimal digits."""
    parts = (text, inspect.getsource(power), sys.version, numba.__version__, llvmlite.__version__)
    return _digest("\0".join(parts))[:16]


@cache
def _text() -> str:
    """The text to compile. It takes half a second to make, so it is kept as well, by the sources that it is made of."""
    path = cache_folder() / f"text-{_sources_key()}"
    try:
        digest, _, kept = path.read_text(encoding="utf-8").partition("\n")
        if digest == _digest(kept):
            return kept
    except (OSError, ValueError):
        pass  # not there, or damaged: it is made again
    text = module_text()
    with suppress(OSError):  # whoever writes the compiled code there says so
        _write(path, f"{_digest(text)}\n{text}")
    return text


def _sources_key() -> str:
    """A hash of all files that the text is made of, or made by."""
    folders = (Path(power.__file__).parent, Path(__file__).parent)
    files = sorted(path for folder in folders for path in folder.glob("*.py"))
    return _digest("\0".join(path.read_text(encoding="utf-8") for path in files))[:16]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_loaded: dict[Path, FoldRange] = {}


def compiled_fold(warm: Callable[[FoldRange], object]) -> FoldRange:
    """The compiled `fold_range` of the driver.

    `warm` must call it once, with arguments of the types that all later calls have; this loads or compiles it.
    """
    with _LOCK:
        folder = cache_folder()
        if folder not in _loaded:
            _loaded[folder] = _load(folder, warm)
        return _loaded[folder]


def _load(folder: Path, warm: Callable[[FoldRange], object]) -> FoldRange:
    text = _text()
    try:
        path = _written(folder, text)
        try:
            return _warmed(folder, path, warm)
        except (EOFError, pickle.PickleError, ValueError, KeyError, AttributeError):
            for kept in path.parent.glob("__pycache__/*.nb?"):  # damaged, by a crash of the machine for example
                kept.unlink(missing_ok=True)
            return _warmed(folder, path, warm)
    except (OSError, RuntimeError) as error:  # numba raises RuntimeError where it finds no place to write
        return _uncached(folder, text, warm, error)


def _warmed(folder: Path, path: Path, warm: Callable[[FoldRange], object]) -> FoldRange:
    fold_range: FoldRange = _imported(path).fold_range
    try:
        warm(fold_range)
    except OSError as error:
        if not fold_range.signatures:  # type: ignore[attr-defined]
            raise
        _warn(folder, error)  # compiled, and only the writing failed
        warm(fold_range)
    return fold_range


def _written(folder: Path, text: str) -> Path:
    """The module's file, written unless it is there."""
    path = folder / f"fold-{fold_key(text)}" / "fold.py"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path
    _write(path, text)
    return path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # numba compares the time of the file with the one it compiled: the same whoever writes it
        os.utime(aside, (1_000_000_000, 1_000_000_000))
        os.replace(aside, path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise


def _imported(path: Path) -> ModuleType:
    name = f"rules_engine_{path.parent.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OSError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba looks the module up when it loads what it kept
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module


def _uncached(folder: Path, text: str, warm: Callable[[FoldRange], object], error: Exception) -> FoldRange:
    _warn(folder, error)
    names: dict[str, Any] = {"__name__": "rules_engine_fold_of_this_process"}
    exec(compile(text.replace(", cache=True", ""), "<fold>", "exec"), names)
    fold_range: FoldRange = names["fold_range"]
    warm(fold_range)
    return fold_range


def _warn(folder: Path, error: Exception) -> None:
    warnings.warn(
        f"the compiled fold cannot be kept in {folder} ({error}), so each run compiles it anew, which takes about "
        f"half a minute; make the folder writable, or name another one in {CACHE_DIR}",
        CacheWarning,
        stacklevel=4,
    )
