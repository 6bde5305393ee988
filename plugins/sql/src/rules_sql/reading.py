"""A table or view as a source of data: its columns, then the rows of those that are wanted, always in one order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from rules_engine.hooks import Source, SourceError
from rules_sql.address import Address, engine_of, read_address, reason

CHUNK = 5_000  # rows fetched at a time


def open_table(uri: str, folder: Path) -> Source:
    """Asks the database for the columns. Raises `SourceError` for an address that leads nowhere."""
    address = read_address(uri, folder)
    engine = engine_of(address)
    try:
        looking = sa.inspect(engine)
        columns = looking.get_columns(address.table, schema=address.schema)
        key = looking.get_pk_constraint(address.table, schema=address.schema)["constrained_columns"]
    except sa.exc.NoSuchTableError as error:
        raise SourceError(f"there is no table or view {address.shown}.{_others(engine, address)}") from error
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(f"{reason(error)}.") from error
    names = tuple(column["name"] for column in columns)
    return Source(names, lambda wanted: _rows(engine, address, wanted, key))


def _others(engine: sa.Engine, address: Address) -> str:
    try:
        looking = sa.inspect(engine)
        names = [*looking.get_table_names(schema=address.schema), *looking.get_view_names(schema=address.schema)]
    except sa.exc.SQLAlchemyError:
        return ""  # the first message is the one that matters
    return f" There are {', '.join(sorted(names)[:10])}." if names else ""


def _rows(
    engine: sa.Engine, address: Address, wanted: Sequence[str], key: Sequence[str]
) -> Iterator[Mapping[str, object]]:
    """Values as the driver gives them: no type of SQLAlchemy's, which would refuse dates that SQLite lets pass.

    Rows come by the primary key, or by all wanted values where there is none.
    """
    columns: dict[str, sa.ColumnElement[Any]] = {name: sa.column(name) for name in (*wanted, *key)}
    table = sa.table(address.table, *map(sa.column, columns), schema=address.schema)
    order: list[sa.ColumnElement[Any]] = [columns[name] for name in key] or [
        sa.cast(columns[name], sa.Text) for name in wanted
    ]
    query = sa.select(*(columns[name] for name in wanted)).select_from(table).order_by(*order)
    options = {"yield_per": CHUNK} | ({"postgresql_readonly": True} if address.url is not None else {})
    try:
        with engine.connect().execution_options(**options) as connection:
            for row in connection.execute(query):
                yield dict(zip(wanted, map(_plain, row), strict=True))
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(f"{reason(error)}.") from error


def _plain(value: object) -> object:
    """JSON as its text, for `json:` in the mapping; identifiers as text; the rest as it is."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, UUID) else value
