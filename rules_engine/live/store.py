"""What a store of live leads must do: a small protocol, and the rows that go in and out.

A store keeps, for each lead, its fields, its state as bytes and a version number. `save` writes a lead only if its
version is still the one that was loaded, and everything that belongs to the change (events, deliveries, the mark on the
account) in the same transaction: of two workers that bring the same lead forward one is told to begin again, and after
a crash either all of a change is there or nothing.

Instants are whole microseconds since 1970 UTC.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, Protocol

from rules_engine.diagnostics.errors import Portable
from rules_engine.records import dataclass

AT_ONCE = -(1 << 62)
"""The `due` of a lead that time has to look at as soon as it can: new, or of an account whose fields changed."""


class StoreError(Exception):
    """A store that cannot be opened or used; the message says what to do."""


def refuse_after_fork(process: int) -> None:
    """Raises `RuntimeError` in another process than the one that opened the store.

    Two processes would garble what goes over one connection; leads in memory would part in two.
    """
    if os.getpid() != process:
        raise RuntimeError("this store was opened before the process was forked; open one in each process, after")


class LateWithoutHistory(Portable):
    """Something came that only a lead's whole history can answer, and the store keeps none."""

    def __init__(self, lead_id: str, reason: str) -> None:
        self.lead_id, self.reason = lead_id, reason
        super().__init__(f"lead {lead_id}: {reason}; this store keeps no history of events, so it cannot be told")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it came. `id` is its identity if it has one, `body` the mapping that the engine reads."""

    at: int
    type: str
    id: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as the store has it. `version` 0 means that it is not stored yet.

    `standing` says of each automation whether its condition held at the last look, `fired` when it last fired. `due`
    is when time alone next changes something. `account_seen` is the number of the account's fields that were used,
    `bands` the band of each score at the last look. `model_hash` is None where the lead is put off: a plugin failed on
    it, and the store keeps events or fields of which its state does not know yet.
    """

    lead_id: str
    version: int = 0
    account_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    state: bytes | None = None
    state_at: int | None = None
    model_version: int | None = None
    model_hash: str | None = None
    due: int | None = AT_ONCE
    standing: Mapping[str, bool] = field(default_factory=dict)
    fired: Mapping[str, int] = field(default_factory=dict)
    account_seen: int = 0
    bands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One delivery that is owed: an action of an automation that fired for a lead at an instant.

    `key` is unique for ever: saving a row whose key is known changes nothing. `facts` is what was known then.
    """

    key: str
    automation: str
    lead_id: str
    at: int
    action: str
    parameters: Mapping[str, Any]
    facts: Mapping[str, Any]
    tries: int = 0
    state: Literal["waiting", "delivered", "given up"] = "waiting"
    next_try: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one step did to one lead. `lead.version` is the version that was loaded; the store counts it up.

    `absorbs` is the lead that became one with it (its id and version); its events are this one's from now on.
    """

    lead: LeadRow
    events: Sequence[StoredEvent] = ()
    outbox: Sequence[OutboxRow] = ()
    absorbs: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `fields_number` counts the changes of its fields, `version` every change of it or of a member.

    `scores` is what was read last: name -> value in micropoints and band; `stale` says that a member changed since.
    """

    account_id: str
    version: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    fields_number: int = 0
    scores: Mapping[str, Any] = field(default_factory=dict)
    scored_at: int | None = None
    stale: bool = True


class Store(Protocol):
    """Where live leads are kept. Methods may be called from several threads; several processes may share a store."""

    keeps_history: bool

    def load(self, lead_ids: Sequence[str]) -> dict[str, LeadRow]:
        """The leads of these ids that there are."""

    def save(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """Saves what still fits, all in one transaction; gives the ids of leads that somebody else changed meanwhile.

        Nothing of a change whose lead is named in the answer has been saved. The accounts of the saved leads are stale.
        """

    def history(self, lead_id: str) -> list[StoredEvent]:
        """Everything that happened to a lead, in order of time; empty where no history is kept."""

    def known_ids(self, lead_id: str, ids: Sequence[str]) -> dict[str, tuple[StoredEvent, ...]]:
        """The kept events of a lead with one of these ids."""

    def due(self, now: int, limit: int, after: tuple[int, str] | None = None) -> list[tuple[int, str]]:
        """The (instant, id) of leads whose `due` is not later than `now`, in order, found by index.

        `after` leaves out those up to and including one, for the next page.
        """

    def lead_ids(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """All leads by id, a page at a time."""

    def leads_of_other_models(self, model_hash: str, after: str | None, limit: int) -> list[str]:
        """Leads whose state was made by another model or version, and those put off, a page at a time by id."""

    def put_account(self, account_id: str, fields: Mapping[str, Any]) -> AccountRow:
        """Sets the fields of an account; its members become due at once."""

    def accounts(self, account_ids: Iterable[str]) -> dict[str, AccountRow]:
        """The accounts of these ids that there are."""

    def members(self, account_id: str) -> list[str]:
        """The ids of an account's leads, in order."""

    def stale_accounts(self, limit: int) -> list[str]:
        """Accounts of which a member changed since they were read."""

    def save_account(self, row: AccountRow) -> bool:
        """Saves what was read of an account, unless it changed meanwhile: then False."""

    def claim(self, now: int, limit: int, until: int) -> list[OutboxRow]:
        """Deliveries whose time has come. Until `until` they are not given to anybody else."""

    def settle(
        self, key: str, state: Literal["waiting", "delivered", "given up"], next_try: int, problem: str | None
    ) -> None:
        """Says how a try went, and counts it."""

    def outbox(self, state: str | None = None, limit: int = 1000) -> list[OutboxRow]:
        """The deliveries in a state (all for None), oldest first."""

    def counts(self) -> dict[str, int]:
        """How many leads, events, waiting deliveries and so on there are, for `rules serve`'s metrics."""

    def close(self) -> None:
        """Lets go of the file or the connection."""


def pages_of_leads(store: Store, size: int = 500) -> Iterator[list[str]]:
    """All lead ids, a page at a time."""
    after: str | None = None
    while page := store.lead_ids(after, size):
        yield page
        after = page[-1]
