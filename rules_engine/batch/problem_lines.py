"""What reading could not use, a line per kind of problem, for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rules_engine.diagnostics.nearest import spelled_alike

if TYPE_CHECKING:
    from rules_engine.batch.sources.data import Data
    from rules_engine.batch.sources.problems import Counts
    from rules_engine.model.types import Model

_EXAMPLE = re.compile(r': "(.*)"$', re.DOTALL)  # the value at the end of a first place
_COMMA = re.compile(r"[-+]?(\d{1,3}(?P<sign>[. ' ])\d{3}((?P=sign)\d{3})*|\d+),\d+")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
TYPES = 20  # undeclared types of events that are named


def told(data: Data, model: Model) -> tuple[str, ...]:
    """All that reading has to say: what it could not use, and what of the data it warns of."""
    return (*problem_lines(data.counts, model.events), *(finding.message for finding in data.findings))


def problem_lines(counts: Counts, declared: Iterable[str]) -> Iterator[str]:
    """Rejected rows, values read as missing, and events of types that are not among those that the model declares."""
    for (block, reason), count in sorted(counts.rejected.items()):
        yield f"{_rows(count)} of {block} rejected: {reason}{_first(counts, (block, reason))}"
    for (place, reason), count in sorted(counts.missing.items()):
        values = f"{count:,} value{'s' if count != 1 else ''}"
        hint = _how_written(counts, place) if reason == "wrong type" else ""
        yield f"{values} of {place} read as missing: {reason}{_first(counts, (place, reason))}{hint}"
    ignored = sorted(counts.ignored_events.items())
    if len(ignored) > TYPES:  # most frequent first, as names alone say nothing
        ignored = sorted(ignored, key=lambda item: -item[1])
    for name, count in ignored[:TYPES]:
        found = spelled_alike(name, declared)
        hint = (
            f". If it is {found}, write `type: {{column: …, values: {{{json.dumps(name)}: {found}}}}}`" if found else ""
        )
        yield f"{_events(count)} of type {name} ignored: the model does not declare it{hint}"
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


def _how_written(counts: Counts, place: str) -> str:
    """What the mapping can say of a value that has not its type, where the value looks so."""
    from rules_engine.batch.sources.hints import EXCEL_DAY, LIKE_EXCEL, ways

    found = _EXAMPLE.search(counts.first.get((place, "wrong type"), ""))
    value = found[1] if found else ""
    if number := _THOUSANDS.fullmatch(value):
        either = "" if number[2] or value.count(",") > 1 else ' or `decimal: ","`'
        return f'. Say how numbers are written: `thousands: ","`{either}'
    is_day = EXCEL_DAY.fullmatch(value) is not None
    if is_day and "," not in value:  # as a number it would have been read
        return f". {LIKE_EXCEL}"
    if number := _COMMA.fullmatch(value):
        thousands = f', `thousands: "{number["sign"]}"`' if number["sign"] else ""
        of_time = "; of a time: `format: excel days`" if is_day else ""
        return f'. Say how numbers are written: `decimal: ","`{thousands}{of_time}'
    formats = ways(value)
    return f". Say how the column's dates look: {formats}" if formats else ""


def no_newest_event(counts: Counts, declared: Iterable[str]) -> str:
    """Why no as-of time can be taken from the data: there are no events, or none that could be used."""
    lines = "; ".join(line.rstrip(".") for line in problem_lines(counts, declared) if "events" in line)
    if lines:
        return f"no event of the data could be used, so there is no newest one to take the time from. {lines}."
    return "the data has no events, so there is no newest one to take the time from; give --as-of."
