"""Which sample holds leads, which accounts, which events; and in events, which column is the lead, the time, the type.

Told by values (keys, joins, repeats) first and by names where these leave a choice. Every guess is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rules_engine.analysis.drafts.drafted import DraftError, Note
from rules_engine.analysis.drafts.sample import Column, Table

Role = Literal["leads", "accounts", "events"]
_PERSON = (
    "lead", "contact", "customer", "prospect", "person", "user", "member", "client", "visitor", "distinct", "anonymous",
    "session", "email",
)  # fmt: skip
_COMPANY = ("account", "company", "organization", "organisation")
_TYPE = (
    "event_type", "eventtype", "type", "event", "event_name", "action", "activity_type", "activity", "kind",
    "type_name", "name", "what",
)  # fmt: skip
_HAPPENING = ("event", "activit", "log", "visit", "click", "open", "submission", "view", "purchase", "order", "touch")
_OWN_IDS = ("id", "uuid", "guid", "event_id", "message_id", "insert_id", "activity_id", "event_key")
_TIME = ("at", "time", "timestamp", "ts", "occurred", "event_time", "created", "sent", "date", "updated")
_MOST_TYPES = 60
_JOINED = 0.5  # so many of a column's values must be keys of the other table


@dataclass(frozen=True)
class Leads:
    """The lead table: the column of the id (None: rows are numbered) and the one that names the account."""

    table: Table
    key: Column | None
    account: Column | None


@dataclass(frozen=True)
class Events:
    """A table of events. `type` None: all of one type, named after the file."""

    table: Table
    lead: Column
    at: Column
    type: Column | None
    id: Column | None


@dataclass(frozen=True)
class Roles:
    leads: Leads | None
    accounts: tuple[Table, Column] | None
    events: tuple[Events, ...]


def find_roles(tables: Sequence[tuple[Table, Role | None]], notes: list[Note]) -> Roles:
    """`None` as a role leaves it to be told. Raises `DraftError` where a table fits no role."""
    keys = {table.path: _key(table) for table, _ in tables}
    told = {table.path: role or _role(table, [other for other, _ in tables], keys) for table, role in tables}
    of = {role: [table for table, _ in tables if told[table.path] == role] for role in ("leads", "accounts", "events")}
    if len(of["leads"]) > 1:
        of = _one_lead_table(of, keys)
    if len(of["accounts"]) > 1:
        names = ", ".join(str(table.path) for table in of["accounts"])
        raise DraftError(f"{names} all look like accounts; say which is what: --from leads=... --from events=...")
    for role, found in of.items():
        notes.extend(Note("guessed", str(table.path), f"holds {role}") for table in found)
    lead_table = of["leads"][0] if of["leads"] else None
    lead_key = keys[lead_table.path] if lead_table is not None else None
    account_table = of["accounts"][0] if of["accounts"] else None
    account_key = keys[account_table.path] if account_table is not None else None
    leads = None
    if lead_table is not None:
        account = _reference(lead_table, lead_key, account_table, account_key, _COMPANY)
        leads = Leads(lead_table, lead_key, account if account_table is not None else None)
    accounts = (account_table, account_key) if account_table is not None and account_key is not None else None
    events = tuple(_events(table, lead_table, lead_key, notes) for table in of["events"])
    return Roles(leads, accounts, events)


def _role(table: Table, tables: Sequence[Table], keys: Mapping[Path, Column | None]) -> Role:
    stem = table.path.name.casefold()
    tells = any(word in stem for word in _PERSON) and not any(word in stem for word in _HAPPENING)
    if tells and keys[table.path] is not None:
        return "leads"
    if _times(table) and any(_is_event_lead(table, column, tables, keys) for column in table.columns):
        return "events"
    if len(tables) > 1 and any(word in stem for word in _COMPANY):
        return "accounts"
    return "leads"


def _is_event_lead(table: Table, column: Column, tables: Sequence[Table], keys: Mapping[Path, Column | None]) -> bool:
    """Whether rows may be what leads did: the column names leads, several rows for one of them or by their key."""
    if not column.filled or column.kind not in ("string", "number"):
        return False
    if column.is_key:  # each lead once: events only if the rows have a key of their own, and leads lie elsewhere
        key = keys[table.path]
        return len(tables) > 1 and key is not column and _is_id(column.path) and _names(column, _PERSON[:-1])
    for other in tables:
        key = keys[other.path]
        if other is not table and key is not None and _joins(table, column, other, key):
            return not any(word in other.path.name.casefold() for word in _COMPANY)
    if not _names(column, _PERSON):
        return False
    return column.distinct < column.filled


def _one_lead_table(of: dict[str, list[Table]], keys: Mapping[Path, Column | None]) -> dict[str, list[Table]]:
    """Of several tables without events, the one that others refer to by an account is the accounts."""
    for candidate in of["leads"]:
        key = keys[candidate.path]
        others = [table for table in of["leads"] if table is not candidate]
        if key is not None and len(others) == 1:
            inside = [c for c in others[0].columns if c is not keys[others[0].path]]
            if any(_joins(others[0], column, candidate, key) and not column.is_key for column in inside):
                return {**of, "leads": others, "accounts": [*of["accounts"], candidate]}
    names = ", ".join(str(table.path) for table in of["leads"])
    raise DraftError(f"{names} all look like leads; say which is what: --from leads=... --from events=...")


def _key(table: Table) -> Column | None:
    """The column that tells rows apart, by its name where there are several."""
    found = [
        column for column in table.columns if column.is_key and column.kind in ("string", "number", "date and time")
    ]
    named = [column for column in found if _is_id(column.path)]
    persons = [column for column in found if _names(column, (*_PERSON, *_COMPANY))]
    first = [column for column in found if column is table.columns[0] and column.kind == "string"]
    exact = [column for column in named if _last(column.path) in ("id", "uuid", "guid")]
    return next(iter([*exact, *named, *persons, *first]), None)


def _reference(
    table: Table, key: Column | None, other: Table | None, other_key: Column | None, words: Sequence[str]
) -> Column | None:
    """The column whose values are keys of the other table; else one that is called so."""
    columns = [column for column in table.columns if column is not key and column.filled]
    if other is not None and other_key is not None:
        for column in columns:
            if _joins(table, column, other, other_key):
                return column
    named = [column for column in columns if _names(column, words) and _is_id(column.path)]
    return min(named, key=lambda column: _rank(column, words), default=None)


def _events(table: Table, leads: Table | None, key: Column | None, notes: list[Note]) -> Events:
    times = _times(table)
    if not times:
        raise DraftError(f"{table.path} looks like events, but no column of it holds times.")
    at = min(times, key=lambda column: _place(column, _TIME))
    event_key = next((c for c in table.columns if c.is_key and _last(c.path) in _OWN_IDS), None)
    lead = _reference(table, None, leads, key, _PERSON)
    if lead is None:
        named = [column for column in table.columns if _names(column, _PERSON) and column.filled]
        lead = min(named, key=lambda column: _rank(column, _PERSON), default=None)
    if lead is None:
        raise DraftError(f"{table.path}: no column of it names the lead; call it lead_id.")
    kinds = [
        column
        for column in table.columns
        if column.kind == "string" and column is not lead and 1 <= column.distinct <= _MOST_TYPES
        and _last(column.path) in _TYPE and column.filled > 0.9 * column.rows
    ]  # fmt: skip
    kind = min(kinds, key=lambda column: _TYPE.index(_last(column.path)), default=None)
    where = str(table.path)
    notes.append(Note("guessed", where, f"{lead.path} is the lead, {at.path} the time{_and_type(kind)}"))
    if at.ambiguous:
        notes.append(Note("guessed", where, f"days and months of {at.path} could be the other way round ({at.form})"))
    return Events(table, lead, at, kind, event_key if event_key is not lead else None)


def _and_type(kind: Column | None) -> str:
    return f", {kind.path} the type" if kind is not None else "; all events are of one type"


def _times(table: Table) -> list[Column]:
    return [
        column
        for column in table.columns
        if column.kind in ("date and time", "date") and column.filled > 0.9 * column.rows
    ]


def _joins(table: Table, column: Column, other: Table, key: Column) -> bool:
    own = table.keys[column.path]
    return bool(own) and len(own & other.keys[key.path]) >= _JOINED * len(own)


def _place(column: Column, words: Sequence[str]) -> tuple[int, int]:
    last = _last(column.path)
    exact = words.index(last) if last in words else len(words)
    inside = next((n for n, word in enumerate(words) if re.search(rf"(?:^|_){word}(?:$|_)", last)), len(words))
    return exact, inside


def _rank(column: Column, words: Sequence[str]) -> tuple[int, int]:
    """Lower is better: the earlier word, the shorter name."""
    whole = _last(column.path.replace(".", "_"))
    return next((n for n, word in enumerate(words) if word in whole), len(words)), len(whole)


def _names(column: Column, words: Iterable[str]) -> bool:
    whole = _last(column.path.replace(".", "_"))
    return any(re.search(rf"(?:^|_){word}(?:$|_|id)", whole) for word in words)


def _is_id(path: str) -> bool:
    return re.search(r"(?:^|_)(?:id|uuid|guid|key|number|no)$|id$", _last(path)) is not None


def _last(path: str) -> str:
    """The last part of a path, in small letters with underscores."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path.rpartition(".")[2])
    return re.sub(r"[^a-z0-9]+", "_", word.casefold()).strip("_")
