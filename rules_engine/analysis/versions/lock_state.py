"""How the versions of a folder stand to its `model.lock`, and the writing of new ones into it.

What is recorded is never overwritten: a version in use that changed stays an error until the change is undone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from rules_engine.analysis.versions.faults import VersionError
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.extensions import Extensions
from rules_engine.model.lock import FILE, read_lock, version_files
from rules_engine.model.versions import load_all, lock_folder
from rules_engine.plugins import installed
from rules_engine.records import dataclass

CHANGED = "RE404"
State = Literal["recorded", "not recorded", "changed", "gone", "in error", "no need"]


@dataclass(frozen=True, slots=True)
class LockedVersion:
    """One version and how it stands: `no need` for drafts and retired ones that were never recorded."""

    number: int
    status: str
    state: State


@dataclass(frozen=True, slots=True)
class LockState:
    """All versions of a folder, in order; `findings` are the errors that stand in the way of recording."""

    folder: Path
    versions: tuple[LockedVersion, ...]
    findings: tuple[Diagnostic, ...]

    @property
    def is_safe(self) -> bool:
        """Whether every version in use is recorded and is what was recorded."""
        return not self.findings and all(v.state in ("recorded", "no need") for v in self.versions)


def lock_state(folder: Path, using: Extensions | None = None) -> LockState:
    """Looks, and writes nothing. Raises `VersionError` where the folder holds no version."""
    _need_versions(folder)
    lock, problem = read_lock(folder, os.path.join(str(folder), FILE))
    loaded = load_all(folder, installed() if using is None else using)
    versions = []
    for number, result in loaded.items():
        codes = {finding.code for finding in result.diagnostics if finding.is_error}
        state: State
        if result.model is None:
            state = "changed" if CHANGED in codes else "in error"
        elif number in lock.hashes:
            state = "recorded"
        else:
            state = "not recorded" if result.model.status == "active" else "no need"
        versions.append(LockedVersion(number, result.model.status if result.model else "", state))
    versions += [LockedVersion(number, "", "gone") for number in lock.hashes if number not in loaded]
    errors = [finding for result in loaded.values() for finding in result.diagnostics if finding.is_error]
    findings = (*([problem] if problem is not None else []), *errors)
    return LockState(folder, tuple(sorted(versions, key=lambda version: version.number)), findings)


def record(folder: Path, using: Extensions | None = None) -> tuple[tuple[int, ...], LockState]:
    """Records the active versions that are not yet; gives their numbers and how things stand then."""
    _need_versions(folder)
    added, _ = lock_folder(folder, installed() if using is None else using)
    return tuple(added), lock_state(folder, using)


def _need_versions(folder: Path) -> None:
    if not folder.is_dir():
        raise VersionError(f"{folder} is no folder; name the folder of a model, the one with its v<N>.yaml files.")
    if not version_files(folder):
        raise VersionError(f"no model in {folder}: a version of a model is a file such as {folder / 'v1.yaml'}.")
