"""A store in one SQLite file, or in memory. The file may be shared by processes of one machine."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rules_engine.live.sql import SqlStore, tables
from rules_engine.live.store import StoreError

WAIT = 60.0  # seconds for another process's transaction
_FAULTS = (sqlite3.DatabaseError, UnicodeDecodeError)  # the latter where SQLite's own words quote a damaged file


class SqliteDatabase:
    """A connection in WAL mode: readers do not wait for the writer, and what was committed survives a crash."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(
                path, timeout=WAIT, isolation_level=None, check_same_thread=False, cached_statements=256
            )
            self._switch_to_wal()
            self._connection.execute("pragma synchronous = full")
        except _FAULTS as error:
            raise self._problem(error) from error

    def _switch_to_wal(self) -> None:
        """Of processes that open a new file at one time all but one are refused, and SQLite does not wait here."""
        end = time.monotonic() + WAIT
        while True:
            try:
                self._connection.execute("pragma journal_mode = wal").fetchone()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(random.uniform(0.001, 0.02))
            else:
                return

    def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        try:
            return self._connection.execute(statement, tuple(parameters)).fetchall()
        except _FAULTS as error:
            raise self._problem(error) from error

    def write(self, statement: str, parameters: Sequence[object] = ()) -> int:
        try:
            return self._connection.execute(statement, tuple(parameters)).rowcount
        except _FAULTS as error:
            raise self._problem(error) from error

    def _problem(self, error: Exception) -> Exception:
        """What to raise for an error: one of the database or its disk, or of this program."""
        if isinstance(error, sqlite3.ProgrammingError):
            return error
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest says more of the same
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or isinstance(error, UnicodeDecodeError):
            return StoreError(
                f"the store {self._path} is damaged or no store ({error}): restore a copy of it, or fill a new one"
            )
        if code == sqlite3.SQLITE_BUSY:
            return StoreError(
                f"the store {self._path} cannot be used now: another process kept it locked for {WAIT:g} seconds"
            )
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            return StoreError(
                f"the store {self._path} cannot be written ({error}): this user needs to write the file and its folder"
            )
        return StoreError(f"the store {self._path} cannot be used now: {error}")

    def begin(self) -> None:
        self.write("begin immediate")

    def commit(self) -> None:
        self.write("commit")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.write("rollback")

    def close(self) -> None:
        self._connection.close()

    def has_store(self) -> bool:
        return bool(self.read("select 1 from sqlite_master where type = 'table' and name = 'rules_meta'"))

    def create(self) -> None:
        for statement in tables("text", "blob", "integer primary key"):
            self.write(statement)


class SqliteStore(SqlStore):
    """A store in an SQLite file, made if it does not exist."""

    def __init__(self, path: str | Path, *, model: str, keep_history: bool | None = None) -> None:
        super().__init__(SqliteDatabase(str(path)), model=model, keep_history=keep_history)


class MemoryStore(SqlStore):
    """A store that is gone when it is closed: for tests, and for hosts that keep leads elsewhere."""

    def __init__(self, *, model: str, keep_history: bool | None = None) -> None:
        super().__init__(SqliteDatabase(":memory:"), model=model, keep_history=keep_history)
