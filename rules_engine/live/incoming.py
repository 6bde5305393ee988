"""What comes in: events, and records of leads and accounts, as mappings or as lines of JSON.

{"lead": "ann", "type": "demo_request", "at": "2026-10-03T14:30:00Z", "id": "r1", "seats": 5}
{"lead": "ann", "fields": {"title": "VP Sales"}, "account": "acme"}
{"account": "acme", "fields": {"employees": 700}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from rules_engine.engine import Engine, InputError
from rules_engine.feel.values import to_feel, unboxed
from rules_engine.live.store import StoredEvent
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import events_of, read_instant
from rules_engine.matching.json_text import Decoder, first_twice
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that a lead did. What the model does not have as `declared` is kept, but does not count.

    `problems` are values that do not fit their attribute, and names that the model does not declare: they are kept, but
    read as missing.
    """

    lead_id: str
    event: StoredEvent
    declared: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """A lead's fields as they are now, and its account (None: as before)."""

    lead_id: str
    fields: Mapping[str, Any]
    account_id: str | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account's fields as they are now."""

    account_id: str
    fields: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


Record: TypeAlias = EventRecord | LeadRecord | AccountRecord

# How deep lists and objects may lie in each other. Python reads JSON as deep as its stack has room, which is less where
# more has been called: what one caller could just save, another could not read.
DEEPEST = 100
_TOO_DEEP = f"cannot be used: lists and objects lie more than {DEEPEST} deep in each other"
_ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # not a backslash and "u0000", which are six characters


def read_line(engine: Engine, line: str | bytes) -> Record:
    """The record on a line of JSON. Raises `InputError`, which says what is wrong with it."""
    decoder = Decoder(refuse_constant)
    try:
        given = decoder.loads(line)
    except json.JSONDecodeError as error:
        raise InputError("record", "line", f"is not JSON: {error.msg}, at character {error.pos + 1}") from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError among them
        raise InputError("record", "line", f"is not JSON: {error}") from None
    if decoder.met:
        refuse_twice("record", given)
    return read_mapping(engine, given)


def refuse_twice(record: str, given: object) -> None:
    """Raises `InputError` where a key stands twice in a value that was read from JSON."""
    key = first_twice(given)
    if key is not None:
        raise InputError(record, key, "stands twice, so that nobody can tell which value is meant")


def read_mapping(engine: Engine, given: object) -> Record:
    """The record that a mapping is. Raises `InputError`."""
    if not isinstance(given, Mapping):
        raise InputError("record", "line", 'must be a JSON object such as {"lead": "ann", "type": "visit", "at": "…"}')
    if "fields" in given:
        return _read_fields(engine, given)
    lead_id = _identity(given, "lead")
    if lead_id is None:
        raise InputError("record", "lead", "is missing; it says whose event this is")
    return read_event(engine, lead_id, {name: value for name, value in given.items() if name != "lead"})


def _read_fields(engine: Engine, given: Mapping[str, Any]) -> LeadRecord | AccountRecord:
    fields = given["fields"]
    if not isinstance(fields, Mapping):
        raise InputError("record", "fields", "must be an object of names to values")
    strange = sorted(set(given) - {"lead", "account", "fields"})
    if strange:
        raise InputError("record", strange[0], 'does not belong beside "fields"; write it inside')
    lead_id, account_id = _identity(given, "lead"), _identity(given, "account")
    reader = engine.prepared.reader
    if lead_id is not None:
        fields = jsonable(fields, "fields")
        return LeadRecord(lead_id, fields, account_id, _problems(reader.lead, fields))
    if account_id is None:
        raise InputError("record", "lead", 'is missing; fields are those of a "lead" or of an "account"')
    fields = jsonable(fields, "fields")
    return AccountRecord(account_id, fields, _problems(reader.account, fields))


def _problems(
    read: Callable[[Mapping[str, Any], list[Problem]], object], fields: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """What of fields is read as missing, or ignored."""
    found: list[Problem] = []
    with suppress(InputError):  # a required field is missing: the step says it, and uses nothing of the record
        read(fields, found)
    return tuple(found)


def read_event(engine: Engine, lead_id: str, given: Mapping[str, Any]) -> EventRecord:
    """An event of a lead, read by the engine's model. Raises `InputError`."""
    kind, at = unboxed(given.get("type")), read_instant(given.get("at"), engine.zone, "event", "at")
    if not isinstance(kind, str):
        raise InputError("event", "type", "is missing" if kind is None else f"{kind!r} is not a name")
    body = jsonable({**given, "at": at}, "event")
    problems: list[Problem] = []
    found = events_of(engine.prepared.reader.rows([body], FAR, problems))
    identity = found[0].id if found else body.get("id")
    identity = None if identity is None else str(identity)
    told = (Problem(f"{kind}.{one.where.partition('.')[2]}", one.problem) for one in problems if found)
    return EventRecord(lead_id, StoredEvent(at, kind, identity, body), bool(found), tuple(told))


def jsonable(given: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The mapping as it will be read back from the store. Raises `InputError` for what no store can keep."""
    try:
        read: dict[str, Any] = json.loads(json.dumps(given, default=_as_json, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError("record", what, f"cannot be used: {error}") from None
    except RecursionError:
        raise InputError("record", what, _TOO_DEEP) from None
    if _is_deep(read):
        raise InputError("record", what, _TOO_DEEP)
    if _has_surrogate_or_zero(read):
        raise InputError("record", what, "has a text with characters that cannot be used")
    return read


def _is_deep(value: object) -> bool:
    """Whether lists and objects lie deeper in each other than `DEEPEST`."""
    level = [value]
    for _ in range(DEEPEST + 1):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))]
        if not inner:
            return False
        level = [one for values in inner for one in values]
    return True


def _has_surrogate_or_zero(value: object) -> bool:
    """Half a pair of surrogates is no character, and PostgreSQL keeps no zero characters."""
    text = json.dumps(value, ensure_ascii=False)
    if _ZERO.search(text):
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _as_json(value: object) -> object:
    known = unboxed(value)
    if known is not value:
        return known
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, timedelta):
        return str(to_feel(value))
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _identity(given: Mapping[str, Any], name: str) -> str | None:
    value = unboxed(given.get(name))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise InputError("record", name, f"{value!r} is not an identity; use text or a whole number")
    text = str(value)
    if _has_surrogate_or_zero(text):
        raise InputError("record", name, "has characters that cannot be used")
    return text


def refuse_constant(word: str) -> None:
    """For `NaN` and the like, which Python reads and JSON has not."""
    raise ValueError(f"{word} is not a JSON number")
