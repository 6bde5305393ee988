"""What a drafted model is like, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules_engine.analysis.drafts.drafted import Drafted

_ORDER = ("left out", "changed", "guessed", "to do")
_HEADINGS = {
    "left out": "left out",
    "changed": "carried over with a difference",
    "guessed": "guessed; look at it",
    "to do": "left for you to do",
}


def drafted_lines(drafted: Drafted, written: Sequence[Path]) -> list[str]:
    """How much came over, the notes by kind, the files."""
    lines = [f"{drafted.model}: {drafted.rules} of {drafted.of} rules carried over"]
    for kind in _ORDER:
        notes = [note for note in drafted.notes if note.kind == kind]
        if notes:
            lines += ["", f"{_HEADINGS[kind]}:"]
            lines += [f"  {note.where}: {note.why}" for note in notes]
    return [*lines, "", *(f"wrote {path}" for path in written)]


def drafted_document(drafted: Drafted, written: Sequence[Path]) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "model": drafted.model,
        "rules_carried_over": drafted.rules,
        "rules_of_the_source": drafted.of,
        "notes": [{"kind": note.kind, "where": note.where, "why": note.why} for note in drafted.notes],
        "files": [path.as_posix() for path in written],
    }


def started_lines(drafted: Drafted, written: Sequence[Path], folder: Path, as_of: date | None) -> list[str]:
    """What a new model holds, the notes, the files, and what to do next.

    `as_of` is the day to score as of where the data has no event to take the time from.
    """
    notes = drafted_lines(drafted, ())[1:]
    while notes and not notes[-1]:
        notes.pop()
    return [
        f"{drafted.model}: a model with {drafted.rules} rules",
        *notes,
        "",
        *(f"wrote {path}" for path in written),
        "",
        "Next:",
        f"  rules check {folder}",
        f"  rules test {folder}",
        f"  rules score {folder} --version 1 --data {folder / 'data.yaml'}" + (f" --as-of {as_of}" if as_of else ""),
    ]
