"""Where each cell of a CSV text stands, so that one cell can be changed and every other byte kept.

The `csv` module reads values and forgets their places. Text in, places out; a leaf.
"""

from __future__ import annotations

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value with quotes taken off, and [start, end) of its text, quotes included."""

    value: str
    start: int
    end: int


def delimiter_of(text: str) -> str:
    """A semicolon where the first line has more of them than commas, as in the reader of sheets."""
    first = text.splitlines()[0] if text.splitlines() else ""
    return ";" if first.count(";") > first.count(",") else ","


def rows(text: str, delimiter: str) -> list[list[Cell]]:
    """The rows of a well-formed CSV text; a line break inside quotes does not end a row."""
    found: list[list[Cell]] = []
    row: list[Cell] = []
    at, size = 0, len(text)
    while at < size:
        cell = _cell(text, at, delimiter)
        row.append(cell)
        at = cell.end
        if at < size and text[at] == delimiter:
            at += 1
            if at == size:
                row.append(Cell("", at, at))
            continue
        if text.startswith("\r\n", at):
            at += 1
        at += 1
        found.append(row)
        row = []
    if row:
        found.append(row)
    return found


def _cell(text: str, start: int, delimiter: str) -> Cell:
    size = len(text)
    at = start
    if at < size and text[at] == '"':
        at += 1
        while at < size and not (text[at] == '"' and text[at + 1 : at + 2] != '"'):
            at += 2 if text[at] == '"' else 1
        at = min(at + 1, size)
        value = text[start + 1 : at - 1].replace('""', '"')
        while at < size and text[at] not in (delimiter, "\r", "\n"):
            at += 1
        return Cell(value, start, at)
    while at < size and text[at] not in (delimiter, "\r", "\n"):
        at += 1
    return Cell(text[start:at], start, at)
