"""`sqlite:///crm.db#leads` and `postgresql://user@host/database#schema.table`: a database and a table in it.

`postgresql://$CRM_DATABASE#leads` takes the address from the environment variable CRM_DATABASE, for passwords do not
belong into files. libpq's own ways (PGPASSWORD, ~/.pgpass, PGSERVICE) work as well.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import sqlalchemy as sa

from rules_engine.hooks import SourceError

SCHEMES = ("sqlite", "postgresql")
CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Address:
    """`file` is the SQLite file; `url` that of another database; one of them is None."""

    schema: str | None
    table: str
    file: Path | None = None
    url: sa.URL | None = None

    @property
    def shown(self) -> str:
        """The table's name in messages."""
        return f"{self.schema}.{self.table}" if self.schema else self.table


def read_address(uri: str, folder: Path) -> Address:
    """The parts of a URI; relative SQLite files lie in `folder`. Raises `SourceError`."""
    address, _, name = uri.partition("#")
    scheme, _, rest = address.partition("://")
    if rest.startswith("$"):
        address = os.environ.get(rest[1:], "")
        if not address:
            raise SourceError(f"set the environment variable {rest[1:]} to the database's address.")
        if address.partition("://")[0] != scheme:
            raise SourceError(f"the environment variable {rest[1:]} does not hold an address that begins {scheme}://.")
        rest = address.partition("://")[2]
    if not name:
        raise SourceError(f"name the table or view after a #, such as {scheme}://...#leads.")
    schema, dot, table = unquote(name).rpartition(".")
    found = (schema if dot else None, table)
    if scheme == "sqlite":
        if not rest.startswith("/") or len(rest) < 2:
            raise SourceError("a SQLite file is written sqlite:///crm.db#leads, with three strokes.")
        return Address(*found, file=folder / unquote(rest[1:]))
    try:
        url = sa.make_url(address).set(drivername="postgresql+psycopg")
    except (sa.exc.ArgumentError, ValueError) as error:
        raise SourceError("it is no address such as postgresql://user@host/database#leads.") from error
    return Address(*found, url=url)


def engine_of(address: Address, *, writing: bool = False) -> sa.Engine:
    """An engine without a pool: a command reads each table once. Raises `SourceError` where a driver is missing."""
    if address.file is not None:
        file, mode = address.file, "rwc" if writing else "ro"
        if not writing and not file.is_file():
            raise SourceError(f"there is no file {file.name} in {file.parent}.")
        uri = f"{file.resolve().as_uri()}?mode={mode}"
        return sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(uri, uri=True, timeout=CONNECT_SECONDS),
            poolclass=sa.pool.NullPool,
        )
    assert address.url is not None
    try:
        return sa.create_engine(
            address.url, poolclass=sa.pool.NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
        )
    except ModuleNotFoundError as error:
        raise SourceError("PostgreSQL needs psycopg: pip install 'lead-rules-sql[postgresql]'.") from error


def reason(error: sa.exc.SQLAlchemyError) -> str:
    """The database's own first line, without SQLAlchemy's frame."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
