"""A store in PostgreSQL, for workers on several machines. Needs psycopg 3: the extra `[postgres]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from rules_engine.live.sql import SqlStore, tables
from rules_engine.live.store import StoreError

WAIT = 60  # seconds for another connection's transaction
LONGEST_CONNECT = 10  # seconds for a host that does not answer, unless the address says connect_timeout
_AWAY = (psycopg.OperationalError, psycopg.InternalError)  # the latter from a server that only reads, as a standby does
_ONE_AT_A_TIME = 7_215_734_001  # an advisory lock: two workers that start together must not make the tables at once


class PostgresDatabase:
    """A connection with explicit transactions, made again where it was lost between two of them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._inside = False  # a transaction
        self._connection = self._connect()

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            waits = conninfo_to_dict(self._url).get("connect_timeout", LONGEST_CONNECT)
            return psycopg.connect(self._url, autocommit=True, connect_timeout=waits)
        except psycopg.Error as error:
            raise StoreError(f"cannot reach the store: {error}") from error

    def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        return self._execute(statement, parameters).fetchall()

    def write(self, statement: str, parameters: Sequence[object] = ()) -> int:
        return self._execute(statement, parameters).rowcount

    def _execute(self, statement: str, parameters: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        try:
            return self._run(statement, parameters)
        except psycopg.errors.LockNotAvailable as error:
            raise StoreError(
                f"the store cannot be used now: another connection kept what is asked for locked for {WAIT} seconds"
            ) from error
        except _AWAY as error:  # the server went away, or undid a transaction for another one
            if self._inside or not self._connection.closed:
                raise StoreError(f"the store cannot be used now: {error}") from error
        self._connection = self._connect()  # nothing had begun: a server that was started again does as well
        try:
            return self._run(statement, parameters)
        except _AWAY as error:
            raise StoreError(f"the store cannot be used now: {error}") from error

    def _run(self, statement: str, parameters: Sequence[object]) -> psycopg.Cursor[Any]:
        # No parameters are told as none: only so may there be two statements in one.
        return self._connection.execute(statement.replace("?", "%s").encode(), tuple(parameters) or None)

    def begin(self) -> None:
        self._execute(f"begin; set local lock_timeout = '{WAIT}s'")
        self._inside = True

    def commit(self) -> None:
        self._execute("commit")
        self._inside = False

    def rollback(self) -> None:
        self._inside = False
        try:
            self._connection.execute("rollback")
        except psycopg.OperationalError:  # the server undoes what a lost connection had begun
            self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def has_store(self) -> bool:
        self.read("select pg_advisory_xact_lock(?)", [_ONE_AT_A_TIME])
        return self.read("select to_regclass('rules_meta')") != [(None,)]

    def create(self) -> None:
        found = self._connection.execute("select to_regclass('rules_accounts_stale')").fetchone()
        if found is not None and found[0] is not None:
            return
        # By code point, as everywhere: another collation would order ids and pages otherwise than they are compared.
        for statement in tables('text collate "C"', "bytea", "bigint generated always as identity primary key"):
            self._connection.execute(statement.encode())


class PostgresStore(SqlStore):
    """A store in the database that `url` names (postgresql://user@host/name)."""

    _skip_locked = " for update skip locked"

    def __init__(self, url: str, *, model: str, keep_history: bool | None = None) -> None:
        try:
            super().__init__(PostgresDatabase(url), model=model, keep_history=keep_history)
        except psycopg.Error as error:  # such as no right to make tables
            raise StoreError(f"cannot use the store: {error}") from error

    def _read_locked_members(self, account_id: str) -> None:
        self._read("select lead_id from rules_leads where account_id = ? order by lead_id for update", [account_id])
