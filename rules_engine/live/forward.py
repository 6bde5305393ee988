"""Brings leads of a store forward: steps are made, saved together, and made again where another worker was quicker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from rules_engine.engine import Engine, InputError, PluginError, ScoringError
from rules_engine.live.accounts import read_again
from rules_engine.live.again import ATTEMPTS, always_overtaken, wait
from rules_engine.live.failure import FAILING, Failure, failure_of
from rules_engine.live.fed import Fed, Rejected
from rules_engine.live.incoming import AccountRecord, EventRecord, LeadRecord, Record
from rules_engine.live.look import accounts_of
from rules_engine.live.step import Step, Stepper
from rules_engine.live.store import AT_ONCE, AccountRow, LateWithoutHistory, LeadRow, Store
from rules_engine.plugins import Observers
from rules_engine.records import dataclass

_UNUSABLE = (InputError, ScoringError, LateWithoutHistory)  # what is wrong with records, not with the engine or store


@dataclass(slots=True)
class Work:
    """What came for one lead; nothing, where time alone is to bring it forward."""

    events: list[EventRecord] = field(default_factory=list)
    fields: LeadRecord | None = None

    def tell(self, record: LeadRecord) -> None:
        """Takes in the fields of the lead; of several the last, with the account that one of them named last."""
        if record.account_id is None and self.fields is not None:
            record = replace(record, account_id=self.fields.account_id)
        self.fields = record

    def alone(self) -> list[Work]:
        """One record at a time, the fields first: to find the one that cannot be used."""
        first = [Work(fields=self.fields)] if self.fields is not None else []
        return first + [Work([event]) for event in sorted(self.events, key=lambda one: one.event.at)]

    def and_these(self, others: Sequence[Work]) -> Work:
        """These and further ones."""
        fields = next((one.fields for one in others if one.fields is not None), self.fields)
        return Work([*self.events, *(event for one in others for event in one.events)], fields)

    def records(self) -> list[Record]:
        """The records, the fields first."""
        return [*([self.fields] if self.fields is not None else []), *self.events]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all leads of a call.

    `now` is the present. Time is followed to `until`, where it is given, else to the last event of each lead. With
    `baseline` no automation fires, with `dry_run` nothing is saved. `accounts` stand for those of the store.
    """

    now: int
    until: int | None = None
    baseline: bool = False
    dry_run: bool = False
    accounts: Mapping[str, AccountRow] = field(default_factory=dict)


