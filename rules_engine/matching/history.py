"""One lead's raw fields and events, read by the declarations of a model: typed values in a fixed order.

What cannot be read at all (an event without a type or a time) is a typed error that names the record and the field. A
value that does not fit its declaration is missing from then on, and said so; nothing is lost without a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from math import isfinite
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules_engine.feel.types import NUMBER, STRING
from rules_engine.matching.calendar import EPOCH, to_instant
from rules_engine.matching.fields import Problem, read_value
from rules_engine.model.types import Field, Model

_RESERVED = frozenset({"type", "at", "id", "attributes"})  # names beside the attributes of a flat event
_IDENTITY = frozenset({"id"})
_NONE: frozenset[str] = frozenset()
_WHOLE = 1 << 53
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999


class InputError(ValueError):
    """A record that cannot be scored; `record` and `field` say which and where ("event 3", "at")."""

    def __init__(self, record: str, field: str, problem: str) -> None:
        self.record, self.field, self.problem = record, field, problem
        super().__init__(f"{record}, {field}: {problem}")


class Event(NamedTuple):
    """An event that counts, in its place; `attributes` are FEEL values of the declared attributes, null where missing.

    `at` is in microseconds UTC, `position` counts the events of the input from 1.
    """

    at: int
    type: str
    id: str | None
    attributes: dict[str, object]
    position: int


@dataclass(frozen=True, slots=True)
class History:
    """A lead's events up to the as-of time in the order of the language, and what was wrong with the input."""

    lead: dict[str, object]
    account: dict[str, object]
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]


def read_instant(value: object, zone: ZoneInfo, record: str, field: str) -> int:
    """Microseconds UTC of a datetime, a date, ISO 8601 text, or an int that already is that."""
    if isinstance(value, str):
        try:
            instant = to_instant(datetime.fromisoformat(value.strip()), zone)
        except (ValueError, OverflowError):
            raise InputError(
                record, field, f'"{value}" is not a time; write it like 2026-09-01T09:30:00Z or 2026-09-01'
            ) from None
    elif isinstance(value, datetime):
        instant = to_instant(value, zone)
    elif isinstance(value, date):
        instant = to_instant(datetime(value.year, value.month, value.day), zone)  # noqa: DTZ001 - local midnight
    elif isinstance(value, int) and not isinstance(value, bool):
        instant = value
    elif value is None:
        raise InputError(record, field, "is missing")
    else:
        raise InputError(record, field, f"{value!r} is not a time")
    if not _EARLIEST <= instant <= _LATEST:
        raise InputError(record, field, f"{value!r} lies outside the years 1 to 9999")
    return instant


