"""What reading could not use, a line per kind of problem, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules_engine.batch.sources.problems import Counts

TYPES = 20  # undeclared types of events that are named


def problem_lines(counts: Counts) -> Iterator[str]:
    """Rejected rows, values read as missing, and events of types that the model does not declare."""
    for (block, reason), count in sorted(counts.rejected.items()):
        yield f"{_rows(count)} of {block} rejected: {reason}{_first(counts, (block, reason))}"
    for (place, reason), count in sorted(counts.missing.items()):
        values = f"{count:,} value{'s' if count != 1 else ''}"
        yield f"{values} of {place} read as missing: {reason}{_first(counts, (place, reason))}"
    ignored = sorted(counts.ignored_events.items())
    if len(ignored) > TYPES:  # most frequent first, as names alone say nothing
        ignored = sorted(ignored, key=lambda item: -item[1])
    for name, count in ignored[:TYPES]:
        yield f"{_events(count)} of type {name} ignored: the model does not declare it"
    others = ignored[TYPES:]
    if others:
        count = sum(count for _, count in others)
        yield f"{_events(count)} of {len(others):,} more types ignored: the model does not declare them"


def _events(count: int) -> str:
    return f"{count:,} event{'s' if count != 1 else ''}"


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count != 1 else ''}"


def _first(counts: Counts, place: tuple[str, str]) -> str:
    example, hint = counts.first.get(place), counts.hints.get(place)
    return (f" (first: {example})" if example else "") + (f". {hint}" if hint else "")


def no_newest_event(counts: Counts) -> str:
    """Why no as-of time can be taken from the data: there are no events, or none that could be used."""
    told = "; ".join(line.rstrip(".") for line in problem_lines(counts) if "events" in line)
    if told:
        return f"no event of the data could be used, so there is no newest one to take the time from. {told}."
    return "the data has no events, so there is no newest one to take the time from; give --as-of."
