"""Standing rules and state gates: their values at the beginning, and the rows at which these change.

A tally changes at some instants; a rule that reads it is evaluated for those rows alone, and most of them have one of
a few values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import change_pass
from rules_engine.batch.columns.conditions import BEYOND, FALSE, MISSING, POINTS_BEYOND, TRUE, UNKNOWN, Verdicts
from rules_engine.batch.columns.counted import Counted
from rules_engine.batch.columns.distinct import Indexes
from rules_engine.batch.columns.prepare import ColumnModel, StandingColumns
from rules_engine.batch.columns.table import Table
from rules_engine.batch.columns.tallies import TallyRun
from rules_engine.matching.between import beyond_points
from rules_engine.model.types import FixedPoints
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR, NONE

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)
NOTHING: Integers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Steps:
    """How a value goes: per lead the first one, and rows at which it becomes another: what it was and what it is."""

    initial: Integers
    lead: Integers | Indexes
    at: Integers
    before: Integers
    value: Integers


@dataclass(frozen=True, slots=True)
class StandingRun:
    """A standing rule over time, and its amount and outcome at the as-of time.

    `undated` is what it would add before any event if it had no dates.
    """

    steps: Steps
    amount: Integers
    outcome: Verdicts
    undated: Integers


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows after the beginnings of leads, by lead and instant; those of lead l are `first[l]` to `first[l + 1]`."""

    first: Integers
    lead: Indexes
    at: Integers
    table: Table
    some: Integers  # the leads that have rows

    def steps(self, initial: Integers, value: Integers) -> Steps:
        """How something goes that has a value at the beginning of each lead and one at each row."""
        before = np.empty_like(value)
        before[1:] = value[:-1]
        firsts = self.first[:-1][self.some]
        before[firsts] = initial[self.some]
        moved = np.flatnonzero(value != before)
        return Steps(initial, self.lead[moved], self.at[moved], before[moved], value[moved])

    def last(self, initial: NDArray[Number], value: NDArray[Number]) -> NDArray[Number]:
        """The last value of each lead."""
        found = initial.copy()
        found[self.some] = value[self.first[1:][self.some] - 1]
        return found


@dataclass(slots=True)
class Timelines:
    """The beginnings of leads, and rows at which sets of tallies change: made once for all rules that read the same.

    `counted` has tables of the values of tallies, with what was found out about these for earlier leads.
    """

    leads: Table
    begin: Integers
    as_of: Integers
    tallies: Mapping[str, TallyRun]
    counted: Counted
    _made: dict[tuple[frozenset[str], tuple[int, ...]], Rows] = field(default_factory=dict)

    def beginning(self, names: frozenset[str]) -> Table:
        """A row for each lead, with `tally.*` as they are before any event."""
        if not names:
            return self.leads
        runs = {name: self.tallies[name] for name in sorted(names)}
        same = {f"tally.{name}": run.decode(np.array([run.empty])) for name, run in runs.items()}
        one = self.counted.before(same) if all(run.empty == 0 for run in runs.values()) else None
        return Table(self.leads.height, {}, self.leads, same=same, one=one)

    def rows(self, names: frozenset[str], dates: tuple[int, ...]) -> Rows:
        """Rows with `tally.*` at which one of these changes, or at which a date lies."""
        key = (names, dates)
        if key not in self._made:
            self._made[key] = self._rows(sorted(names), dates)
        return self._made[key]

    def _rows(self, names: list[str], dates: tuple[int, ...]) -> Rows:
        runs = [self.tallies[name] for name in names]
        if len(runs) == 1 and not dates:
            first, at, values = runs[0].changes_first, runs[0].changes_at, [runs[0].changes]
            lead = np.repeat(np.arange(len(self.begin), dtype=np.int32), np.diff(first))
        else:
            first, lead, at, values = self._merged(runs, dates)
        table = Table(len(lead), {}, self.leads, lead)
        for name, run, own in zip(names, runs, values, strict=True):
            path = f"tally.{name}"
            table.add(path, partial(run.decode, own))
            if run.counts:
                table.code(path, own.astype(np.int32), self.counted.values(path, int(own.max(initial=0))))
        return Rows(first, lead, at, table, np.flatnonzero(first[1:] > first[:-1]))

    def _merged(
        self, runs: list[TallyRun], dates: tuple[int, ...]
    ) -> tuple[Integers, Indexes, Integers, list[Integers]]:
        """Where the rows of each lead begin, their leads, instants, and values of each tally."""
        offsets = np.cumsum([0, *(len(run.changes) for run in runs)])
        firsts = [(run.changes_first + offset)[None] for run, offset in zip(runs, offsets, strict=False)]
        room = len(self.begin) * len(dates) + int(offsets[-1])
        first = np.empty(len(self.begin) + 1, dtype=np.int64)
        lead, at = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int64)
        values = np.empty((len(runs), room), dtype=np.int64)
        change_pass.merged(
            self.begin,
            self.as_of,
            np.concatenate([np.zeros((0, len(self.begin) + 1), dtype=np.int64), *firsts]),
            np.concatenate([NOTHING, *(run.changes_at for run in runs)]),
            np.concatenate([NOTHING, *(run.changes for run in runs)]),
            np.array([run.empty for run in runs], dtype=np.int64),
            np.array(sorted(dates), dtype=np.int64),
            np.empty(len(runs), dtype=np.int64),
            first,
            lead,
            at,
            values,
        )
        made = int(first[-1])
        return first, lead[:made], at[:made], [own[:made] for own in values]


