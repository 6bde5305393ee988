"""Live leads: an engine and a store.

    live = Live(Engine.load("rulesets/b2b_saas"), open_store("sqlite:leads.db", "b2b_saas"))
    live.feed([{"lead": "ann", "type": "demo_request", "at": "2026-10-03T14:30:00Z", "id": "r1"}])
    live.tick()                     # what time alone brings
    live.deliver()                  # what automations owe

Several workers may do the same with one store at the same time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rules_engine.engine import Engine, InputError, PluginError, ScoringError
from rules_engine.live import deliver as outbox
from rules_engine.live.accounts import AccountMove, explain_account, read_again, score_account
from rules_engine.live.firing import Firing
from rules_engine.live.incoming import AccountRecord, EventRecord, LeadRecord, Record, read_mapping
from rules_engine.live.look import explain_lead, look_at
from rules_engine.live.segments import LiveSegment, SegmentMember
from rules_engine.live.step import Step, Stepper
from rules_engine.live.store import AccountRow, Change, LateWithoutHistory, LeadRow, Store, pages_of_leads
from rules_engine.matching.calendar import format_instant
from rules_engine.plugins import Observers
from rules_engine.result.types import AccountResult, Explanation, Result, Transition

AHEAD = 300 * 1_000_000  # clocks differ: an event may be so many microseconds ahead of ours
_ATTEMPTS = 200  # of one lead against other workers; each wait is random and grows


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that changed nothing, and why."""

    record: Record | Mapping[str, Any]
    reason: str


@dataclass(slots=True)
class Fed:
    """What a call did. `events` counts those that are new, `absorbed` those that were known already.

    `firings` are put into the outbox in the same transaction; `cooled` are (lead, automation, instant) that would have
    fired, but for the cooldown. `moves` are the band changes of leads by id, `plugin_problems` what observers raised.
    """

    leads: int = 0
    events: int = 0
    absorbed: int = 0
    rebuilt: int = 0
    firings: list[Firing] = field(default_factory=list)
    cooled: list[tuple[str, str, int]] = field(default_factory=list)
    moves: list[tuple[str, Transition]] = field(default_factory=list)
    account_moves: list[AccountMove] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    plugin_problems: list[str] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)


@dataclass(slots=True)
class _Work:
    """What came for one lead."""

    events: list[EventRecord] = field(default_factory=list)
    fields: LeadRecord | None = None

    def alone(self) -> list[_Work]:
        """One record at a time, the fields first: to find the one that cannot be used."""
        first = [_Work(fields=self.fields)] if self.fields is not None else []
        return first + [_Work([event]) for event in sorted(self.events, key=lambda one: one.event.at)]

    def records(self) -> list[Record]:
        return [*([self.fields] if self.fields is not None else []), *self.events]


def microseconds_now() -> int:
    """The clock."""
    return time.time_ns() // 1000


