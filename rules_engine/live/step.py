"""One lead, one step: what the store has, and what came, give what the store shall have. No store is touched here.

The lead is looked at, at each instant at which an event of it happened, and at each at which time alone changes a band,
gate, label or automation: these looks are where automations can fire. A model without automations is looked at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from rules_engine.engine import Engine, LeadState, NeedsHistory, UnreadableState
from rules_engine.live.firing import Edges, Firing
from rules_engine.live.incoming import EventRecord
from rules_engine.live.store import AT_ONCE, AccountRow, Change, LateWithoutHistory, LeadRow, StoredEvent
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import events_of
from rules_engine.records import dataclass
from rules_engine.result.types import Result, Transition

MOST_LOOKS = 20_000  # in one step that no event brings: a model that turns oftener is one that never rests


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a lead. `result` is that of the last look, None where there was nothing to look at.

    `absorbed` counts events that were known already, `undeclared` the new ones of each type that the model does not
    declare: they are kept, but do not count. `problems` are those of the new events. `rebuilt` says that the whole
    history had to be told, `put_off` that what came is kept for a later step. `accounts` are that of the lead and the
    one that it left.
    """

    change: Change
    result: Result | None
    firings: tuple[Firing, ...] = ()
    cooled: tuple[tuple[str, int], ...] = ()
    moves: tuple[Transition, ...] = ()
    absorbed: int = 0
    rebuilt: bool = False
    undeclared: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    put_off: bool = False
    accounts: frozenset[str] = frozenset()


