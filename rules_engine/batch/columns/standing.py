"""Standing rules and state gates: their values at the beginning, and the rows at which these change.

A tally changes at some instants; a rule that reads it is evaluated for those rows alone, and most of them have one of
a few values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import passes
from rules_engine.batch.columns.conditions import BEYOND, FALSE, MISSING, POINTS_BEYOND, TRUE, UNKNOWN, Verdicts
from rules_engine.batch.columns.prepare import ColumnModel, StandingColumns
from rules_engine.batch.columns.table import Table
from rules_engine.batch.columns.tallies import TallyRun
from rules_engine.matching.between import beyond_points
from rules_engine.model.types import FixedPoints
from rules_engine.scoring.plan import FAR, NONE

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
NOTHING: Integers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Steps:
    """How a value goes: per lead the first one, and rows (lead, instant, value) at which it becomes another."""

    initial: Integers
    lead: Integers
    at: Integers
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


@dataclass(slots=True)
class Timelines:
    """Rows at which sets of tallies change: made once for all rules that read the same."""

    leads: Table
    begin: Integers
    as_of: Integers
    tallies: Mapping[str, TallyRun]
    _made: dict[tuple[frozenset[str], tuple[int, ...]], tuple[Integers, Integers, Integers, Table]] = field(
        default_factory=dict
    )

    def rows(self, names: frozenset[str], dates: tuple[int, ...]) -> tuple[Integers, Integers, Integers, Table]:
        """(first row of each lead, lead, instant, table with `tally.*`); a lead's first row is its beginning."""
        key = (names, dates)
        if key not in self._made:
            self._made[key] = self._rows(sorted(names), dates)
        return self._made[key]

    def _rows(self, names: list[str], dates: tuple[int, ...]) -> tuple[Integers, Integers, Integers, Table]:
        runs = [self.tallies[name] for name in names]
        offsets = np.cumsum([0, *(len(run.changes) for run in runs)])
        firsts = [(run.changes_first + offset)[None] for run, offset in zip(runs, offsets, strict=False)]
        first, lead, at, values = passes.merged(
            self.begin,
            self.as_of,
            np.concatenate([np.zeros((0, len(self.begin) + 1), dtype=np.int64), *firsts]),
            np.concatenate([NOTHING, *(run.changes_at for run in runs)]),
            np.concatenate([NOTHING, *(run.changes for run in runs)]),
            np.array([run.empty for run in runs], dtype=np.int64),
            np.array(sorted(dates), dtype=np.int64),
        )
        columns = {
            f"tally.{name}": run.decode(values[t]) for t, (name, run) in enumerate(zip(names, runs, strict=True))
        }
        return first, lead, at, Table(len(lead), columns, self.leads, lead)


def run_standing(model: ColumnModel, rule: StandingColumns, lines: Timelines, scored: Booleans) -> StandingRun:
    """One rule over time. Raises `ScoringError` where points of a lead that is scored are beyond the limit."""
    prepared = rule.prepared
    starts, ends = prepared.rule.starts, prepared.rule.ends
    dates = tuple(moment for moment in (starts, ends) if moment is not None)
    if not prepared.tallies and not dates:
        amount, outcome = _values(model, rule, lines.leads, scored, None)
        return StandingRun(Steps(amount, NOTHING, NOTHING, NOTHING), amount, outcome, amount)
    firsts, lead, at, table = lines.rows(prepared.tallies, dates)
    inside = None
    if dates:
        inside = (at >= (NONE if starts is None else starts)) & (at < (FAR if ends is None else ends))
    amount, outcome = _values(model, rule, table, scored, inside)
    last = firsts[1:] - 1
    steps = steps_of(firsts, lead, at, amount)
    undated = steps.initial
    if dates:
        undated = _values(model, rule, table, np.zeros_like(scored), None)[0][firsts[:-1]]
    return StandingRun(steps, amount[last], outcome[last], undated)


def steps_of(firsts: Integers, lead: Integers, at: Integers, value: Integers) -> Steps:
    """The rows at which a value differs from the one before it."""
    moved = np.zeros(len(value), dtype=np.bool_)
    moved[1:] = value[1:] != value[:-1]
    moved[firsts[:-1]] = False
    return Steps(value[firsts[:-1]], lead[moved], at[moved], value[moved])


def _values(
    model: ColumnModel, rule: StandingColumns, table: Table, scored: Booleans, inside: Booleans | None
) -> tuple[Integers, Verdicts]:
    """What the rule adds at each row, and its outcome; outside of its dates nothing. `scored` is per lead."""
    outcome = np.full(table.height, TRUE, dtype=np.uint8) if rule.when is None else rule.when(table)
    if inside is not None:
        outcome = np.where(inside, outcome, FALSE)
    points, otherwise = rule.prepared.rule.points, rule.prepared.rule.otherwise
    fixed = np.zeros(3, dtype=np.int64)  # by outcome
    for wanted, given in ((TRUE, points), (FALSE, otherwise)):
        fixed[wanted] = given.amount if isinstance(given, FixedPoints) else 0
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
