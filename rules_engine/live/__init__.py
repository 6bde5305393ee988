"""Leads that live in a store: events come in, bands change, automations fire, actions are delivered.

Takes an `Engine` and records, gives what changed. Imports the engine and lower stages; a database driver only where its
store is opened.
"""

from rules_engine.live.accounts import AccountMove
from rules_engine.live.deliver import Delivered
from rules_engine.live.failure import Failure
from rules_engine.live.fed import Fed, Rejected
from rules_engine.live.firing import Firing
from rules_engine.live.incoming import read_line
from rules_engine.live.live import Live
from rules_engine.live.open import open_store
from rules_engine.live.store import LateWithoutHistory, Store, StoreError

__all__ = [
    "AccountMove",
    "Delivered",
    "Failure",
    "Fed",
    "Firing",
    "LateWithoutHistory",
    "Live",
    "Rejected",
    "Store",
    "StoreError",
    "open_store",
    "read_line",
]
