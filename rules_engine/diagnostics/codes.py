"""All codes."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import Entry

CODES: dict[str, Entry] = {}
