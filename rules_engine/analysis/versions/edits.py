"""Changes to a text by places: every byte that no edit names stays as it is. A leaf."""

from __future__ import annotations

from collections.abc import Iterable

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` in place of [start, end); an empty range inserts."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. Raises `ValueError` where two of them overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            raise ValueError("two changes at one place")
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join(parts) + text[at:]


def line_break(text: str) -> str:
    """The line break that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def line_start(text: str, at: int) -> int:
    """Where the line begins that holds `at`."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def next_line(text: str, at: int) -> int:
    """Where the line after the one that holds `at` begins; the end of the text if there is none."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