def read_fields(
    declared: Mapping[str, Field],
    raw: Mapping[str, object],
    record: str,
    problems: list[Problem],
    zone: ZoneInfo,
    reserved: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """FEEL values of all declared fields, null where missing. Raises `InputError` for a missing required field.

    Names of `raw` that are neither declared nor `reserved` are problems.
    """
    values: dict[str, object] = {}
    for name, field in declared.items():
        value = raw.get(name)
        if value is not None:
            value, problem = read_value(field, value, zone)
            if problem is not None:
                problems.append(Problem(f"{record}.{name}", problem))
        if value is None and field.required:
            raise InputError(record, name, "is required and missing")
        values[name] = value
    for name in raw:
        if name not in declared and name not in reserved:
            problems.append(Problem(f"{record}.{name}", "is not declared in the model; ignored"))
    return values


def read_history(
    model: Model,
    lead: Mapping[str, object],
    account: Mapping[str, object] | None,
    events: Sequence[Mapping[str, object]],
    as_of: int,
    zone: ZoneInfo,
) -> History:
    """Reads, orders and dedupes a lead's input. Events after `as_of` do not exist and are not looked into."""
    problems: list[Problem] = []
    lead_values = read_record(model.lead_fields, lead, "lead", problems, zone)
    account_values = read_record(model.account_fields, account or {}, "account", problems, zone)
    found = read_events(model, events, as_of, zone, problems)
    return History(lead_values, account_values, tuple(found), tuple(problems))


def read_record(
    declared: Mapping[str, Field], raw: Mapping[str, object], record: str, problems: list[Problem], zone: ZoneInfo
) -> dict[str, object]:
    """FEEL values of the declared fields of a lead or an account (`record` says which). Raises `InputError`."""
    return read_fields(declared, _mapping(raw, record), record, problems, zone, _IDENTITY)


def _mapping(value: object, record: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise InputError(record, "record", f"must be a mapping of names to values, not {type(value).__name__}")
    return value


def read_events(
    model: Model, events: Sequence[Mapping[str, object]], as_of: int, zone: ZoneInfo, problems: list[Problem]
) -> list[Event]:
    """The declared events that are not after `as_of`, in order, each id once. Raises `InputError`."""
    found: list[Event] = []
    declared_events = model.events
    for position, raw in enumerate(events, 1):
        if type(raw) is not dict:
            raw = _mapping(raw, f"event {position}")
        name, at = raw.get("type"), raw.get("at")
        if type(name) is not str or type(at) is not int or not _EARLIEST <= at <= _LATEST:
            instant = _plain_instant(at)
            if instant is None or type(name) is not str:
                name, at = _type_and_time(raw, position, zone)
            else:
                at = instant
        if at > as_of:
            continue
        declared = declared_events.get(name)
        if declared is None:
            problems.append(Problem(f"event {position}", f'its type "{name}" is not declared in the model; ignored'))
            continue
        attributes, identity = raw.get("attributes"), raw.get("id")
        if attributes is None:
            attributes, reserved = raw, _RESERVED
            if "id" in declared.attributes:
                identity = None
        else:
            attributes, reserved = _mapping(attributes, f"event {position}"), _NONE
        if identity is not None and type(identity) is not str:
            identity = _identity(identity, position)
        values = _plain_values(declared.attributes, attributes, reserved)
        if values is None:
            values = read_fields(declared.attributes, attributes, f"event {position}", problems, zone, reserved)
        found.append(_new_event(Event, (at, name, identity, values, position)))
    return _in_order(found, problems)


_new_event = tuple.__new__  # an `Event` of its five parts, without the detour of its own constructor


def _plain_instant(text: object) -> int | None:
    """The instant of ISO 8601 text with an offset; None for anything that needs a second look."""
    if type(text) is not str:
        return None
    try:
        since = datetime.fromisoformat(text) - EPOCH
    except (ValueError, TypeError, OverflowError):  # a naive time cannot be subtracted
        return None
    instant = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return instant if _EARLIEST <= instant <= _LATEST else None


def _type_and_time(raw: Mapping[str, object], position: int, zone: ZoneInfo) -> tuple[str, int]:
    record, name = f"event {position}", raw.get("type")
    if not isinstance(name, str):
        raise InputError(record, "type", "is missing" if name is None else f"{name!r} is not a name")
    return name, read_instant(raw.get("at"), zone, record, "at")


def _identity(identity: object, position: int) -> str:
    if not isinstance(identity, (str, int)):
        raise InputError(f"event {position}", "id", f"{identity!r} is not an identity; use text or a whole number")
    return str(identity)


def _is_any_number(field: Field) -> bool:
    return field.type is NUMBER and field.minimum is None and field.maximum is None and not field.one_of


def _plain_values(
    declared: Mapping[str, Field], raw: Mapping[str, object], reserved: frozenset[str]
) -> dict[str, object] | None:
    """The values where all are there, declared, and text or numbers without bounds; None where one needs a look."""
    values: dict[str, object] = {}
    known = len(raw)
    for name, field in declared.items():
        value = raw.get(name)
        if value is None:
            return None
        if field.type is STRING and type(value) is str:
            values[name] = value
        elif _is_any_number(field) and type(value) is int and -_WHOLE < value < _WHOLE:
            values[name] = float(value)
        elif _is_any_number(field) and type(value) is float and isfinite(value):
            values[name] = value
        else:
            return None
        known -= 1
    for name in reserved:
        if name in raw:
            known -= 1
    return values if known == 0 else None


def _in_order(events: list[Event], problems: list[Problem]) -> list[Event]:
    """By instant, type and id (missing first); the rest by canonical JSON. The same id twice counts once."""
    if all(a[0] < b[0] for a, b in pairwise(events)):  # already in order, as most histories are
        ids = [event.id for event in events if event.id is not None]
        if len(set(ids)) == len(ids):
            return events
    events.sort(key=lambda e: (e.at, e.type, e.id is not None, e.id or ""))
    if any(a.at == b.at and a.type == b.type and a.id == b.id for a, b in pairwise(events)):
        events.sort(key=lambda e: (e.at, e.type, e.id is not None, e.id or "", canonical(e.attributes)))
    seen: set[str] = set()
    kept = []
    for event in events:
        if event.id is not None:
            if event.id in seen:
                problems.append(Problem(f"event {event.position}", f'its id "{event.id}" came before; counted once'))
                continue
            seen.add(event.id)
        kept.append(event)
    return kept


def canonical(attributes: dict[str, object]) -> str:
    """The text that orders events that agree in instant, type and id."""
    return json.dumps(attributes, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