@dataclass(slots=True)
class Stepper:
    """Brings one lead forward. `history` gives its kept events, None where the store keeps none."""

    engine: Engine
    row: LeadRow
    account: AccountRow | None
    history: Callable[[], Sequence[StoredEvent]] | None
    baseline: bool = False
    anew: bool = False  # the whole history is to be told, though nothing of it is late
    _moves: list[Transition] = field(default_factory=list)
    _rebuilt: bool = False
    _known: int = AT_ONCE  # up to here another version had told what time brings: what this one sees there is baseline

    def take(
        self,
        records: Sequence[EventRecord] = (),
        known: Mapping[str, Sequence[StoredEvent]] | None = None,
        *,
        fields: Mapping[str, Any] | None = None,
        account_id: str | None = None,
        until: int | None = None,
        now: int | None = None,
    ) -> Step:
        """The step that new events, new fields, or time up to `until` make.

        `now` is for baselines: of a lead to which nothing has happened, and of one that another version has told, what
        holds then is known.

        Raises `InputError` and `ScoringError` as the engine does, and `LateWithoutHistory`.
        """
        row = self._told(fields, account_id)
        before = None if self.row.state is None or self.row.state_at is None else readable(self.row.state)
        events, absorbed = self._unknown(records, known or {}, before)
        counted = [record.event for record in events if record.declared]
        edges = Edges(self.engine.model, row.lead_id, dict(row.standing), dict(row.fired))
        old = (self.row.fields, self.row.account_id, self.row.account_seen)
        changed = old != (row.fields, row.account_id, self._account_number())
        state, result, later = self._present(row, before, counted, edges, changed=changed, now=now)
        silent = self._silent(new_version=False)
        stepwise = bool(self.engine.model.automations)
        for instant, group in groupby(later, attrgetter("at")) if stepwise else _all_at_once(later):
            if stepwise:
                state, result = self._wait(state, result, instant, edges)
            state, result = self.engine.advance(state, [event.body for event in group], as_of=instant)
            self._moves += result.transitions
            edges.look(result, silent)
        if until is not None:
            if state.at is None:
                state, result = self.engine.advance(state, as_of=until)
                edges.look(result, silent)
            state, result = self._wait(state, result, until + 1, edges)
        elif stepwise:
            state, result = self._wait(state, result, self._known, edges)
        due = row.due if result is None else result.next_due
        if state.at is None:
            due = AT_ONCE
            if self.baseline and now is not None:
                edges.look(self.engine.advance(state, as_of=now)[1], silent)
        outbox = [delivery for firing in edges.firings for delivery in firing.deliveries()]
        change = Change(self._saved(row, state, result, due, edges), [record.event for record in events], outbox)
        return Step(
            change,
            result,
            tuple(edges.firings),
            tuple(edges.cooled),
            tuple(self._moves),
            absorbed,
            self._rebuilt,
            _undeclared(events),
            _problems(events),
            accounts=self._accounts(row),
        )

    def put_off(
        self,
        records: Sequence[EventRecord] = (),
        known: Mapping[str, Sequence[StoredEvent]] | None = None,
        *,
        fields: Mapping[str, Any] | None = None,
        account_id: str | None = None,
    ) -> Step:
        """The step that keeps new events and fields for the next one, which tells the lead anew from its history."""
        events, absorbed = self._unknown(records, known or {}, None)
        row = replace(self._told(fields, account_id), model_hash=None, due=AT_ONCE)
        change = Change(row, [record.event for record in events])
        return Step(
            change,
            None,
            absorbed=absorbed,
            undeclared=_undeclared(events),
            problems=_problems(events),
            put_off=True,
            accounts=self._accounts(row),
        )

    def _told(self, fields: Mapping[str, Any] | None, account_id: str | None) -> LeadRow:
        """The row with the fields and the account that came."""
        return replace(
            self.row,
            fields=self.row.fields if fields is None else fields,
            account_id=self.row.account_id if account_id is None else account_id,
        )

    def _saved(self, row: LeadRow, state: LeadState, result: Result | None, due: int | None, edges: Edges) -> LeadRow:
        """The row as the store shall have it."""
        return replace(
            row,
            state=state.to_bytes(),
            state_at=state.at,
            model_version=state.version,
            model_hash=state.model_hash,
            due=due,
            standing=edges.standing,
            fired=edges.fired,
            bands=row.bands if result is None else bands_of(result),
            account_seen=self._account_number(),
        )

    # --- what is there already --------------------------------------------------------------------------------------

    def _present(
        self,
        row: LeadRow,
        before: LeadState | None,
        events: Sequence[StoredEvent],
        edges: Edges,
        *,
        changed: bool,
        now: int | None,
    ) -> tuple[LeadState, Result | None, list[StoredEvent]]:
        """The state as of the instant that is stored, with today's fields and all that belongs before it.

        The events are those after it that are to come. `before` is the stored state, where it can be read.
        """
        account = self.account.fields if self.account is not None else {}
        if row.state is None or row.state_at is None:
            untold = self._untold(row)
            self._rebuilt = bool(untold)
            told = sorted([*untold, *events], key=attrgetter("at"))
            return self.engine.start(row.fields, account, lead_id=row.lead_id), None, told
        at = row.state_at
        put_off = row.model_hash is None
        other = (row.model_hash or (before and before.model_hash)) != self._hash
        late = [event for event in events if event.at <= at]
        later = [event for event in events if event.at > at]
        if before is not None and not (other or put_off or self.anew):
            if not (late or changed):
                return before, None, later
            if self.history is None or not late:  # by a history, nothing is late only because it comes twice
                try:
                    given = [event.body for event in late]
                    state, result = self.engine.advance(
                        before, given, as_of=at, lead=row.fields, account=account, keep_past=self.history is None
                    )
                except NeedsHistory as needs:
                    if self.history is None:
                        raise LateWithoutHistory(row.lead_id, _why(needs, at)) from None
                else:
                    self._look(result, edges, row, other=False)
                    return state, result, later
        if self.history is None:
            raise LateWithoutHistory(row.lead_id, "it was scored by another version of the model or the engine")
        past = self.history()
        bodies = [event.body for event in [*past, *late] if event.at <= at]
        # An event of a type that was not declared before, or that was put off, did not bring the lead forward yet.
        later += [event for event in past if event.at > at and event.type in self.engine.model.events]
        state, result = self.engine.rebuild(row.fields, account, bodies, as_of=at, lead_id=row.lead_id)
        self._rebuilt = True
        if other and now is not None:
            self._known = now + 1 if row.due is None else min(row.due, now + 1)
        self._look(result, edges, row, other=other)
        return state, result, sorted(later, key=attrgetter("at"))

    @property
    def _hash(self) -> str:
        return self.engine.prepared.state_hash

    def _untold(self, row: LeadRow) -> list[StoredEvent]:
        """The kept events that count by now of a lead to which nothing that counted had happened."""
        if row.version == 0 or self.history is None or (row.model_hash == self._hash and not self.anew):
            return []
        return [event for event in self.history() if event.type in self.engine.model.events]

    def _look(self, result: Result, edges: Edges, row: LeadRow, *, other: bool) -> None:
        """The look at the stored instant itself: what is another now than it was told to be."""
        edges.look(result, self._silent(new_version=other))
        for name, band in bands_of(result).items():
            before = row.bands.get(name)
            if before is not None and before != band and not other:
                causes = [move.cause for move in result.transitions if move.score == name and move.after == band]
                cause = causes[-1] if self._rebuilt and causes else "fields"
                self._moves.append(Transition(name, result.as_of, before, band, cause))

    def _unknown(
        self,
        records: Sequence[EventRecord],
        known: Mapping[str, Sequence[StoredEvent]],
        before: LeadState | None,
    ) -> tuple[list[EventRecord], int]:
        """The records in order of time, without those whose id an event has that counts instead of them.

        Where no history is kept, the stored state, `before`, has the ids.
        """
        kept: list[EventRecord] = []
        declared = self.engine.model.events
        has_ids = before if self.history is None else None
        first: dict[tuple[str, bool], StoredEvent] = {}
        for name, events in known.items():
            for event in events:
                self._counts(event, first, (name, event.type in declared))
        for record in sorted(records, key=lambda one: (one.event.at, one.event.type, one.event.id or "")):
            event = record.event
            if event.id is not None:
                if has_ids is not None and record.declared and has_ids.knows(event.id, event.at):
                    continue
                if not self._counts(event, first, (event.id, record.declared)):
                    continue
            kept.append(record)
        return kept, len(records) - len(kept)

    def _counts(
        self, event: StoredEvent, first: dict[tuple[str, bool], StoredEvent], identity: tuple[str, bool]
    ) -> bool:
        """Whether an event is the first of its id, in the order of the language; then `first` has it."""
        other = first.setdefault(identity, event)
        if other is not event:
            if event.at > other.at or event.body == other.body:
                return False
            if event.at == other.at:
                both = self.engine.prepared.reader.rows([other.body, event.body], event.at, [])
                if not both or events_of(both)[0].position == 1:
                    return False
            first[identity] = event
        return True

    def _wait(
        self, state: LeadState, result: Result | None, before: int, edges: Edges
    ) -> tuple[LeadState, Result | None]:
        """Looks at each instant before one at which time alone changes something."""
        for _ in range(MOST_LOOKS):
            due = self.row.due if result is None else result.due_before(before)
            if due is None or state.at is None or not state.at < due < before:
                break
            state, result = self.engine.advance(state, as_of=due)
            self._moves += result.transitions
            edges.look(result, self._silent(new_version=due < self._known))
        return state, result

    def _silent(self, *, new_version: bool) -> dict[str, bool]:
        """Which automations only take their baseline at a look."""
        return {
            name: self.baseline or (new_version and automation.on_new_version == "baseline")
            for name, automation in self.engine.model.automations.items()
        }

    def _accounts(self, row: LeadRow) -> frozenset[str]:
        return frozenset(one for one in (self.row.account_id, row.account_id) if one is not None)

    def _account_number(self) -> int:
        return self.account.fields_number if self.account is not None else 0


def _why(needs: NeedsHistory, at: int) -> str:
    if needs.event is not None:
        late = f"its event {needs.event.type} of {format_instant(needs.event.at)} comes late"
        return f"{late}, the lead was scored as of {format_instant(at)}"
    return f"{', '.join(needs.fields)} changed, and the lead's past depends on it"


def readable(state: bytes) -> LeadState | None:
    """The state, None where the bytes are of another layout: an earlier release of the engine wrote them."""
    try:
        return LeadState.from_bytes(state)
    except UnreadableState:
        return None


def _undeclared(records: Sequence[EventRecord]) -> Counter[str]:
    return Counter(record.event.type for record in records if not record.declared)


def _problems(records: Sequence[EventRecord]) -> tuple[Problem, ...]:
    return tuple(problem for record in records for problem in record.problems)


def bands_of(result: Result) -> dict[str, str]:
    """The band of each score that has one."""
    return {name: score.band for name, score in result.scores.items() if score.band is not None}


def _all_at_once(events: Sequence[StoredEvent]) -> list[tuple[int, Sequence[StoredEvent]]]:
    return [(events[-1].at, events)] if events else []
