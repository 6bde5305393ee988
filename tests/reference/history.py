"""Section 4: which events exist, in which order, with which attributes, and the visits they form.

Everything here looks at the whole history of one lead again and again; nothing is kept from one question to the next.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules_engine.feel.types import Bounded, Enumeration, Simple, Type
from rules_engine.model.types import Field, Model

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Event:
    """One event that counts; `place` is its position in event order, `visit` the number of its visit."""

    place: int
    at: int
    type: str
    id: str | None
    attributes: Mapping[str, object]
    visit: int


def to_instant(value: object, timezone: str) -> int:
    """Microseconds UTC of an int, a datetime or ISO text; a naive time is read in the model's time zone."""
    if isinstance(value, int):
        return value
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    return (moment - EPOCH) // MICROSECOND


def to_datetime(instant: int, timezone: object = "UTC") -> datetime:
    return (EPOCH + instant * MICROSECOND).astimezone(ZoneInfo(str(timezone)))


def local_date(instant: int, timezone: str) -> date:
    return to_datetime(instant).astimezone(ZoneInfo(timezone)).date()


def calendar_window(instant: int, per: str, timezone: str) -> date:
    """The first day of the day, week or month that holds the instant: two instants share a window iff these agree."""
    day = local_date(instant, timezone)
    if per == "week":
        return day - timedelta(days=day.weekday())
    if per == "month":
        return day.replace(day=1)
    return day


def calendar_window_end(instant: int, per: str, timezone: str) -> int:
    """The first instant after the day, week or month that holds the instant."""
    first = calendar_window(instant, per, timezone)
    if per == "day":
        following = first + timedelta(days=1)
    elif per == "week":
        following = first + timedelta(days=7)
    else:
        following = (first + timedelta(days=31)).replace(day=1)
    return to_instant(datetime.combine(following, time()), timezone)


def fits(value: object, kind: Type) -> bool:
    """Whether a value given from outside has the declared type (the types that the random models use)."""
    match kind:
        case Enumeration():
            return isinstance(value, str)
        case Bounded() | Simple(name="number"):
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case Simple(name="string"):
            return isinstance(value, str)
        case Simple(name="boolean"):
            return isinstance(value, bool)
    raise NotImplementedError(f"the reference does not read fields of type {kind}")


def read_fields(given: Mapping[str, object], declared: Mapping[str, Field]) -> dict[str, object]:
    """Declared fields only; what is missing, of another type, or outside `one_of`/`min`/`max` is null."""
    fields: dict[str, object] = {}
    for name, field in declared.items():
        value = given.get(name)
        if value is not None:
            outside = (
                not fits(value, field.type)
                or (field.one_of and value not in field.one_of)
                or (field.minimum is not None and value < field.minimum)  # type: ignore[operator]
                or (field.maximum is not None and value > field.maximum)  # type: ignore[operator]
            )
            if outside:
                value = None
            elif isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
        fields[name] = value
    return fields


def canonical_json(attributes: Mapping[str, object]) -> str:
    """The declared attributes as read, missing ones as null; keys in order, no spaces, numbers as doubles (`1.0`)."""
    return json.dumps(attributes, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_events(model: Model, given: Iterable[Mapping[str, object]], as_of: int) -> list[Event]:
    """The declared events up to the as-of time in event order, each id once, numbered with their visits."""
    found: list[tuple[int, str, str | None, dict[str, object]]] = []
    for raw in given:
        kind = str(raw["type"])
        at = to_instant(raw["at"], model.timezone)
        if kind not in model.events or at > as_of:
            continue
        declared = model.events[kind].attributes
        nested = raw.get("attributes")
        if isinstance(nested, Mapping):
            attributes, identity = nested, raw.get("id")
        else:
            attributes, identity = raw, None if "id" in declared else raw.get("id")
        found.append((at, kind, None if identity is None else str(identity), read_fields(attributes, declared)))

    def order(event: tuple[int, str, str | None, dict[str, object]]) -> tuple[object, ...]:
        at, kind, identity, attributes = event
        return (at, kind, identity is not None, identity or "", canonical_json(attributes))

    events: list[Event] = []
    for at, kind, identity, attributes in sorted(found, key=order):
        if identity is not None and any(earlier.id == identity for earlier in events):
            continue
        visit = 0
        if events:
            gap = at - events[-1].at
            visit = events[-1].visit + (1 if gap > model.visit_gap else 0)
        events.append(Event(len(events), at, kind, identity, attributes, visit))
    return events
