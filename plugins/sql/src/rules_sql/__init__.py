"""SQL databases: tables and views as data to score, and rows for automations. SQLite, and PostgreSQL with psycopg.

leads: {file: "sqlite:///crm.db#leads", id: id}                      in data.yaml
events: {file: "postgresql://$CRM_DATABASE#sales.events", ...}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rules_engine.hooks import Action, Delivery, Reader, Source, hookimpl

plugin_name = "sql"
__version__ = "1.0.0"

PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["to"],
    "additionalProperties": False,
    "properties": {
        "to": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*$",
            "description": "The database's name; its address is a setting of where automations run.",
        },
        "data": {"type": "object", "description": "What is written beside the facts about the lead."},
    },
}


def open_source(uri: str, folder: Path) -> Source:
    """A table or view; see `rules_sql.reading`."""
    from rules_sql.reading import open_table  # late: SQLAlchemy takes a while, and most commands read no database

    return open_table(uri, folder)


def deliver(delivery: Delivery) -> None:
    """A row for a firing; see `rules_sql.writing`."""
    from rules_sql.writing import write_delivery

    write_delivery(delivery)


@hookimpl
def rules_readers() -> list[Reader]:
    return [
        Reader("sqlite", open_source, "A table or view of a SQLite file: sqlite:///crm.db#leads."),
        Reader("postgresql", open_source, "A table or view: postgresql://user@host/database#schema.table."),
    ]


@hookimpl
def rules_actions() -> list[Action]:
    return [Action("sql_row", PARAMETERS, deliver, "Writes a row with the lead's facts to a table, once per firing.")]