class Forwarder:
    """Brings the leads of one store forward with one engine, and tells observers of it."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self.engine, self.store = engine, store
        self._observers = Observers(engine.extensions.observers)

    def bring(self, work: Mapping[str, Work], terms: Terms, fed: Fed) -> set[str]:
        """Makes the steps and saves them; those that another worker was quicker with, again. Gives the accounts.

        What was done is added to `fed`.
        """
        touched: set[str] = set()
        pending = dict(work)
        rejected: dict[str, list[Rejected]] = {}
        failures: dict[str, Failure] = {}
        for attempt in range(ATTEMPTS):
            steps = self._steps(pending, rejected, failures, terms)
            saved = set(steps)
            if not terms.dry_run:
                saved -= set(self.store.save([step.change for step in steps.values()]))
            for lead_id in sorted(saved):
                touched |= steps[lead_id].accounts
                fed.add(steps[lead_id])
                if not terms.dry_run:
                    self.tell(steps[lead_id], fed)
            pending = {lead_id: pending[lead_id] for lead_id in steps if lead_id not in saved}
            if not pending:
                fed.rejected += [one for lead_id in sorted(rejected) for one in rejected[lead_id]]
                fed.failures += [failures[lead_id] for lead_id in sorted(failures)]
                return touched
            wait(attempt)
        raise always_overtaken(f"{len(pending)} leads, {min(pending)} among them, cannot be brought forward")

    def tell(self, step: Step, fed: Fed) -> None:
        """Tells observers, after everything is saved; what they raise stops nothing."""
        if not self._observers:
            return
        if step.result is not None:
            _tell(fed, self._observers.scored, step.result)
        for move in step.moves:
            _tell(fed, self._observers.band_changed, step.change.lead.lead_id, move)

    def read_accounts(self, account_ids: Iterable[str], fed: Fed) -> None:
        """Reads the roll-ups of accounts again, as of the newest look at a member of each.

        The leads are saved by now: an account that cannot be read is told in `fed`, and tried again by the next tick.
        """
        if self.engine.model.accounts:
            for account_id in sorted(account_ids):
                try:
                    fed.account_moves += read_again(self.engine, self.store, account_id)
                except _UNUSABLE as error:
                    reason = f"account {account_id} cannot be read: {error}"
                    fed.rejected.append(Rejected(AccountRecord(account_id, {}), reason))
                except PluginError as error:
                    fed.plugin_problems.append(f"account {account_id} cannot be read: {error}")

    # --- steps ------------------------------------------------------------------------------------------------------

    def _steps(
        self,
        work: Mapping[str, Work],
        rejected: dict[str, list[Rejected]],
        failures: dict[str, Failure],
        terms: Terms,
    ) -> dict[str, Step]:
        """The step of each lead; what cannot be used and whom a plugin failed on goes into the dicts, by lead."""
        rows = self.store.load(list(work))
        named = [one.fields.account_id for one in work.values() if one.fields is not None]
        accounts = {**accounts_of(self.store, rows.values(), named), **terms.accounts}
        steps = {}
        for lead_id, one in work.items():
            row = rows.get(lead_id)
            if row is None:
                if not one.records():  # it was merged into another meanwhile
                    continue
                row = LeadRow(lead_id)
            rejected.pop(lead_id, None)  # what an earlier attempt said
            failures.pop(lead_id, None)
            try:
                step, bad = self._usable(row, one, accounts, terms)
            except FAILING as error:
                failures[lead_id] = failure_of(self.engine.model, lead_id, error, kept=self.store.keeps_history)
                step, bad = self._put_off(row, one, accounts, terms, str(failures[lead_id]))
            if bad:
                rejected[lead_id] = bad
            if step is not None:
                steps[lead_id] = step
        return steps

    def _usable(
        self, row: LeadRow, work: Work, accounts: Mapping[str, AccountRow], terms: Terms
    ) -> tuple[Step | None, list[Rejected]]:
        try:
            return self._step(row, work, accounts, terms), []
        except _UNUSABLE as error:
            return self._one_by_one(row, work, accounts, terms, error)

    def _put_off(
        self, row: LeadRow, work: Work, accounts: Mapping[str, AccountRow], terms: Terms, reason: str
    ) -> tuple[Step | None, list[Rejected]]:
        """The step of a lead on which a plugin failed: what came is kept, where a history is, for the next look."""
        if not self.store.keeps_history:
            return None, [Rejected(record, reason) for record in work.records()]
        if row.model_hash is None and row.due == AT_ONCE and not work.records():
            return None, []  # put off already
        stepper, given = self._stepper(row, work, accounts, terms)
        return stepper.put_off(work.events, **given), []

    def _step(self, row: LeadRow, work: Work, accounts: Mapping[str, AccountRow], terms: Terms) -> Step:
        stepper, given = self._stepper(row, work, accounts, terms)
        return stepper.take(work.events, **given, until=terms.until, now=terms.now)

    def _stepper(
        self, row: LeadRow, work: Work, accounts: Mapping[str, AccountRow], terms: Terms
    ) -> tuple[Stepper, dict[str, Any]]:
        """What makes the step of a lead, and what it is to be told beside the events."""
        given = work.fields
        account_id = given.account_id if given is not None and given.account_id is not None else row.account_id
        history = (lambda: self.store.history(row.lead_id)) if self.store.keeps_history else None
        stepper = Stepper(self.engine, row, accounts.get(account_id or ""), history, terms.baseline)
        ids = [record.event.id for record in work.events if record.event.id is not None]
        known = self.store.known_ids(row.lead_id, ids) if ids and row.version else {}
        fields = None if given is None else given.fields
        return stepper, {"known": known, "fields": fields, "account_id": account_id}

    def _one_by_one(
        self, row: LeadRow, work: Work, accounts: Mapping[str, AccountRow], terms: Terms, error: Exception
    ) -> tuple[Step | None, list[Rejected]]:
        """The step without the records that cannot be used, and those; `error` is what all together gave.

        What does not go together is halved: of a thousand records one that cannot be used takes some twenty tries, and
        no more than two for each record where none can.
        """
        if len(work.records()) <= 1:
            records = work.records() or [LeadRecord(row.lead_id, row.fields)]
            return None, [Rejected(record, str(error)) for record in records]
        good, best, bad = Work(), None, list[Rejected]()
        waiting = _halves(work.alone())
        while waiting:
            part = waiting.pop()
            tried = good.and_these(part)
            try:
                best = self._step(row, tried, accounts, terms)
            except _UNUSABLE as problem:
                if len(part) > 1:
                    waiting += _halves(part)
                else:
                    bad += [Rejected(record, str(problem)) for record in part[0].records()]
            else:
                good = tried
        return best, bad


def _halves(records: Sequence[Work]) -> list[Sequence[Work]]:
    """The second half and the first, which is to be taken from the end."""
    middle = len(records) // 2
    return [records[middle:], records[:middle]]


def _tell(fed: Fed, tell: Callable[..., None], *told: object) -> None:
    try:
        tell(*told)
    except PluginError as error:
        fed.plugin_problems.append(str(error))
