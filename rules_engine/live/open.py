"""A store by its address: `sqlite:leads.db` (or a plain file name), `postgresql://host/name`, `memory:`."""

from __future__ import annotations

from pathlib import Path

from rules_engine.live.sql import SqlStore
from rules_engine.live.sqlite import MemoryStore, SqliteStore
from rules_engine.live.store import StoreError


def open_store(url: str, model: str, *, keep_history: bool | None = None) -> SqlStore:
    """Opens the store of a model's leads, or makes it. Raises `StoreError`.

    `keep_history` is settled when the store is made (kept unless False); None takes what the store has.
    """
    scheme, colon, rest = url.partition(":")
    if url == "memory:":
        return MemoryStore(model=model, keep_history=keep_history)
    if scheme in ("postgresql", "postgres") and colon:
        try:
            from rules_engine.live.postgres import PostgresStore
        except ImportError as error:
            raise StoreError(
                f"a PostgreSQL store needs psycopg ({error}). Install it with\n"
                "  pip install 'lead-rules-engine[postgres]'"
            ) from error
        return PostgresStore(url, model=model, keep_history=keep_history)
    if "://" in url and scheme != "sqlite":
        raise StoreError(f"{url} is no store that is known: use sqlite:leads.db, postgresql://host/name or memory:")
    path = Path(rest.removeprefix("//") if scheme == "sqlite" and colon else url)
    if not path.name or path.is_dir():
        raise StoreError(f"{url} names no file; write it like sqlite:leads.db")
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} does not exist; make it first or name another place")
    return SqliteStore(path, model=model, keep_history=keep_history)
