"""Scores every lead of a data set: opens model and data, folds lead by lead, gives tables.

Takes a model's path and a mapping's path; gives `ScoreTables` and a `Population`. One engine scores one lead after the
other, so a batch says exactly what the engine says in-process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from rules_engine.batch import tables
from rules_engine.batch.account_table import AccountTable
from rules_engine.batch.population import Population, band_counts, label_counts, ranked
from rules_engine.batch.problem_lines import problem_lines
from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.batch.sources.data import Data, Record
from rules_engine.batch.tables import ScoreTables
from rules_engine.engine import Engine
from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.matching.history import InputError, read_instant
from rules_engine.model.types import Model
from rules_engine.result.types import Result

CHUNK = 5_000  # leads whose rows are held as Python values at a time


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
        return self._score(lead_id, lead, account, events)

    def lead_ids(self) -> list[str]:
        return self.data.leads["lead_id"].to_list()

    def run(
        self,
        *,
        ledger: bool = False,
        transitions: bool = False,
        next_due: bool = False,
        rules: bool = False,
        moments: Mapping[str, int] | None = None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> ScoreTables:
        """Scores all leads. `ledger`, `transitions` and `rules` say whether these tables are wanted (else they are
        empty), `next_due` whether the scores tell when something can change by time alone. `advance` is told of leads
        done.

        With `moments` (microseconds UTC by lead id) only these leads are scored, each as of its own instant, with the
        fields of then where a history is given. The table of scores then has `as_of` in each row, and there are no
        accounts, since members of different instants do not add up. Raises `BatchError` for a lead that the data does
        not have.
        """
        model = self.model
        if moments is not None:
            self._know(moments)
        scores = _Rows(tables.scores_schema(model, next_due, as_of=moments is not None))
        entries = _Rows(tables.ledger_schema())
        changes = _Rows(tables.transitions_schema())
        outcomes = _Rows(tables.rules_schema())
        roll_up = bool(model.accounts) and moments is None
        accounts = AccountTable(self.engine, self.data, self.as_of)
        count = self.lead_count if moments is None else len(moments)
        for number, (lead_id, lead, account, events) in enumerate(self._leads(moments), 1):
            result = self._score(lead_id, lead, account, events, None if moments is None else moments[lead_id])
            row = tables.scores_row(model, result, next_due)
            if moments is not None:
                row["as_of"] = result.as_of
            scores.add(row)
            if ledger:
                entries.extend(tables.ledger_rows(result))
            if transitions:
                changes.extend(tables.transition_rows(result))
            if rules:
                outcomes.extend(tables.rules_rows(result))
            if roll_up:
                accounts.add(number - 1, lead, result)
            if number % CHUNK == 0:
                for rows in (scores, entries, changes, outcomes):
                    rows.flush()
            if number % 100 == 0:
                advance(100)
        advance(count % 100)
        return ScoreTables(
            tables.in_points(scores.frame(), tables.exact_columns(model)),
            tables.in_points(entries.frame(), ["nominal", "effective"]),
            changes.frame(),
            accounts.frame() if roll_up else None,
            tables.in_points(outcomes.frame(), ["effective"]),
        )

    def summary(self, done: ScoreTables, *, by: str, top: int) -> Population:
        """Counts and the `top` highest leads by score `by`."""
        return Population(
            model=self.model.name,
            version=self.model.version,
            as_of=self.as_of,
            timezone=self.model.timezone,
            newest=self.newest,
            leads=self.lead_count,
            not_scored=int((~done.scores["scored"]).sum()),
            bands=band_counts(self.model, done.scores),
            labels=label_counts(self.model, done.scores),
            by=by,
            ranked=ranked(done.scores, by, top),
            problems=(*problem_lines(self.data.counts), *(finding.message for finding in self.data.findings)),
        )

    def _know(self, moments: Mapping[str, int]) -> None:
        unknown = moments.keys() - set(self.lead_ids())
        if unknown:
            raise BatchError(f"the data has no lead {min(unknown)} that a moment is given for.")

    def _leads(self, moments: Mapping[str, int] | None) -> Iterator[tuple[str, Record, Record | None, list[Record]]]:
        """The leads to score, in the order of the data, with the fields of their moment."""
        if self.data.lead_history is None and self.data.account_history is None:
            yield from (lead for lead in self.data.leads_iter() if moments is None or lead[0] in moments)
            return
        for lead_id in self.lead_ids():
            if moments is None or lead_id in moments:
                moment = self.as_of if moments is None else moments[lead_id]
                yield lead_id, *self.data.history(lead_id, to_datetime(moment, self.engine.zone))

    def _score(
        self, lead_id: str, lead: Record, account: Record | None, events: list[Record], as_of: int | None = None
    ) -> Result:
        instant = self.as_of if as_of is None else as_of
        result = self.engine.score(lead, account, events, as_of=instant, lead_id=lead_id)
        return replace(result, fields=self.data.fields) if self.data.fields != result.fields else result


def open_batch(
    model: Path,
    data: Path | DataMapping,
    *,
    as_of: str | None = None,
    version: int | None = None,
    strict: bool = False,
    rejects: Path | None = None,
) -> Batch:
    """Loads model and data (a mapping file, or one already loaded).

    Without `as_of` it is the instant of the newest event; a folder gives the version that holds then, unless `version`
    names one.

    Raises `ModelError`, `DataError`, or `BatchError` where there is neither an as-of time nor an event.
    """
    if as_of is not None:
        _check_moment(as_of)
    mapping = data if isinstance(data, DataMapping) else load_mapping(data)
    engine = Engine.load(model, as_of=as_of, version=version)
    read = read_data(mapping, engine.model, strict=strict, rejects=rejects)
    if as_of is not None:
        return Batch(engine, read, read_instant(as_of, engine.zone, "call", "as_of"), newest=False)
    instant = newest_event(read)
    if version is None and model.is_dir():
        then = Engine.load(model, as_of=format_instant(instant))
        if then.model.hash != engine.model.hash:
            return Batch(then, read_data(mapping, then.model, strict=strict, rejects=rejects), instant, newest=True)
    return Batch(engine, read, instant, newest=True)


def _check_moment(as_of: str) -> None:
    try:
        read_instant(as_of, ZoneInfo("UTC"), "call", "as_of")
    except InputError as error:
        raise BatchError(f"as-of time: {error.problem}.") from error


def newest_event(data: Data) -> int:
    """The instant of the newest event. `BatchError` if there is none."""
    instants = [frame["at"].max() for frame in data.by_type.values() if frame.height]
    if not instants:
        raise BatchError("the data has no events, so there is no newest one to take the time from; give --as-of.")
    return max(instant for instant in instants if isinstance(instant, int))


class _Rows:
    """Rows on their way to a frame; `flush` turns those at hand into columns."""

    def __init__(self, schema: dict[str, pl.DataType]) -> None:
        self._schema = schema
        self._rows: list[object] = []
        self._frames: list[pl.DataFrame] = [pl.DataFrame(schema=schema)]

    def add(self, row: object) -> None:
        self._rows.append(row)

    def extend(self, rows: Iterable[object]) -> None:
        self._rows.extend(rows)

    def flush(self) -> None:
        if self._rows:
            self._frames.append(pl.DataFrame(self._rows, schema=self._schema, orient="row"))
            self._rows = []

    def frame(self) -> pl.DataFrame:
        self.flush()
        return pl.concat(self._frames)
