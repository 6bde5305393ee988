"""Buckets of leads scored: matched, folded, labelled, as the tables of a batch.

The table of contents of columns: `ColumnScorer(engine).score(bucket, …)` gives for its leads what lead-by-lead scoring
gives, in every number and in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rules_engine.batch import tables
from rules_engine.batch.columns.bucket import Bucket
from rules_engine.batch.columns.labels import Known, add_labels, as_text, prepare_outputs, results_table
from rules_engine.batch.columns.match import MatchedColumns, lead_columns, lead_table, match_columns
from rules_engine.batch.columns.outcomes import rule_counts, rules_frame
from rules_engine.batch.columns.prepare import prepare_columns
from rules_engine.batch.columns.snapshots import early_profiles, snapshots_frame
from rules_engine.batch.columns.table import Table
from rules_engine.batch.fold.accounts import Members, members_of, prepare_account_columns
from rules_engine.batch.fold.folded import Folded
from rules_engine.batch.fold.frames import (
    EventColumns,
    instants,
    ledger_frame,
    score_columns,
    transitions_frame,
)
from rules_engine.batch.fold.run import FoldError, fold_leads, fold_stands
from rules_engine.batch.fold.stands import Stands
from rules_engine.batch.fold.tallies import stage_tallies
from rules_engine.batch.series import array_of, column_of, series_of
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.matching.between import ScoringError, of_lead
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import EventRule, Model
from rules_engine.records import dataclass
from rules_engine.scoring.plan import NONE

Integers = NDArray[np.int64]
Tallies: TypeAlias = dict[str, Callable[[], pl.Series]]  # made when asked for


@dataclass(frozen=True, slots=True)
class Scored:
    """The tables of some leads, coded (see `batch.tables`), and what these add to account scores."""

    model: Model
    coded: ScoreTables
    members: tuple[Members, ...]

    @property
    def tables(self) -> ScoreTables:
        """The tables as a batch gives them."""
        return tables.decoded(self.coded, self.model)


@dataclass(frozen=True, slots=True)
class RestingLeads:
    """Leads to whom nothing happens any more but in their folds: fields (`lead.*`, `account.*`), where their folds
    stand, the gates that hold ([leads, gates]), and tallies with their first and last events (NONE: there is none)."""

    leads: pl.DataFrame
    as_of: Integers
    stands: Stands
    gates: NDArray[np.bool_]
    tallies: Tallies
    first: dict[str, Integers]
    last: dict[str, Integers]


class ColumnScorer:
    """A model made ready for columns."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self._matching = prepare_columns(prepared)
        self._outputs = prepare_outputs(prepared)
        self._accounts = prepare_account_columns(prepared.model, self._matching.leads)
        read = {path for label in self._outputs.labels for path in label.reads}
        stages = {("tally", name) for name, tally in prepared.model.tallies.items() if tally.stage}
        self._labels_read_stages = bool(read & stages)
        counted = {tally.stage for tally in prepared.model.tallies.values() if tally.stage}
        self._staged = np.array(
            [isinstance(item, EventRule) and item.stage in counted for item in prepared.numbering.items], dtype=np.int64
        )

    def score(self, bucket: Bucket, lead_ids: pl.Series, wanted: Wanted, *, threads: int | None = None) -> Scored:
        """Scores the leads of a bucket. Raises `ScoringError`, also where the amounts of a lead pass 64 bits."""
        try:
            return self._score(bucket, lead_ids, wanted, threads)
        except FoldError as error:
            raise of_lead(ScoringError(error.problem), str(lead_ids[error.lead])) from error

    def _score(self, bucket: Bucket, lead_ids: pl.Series, wanted: Wanted, threads: int | None) -> Scored:
        """The same. Raises `ScoringError` and `FoldError`."""
        prepared = self.prepared
        try:
            matched = match_columns(self._matching, bucket, per_lead=wanted.rules)
        except ScoringError as error:
            raise self._of_a_lead(error, bucket, lead_ids) from error
        has_value = matched.has_value & matched.scored[:, None]
        stages = wanted.tallies or self._labels_read_stages
        looks = np.array(wanted.snapshots, dtype=np.int64)
        folded = fold_leads(
            prepared.plan,
            matched.marks,
            bucket.as_of,
            ledger=wanted.ledger or wanted.rules or stages,
            moves=wanted.transitions or len(looks) > 0,
            snapshots=looks,
            early_profiles=early_profiles(self._matching, matched, looks),
            awards_of=None if wanted.ledger or wanted.rules else self._staged,
            threads=threads,
        )
        tallies: Tallies = {name: partial(run.decode, run.final) for name, run in matched.tallies.items()}
        if stages and folded.ledger is not None:
            staged = stage_tallies(prepared, folded.ledger, bucket.as_of)
            tallies |= {name: partial(series_of, values) for name, values in staged.items()}
        columns = score_columns(prepared, folded, has_value)
        earliest = {name: run.earliest for name, run in matched.tallies.items()}
        latest = {name: run.latest for name, run in matched.tallies.items()}
        known = self._known(bucket.as_of, folded, columns, has_value, matched.gates.holds, tallies, earliest, latest)
        labels = self._labels(matched.leads, known, matched.scored)
        head = {"lead_id": lead_ids}
        if wanted.as_of:
            head["as_of"] = instants(bucket.as_of)
        scores = {
            **head,
            "scored": series_of(matched.scored),
            **columns,
            **labels,
            "gates": self._gates(matched.gates.holds, matched.scored),
        }
        found = ScoreTables(
            scores=pl.DataFrame(scores),
            ledger=ledger_frame(prepared, folded.ledger, lead_ids, matched.scored, self._events(matched))
            if wanted.ledger and folded.ledger is not None
            else pl.DataFrame(schema=tables.ledger_schema()),
            transitions=transitions_frame(prepared, folded.moves, lead_ids, has_value)
            if wanted.transitions and folded.moves is not None
            else pl.DataFrame(schema=tables.transitions_schema()),
            rules=rules_frame(self._matching, matched, folded, lead_ids)
            if wanted.rules
            else pl.DataFrame(schema=tables.rules_schema()),
            tallies=_tallies(prepared.model, lead_ids, tallies, matched.scored)
            if wanted.tallies
            else pl.DataFrame(schema=tables.tallies_schema(prepared.model)),
            snapshots=snapshots_frame(prepared, folded, looks, lead_ids, has_value, matched.marks.begin)
            if len(looks)
            else pl.DataFrame(schema=tables.snapshots_schema(prepared.model)),
            outcomes=rule_counts(self._matching, matched),
        )
        return Scored(prepared.model, found, members_of(self._accounts, matched.leads, folded.reading, has_value))

    def _of_a_lead(self, error: ScoringError, bucket: Bucket, lead_ids: pl.Series) -> ScoringError:
        """The error with a lead that has it: columns do not say which one, so that halves are tried again."""
        while bucket.size > 1:
            half = bucket.size // 2
            for first, size in ((0, half), (half, bucket.size - half)):
                part = bucket.part(first, size)
                try:
                    match_columns(self._matching, part)
                except FoldError:
                    continue  # nothing is wrong there with what is looked for
                except ScoringError as again:
                    error, bucket, lead_ids = again, part, lead_ids.slice(first, size)
                    break
            else:
                return error  # it takes several leads
        return of_lead(error, str(lead_ids[0]))

    def _events(self, matched: MatchedColumns) -> EventColumns:
        slots = matched.slots
        names = tuple(kind.name for kind in self._matching.types)
        return EventColumns(slots.first, slots.kind.astype(np.int64), names, _ids(matched))

    def look(self, resting: RestingLeads, lead_ids: pl.Series, *, transitions: bool, tallies: bool) -> Scored:
        """Leads that rest, at their as-of times: the table of scores, and those that are asked for."""
        prepared = self.prepared
        leads, scored, has_value = lead_columns(self._matching, resting.leads, len(resting.as_of))
        has_value = has_value & scored[:, None]
        folded = fold_stands(prepared.plan, resting.stands, resting.as_of, moves=transitions)
        columns = score_columns(prepared, folded, has_value)
        known = self._known(
            resting.as_of, folded, columns, has_value, resting.gates, resting.tallies, resting.first, resting.last
        )
        labels = self._labels(leads, known, scored)
        head = {"lead_id": lead_ids, "scored": series_of(scored)}
        found = ScoreTables(
            scores=pl.DataFrame({**head, **columns, **labels, "gates": self._gates(resting.gates, scored)}),
            ledger=pl.DataFrame(schema=tables.ledger_schema()),
            transitions=transitions_frame(prepared, folded.moves, lead_ids, has_value)
            if folded.moves is not None
            else pl.DataFrame(schema=tables.transitions_schema()),
            rules=pl.DataFrame(schema=tables.rules_schema()),
            tallies=_tallies(prepared.model, lead_ids, resting.tallies, scored)
            if tallies
            else pl.DataFrame(schema=tables.tallies_schema(prepared.model)),
            snapshots=pl.DataFrame(schema=tables.snapshots_schema(prepared.model)),
            outcomes=pl.DataFrame(schema=tables.outcomes_schema()),
        )
        return Scored(prepared.model, found, members_of(self._accounts, leads, folded.reading, has_value))

    def members(self, fields: pl.DataFrame, reading: Integers, has_value: NDArray[np.bool_]) -> tuple[Members, ...]:
        """What leads add to account scores whose readings are known; see `members_of`."""
        return members_of(self._accounts, lead_table(self._matching, fields, len(reading)), reading, has_value)

    @property
    def tallies_read(self) -> frozenset[str]:
        """The tallies whose values labels read."""
        paths = {path for label in self._outputs.labels for path in label.reads if path[0] == "tally"}
        whole = any(len(path) == 1 for path in paths)
        return frozenset(self.prepared.model.tallies if whole else {path[1] for path in paths})

    def _known(
        self,
        as_of: Integers,
        folded: Folded,
        columns: dict[str, pl.Series],
        has_value: NDArray[np.bool_],
        gates: NDArray[np.bool_],
        tallies: Tallies,
        first: dict[str, Integers],
        last: dict[str, Integers],
    ) -> Known:
        """What labels read."""
        model = self.prepared.model
        return Known(
            as_of=as_of,
            readings={name: columns[name] for name in model.scores},
            bands={name: columns[f"{name}_band"] for name, score in model.scores.items() if score.bands},
            last_increase={
                name: partial(_where, has_value[:, s], folded.last_increase[:, s])
                for s, name in enumerate(model.scores)
            },
            gates={gate.gate.name: gates[:, gate.index] for gate in self.prepared.gates},
            tallies=tallies,
            first=first,
            last=last,
        )

    def _labels(self, leads: Table, known: Known, scored: NDArray[np.bool_]) -> dict[str, pl.Series]:
        """The columns of labels, as text."""
        if not self.prepared.model.labels:
            return {}
        values = add_labels(self._outputs, results_table(self._outputs, leads, known), scored)
        return {f"label_{name}": column for name, column in values.items()}

    def _gates(self, holding: NDArray[np.bool_], scored: NDArray[np.bool_]) -> pl.Series:
        """The names of the gates that hold for each lead, in file order."""
        names = pl.Series([gate.gate.name for gate in self.prepared.gates], dtype=pl.String)
        holds = holding & scored[:, None]
        own = np.flatnonzero(holds)  # row by row
        first = np.cumsum(np.bincount(own // max(len(names), 1) + 1, minlength=len(holds) + 1))
        which = names.gather(series_of(own % max(len(names), 1)))
        array = pa.LargeListArray.from_arrays(array_of(first), which.to_arrow())
        return column_of(array)


def _where(known: NDArray[np.bool_], instants: Integers) -> Integers:
    return np.where(known, instants, NONE)


def _ids(matched: MatchedColumns) -> pl.Series | None:
    """The ids of events in their order; None where none has one."""
    slots = matched.slots
    found: list[pl.DataFrame] = []
    for k, (_, rows) in enumerate(sorted(matched.events.items())):
        if rows.ids is not None and rows.ids.null_count() < len(rows.ids):
            own = slots.of_type(k)
            found.append(pl.DataFrame({"slot": own.slots, "id": rows.ids.gather(own.rows)}))
    if not found:
        return None
    ids = pl.Series([None], dtype=pl.String).new_from_index(0, slots.size)
    every = pl.concat(found)
    return ids.scatter(every["slot"], every["id"])


def _tallies(model: Model, lead_ids: pl.Series, values: Tallies, scored: NDArray[np.bool_]) -> pl.DataFrame:
    outside = pl.Series(~scored)
    schema = tables.tallies_schema(model)
    columns = {"lead_id": lead_ids}
    for name, kind in schema.items():
        if name != "lead_id":
            column = values[name]()
            column = as_text(column) if kind == pl.String else column.cast(kind)
            columns[name] = column.set(outside, None)
    return pl.DataFrame(columns, schema=schema)
