"""The same input several times over, so that the limits of its rule let each time count."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.analysis.gaps.candidate import Candidate, TriedEvent
from rules_engine.model.durations import DAY, HOUR, MINUTE
from rules_engine.model.types import EventRule, Limit, Penalty

_PER = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "visit": HOUR}


def repeated(candidate: Candidate, item: EventRule | Penalty | None, times: int) -> Candidate:
    """Further back each time by the window of the rule's limit, or with another value where it is for each value."""
    limit = None if item is None else item.limit
    apart, name = _apart(limit), _each(limit)
    events = tuple(
        replace(_other(event, name, number), before=event.before + number * apart)
        for number in range(times)
        for event in candidate.events
    )
    return replace(candidate, events=events)


def _apart(limit: Limit | None) -> int:
    if limit is None:
        return MINUTE
    if limit.each is not None and limit.each.reads:
        return MINUTE
    if limit.within is not None:
        return limit.within + MINUTE
    return MINUTE if limit.per is None else _PER[limit.per]


def _each(limit: Limit | None) -> str | None:
    """The attribute that a limit counts by."""
    if limit is None or limit.each is None:
        return None
    return next((path[1] for path in sorted(limit.each.reads) if path[0] == "event" and len(path) == 2), None)


def _other(event: TriedEvent, name: str | None, number: int) -> TriedEvent:
    if name is None:
        return event
    value = event.attributes.get(name)
    other: object = f"{name} {number + 1}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        other = value + number
    return replace(event, attributes={**event.attributes, name: other})
