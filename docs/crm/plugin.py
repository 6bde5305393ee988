"""What the CRM adds to the engine: a function for conditions, and an action of its automations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from rules_engine.hooks import Action, Delivery, Functions, hookimpl

functions = Functions()

RANKS = {"assistant": 1, "manager": 2, "head": 2, "director": 3, "vp": 3, "chief": 3}


@functions.function(
    "rank_of(title: string) -> number",
    doc="How high a title stands in our CRM, 1 to 3; null for a title that says nothing.",
    examples={'rank_of("Head of Sales")': "2", 'rank_of("Painter")': "null"},
)
def rank_of(title: str) -> float | None:
    return max((RANKS[word] for word in title.lower().split() if word in RANKS), default=None)


class CrmPlugin:
    """The plugin of one CRM: its action writes into that CRM's own table of tasks."""

    plugin_name = "crm"
    __version__ = "1.0.0"

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @hookimpl
    def rules_functions(self) -> Functions:
        return functions

    @hookimpl
    def rules_actions(self) -> Iterable[Action]:
        schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
        return [Action("open_task", schema, self.open_task, "Opens a task for a contact in the CRM.")]

    def open_task(self, delivery: Delivery) -> None:
        """Once per key: the same delivery may come again after a crash."""
        with self._database:
            self._database.execute(
                "insert into tasks (key, contact, text, opened) values (?, ?, ?, ?) on conflict do nothing",
                [delivery.key, delivery.lead_id, delivery.parameters["text"], delivery.at.isoformat()],
            )
