"""Versions in use that nothing keeps from being changed (RE751)."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.lints.subject import Subject
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic


def without_lock(subject: Subject) -> Iterator[Diagnostic]:
    """RE751: a version is active, and no version of its folder is recorded.

    Where there is a lock without this version, loading says so (RE405).
    """
    if not subject.unlocked:
        return
    entry = subject.entry("status")
    yield finding(
        "RE751",
        f"Version {subject.model.version} is active, and there is no model.lock beside it: if somebody changes it, "
        "nobody will notice that scores mean something else.",
        entry.key.span if entry is not None else None,
        "Run `rules lock` on the folder of the model, and commit model.lock. A change is then made in the next "
        "version, and `rules diff` shows it.",
    )