def run_standing(model: ColumnModel, rule: StandingColumns, lines: Timelines, scored: Booleans) -> StandingRun:
    """One rule over time. Raises `ScoringError` where points of a lead that is scored are beyond the limit."""
    prepared = rule.prepared
    starts, ends = prepared.rule.starts, prepared.rule.ends
    dates = tuple(moment for moment in (starts, ends) if moment is not None)
    beginning = lines.beginning(prepared.tallies)

    def inside(at: Integers) -> Booleans | None:
        return (at >= (NONE if starts is None else starts)) & (at < (FAR if ends is None else ends)) if dates else None

    initial, outcome = _values(model, rule, beginning, scored, inside(lines.begin))
    if not prepared.tallies and not dates:
        return StandingRun(Steps(initial, NOTHING, NOTHING, NOTHING, NOTHING), initial, outcome, initial)
    rows = lines.rows(prepared.tallies, dates)
    later, outcomes = _values(model, rule, rows.table, scored, inside(rows.at))
    undated = _values(model, rule, beginning, np.zeros_like(scored), None)[0] if dates else initial
    return StandingRun(rows.steps(initial, later), rows.last(initial, later), rows.last(outcome, outcomes), undated)


def _values(
    model: ColumnModel, rule: StandingColumns, table: Table, scored: Booleans, inside: Booleans | None
) -> tuple[Integers, Verdicts]:
    """What the rule adds at each row, and its outcome; outside of its dates nothing. `scored` is per lead."""
    points, otherwise = rule.prepared.rule.points, rule.prepared.rule.otherwise
    fixed = np.zeros(3, dtype=np.int64)  # by outcome
    for wanted, given in ((TRUE, points), (FALSE, otherwise)):
        fixed[wanted] = given.amount if isinstance(given, FixedPoints) else 0
    if rule.when is None:
        outcome = np.full(table.height, TRUE, dtype=np.uint8)
    else:
        few = rule.when.few(table)
        outcome = few.rows()
        if inside is None and isinstance(points, FixedPoints) and isinstance(otherwise, FixedPoints | None):
            return few.of_rows(fixed[few.outcomes]), outcome
    if inside is not None:
        outcome = np.where(inside, outcome, FALSE)
    amount = fixed[outcome]
    verdict = outcome
    for wanted, given, formula in ((TRUE, points, rule.points), (FALSE, otherwise, rule.otherwise)):
        if formula is None or isinstance(given, FixedPoints):
            continue
        rows = verdict == wanted if inside is None else (verdict == wanted) & inside
        if not rows.any():
            continue
        found = formula(table)
        if (found.state == BEYOND).any():
            own = scored if table.row_of_parent is None else scored[table.row_of_parent]
            if (rows & own & (found.state == BEYOND)).any():
                raise beyond_points(model.prepared, rule.prepared.score, rule.prepared.rule.name, POINTS_BEYOND)
        missing = found.state == MISSING
        amount = np.where(rows & ~missing, found.micropoints, amount)
        outcome = np.where(rows & missing, np.uint8(UNKNOWN), outcome)
    if inside is not None:
        amount[~inside] = 0
    return amount, outcome
