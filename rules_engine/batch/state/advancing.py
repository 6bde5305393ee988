"""Leads brought forward from their states, in this process or in several.

A `Stretch` is what a process needs to know of some leads: their data, their states, and what holds for all. What it
cannot do, since it takes the whole history of a lead, it postpones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from rules_engine.batch.account_table import AccountTable, Members
from rules_engine.batch.leads import Postponed, leads_of, score_leads
from rules_engine.batch.score import Batch
from rules_engine.batch.sources.data import Data, Record
from rules_engine.batch.state.file import StateError
from rules_engine.batch.state.kept import Keeping, Kept
from rules_engine.batch.tables import ScoreTables, Wanted, no_tables
from rules_engine.engine import Engine, NeedsHistory, UnreadableState
from rules_engine.records import dataclass
from rules_engine.result.live import LeadState
from rules_engine.result.types import Result

PAST_CHANGED = "events of the past changed"  # why a lead was scored anew


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of leads, up to when (microseconds UTC); `last` is the instant of the last run.

    `parts`: only events of new files are there. `nobodys`: a lead that is new may have a past in other files.
    `tables`: not only what is kept of the leads.
    """

    as_of: int
    last: int | None
    parts: bool
    nobodys: bool
    wanted: Wanted
    next_due: bool
    accounts: bool
    tables: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some leads: their data, their states as bytes, those of whom the past is another now, by id, and those that had
    no state, and of whom the data has all events."""

    asked: Asked
    data: Data
    states: Mapping[str, bytes]
    changed: frozenset[str]
    whole: frozenset[str]


@dataclass(frozen=True, slots=True)
class Advanced:
    """What came of some leads: tables, members of accounts, what is kept of each, why some were scored from their
    history, and which were postponed."""

    tables: ScoreTables
    members: Members
    kept: dict[str, Kept | None]
    anew: dict[str, str]
    postponed: tuple[str, ...]


def bring_forward(
    engine: Engine,
    stretch: Stretch,
    history: Callable[[str], list[Record]] | None,
    advance: Callable[[int], None] = lambda _: None,
) -> Advanced:
    """Scores the leads. `history` gives all events of a lead; without it leads that need it are postponed.

    Raises `StateError`, `InputError`, `ScoringError`.
    """
    asked = stretch.asked
    keeping = Keeping(engine)
    batch = _Advancing(engine, stretch.data, asked.as_of, newest=False, stretch=stretch, past=history, keeping=keeping)
    if not asked.tables:
        batch.begin_all(advance)
        return Advanced(no_tables(engine.model), {}, batch.kept, {}, ())
    accounts = AccountTable(engine, stretch.data, asked.as_of) if asked.accounts else None
    tables = score_leads(batch, None, asked.wanted, accounts, next_due=asked.next_due, advance=advance)
    members = {} if accounts is None else accounts.members
    return Advanced(tables, members, batch.kept, batch.anew, tuple(batch.postponed))


@dataclass(frozen=True, slots=True)
class _Advancing(Batch):
    """A batch whose leads are brought forward. A lead to whom nothing happened keeps its old state."""

    stretch: Stretch
    past: Callable[[str], list[Record]] | None
    keeping: Keeping
    kept: dict[str, Kept | None] = field(default_factory=dict)
    anew: dict[str, str] = field(default_factory=dict)
    postponed: list[str] = field(default_factory=list)

    @property
    def last(self) -> int | None:
        return self.stretch.asked.last

    def begin_all(self, advance: Callable[[int], None]) -> None:
        """What is kept of leads whose whole history is there."""
        for number, (lead_id, lead, account, events) in enumerate(leads_of(self), 1):
            due = [one for one in events if at_of(one) <= self.as_of]
            state, _ = self.engine.rebuild(lead, account, due, as_of=self.as_of, lead_id=lead_id)
            self.kept[lead_id] = self.keeping.of(state)
            if number % 100 == 0:
                advance(100)

    def score_at(self, lead_id: str, lead: Record, account: Record | None, events: list[Record], as_of: int) -> Result:
        """The result of a lead as of the instant of the run."""
        due = [one for one in events if at_of(one) <= as_of]
        self.kept[lead_id], result = self._advanced(lead_id, lead, account, due, as_of)
        return result

    def _advanced(
        self, lead_id: str, lead: Record, account: Record | None, events: list[Record], as_of: int
    ) -> tuple[Kept | None, Result]:
        asked, engine = self.stretch.asked, self.engine
        stored = self.stretch.states.get(lead_id)
        if stored is None:
            if lead_id in self.stretch.changed:
                self.anew[lead_id] = PAST_CHANGED
            elif asked.nobodys and lead_id not in self.stretch.whole:
                events = self._history(lead_id, "new, may have a past")
            state, result = engine.rebuild(lead, account, events, as_of=as_of, lead_id=lead_id)
            return self.keeping.of(state), result
        try:
            state = LeadState.from_bytes(stored)
        except UnreadableState as error:
            raise StateError(f"the state of lead {lead_id} is damaged ({error}); add --rebuild-state.") from error
        if not asked.parts and asked.last is not None:
            events = [one for one in events if at_of(one) > asked.last]
        try:
            state, result = engine.advance(state, events, as_of=as_of, lead=lead, account=account or {})
        except NeedsHistory as needs:
            events = self._history(lead_id, needs.reason)
            state, result = engine.rebuild(lead, account, events, as_of=as_of, lead_id=lead_id)
            return self.keeping.of(state), result
        return self.keeping.of(state, stored), result

    def _history(self, lead_id: str, why: str) -> list[Record]:
        if self.past is None:
            self.postponed.append(lead_id)
            raise Postponed
        self.anew[lead_id] = why
        return self.past(lead_id)


def at_of(event: Mapping[str, object]) -> int:
    """When it happened."""
    at = event["at"]
    assert isinstance(at, int)  # the readers give microseconds
    return at
