"""Leads scored one after the other by the engine, in plain Python: what small data needs.

Takes a batch, gives its tables. Says exactly what the engine says in-process, as it is the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.batch import tables
from rules_engine.batch.account_table import AccountTable
from rules_engine.batch.sources.data import Record
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.matching.between import ScoringError, of_lead
from rules_engine.matching.calendar import to_datetime
from rules_engine.result.types import Result

if TYPE_CHECKING:
    from rules_engine.batch.score import Batch

CHUNK = 5_000  # leads whose rows are held as Python values at a time


class Postponed(Exception):  # noqa: N818 - what it is, not a fault
    """What `Batch.score_at` raises of a lead that is to be left out now, since it takes more than is at hand."""


def score_leads(
    batch: Batch,
    moments: Mapping[str, int] | None,
    wanted: Wanted,
    accounts: AccountTable | None,
    *,
    next_due: bool,
    advance: Callable[[int], None],
) -> ScoreTables:
    """The tables of all leads, or of those in `moments`, each as of its own instant; `accounts` takes their members."""
    model = batch.model
    scores = _Rows(tables.scores_schema(model, next_due, as_of=wanted.as_of))
    entries, changes = _Rows(tables.ledger_schema()), _Rows(tables.transitions_schema())
    rules, tallies = _Rows(tables.rules_schema()), _Rows(tables.tallies_schema(model))
    looks = [_Rows(tables.snapshots_schema(model)) for _ in wanted.snapshots]
    outcomes: dict[tuple[str, str, str], list[int]] = {}
    count = batch.lead_count if moments is None else len(moments)
    for number, (lead_id, lead, account, events) in enumerate(leads_of(batch, moments), 1):
        moment = batch.as_of if moments is None else moments[lead_id]
        try:
            result = batch.score_at(lead_id, lead, account, events, moment)
        except Postponed:
            continue
        except ScoringError as error:
            raise of_lead(error, lead_id) from error
        row = tables.scores_row(model, result, next_due)
        scores.add(row | {"as_of": moment} if wanted.as_of else row)
        if wanted.ledger:
            entries.extend(tables.ledger_rows(result))
        if wanted.transitions:
            changes.extend(tables.transition_rows(result, batch.last))
        if wanted.rules:
            rules.extend(tables.rules_rows(result))
        if wanted.tallies:
            tallies.add(tables.tallies_row(model, result))
        for at, rows in zip(wanted.snapshots, looks, strict=True):
            rows.add(tables.snapshots_row(model, batch.score_at(lead_id, lead, account, events, at)))
        if wanted.outcomes:
            _count(outcomes, result)
        if accounts is not None:
            accounts.add(number - 1, lead, result)
        if number % CHUNK == 0:
            for rows in (scores, entries, changes, rules, tallies, *looks):
                rows.flush()
        if number % 100 == 0:
            advance(100)
    advance(count % 100)
    counted = [(*rule, *counts) for rule, counts in outcomes.items()]
    return ScoreTables(
        scores=tables.in_points(scores.frame(), tables.exact_columns(model)),
        ledger=tables.in_points(entries.frame(), ["nominal", "effective"]),
        transitions=changes.frame(),
        rules=tables.in_points(rules.frame(), ["effective"]),
        tallies=tallies.frame(),
        snapshots=pl.concat([rows.frame() for rows in looks])
        if looks
        else pl.DataFrame(schema=tables.snapshots_schema(model)),
        outcomes=pl.DataFrame(counted, schema=tables.outcomes_schema(), orient="row"),
    )


def _count(outcomes: dict[tuple[str, str, str], list[int]], result: Result) -> None:
    """Adds a lead's outcomes to those of the population."""
    for name, score in result.scores.items():
        for rule in score.rules:
            counts = outcomes.setdefault((name, rule.rule, rule.kind), [0, 0, 0])
            for place, more in enumerate((rule.fired, rule.not_fired, rule.unknown)):
                counts[place] += more


def leads_of(
    batch: Batch, moments: Mapping[str, int] | None = None
) -> Iterator[tuple[str, Record, Record | None, list[Record]]]:
    """The leads to score, in the order of the data, with the fields of their moment."""
    data = batch.data
    if data.lead_history is None and data.account_history is None:
        yield from (lead for lead in data.leads_iter() if moments is None or lead[0] in moments)
        return
    for lead_id in batch.lead_ids():
        if moments is None or lead_id in moments:
            moment = batch.as_of if moments is None else moments[lead_id]
            yield lead_id, *data.history(lead_id, to_datetime(moment, batch.engine.zone))


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
