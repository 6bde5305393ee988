"""Scores every lead of a data set: opens model and data, scores, gives tables.

Takes a model's path and a mapping's path; gives `ScoreTables` and a `Population`. Small data is scored by the engine,
one lead after the other; large data in columns, with the same numbers (`leads.py`, `columns/`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from rules_engine.batch.account_table import AccountTable
from rules_engine.batch.leads import score_leads
from rules_engine.batch.population import Counting, Population
from rules_engine.batch.problem_lines import no_newest_event, told
from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.batch.sources.data import Data, Record
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.engine import Engine
from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.matching.history import InputError, read_instant
from rules_engine.model.types import Model
from rules_engine.records import dataclass
from rules_engine.result.types import Result

ENOUGH = 60_000  # events from which columns and compiled code pay
EVENTS_PER_LEAD = 4  # what a lead costs by itself, in events


class BatchError(Exception):
    """A batch that cannot be run as asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A model and its data at one as-of time. `newest`: the as-of time is the newest event's."""

    engine: Engine
    data: Data
    as_of: int
    newest: bool

    @property
    def model(self) -> Model:
        return self.engine.model

    @property
    def last(self) -> int | None:
        """Changes of band up to there have been told by an earlier run; None: none have."""
        return None

    @property
    def lead_count(self) -> int:
        return self.data.leads.height

    @property
    def rejected_rows(self) -> int:
        return self.data.counts.rejected_rows

    def score_lead(self, lead_id: str) -> Result | None:
        """The result of one lead, or None where the data has no such lead."""
        try:
            lead, account, events = self.data.history(lead_id, to_datetime(self.as_of, self.engine.zone))
        except KeyError:
            return None
        return self.score_at(lead_id, lead, account, events, self.as_of)

    def lead_ids(self) -> list[str]:
        return self.data.leads["lead_id"].to_list()

    def run(
        self,
        *,
        ledger: bool = False,
        transitions: bool = False,
        next_due: bool = False,
        rules: bool = False,
        tallies: bool = False,
        snapshots: Sequence[int] = (),
        moments: Mapping[str, int] | None = None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> ScoreTables:
        """Scores all leads. `ledger`, `transitions`, `rules` and `tallies` say whether these tables are wanted (else
        they are empty), `snapshots` at which rising instants (microseconds UTC, up to the as-of time) readings and
        bands are; `next_due` whether the scores tell when something can change by time alone, which is slow. `advance`
        is told of leads done.

        With `moments` (microseconds UTC by lead id) only these leads are scored, each as of its own instant, with the
        fields of then where a history is given. The table of scores then has `as_of` in each row, and there are no
        accounts, since members of different instants do not add up. Raises `BatchError` for a lead that the data does
        not have.
        """
        if moments is not None:
            self._know(moments)
        wanted = Wanted(ledger, transitions, rules, tallies, as_of=moments is not None, snapshots=tuple(snapshots))
        chosen = moments or {}
        rows = [row for row, lead_id in enumerate(self.lead_ids()) if moments is None or lead_id in chosen]
        if next_due or not self.in_columns(len(rows)):
            rolls_up = bool(self.model.accounts) and not wanted.as_of
            accounts = AccountTable(self.engine, self.data, self.as_of) if rolls_up else None
            found = score_leads(self, moments, wanted, accounts, next_due=next_due, advance=advance)
            return found if accounts is None else replace(found, accounts=accounts.frame())
        import numpy as np

        from rules_engine.batch.columns.run import score_data  # late: small data needs no compiler

        ids = self.data.leads["lead_id"]
        instants = [self.as_of if moments is None else chosen[ids[row]] for row in rows]
        return score_data(
            self.engine,
            self.data,
            np.array(rows, dtype=np.int64),
            np.array(instants, dtype=np.int64),
            wanted,
            advance,
        )

    def in_columns(self, leads: int) -> bool:
        """Whether there is enough to do for columns and compiled code to pay."""
        return is_large(leads, self.data.event_count)

    def summary(self, done: ScoreTables, *, by: str, top: int) -> Population:
        """Counts and the `top` highest leads by score `by`."""
        counting = Counting(self.model, by, top)
        counting.add(done.scores)
        return counting.population(
            version=self.model.version,
            as_of=self.as_of,
            timezone=self.model.timezone,
            newest=self.newest,
            problems=told(self.data, self.model),
        )

    def _know(self, moments: Mapping[str, int]) -> None:
        unknown = moments.keys() - set(self.lead_ids())
        if unknown:
            raise BatchError(f"the data has no lead {min(unknown)} that a moment is given for.")

    def score_at(self, lead_id: str, lead: Record, account: Record | None, events: list[Record], as_of: int) -> Result:
        """The result of a lead as of an instant."""
        result = self.engine.score(lead, account, events, as_of=as_of, lead_id=lead_id)
        return replace(result, fields=self.data.fields) if self.data.fields != result.fields else result


def open_batch(
    model: Path,
    data: Path | DataMapping,
    *,
    as_of: str | None = None,
    version: int | None = None,
    strict: bool = False,
    rejects: Path | None = None,
    of_lead: str | None = None,
) -> Batch:
    """Loads model and data (a mapping file, or one already loaded); `of_lead` is as in `read_data`.

    Without `as_of` it is the instant of the newest event; a folder gives the version that holds then, unless `version`
    names one.

    Raises `ModelError`, `DataError`, or `BatchError` where there is neither an as-of time nor an event.
    """
    if as_of is not None:
        check_moment(as_of)
    mapping = data if isinstance(data, DataMapping) else load_mapping(data)
    engine = Engine.load(model, as_of=as_of, version=version)
    read = read_data(mapping, engine.model, strict=strict, rejects=rejects, of_lead=of_lead)
    if as_of is not None:
        return Batch(engine, read, read_instant(as_of, engine.zone, "call", "as_of"), newest=False)
    instant = newest_event(read, engine.model.events)
    if version is None and model.is_dir():
        then = Engine.load(model, as_of=format_instant(instant))
        if then.model.hash != engine.model.hash:
            read = read_data(mapping, then.model, strict=strict, rejects=rejects, of_lead=of_lead)
            return Batch(then, read, instant, newest=True)
    return Batch(engine, read, instant, newest=True)


def is_large(leads: int, events: int) -> bool:
    """Whether there is enough to do for columns and compiled code to pay."""
    return events + EVENTS_PER_LEAD * leads > ENOUGH


def check_moment(as_of: str) -> None:
    """Raises `BatchError` for a text that is no moment."""
    try:
        read_instant(as_of, ZoneInfo("UTC"), "call", "as_of")
    except InputError as error:
        raise BatchError(f"as-of time: {error.problem}.") from error


def newest_event(data: Data, declared: Iterable[str]) -> int:
    """The instant of the newest event. `BatchError` if there is none of the declared types."""
    instants = [frame["at"].max() for frame in data.by_type.values() if frame.height]
    if not instants:
        raise BatchError(no_newest_event(data.counts, declared))
    return max(instant for instant in instants if isinstance(instant, int))
