"""Rows into a database: one per firing of an automation, or a whole table of scores, replaced at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from rules_engine.hooks import Delivery, SourceError, UndeliverableError
from rules_sql.address import Address, engine_of, read_address, reason

CHUNK = 5_000  # rows inserted at a time


class SqlError(Exception):
    """The database did not take what was to be written; nothing of it is there."""


def deliveries(address: Address) -> sa.Table:
    """The table for firings. Its key makes a delivery that comes twice one row."""
    return sa.Table(
        address.table,
        sa.MetaData(),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("automation", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        schema=address.schema,
    )


def write_delivery(delivery: Delivery) -> None:
    """A row in the table of RULES_SQL_<NAME>_URL, made if it is not there; a key that is there already is let pass."""
    variable = f"RULES_SQL_{delivery.parameters['to'].upper()}_URL"
    if variable not in os.environ:
        raise SqlError(f"set {variable} where automations run, such as postgresql://user@host/database#automations")
    try:
        address = read_address(os.environ[variable], Path.cwd())
        engine = engine_of(address, writing=True)
    except SourceError as error:
        raise UndeliverableError(f"{variable}: {error}") from error
    table = deliveries(address)
    row = {
        "key": delivery.key,
        "automation": delivery.automation,
        "lead": delivery.lead_id,
        "at": delivery.at.isoformat(),
        "data": json.dumps(delivery.parameters.get("data", {}), ensure_ascii=False, sort_keys=True),
        "result": json.dumps(delivery.result, ensure_ascii=False, sort_keys=True),
    }
    insert = (sqlite if address.file is not None else postgresql).insert(table).values(row)
    try:
        with engine.begin() as connection:
            table.create(connection, checkfirst=True)
            connection.execute(insert.on_conflict_do_nothing(index_elements=["key"]))
    except sa.exc.SQLAlchemyError as error:
        raise SqlError(reason(error)) from error


def write_table(
    uri: str, columns: Mapping[str, sa.types.TypeEngine[object]], rows: Iterable[Sequence[object]], folder: Path
) -> int:
    """Replaces what a table holds by these rows, in one transaction; makes the table if it is not there.

    Gives the number of rows. Raises `SourceError` for the address, and `SqlError` where the table has other columns or
    the database refuses; the table is then as it was.
    """
    address = read_address(uri, folder)
    engine = engine_of(address, writing=True)
    table = sa.Table(
        address.table, sa.MetaData(), *(sa.Column(name, kind) for name, kind in columns.items()), schema=address.schema
    )
    written = 0
    try:
        with engine.begin() as connection:
            _make(connection, table, address)
            connection.execute(table.delete())
            chunk: list[dict[str, object]] = []
            for row in rows:
                chunk.append(dict(zip(columns, row, strict=True)))
                if len(chunk) == CHUNK:
                    connection.execute(table.insert(), chunk)
                    written, chunk = written + len(chunk), []
            if chunk:
                connection.execute(table.insert(), chunk)
    except sa.exc.SQLAlchemyError as error:
        raise SqlError(reason(error)) from error
    return written + len(chunk)


def _make(connection: sa.Connection, table: sa.Table, address: Address) -> None:
    """The table, new or with just these columns."""
    looking = sa.inspect(connection)
    if not looking.has_table(address.table, schema=address.schema):
        table.create(connection)
        return
    there = [column["name"] for column in looking.get_columns(address.table, schema=address.schema)]
    if sorted(there) != sorted(table.columns.keys()):
        raise SqlError(
            f"the table {address.shown} has other columns ({', '.join(there)}); drop it or name another table"
        )
