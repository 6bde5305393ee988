"""Live leads: an engine and a store.

    live = Live(Engine.load("rulesets/b2b_saas"), open_store("sqlite:leads.db", "b2b_saas"))
    live.feed([{"lead": "ann", "type": "demo_request", "at": "2026-10-03T14:30:00Z", "id": "r1"}])
    live.tick()                     # what time alone brings
    live.deliver()                  # what automations owe

Several workers may do the same with one store at the same time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from rules_engine.engine import Engine, InputError, Moment
from rules_engine.live import deliver as outbox
from rules_engine.live.accounts import explain_account, score_account
from rules_engine.live.failure import FAILING, Failure, failure_of
from rules_engine.live.fed import Fed, Rejected
from rules_engine.live.forward import Forwarder, Terms, Work
from rules_engine.live.incoming import AccountRecord, LeadRecord, Record, read_mapping
from rules_engine.live.look import account_of, accounts_of, explain_lead, look_at
from rules_engine.live.merge import merge
from rules_engine.live.segments import LiveSegment, SegmentMember, SegmentNow
from rules_engine.live.store import AccountRow, LeadRow, Store, pages_of_leads, refuse_after_fork
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.history import read_instant
from rules_engine.result.types import AccountResult, Explanation, Result

AHEAD = 300 * 1_000_000  # clocks differ: an event may be so many microseconds ahead of ours


def microseconds_now() -> int:
    """The clock."""
    return time.time_ns() // 1000


class Live:
    """An engine over a store. `clock` gives now in microseconds UTC, for where a call is not told it.

    `now` and `as_of` may be whatever the engine takes for an instant; `InputError` is raised for what it does not.
    """

    def __init__(self, engine: Engine, store: Store, *, clock: Callable[[], int] = microseconds_now) -> None:
        self.engine, self._clock = engine, clock
        self._opened, self._process = Forwarder(engine, store), os.getpid()
        self._segments: dict[str, LiveSegment] = {}

    @property
    def store(self) -> Store:
        """The store. Raises `RuntimeError` in a process that was forked."""
        return self._forwarder.store

    @property
    def _forwarder(self) -> Forwarder:
        refuse_after_fork(self._process)
        return self._opened

    def _instant(self, given: Moment | None, name: str) -> int:
        return self._clock() if given is None else read_instant(given, self.engine.zone, "call", name)

    # --- what comes -------------------------------------------------------------------------------------------------

    def feed(
        self,
        records: Iterable[Record | Mapping[str, Any]],
        *,
        now: Moment | None = None,
        baseline: bool = False,
        dry_run: bool = False,
    ) -> Fed:
        """Takes in events and records of leads and accounts, in any order, and brings their leads forward.

        Records that cannot be used are in `rejected`; the others count. An event more than five minutes after `now` is
        refused: it would stop its lead's clock. With `baseline` nothing fires: what holds at a lead's last event is
        what the next look compares with, and `tick(baseline=True)` after the last call takes what holds now. With
        `dry_run` nothing is saved. `results` has the last result of each lead with new events.
        """
        terms = Terms(self._instant(now, "now"), None, baseline, dry_run)
        fed = Fed()
        work: dict[str, Work] = {}
        accounts: dict[str, AccountRecord] = {}
        for given in records:
            try:
                record = read_mapping(self.engine, given) if isinstance(given, Mapping) else given
            except InputError as error:
                fed.rejected.append(Rejected(given, str(error)))
                continue
            if isinstance(record, AccountRecord):
                accounts[record.account_id] = record
                fed.problems += record.problems
            elif isinstance(record, LeadRecord):
                fed.problems += record.problems
                work.setdefault(record.lead_id, Work()).tell(record)
            elif record.event.at > terms.now + AHEAD:
                reason = f"the event is of {format_instant(record.event.at)}, which is after now"
                fed.rejected.append(Rejected(record, reason))
            else:
                work.setdefault(record.lead_id, Work()).events.append(record)
        if dry_run:
            terms = replace(terms, accounts=self._as_if_put(accounts))
        else:
            for account_id, account in accounts.items():
                self.store.put_account(account_id, account.fields)
        touched = self._forwarder.bring(work, terms, fed)
        members = {lead for account_id in accounts for lead in self.store.members(account_id)} - work.keys()
        if members:
            touched |= self._forwarder.bring({lead: Work() for lead in sorted(members)}, terms, fed)
        if not dry_run:
            self._forwarder.read_accounts(touched | accounts.keys(), fed)
        return fed

    def _as_if_put(self, accounts: Mapping[str, AccountRecord]) -> dict[str, AccountRow]:
        """The rows of accounts as the store would have them, had it been told."""
        there = self.store.accounts(accounts)
        rows = ((there.get(one.account_id) or AccountRow(one.account_id), one) for one in accounts.values())
        return {
            row.account_id: replace(row, fields=one.fields, fields_number=row.fields_number + 1) for row, one in rows
        }

    def due(self, now: Moment | None = None, limit: int = 1000) -> list[str]:
        """The leads for which time alone has changed something, or that were never looked at; found by index."""
        return [lead for _, lead in self.store.due(self._instant(now, "now"), limit)]

    def tick(self, now: Moment | None = None, *, baseline: bool = False, dry_run: bool = False, page: int = 500) -> Fed:
        """Does what time brings: looks at each lead that is due, at each instant that matters up to `now`."""
        until = self._instant(now, "now")
        terms = Terms(until, until, baseline, dry_run)
        fed = Fed()
        touched: set[str] = set()
        after: tuple[int, str] | None = None
        while found := self.store.due(until, page, after):
            touched |= self._forwarder.bring({lead: Work() for _, lead in found}, terms, fed)
            after = found[-1]
        if not dry_run:
            self._forwarder.read_accounts(touched | set(self.store.stale_accounts(10_000)), fed)
        return fed

    def take_over(self, *, baseline: bool = False, dry_run: bool = False, page: int = 500) -> Fed:
        """Brings the leads that another version of the model scored to this one, from their histories.

        Automations take their baseline, but for those with `on_new_version: fire`. Each page of leads is saved whole:
        where this is stopped, it goes on from there when it is called again.
        """
        terms = Terms(self._clock(), None, baseline, dry_run)
        fed = Fed()
        touched: set[str] = set()
        after: str | None = None
        while found := self.store.leads_of_other_models(self.engine.prepared.state_hash, after, page):
            touched |= self._forwarder.bring({lead: Work() for lead in found}, terms, fed)
            after = found[-1]
        if not dry_run:  # with those that a worker left that was ended before it had read them
            self._forwarder.read_accounts(touched | set(self.store.stale_accounts(10_000)), fed)
        return fed

    def merge(self, keep: str, other: str) -> Fed:
        """Makes one lead of two: the history of both, the fields of `keep`.

        Raises `KeyError` for an unknown lead, `ValueError` for a lead and itself, `LateWithoutHistory` where the store
        keeps no history.
        """
        step, accounts = merge(self.engine, self.store, keep, other)
        fed = Fed()
        fed.add(step)
        self._forwarder.tell(step, fed)
        self._forwarder.read_accounts(accounts, fed)
        return fed

    # --- what is there ----------------------------------------------------------------------------------------------

    def lead(self, lead_id: str) -> LeadRow:
        """A lead as it is stored. Raises `KeyError`."""
        return self.store.load([lead_id])[lead_id]

    def score(self, lead_id: str, *, as_of: Moment | None = None, whole: bool = False) -> Result:
        """A lead's result now, or as of an instant; nothing is saved. Raises `KeyError`, `LateWithoutHistory`.

        Ledger and transitions are those since its last look; with `whole`, and a history, all.
        """
        row = self.lead(lead_id)
        when = self._instant(as_of, "as_of")
        if as_of is None:
            when = max(when, row.state_at or when)
        return look_at(self.engine, self.store, row, account_of(self.store, row), when, whole=whole)

    def explain(self, lead_id: str, *, as_of: Moment | None = None) -> Explanation:
        """Why a lead has its scores. Raises `KeyError`."""
        row = self.lead(lead_id)
        account = account_of(self.store, row)
        return explain_lead(self.engine, self.store, row, account, self._instant(as_of, "as_of"))

    def account(self, account_id: str, *, as_of: Moment | None = None) -> AccountResult:
        """An account's roll-ups now. Raises `KeyError`."""
        row = self.store.accounts([account_id])[account_id]
        return score_account(self.engine, self.store, row, self._instant(as_of, "as_of"))[0]

    def explain_account(self, account_id: str, *, as_of: Moment | None = None) -> Explanation:
        """Why an account stands where it does, down to each person's events. Raises `KeyError`."""
        row = self.store.accounts([account_id])[account_id]
        return explain_account(self.engine, self.store, row, self._instant(as_of, "as_of"))

    def results(self, *, as_of: Moment | None = None) -> Iterable[tuple[LeadRow, Result]]:
        """All leads now, by id."""
        for row, look in self._looks(as_of):
            yield row, look()

    def _looks(self, as_of: Moment | None) -> Iterable[tuple[LeadRow, Callable[[], Result]]]:
        """All leads by id, each with what looks at it now."""
        when = self._instant(as_of, "as_of")
        for page in pages_of_leads(self.store):
            rows = self.store.load(page)
            accounts = accounts_of(self.store, rows.values())
            for lead_id in page:
                if lead_id in rows:
                    row = rows[lead_id]
                    account = accounts.get(row.account_id or "")
                    moment = max(when, row.state_at or when)
                    yield row, partial(look_at, self.engine, self.store, row, account, moment)

    def segment(self, name: str, *, as_of: Moment | None = None) -> SegmentNow:
        """The leads of a segment now, and those on which a plugin fails. Raises `KeyError`."""
        segment = self._segments.get(name) or self._segments.setdefault(name, LiveSegment.of(self.engine, name))
        members: list[SegmentMember] = []
        failures: list[Failure] = []
        for row, look in Live(segment.engine, self.store, clock=self._clock)._looks(as_of):
            try:
                member = segment.member(row.lead_id, look())
            except FAILING as error:
                failures.append(failure_of(self.engine.model, row.lead_id, error, kept=self.store.keeps_history))
                continue
            if member is not None:
                members.append(member)
        return segment.now(members, failures)

    def deliver(self, now: Moment | None = None, limit: int = 500) -> outbox.Delivered:
        """Tries each delivery whose time has come, once; see `rules_engine.live.deliver`."""
        return outbox.deliver(self.engine, self.store, self._instant(now, "now"), limit)
