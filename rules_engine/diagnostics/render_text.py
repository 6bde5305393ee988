"""Findings for people: in full with the line and a mark under the place, or one line each."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.source import Source

# Lines shown of a span over many lines: the first ones and the last.
_MOST_LINES = 3
_WIDEST = 200


def render_concise(findings: Sequence[Diagnostic]) -> str:
    """`v3.yaml:12:14: error RE201: message`, a line each."""
    lines = []
    for found in findings:
        place = f"{found.span}: " if found.span is not None else ""
        lines.append(f"{place}{found.severity} {found.code}: {' '.join(found.message.split())}\n")
    return "".join(lines)


def render_full(findings: Sequence[Diagnostic], texts: Mapping[str, Source | None]) -> str:
    """Each finding with its line, a mark under the place, other places that belong to it, and help."""
    return "\n".join(_one(found, texts) for found in findings)


def _one(found: Diagnostic, texts: Mapping[str, Source | None]) -> str:
    lines = [f"{found.severity} {found.code}: {found.message}"]
    if found.span is not None:
        lines += _place(found.span, texts, "^")
    for other in found.related:
        lines.append(f"  {other.message}:")
        lines += _place(other.span, texts, "-")
    if found.help:
        first, *more = found.help.splitlines()
        lines.append(f"  help: {first}")
        lines += [f"        {line}" for line in more]
    return "\n".join(lines) + "\n"


def _place(span: Span, texts: Mapping[str, Source | None], mark: str) -> list[str]:
    source = texts[span.file] if span.file else None
    lines = [f"  --> {span}"]
    if source is None or span.line > len(source.line_starts):
        return lines
    last = span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line
    last = min(last, len(source.line_starts))
    numbers = list(range(span.line, last + 1))
    if len(numbers) > _MOST_LINES:
        numbers = [*numbers[: _MOST_LINES - 1], 0, numbers[-1]]
    width = len(str(max(numbers)))
    lines.append(f"  {' ' * width} |")
    for number in numbers:
        if number == 0:
            lines.append(f"  {' ' * width} ...")
            continue
        text = source.line(number)
        start = span.column - 1 if number == span.line else len(text) - len(text.lstrip())
        end = span.end_column - 1 if number == span.end_line else len(text)
        lines.append(f"  {number:>{width}} | {_shown(text)[:_WIDEST]}")
        if start < _WIDEST:
            under = mark * max(1, _columns(text[start : min(end, _WIDEST)]))
            lines.append(f"  {' ' * width} | {' ' * _columns(text[:start])}{under}")
    return lines


def _shown(text: str) -> str:
    """The line with a blank for each tab and nothing that could move the cursor."""
    return "".join(" " if not character.isprintable() else character for character in text)


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