class Live:
    """An engine over a store. `clock` gives now in microseconds UTC, for where a call is not told it."""

    def __init__(self, engine: Engine, store: Store, *, clock: Callable[[], int] = microseconds_now) -> None:
        self.engine, self.store, self._clock = engine, store, clock
        self._observers = Observers(engine.extensions.observers)
        self._segments: dict[str, LiveSegment] = {}

    # --- what comes -------------------------------------------------------------------------------------------------

    def feed(
        self,
        records: Iterable[Record | Mapping[str, Any]],
        *,
        now: int | None = None,
        baseline: bool = False,
        dry_run: bool = False,
    ) -> Fed:
        """Takes in events and records of leads and accounts, in any order, and brings their leads forward.

        Records that cannot be used are in `rejected`; the others count. An event more than five minutes after `now` is
        refused: it would stop its lead's clock. With `baseline` nothing fires: what holds now is what the next look
        compares with. With `dry_run` nothing is saved. `results` has the last result of each lead with new events.
        """
        now = self._clock() if now is None else now
        fed = Fed()
        work: dict[str, _Work] = {}
        accounts: dict[str, AccountRecord] = {}
        for given in records:
            try:
                record = read_mapping(self.engine, given) if isinstance(given, Mapping) else given
            except InputError as error:
                fed.rejected.append(Rejected(given, str(error)))
                continue
            if isinstance(record, AccountRecord):
                accounts[record.account_id] = record
            elif isinstance(record, LeadRecord):
                work.setdefault(record.lead_id, _Work()).fields = record
            elif record.event.at > now + AHEAD:
                reason = f"the event is of {format_instant(record.event.at)}, which is after now"
                fed.rejected.append(Rejected(record, reason))
            else:
                work.setdefault(record.lead_id, _Work()).events.append(record)
        for account_id, account in accounts.items():
            if not dry_run:
                self.store.put_account(account_id, account.fields)
        touched = self._bring_forward(work, fed, until=None, baseline=baseline, now=now, dry_run=dry_run)
        if not dry_run:
            members = {lead for account_id in accounts for lead in self.store.members(account_id)} - work.keys()
            if members:
                touched |= self._bring_forward(
                    {lead: _Work() for lead in sorted(members)}, fed, until=None, baseline=baseline, now=now
                )
            self._read_accounts(touched | accounts.keys(), None, fed)
        return fed

    def due(self, now: int | None = None, limit: int = 1000) -> list[str]:
        """The leads for which time alone has changed something, or that were never looked at; found by index."""
        return [lead for _, lead in self.store.due(self._clock() if now is None else now, limit)]

    def tick(self, now: int | None = None, *, baseline: bool = False, dry_run: bool = False, page: int = 500) -> Fed:
        """Does what time brings: looks at each lead that is due, at each instant that matters up to `now`."""
        now = self._clock() if now is None else now
        fed = Fed()
        touched: set[str] = set()
        after: tuple[int, str] | None = None
        while found := self.store.due(now, page, after):
            work = {lead: _Work() for _, lead in found}
            touched |= self._bring_forward(work, fed, until=now, baseline=baseline, now=now, dry_run=dry_run)
            after = found[-1]
        if not dry_run:
            self._read_accounts(touched | set(self.store.stale_accounts(10_000)), None, fed)
        return fed

    def take_over(self, *, baseline: bool = False, dry_run: bool = False, page: int = 500) -> Fed:
        """Brings the leads that another version of the model scored to this one, from their histories.

        Automations take their baseline, but for those with `on_new_version: fire`.
        """
        fed = Fed()
        now = self._clock()
        touched: set[str] = set()
        after: str | None = None
        while found := self.store.leads_of_other_models(self.engine.model.hash, after, page):
            work = {lead: _Work() for lead in found}
            touched |= self._bring_forward(work, fed, until=None, baseline=baseline, now=now, dry_run=dry_run)
            after = found[-1]
        if not dry_run:
            self._read_accounts(touched, None, fed)
        return fed

    def merge(self, keep: str, other: str) -> Fed:
        """Makes one lead of two: the history of both, the fields of `keep`. Raises `KeyError` for an unknown lead."""
        if not self.store.keeps_history:
            raise LateWithoutHistory(keep, "two leads become one by their histories")
        for attempt in range(_ATTEMPTS):
            rows = self.store.load([keep, other])
            row, second = rows[keep], rows[other]
            history = [*self.store.history(keep), *self.store.history(other)]
            newest = max(row.state_at or 0, second.state_at or 0) or None
            fired = {
                name: max(row.fired.get(name, 0), second.fired.get(name, 0)) for name in {**row.fired, **second.fired}
            }
            standing = {
                name: row.standing.get(name, False) or second.standing.get(name, False)
                for name in {**row.standing, **second.standing}
            }
            told = replace(row, state=row.state or b"", state_at=newest, fired=fired, standing=standing)
            tell = Stepper(self.engine, told, self._account(row), lambda: history, anew=True)  # noqa: B023 - used now
            step = tell.take()
            change = replace(step.change, absorbs=(other, second.version))
            if not self.store.save([change]):
                fed = Fed()
                self._count(fed, step)
                self._tell(fed, step)
                self._read_accounts({one for one in (row.account_id, second.account_id) if one}, None, fed)
                return fed
            _wait(attempt)
        raise RuntimeError(f"leads {keep} and {other} changed at each attempt to merge them")

    # --- what is there ----------------------------------------------------------------------------------------------

    def lead(self, lead_id: str) -> LeadRow:
        """A lead as it is stored. Raises `KeyError`."""
        return self.store.load([lead_id])[lead_id]

    def score(self, lead_id: str, *, as_of: int | None = None, whole: bool = False) -> Result:
        """A lead's result now, or as of an instant; nothing is saved. Raises `KeyError`, `LateWithoutHistory`.

        Ledger and transitions are those since its last look; with `whole`, and a history, all.
        """
        row = self.lead(lead_id)
        when = max(self._clock(), row.state_at or 0) if as_of is None else as_of
        return look_at(self.engine, self.store, row, self._account(row), when, whole=whole)

    def explain(self, lead_id: str, *, as_of: int | None = None) -> Explanation:
        """Why a lead has its scores. Raises `KeyError`."""
        row = self.lead(lead_id)
        return explain_lead(self.engine, self.store, row, self._account(row), self._clock() if as_of is None else as_of)

    def account(self, account_id: str, *, as_of: int | None = None) -> AccountResult:
        """An account's roll-ups now. Raises `KeyError`."""
        row = self.store.accounts([account_id])[account_id]
        return score_account(self.engine, self.store, row, self._clock() if as_of is None else as_of)[0]

    def explain_account(self, account_id: str, *, as_of: int | None = None) -> Explanation:
        """Why an account stands where it does, down to each person's events. Raises `KeyError`."""
        row = self.store.accounts([account_id])[account_id]
        return explain_account(self.engine, self.store, row, self._clock() if as_of is None else as_of)

    def results(self, *, as_of: int | None = None) -> Iterable[tuple[LeadRow, Result]]:
        """All leads now, by id."""
        now = self._clock() if as_of is None else as_of
        for page in pages_of_leads(self.store):
            rows = self.store.load(page)
            accounts = self._accounts(rows.values())
            for lead_id in page:
                if lead_id in rows:
                    row = rows[lead_id]
                    account = accounts.get(row.account_id or "")
                    yield row, look_at(self.engine, self.store, row, account, max(now, row.state_at or now))

    def segment(self, name: str, *, as_of: int | None = None) -> tuple[list[SegmentMember], int]:
        """The leads of a segment now, in order, and how many there are before `take`. Raises `KeyError`."""
        segment = self._segments.get(name) or self._segments.setdefault(name, LiveSegment.of(self.engine, name))
        return segment.members(Live(segment.engine, self.store, clock=self._clock).results(as_of=as_of))

    def deliver(self, now: int | None = None, limit: int = 500) -> outbox.Delivered:
        """Tries each delivery whose time has come, once; see `rules_engine.live.deliver`."""
        return outbox.deliver(self.engine, self.store, self._clock() if now is None else now, limit)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _bring_forward(
        self, work: Mapping[str, _Work], fed: Fed, *, until: int | None, baseline: bool, now: int, dry_run: bool = False
    ) -> set[str]:
        """Makes the steps and saves them; those that another worker was quicker with, again. Gives the accounts."""
        touched: set[str] = set()
        pending = dict(work)
        rejected: dict[str, list[Rejected]] = {}
        for attempt in range(_ATTEMPTS):
            steps = self._steps(pending, rejected, until=until, baseline=baseline, now=now)
            saved = set(steps)
            if not dry_run:
                saved -= set(self.store.save([step.change for step in steps.values()]))
            for lead_id in sorted(saved):
                step = steps[lead_id]
                self._count(fed, step)
                touched |= {one for one in (step.change.lead.account_id,) if one is not None}
                if not dry_run:
                    self._tell(fed, step)
            pending = {lead_id: pending[lead_id] for lead_id in steps if lead_id not in saved}
            if not pending:
                fed.rejected += [one for lead_id in sorted(rejected) for one in rejected[lead_id]]
                return touched
            _wait(attempt)
        raise RuntimeError(f"{len(pending)} leads changed at each of {_ATTEMPTS} attempts to bring them forward")

    def _steps(
        self,
        work: Mapping[str, _Work],
        rejected: dict[str, list[Rejected]],
        *,
        until: int | None,
        baseline: bool,
        now: int,
    ) -> dict[str, Step]:
        rows = self.store.load(list(work))
        accounts = self._accounts(
            rows.values(), [one.fields.account_id for one in work.values() if one.fields is not None]
        )
        steps = {}
        for lead_id, one in work.items():
            row = rows.get(lead_id)
            if row is None:
                if not one.records():  # it was merged into another meanwhile
                    continue
                row = LeadRow(lead_id)
            rejected.pop(lead_id, None)  # what an earlier attempt said
            try:
                steps[lead_id] = self._step(row, one, accounts, until=until, baseline=baseline, now=now)
            except (InputError, ScoringError, LateWithoutHistory) as error:
                step, bad = self._one_by_one(row, one, accounts, error, until=until, baseline=baseline, now=now)
                rejected[lead_id] = bad
                if step is not None:
                    steps[lead_id] = step
        return steps

    def _step(
        self,
        row: LeadRow,
        work: _Work,
        accounts: Mapping[str, AccountRow],
        *,
        until: int | None,
        baseline: bool,
        now: int,
    ) -> Step:
        given = work.fields
        account_id = given.account_id if given is not None and given.account_id is not None else row.account_id
        history = (lambda: self.store.history(row.lead_id)) if self.store.keeps_history else None
        stepper = Stepper(self.engine, row, accounts.get(account_id or ""), history, baseline)
        ids = [record.event.id for record in work.events if record.event.id is not None]
        known = self.store.known_ids(row.lead_id, ids) if ids and row.version else {}
        return stepper.take(
            work.events,
            known,
            fields=None if given is None else given.fields,
            account_id=account_id,
            until=until,
            now=now,
        )

    def _one_by_one(
        self,
        row: LeadRow,
        work: _Work,
        accounts: Mapping[str, AccountRow],
        error: Exception,
        *,
        until: int | None,
        baseline: bool,
        now: int,
    ) -> tuple[Step | None, list[Rejected]]:
        """The step without the records that cannot be used, and those."""
        if len(work.records()) <= 1:
            records = work.records() or [LeadRecord(row.lead_id, row.fields)]
            return None, [Rejected(record, str(error)) for record in records]
        good, best, bad = _Work(), None, list[Rejected]()
        for one in work.alone():
            tried = _Work([*good.events, *one.events], one.fields or good.fields)
            try:
                best = self._step(row, tried, accounts, until=until, baseline=baseline, now=now)
            except (InputError, ScoringError, LateWithoutHistory) as problem:
                bad += [Rejected(record, str(problem)) for record in one.records()]
            else:
                good = tried
        return best, bad

    def _count(self, fed: Fed, step: Step) -> None:
        lead_id = step.change.lead.lead_id
        fed.leads += 1
        fed.events += len(step.change.events)
        fed.absorbed += step.absorbed
        fed.rebuilt += step.rebuilt
        fed.firings += step.firings
        fed.cooled += [(lead_id, name, at) for name, at in step.cooled]
        fed.moves += [(lead_id, move) for move in step.moves]
        if step.result is not None and step.change.events:
            fed.results[lead_id] = step.result

    def _tell(self, fed: Fed, step: Step) -> None:
        """Tells observers, after everything is saved; what they raise stops nothing."""
        if not self._observers:
            return
        lead_id = step.change.lead.lead_id
        told: list[Callable[[], None]] = []
        if step.result is not None:
            result = step.result
            told.append(lambda: self._observers.scored(result))
        told += [lambda move=move: self._observers.band_changed(lead_id, move) for move in step.moves]  # type: ignore[misc]
        for tell in told:
            try:
                tell()
            except PluginError as error:
                fed.plugin_problems.append(str(error))

    # --- accounts ---------------------------------------------------------------------------------------------------

    def _account(self, row: LeadRow) -> AccountRow | None:
        return None if row.account_id is None else self.store.accounts([row.account_id]).get(row.account_id)

    def _accounts(self, rows: Iterable[LeadRow], others: Sequence[str | None] = ()) -> dict[str, AccountRow]:
        wanted = {one for one in (*(row.account_id for row in rows), *others) if one is not None}
        return self.store.accounts(wanted) if wanted else {}

    def _read_accounts(self, account_ids: Iterable[str], as_of: int | None, fed: Fed) -> None:
        if not self.engine.model.accounts:
            return
        for account_id in sorted(account_ids):
            fed.account_moves += read_again(self.engine, self.store, account_id, as_of)


def _wait(attempt: int) -> None:
    """A random while, longer each time: workers that met do not meet again."""
    time.sleep(random.uniform(0, min(0.001 * 2**attempt, 0.2)))


__all__ = ["Change", "Fed", "Live", "Rejected", "microseconds_now"]
