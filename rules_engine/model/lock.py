"""`model.lock`: the recorded hash of each version in use, so that a version that scored leads never changes unseen.

JSON beside the versions: {"lock": 1, "versions": {"3": {"hash": "..."}}}. The hash is that of
the model's meaning, data files and required plugins included.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model import messages_header as say
from rules_engine.model.types import Model
from rules_engine.records import dataclass

FILE = "model.lock"
_VERSION_FILE = re.compile(r"v([1-9]\d*)\.ya?ml\Z")
# A file of which its author thinks as a version: v01.yaml, V2.yaml, v2_new.yaml, "v1 (copy).yml".
_LIKE_A_VERSION = re.compile(r"v(?:ersion)?[ _-]?\d.*\.ya?ml(?:\.[a-z]+)?\Z", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Lock:
    """The recorded hashes by version number. `exists` is False where there is no file."""

    hashes: dict[int, str]
    exists: bool


def read_lock(folder: Path, shown: str) -> tuple[Lock, Diagnostic | None]:
    """The lock of a folder; an unreadable one is a finding and records nothing. `shown` is the lock's path in it."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Lock({}, False), None
    except (OSError, ValueError) as error:
        return Lock({}, True), say.lock_unreadable(Span(shown, 0, 0, 1, 1, 1, 1), str(error))
    try:
        versions = json.loads(text)["versions"]
        hashes = {int(number): str(record["hash"]) for number, record in versions.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Lock({}, True), say.lock_unreadable(Span(shown, 0, 0, 1, 1, 1, 1), "it is not in the form of a lock")
    if not all(_HASH.match(recorded) for recorded in hashes.values()):
        return Lock({}, True), say.lock_unreadable(Span(shown, 0, 0, 1, 1, 1, 1), "it holds something that is no hash")
    return Lock(hashes, True), None


def check_lock(folder: Path, model: Model, place: Span) -> list[Diagnostic]:
    """Whether a model is what the lock of its folder recorded. `place` is where findings point in the model's file."""
    lock, problem = read_lock(folder, os.path.join(os.path.dirname(model.file), FILE))
    if problem is not None:
        return [problem]
    recorded = lock.hashes.get(model.version)
    if recorded is None:
        return [say.not_in_lock(place, model.version)] if lock.exists and model.status == "active" else []
    if recorded == model.hash:
        return []
    return [say.active_changed(place, model.name, model.version, next_version(folder))]


def write_lock(folder: Path, models: list[Model]) -> list[int]:
    """Records the active versions among `models` that are not recorded yet; gives their numbers.

    What is recorded is never overwritten: a changed version stays an error. The file is replaced in one step.
    """
    lock, problem = read_lock(folder, str(folder / FILE))
    if problem is not None:
        raise ValueError(problem.message)
    added = [model for model in models if model.status == "active" and model.version not in lock.hashes]
    if not added:
        return []
    hashes = lock.hashes | {model.version: model.hash for model in added}
    versions = {str(number): {"hash": hashes[number]} for number in sorted(hashes)}
    temporary = folder / f".{FILE}.{os.getpid()}"
    temporary.write_text(json.dumps({"lock": 1, "versions": versions}, indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / FILE)
    return sorted(model.version for model in added)


def version_files(folder: Path) -> dict[int, Path]:
    """The files v<N>.yaml of a folder by number."""
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _VERSION_FILE.match(path.name)
        if match is not None and path.is_file():
            found.setdefault(int(match[1]), path)
    return dict(sorted(found.items()))


def files_like_versions(folder: Path) -> list[Path]:
    """The files of a folder that are named like a version and are none: nothing reads them."""
    taken = set(version_files(folder).values())
    return [
        path for path in sorted(folder.iterdir())
        if path not in taken and path.is_file() and _LIKE_A_VERSION.match(path.name)
    ]  # fmt: skip


def next_version(folder: Path) -> int:
    return max(version_files(folder), default=0) + 1
