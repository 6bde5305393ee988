"""The store in SQL, the same statements for SQLite and PostgreSQL; `sqlite.py` and `postgres.py` connect.

Locks are taken in one order (leads by id, then accounts by id), so two workers cannot wait for each other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any, Literal, Protocol

from rules_engine.live.store import (
    AT_ONCE,
    AccountRow,
    Change,
    LeadRow,
    OutboxRow,
    StoredEvent,
    StoreError,
    refuse_after_fork,
)

LAYOUT = 1  # of the tables; a store of another layout is refused

_LEAD = (
    "lead_id, version, account_id, fields, state, state_at, model_version, model_hash, due, standing, fired, "
    "account_seen, bands"
)
_OUTBOX = "key, automation, lead_id, at, action, parameters, facts, tries, state, next_try, problem"
_ACCOUNT = "account_id, version, fields, fields_number, scores, scored_at, stale"


def tables(text: str, blob: str, serial: str) -> tuple[str, ...]:
    """The statements that make the tables; types are those of the database."""
    return (
        f"create table if not exists rules_meta (name {text} primary key, value {text} not null)",
        f"create table if not exists rules_leads (lead_id {text} primary key, version bigint not null, "
        f"account_id {text}, fields {text} not null, state {blob}, state_at bigint, model_version bigint, "
        f"model_hash {text}, due bigint, standing {text} not null, fired {text} not null, "
        f"account_seen bigint not null, bands {text} not null)",
        "create index if not exists rules_leads_due on rules_leads (due, lead_id) where due is not null",
        "create index if not exists rules_leads_account on rules_leads (account_id, lead_id)",
        f"create table if not exists rules_events (seq {serial}, lead_id {text} not null, at bigint not null, "
        f"type {text} not null, event_id {text}, body {text} not null)",
        "create index if not exists rules_events_lead on rules_events (lead_id, at)",
        "create index if not exists rules_events_id on rules_events (lead_id, event_id) where event_id is not null",
        f"create table if not exists rules_outbox (key {text} primary key, automation {text} not null, "
        f"lead_id {text} not null, at bigint not null, action {text} not null, parameters {text} not null, "
        f"facts {text} not null, tries bigint not null, state {text} not null, next_try bigint not null, "
        f"problem {text})",
        "create index if not exists rules_outbox_waiting on rules_outbox (next_try) where state = 'waiting'",
        f"create table if not exists rules_accounts (account_id {text} primary key, version bigint not null, "
        f"fields {text} not null, fields_number bigint not null, scores {text} not null, scored_at bigint, "
        "stale bigint not null)",
        "create index if not exists rules_accounts_stale on rules_accounts (account_id) where stale = 1",
    )


class Database(Protocol):
    """A connection. Statements have `?` for parameters whatever the database writes; what fails is a `StoreError`."""

    def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]: ...

    def write(self, statement: str, parameters: Sequence[object] = ()) -> int: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...

    def has_store(self) -> bool: ...

    def create(self) -> None: ...


class _AbsorbedMeanwhile(Exception):  # noqa: N818 - undoes a merge whose other lead has changed
    pass


class SqlStore:
    """See `rules_engine.live.store.Store`. One connection, used by one thread at a time."""

    def __init__(self, database: Database, *, model: str, keep_history: bool | None = None) -> None:
        self._connected, self._process = database, os.getpid()
        self._lock = RLock()
        try:
            with self._transaction():
                if database.has_store():
                    self._refuse_other_layout()
                database.create()
                self.keeps_history = self._settle_meta(model, keep_history)
        except BaseException:
            database.close()
            raise

    @property
    def _database(self) -> Database:
        refuse_after_fork(self._process)
        return self._connected

    # --- leads ------------------------------------------------------------------------------------------------------

    def load(self, lead_ids: Sequence[str]) -> dict[str, LeadRow]:
        found = {}
        for part in _parts(lead_ids):
            for row in self._read(f"select {_LEAD} from rules_leads where lead_id in ({_marks(part)})", part):
                found[row[0]] = _lead(row)
        return found

    def save(self, changes: Sequence[Change]) -> tuple[str, ...]:
        try:
            return self._save(changes)
        except _AbsorbedMeanwhile:  # a merge is saved alone
            return tuple(change.lead.lead_id for change in changes)

    def _save(self, changes: Sequence[Change]) -> tuple[str, ...]:
        refused: list[str] = []
        touched: set[str | None] = set()
        seen: dict[str, list[LeadRow]] = {}
        with self._transaction():
            for change in sorted(changes, key=lambda change: change.lead.lead_id):
                before = self._account_of(change.lead.lead_id) if change.lead.version else None
                if not self._save_lead(change):
                    refused.append(change.lead.lead_id)
                    continue
                if change.absorbs is not None:
                    touched.add(self._account_of(change.absorbs[0]))
                    self._absorb(change.lead.lead_id, *change.absorbs)
                touched |= {before, change.lead.account_id}
                seen.setdefault(change.lead.account_id or "", []).append(change.lead)
                self._add_events(change)
                for row in change.outbox:
                    self._add_delivery(row)
            for account_id in sorted(one for one in touched if one is not None):
                self._write(
                    f"insert into rules_accounts ({_ACCOUNT}) values (?, 1, '{{}}', 0, '{{}}', null, 1) "
                    "on conflict (account_id) do update set stale = 1, version = rules_accounts.version + 1",
                    [account_id],
                )
                self._look_again(account_id, seen.get(account_id, ()))
        return tuple(refused)

    def _look_again(self, account_id: str, leads: Sequence[LeadRow]) -> None:
        """Fields of the account that came while these were brought forward may have missed them as members."""
        asked = "select fields_number from rules_accounts where account_id = ?"
        if leads and (newest := self._read(asked, [account_id])[0][0]):
            for lead in leads:
                if lead.account_seen < newest:
                    self._write("update rules_leads set due = ? where lead_id = ?", [AT_ONCE, lead.lead_id])

    def _account_of(self, lead_id: str) -> str | None:
        found = self._read("select account_id from rules_leads where lead_id = ?", [lead_id])
        return found[0][0] if found else None

    def _save_lead(self, change: Change) -> bool:
        """Whether the lead was still as it had been loaded."""
        lead = change.lead
        values = [
            lead.account_id, _json(lead.fields), lead.state, lead.state_at, lead.model_version, lead.model_hash,
            lead.due, _json(lead.standing), _json(lead.fired), lead.account_seen, _json(lead.bands),
        ]  # fmt: skip
        if lead.version == 0:
            statement = f"insert into rules_leads ({_LEAD}) values ({_marks(range(13))}) on conflict do nothing"
            return self._write(statement, [lead.lead_id, 1, *values]) == 1
        statement = (
            "update rules_leads set version = version + 1, account_id = ?, fields = ?, state = ?, state_at = ?, "
            "model_version = ?, model_hash = ?, due = ?, standing = ?, fired = ?, account_seen = ?, bands = ? "
            "where lead_id = ? and version = ?"
        )
        return self._write(statement, [*values, lead.lead_id, lead.version]) == 1

    def _absorb(self, into: str, other: str, version: int) -> None:
        if self._write("delete from rules_leads where lead_id = ? and version = ?", [other, version]) != 1:
            raise _AbsorbedMeanwhile
        self._write("update rules_events set lead_id = ? where lead_id = ?", [into, other])

    def _add_events(self, change: Change) -> None:
        if not self.keeps_history:
            return
        for event in change.events:
            self._write(
                "insert into rules_events (lead_id, at, type, event_id, body) values (?, ?, ?, ?, ?)",
                [change.lead.lead_id, event.at, event.type, event.id, _json(event.body)],
            )

    def history(self, lead_id: str) -> list[StoredEvent]:
        statement = "select at, type, event_id, body from rules_events where lead_id = ? order by at, seq"
        return [_event(row) for row in self._read(statement, [lead_id])]

    def known_ids(self, lead_id: str, ids: Sequence[str]) -> dict[str, tuple[StoredEvent, ...]]:
        found: dict[str, list[StoredEvent]] = {}
        for part in _parts(sorted(set(ids))):
            statement = (
                f"select at, type, event_id, body from rules_events where lead_id = ? and event_id in ({_marks(part)})"
            )
            for row in self._read(statement, [lead_id, *part]):
                found.setdefault(row[2], []).append(_event(row))
        return {name: tuple(events) for name, events in found.items()}

    def due(self, now: int, limit: int, after: tuple[int, str] | None = None) -> list[tuple[int, str]]:
        after = after or (AT_ONCE - 1, "")
        statement = (
            "select due, lead_id from rules_leads where due is not null and due <= ? and (due, lead_id) > (?, ?) "
            "order by due, lead_id limit ?"
        )
        return [(row[0], row[1]) for row in self._read(statement, [now, *after, limit])]

    def lead_ids(self, after: str | None = None, limit: int = 1000) -> list[str]:
        statement = "select lead_id from rules_leads where lead_id > ? order by lead_id limit ?"
        return [row[0] for row in self._read(statement, [after or "", limit])]

    def leads_of_other_models(self, model_hash: str, after: str | None, limit: int) -> list[str]:
        statement = (
            "select lead_id from rules_leads where (model_hash <> ? or model_hash is null) and lead_id > ? "
            "order by lead_id limit ?"
        )
        return [row[0] for row in self._read(statement, [model_hash, after or "", limit])]

    # --- accounts ---------------------------------------------------------------------------------------------------

    def put_account(self, account_id: str, fields: Mapping[str, Any]) -> AccountRow:
        with self._transaction():
            # Members first: locks are taken in one order everywhere.
            self._read_locked_members(account_id)
            self._write(
                "update rules_leads set due = ?, version = version + 1 where account_id = ?", [AT_ONCE, account_id]
            )
            self._write(
                f"insert into rules_accounts ({_ACCOUNT}) values (?, 1, ?, 1, '{{}}', null, 1) "
                "on conflict (account_id) do update set fields = excluded.fields, stale = 1, "
                "fields_number = rules_accounts.fields_number + 1, version = rules_accounts.version + 1",
                [account_id, _json(fields)],
            )
            return self.accounts([account_id])[account_id]

    def _read_locked_members(self, account_id: str) -> None:
        """Nothing to do where a transaction has the whole database; PostgreSQL's store locks the rows in order."""

    def accounts(self, account_ids: Iterable[str]) -> dict[str, AccountRow]:
        found = {}
        for part in _parts(sorted(set(account_ids))):
            for row in self._read(f"select {_ACCOUNT} from rules_accounts where account_id in ({_marks(part)})", part):
                found[row[0]] = AccountRow(
                    row[0], row[1], _of_json(row[2]), row[3], _of_json(row[4]), row[5], bool(row[6])
                )
        return found

    def members(self, account_id: str) -> list[str]:
        return [
            row[0]
            for row in self._read("select lead_id from rules_leads where account_id = ? order by lead_id", [account_id])
        ]

    def stale_accounts(self, limit: int) -> list[str]:
        statement = "select account_id from rules_accounts where stale = 1 order by account_id limit ?"
        return [row[0] for row in self._read(statement, [limit])]

    def save_account(self, row: AccountRow) -> bool:
        with self._transaction():
            statement = (
                "update rules_accounts set version = version + 1, scores = ?, scored_at = ?, stale = 0 "
                "where account_id = ? and version = ?"
            )
            saved = self._write(statement, [_json(row.scores), row.scored_at, row.account_id, row.version])
        return saved == 1

    # --- outbox -----------------------------------------------------------------------------------------------------

    def _add_delivery(self, row: OutboxRow) -> None:
        self._write(
            f"insert into rules_outbox ({_OUTBOX}) values ({_marks(range(11))}) on conflict (key) do nothing",
            [
                row.key, row.automation, row.lead_id, row.at, row.action, _json(row.parameters), _json(row.facts),
                row.tries, row.state, row.next_try, row.problem,
            ],
        )  # fmt: skip

    def claim(self, now: int, limit: int, until: int) -> list[OutboxRow]:
        with self._transaction():
            rows = self._read(
                f"select {_OUTBOX} from rules_outbox where state = 'waiting' and next_try <= ? "
                f"order by next_try, key limit ?{self._skip_locked}",
                [now, limit],
            )
            for row in rows:
                self._write("update rules_outbox set next_try = ? where key = ?", [until, row[0]])
        return [_delivery(row) for row in rows]

    _skip_locked = ""  # PostgreSQL: rows that another worker is just claiming are not waited for

    def settle(
        self, key: str, state: Literal["waiting", "delivered", "given up"], next_try: int, problem: str | None
    ) -> None:
        with self._transaction():
            self._write(
                "update rules_outbox set state = ?, next_try = ?, problem = ?, tries = tries + 1 "
                "where key = ? and state = 'waiting'",
                [state, next_try, problem, key],
            )

    def outbox(self, state: str | None = None, limit: int = 1000) -> list[OutboxRow]:
        where, given = ("where state = ?", [state]) if state is not None else ("", [])
        statement = f"select {_OUTBOX} from rules_outbox {where} order by at, key limit ?"
        return [_delivery(row) for row in self._read(statement, [*given, limit])]

    def counts(self) -> dict[str, int]:
        questions = {
            "leads": "select count(*) from rules_leads",
            "accounts": "select count(*) from rules_accounts",
            "deliveries_waiting": "select count(*) from rules_outbox where state = 'waiting'",
            "deliveries_given_up": "select count(*) from rules_outbox where state = 'given up'",
        }
        return {name: int(self._read(statement)[0][0]) for name, statement in questions.items()}

    def close(self) -> None:
        database = self._database
        with self._lock:
            database.close()

    # --- statements -------------------------------------------------------------------------------------------------

    def _refuse_other_layout(self) -> None:
        """Before anything is made: what a newer program wrote must not be mended to what this one knows."""
        for (found,) in self._read("select value from rules_meta where name = 'layout'"):
            if found != str(LAYOUT):
                raise StoreError(
                    f"the store has layout {found}, this program reads layout {LAYOUT}: "
                    "use the release that made it, or name another store"
                )

    def _settle_meta(self, model: str, keep_history: bool | None) -> bool:
        """Whether history is kept; a new store is given its settings, an old one must be of this model."""
        wanted = {"layout": str(LAYOUT), "model": model, "history": "kept" if keep_history is not False else "not kept"}
        for name, value in wanted.items():
            self._write("insert into rules_meta (name, value) values (?, ?) on conflict do nothing", [name, value])
        found: dict[str, str] = {row[0]: row[1] for row in self._read("select name, value from rules_meta")}
        if found["model"] != model:
            raise StoreError(f"the store holds leads of the model {found['model']}, not of {model}; name another store")
        if keep_history is not None and found["history"] != wanted["history"]:
            raise StoreError(f"history is {found['history']} in this store; that is settled when a store is made")
        return found["history"] == "kept"

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        database = self._database  # in a process that was forked the lock may be held for ever
        with self._lock:
            try:
                database.begin()
                yield
                database.commit()
            except BaseException:
                database.rollback()
                raise

    def _read(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._database.read(statement, parameters)

    def _write(self, statement: str, parameters: Sequence[object]) -> int:
        return self._database.write(statement, parameters)


def _parts(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """No more than `size` at a time: databases take a bounded number of parameters."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _marks(values: Sequence[object] | range) -> str:
    return ", ".join("?" * len(values))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _of_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise StoreError(f"the store is damaged, {error}: restore a copy of it, or fill a new one") from error


def _lead(row: Sequence[Any]) -> LeadRow:
    state = None if row[4] is None else bytes(row[4])
    return LeadRow(
        row[0], row[1], row[2], _of_json(row[3]), state, row[5], row[6], row[7], row[8], _of_json(row[9]),
        _of_json(row[10]), row[11], _of_json(row[12]),
    )  # fmt: skip


def _event(row: Sequence[Any]) -> StoredEvent:
    return StoredEvent(row[0], row[1], row[2], _of_json(row[3]))


def _delivery(row: Sequence[Any]) -> OutboxRow:
    key, automation, lead_id, at, action, parameters, facts, *rest = row
    return OutboxRow(key, automation, lead_id, at, action, _of_json(parameters), _of_json(facts), *rest)
