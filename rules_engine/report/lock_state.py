"""How versions stand to `model.lock`, for a terminal and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules_engine.analysis.versions.lock_state import LockState

_WORDS = {
    "recorded": "recorded",
    "not recorded": "active and not recorded: run `rules lock` on the folder and commit model.lock",
    "changed": "changed since it was recorded: undo the change and make it in the next version",
    "gone": "recorded, but its file is gone: restore it from version control",
    "in error": "has errors, so it cannot be recorded",
    "no need": "no need to record it",
}


def lock_lines(added: tuple[int, ...], state: LockState) -> list[str]:
    """A line for each version; what is wrong comes after."""
    lines = [str(state.folder)]
    for version in state.versions:
        words = "recorded now" if version.number in added else _WORDS[version.state]
        status = f" ({version.status})" if version.status else ""
        lines.append(f"  version {version.number}{status}: {words}")
    if state.findings:
        from rules_engine.diagnostics import render

        lines += ["", render(state.findings).rstrip("\n")]
    return lines


def lock_document(added: tuple[int, ...], state: LockState) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "folder": state.folder.as_posix(),
        "safe": state.is_safe,
        "versions": [
            {
                "version": version.number,
                "status": version.status or None,
                "state": version.state,
                "recorded_now": version.number in added,
            }
            for version in state.versions
        ],
        "errors": [{"code": finding.code, "message": finding.message} for finding in state.findings],
    }
