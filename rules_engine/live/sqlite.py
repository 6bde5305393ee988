"""A store in one SQLite file, or in memory. The file may be shared by processes of one machine."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from rules_engine.live.sql import SqlStore, tables
from rules_engine.live.store import StoreError

WAIT = 60.0  # seconds for another process's transaction


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
        except sqlite3.Error as error:
            raise StoreError(f"cannot open the store {path}: {error}") from error

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

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, tuple(parameters))
        except sqlite3.OperationalError as error:  # the disk is full, another process does not end its transaction
            raise StoreError(f"the store {self._path} cannot be used now: {error}") from error

    def begin(self) -> None:
        self.execute("begin immediate")

    def commit(self) -> None:
        self.execute("commit")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("rollback")

    def close(self) -> None:
        self._connection.close()

    def create(self) -> None:
        for statement in tables("text", "blob", "integer primary key"):
            self._connection.execute(statement)


class SqliteStore(SqlStore):
    """A store in an SQLite file, made if it does not exist."""

    def __init__(self, path: str | Path, *, model: str, keep_history: bool | None = None) -> None:
        try:
            super().__init__(SqliteDatabase(str(path)), model=model, keep_history=keep_history)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"cannot use the store {path}: {error}") from error


class MemoryStore(SqlStore):
    """A store that is gone when it is closed: for tests, and for hosts that keep leads elsewhere."""

    def __init__(self, *, model: str, keep_history: bool | None = None) -> None:
        super().__init__(SqliteDatabase(":memory:"), model=model, keep_history=keep_history)
