"""One lead's raw fields and events, read by the declarations of a model: typed values in a fixed order.

What cannot be read at all (an event without a type or a time) is a typed error that names the record and the field. A
value that does not fit its declaration is missing from then on, and said so; nothing is lost without a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from rules_engine.diagnostics.errors import Portable
from rules_engine.feel.values import unboxed
from rules_engine.matching.attributes import Plainly, plain_reader
from rules_engine.matching.calendar import EPOCH, to_instant
from rules_engine.matching.fields import Problem, read_value
from rules_engine.model.meant import day as meant_day
from rules_engine.model.types import Field, Model

_RESERVED = frozenset({"type", "at", "id", "attributes"})  # names beside the attributes of a flat event
_IDENTITY = frozenset({"id"})
_NONE: frozenset[str] = frozenset()
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999


class InputError(Portable, ValueError):
    """A record that cannot be scored; `record` and `field` say which and where ("event 3", "at").

    They quote what was given. Half a surrogate pair in it, which no file and no answer can hold, stands as `\\ud800`.
    """

    def __init__(self, record: str, field: str, problem: str) -> None:
        self.record, self.field, self.problem = (
            str(text).encode("utf-8", "backslashreplace").decode() for text in (record, field, problem)
        )
        super().__init__(f"{self.record}, {self.field}: {self.problem}")


class Event(NamedTuple):
    """An event that counts, in its place; `attributes` are FEEL values of the declared attributes, null where missing.

    `at` is in microseconds UTC, `position` counts the events of the input from 1.
    """

    at: int
    type: str
    id: str | None
    attributes: dict[str, object]
    position: int


# The same as a plain tuple: what is worked with, since an `Event` takes longer to make and to read.
Row: TypeAlias = tuple[int, str, str | None, dict[str, object], int]


def events_of(rows: Sequence[Row]) -> tuple[Event, ...]:
    """The rows as events, for those who look at them."""
    return tuple(map(Event._make, rows))


@dataclass(frozen=True)
class History:
    """A lead's events up to the as-of time in the order of the language, and what was wrong with the input."""

    lead: dict[str, object]
    account: dict[str, object]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The rows as events."""
        return events_of(self.rows)


def read_instant(value: object, zone: ZoneInfo, record: str, field: str) -> int:
    """Microseconds UTC of a datetime, a date, ISO 8601 text, or an int that already is that."""
    value = unboxed(value)
    if isinstance(value, str):
        try:
            instant = to_instant(datetime.fromisoformat(value.strip()), zone)
        except (ValueError, OverflowError):
            meant = meant_day(value) if ":" not in value else ""
            how = f". {meant.rstrip('.')}" if meant else "; write it like 2026-09-01T09:30:00Z or 2026-09-01"
            raise InputError(record, field, f'"{value}" is not a time{how}') from None
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


def _mapping(value: object, record: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise InputError(record, "record", f"must be a mapping of names to values, not {type(value).__name__}")
    return value


def _type_and_time(raw: Mapping[str, object], position: int, zone: ZoneInfo) -> tuple[str, int]:
    record, name = f"event {position}", unboxed(raw.get("type"))
    if not isinstance(name, str):
        raise InputError(record, "type", "is missing" if name is None else f"{name!r} is not a name")
    return name, read_instant(raw.get("at"), zone, record, "at")


def read_identity(given: object, record: str, field: str) -> str | None:
    """An id as text, None for none. Raises `InputError` for what is neither text nor a whole number."""
    identity = unboxed(given)
    if identity is None:
        return None
    if not isinstance(identity, (str, int)):
        raise InputError(record, field, f"{identity!r} is not an identity; use text or a whole number")
    return str(identity)


class Reader:
    """Reads what is given of leads by the declarations of a model; made once per model."""

    __slots__ = ("_account", "_lead", "model", "types", "zone")

    def __init__(self, model: Model, zone: ZoneInfo) -> None:
        self.model = model
        self.zone = zone
        self._lead = plain_reader(model.lead_fields)
        self._account = plain_reader(model.account_fields)
        self.types = {
            name: (declared, plain_reader(declared.attributes), "id" in declared.attributes)
            for name, declared in model.events.items()
        }

    def history(
        self,
        lead: Mapping[str, object],
        account: Mapping[str, object] | None,
        events: Sequence[Mapping[str, object]],
        as_of: int,
    ) -> History:
        """Reads, orders and dedupes a lead's input. Events after `as_of` do not exist and are not looked into."""
        problems: list[Problem] = []
        lead_values, account_values = self.lead(lead, problems), self.account(account, problems)
        found = self.rows(events, as_of, problems)
        return History(lead_values, account_values, tuple(found), tuple(problems))

    def lead(self, raw: Mapping[str, object], problems: list[Problem]) -> dict[str, object]:
        """FEEL values of the declared fields of a lead. Raises `InputError`."""
        return self._record("lead", self.model.lead_fields, self._lead, raw, problems)

    def account(self, raw: Mapping[str, object] | None, problems: list[Problem]) -> dict[str, object]:
        """The same of an account; None has no fields."""
        return self._record("account", self.model.account_fields, self._account, raw or {}, problems)

    def _record(
        self,
        record: str,
        declared: Mapping[str, Field],
        plainly: Plainly,
        raw: Mapping[str, object],
        problems: list[Problem],
    ) -> dict[str, object]:
        given = _mapping(raw, record)
        values = plainly(given, 1 if "id" in given and "id" not in declared else 0)
        return read_fields(declared, given, record, problems, self.zone, _IDENTITY) if values is None else values

    def rows(self, events: Sequence[Mapping[str, object]], as_of: int, problems: list[Problem]) -> list[Row]:
        """The declared events that are not after `as_of`, in order, each id once. Raises `InputError`."""
        found: list[Row] = []
        ids: list[str] = []
        last, end, in_order = _EARLIEST - 1, as_of if as_of < _LATEST else _LATEST, True
        types, read_time = self.types, datetime.fromisoformat
        for position, raw in enumerate(events, 1):
            if type(raw) is not dict:
                raw = _mapping(raw, f"event {position}")
            name, at = raw.get("type"), raw.get("at")
            if type(at) is str:
                try:
                    since = read_time(at) - EPOCH
                    at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
                except (ValueError, TypeError, OverflowError):  # a naive time cannot be subtracted
                    at = None
            if type(name) is not str or type(at) is not int or not last < at <= end:  # mostly in order and all right
                if type(name) is not str or type(at) is not int or not _EARLIEST <= at <= _LATEST:
                    name, at = _type_and_time(raw, position, self.zone)
                if at > as_of:
                    continue
                if at <= last:
                    in_order = False
            last = at
            declared = types.get(name)
            if declared is None:
                problems.append(
                    Problem(f"event {position}", f'its type "{name}" is not declared in the model; ignored')
                )
                continue
            event_type, plainly, id_is_attribute = declared
            attributes, identity = raw.get("attributes"), raw.get("id")
            if attributes is None:
                attributes, reserved, others = raw, _RESERVED, 2
                if id_is_attribute:
                    identity = None
                elif identity is not None:
                    others = 3
            else:
                if type(attributes) is not dict:
                    attributes = _mapping(attributes, f"event {position}")
                reserved, others = _NONE, 0
            if identity is not None:
                if type(identity) is not str:
                    identity = read_identity(identity, f"event {position}", "id")
                if identity is not None:
                    ids.append(identity)
            values = plainly(attributes, others)
            if values is None:
                record = f"event {position}"
                values = read_fields(event_type.attributes, attributes, record, problems, self.zone, reserved)
            found.append((at, name, identity, values, position))
        return found if in_order and (len(ids) < 2 or len(ids) == len(set(ids))) else _in_order(found, problems)


def _in_order(rows: list[Row], problems: list[Problem]) -> list[Row]:
    """By instant, type and id (missing first); the rest by canonical JSON. The same id twice counts once."""
    events = [Event._make(row) for row in rows]
    events.sort(key=lambda e: (e.at, e.type, e.id is not None, e.id or ""))
    if any(a.at == b.at and a.type == b.type and a.id == b.id for a, b in pairwise(events)):
        events.sort(key=lambda e: (e.at, e.type, e.id is not None, e.id or "", canonical(e.attributes)))
    seen: set[str] = set()
    kept: list[Row] = []
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
