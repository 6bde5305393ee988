"""Standing rules and state gates: their values at the beginning, and the rows at which these change.

A tally changes at some instants; a rule that reads it is evaluated for those rows alone, and most of them have one of
a few values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.conditions import BEYOND, FALSE, MISSING, TRUE, UNKNOWN, Amounts, Verdicts
from rules_engine.batch.columns.prepare import ColumnModel, StandingColumns
from rules_engine.batch.columns.table import Table
from rules_engine.batch.columns.tallies import TallyRun
from rules_engine.matching.match import ScoringError

Integers = NDArray[np.int64]


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
        size = len(self.begin)
        leads = np.arange(size, dtype=np.int64)
        if len(names) == 1 and not dates:
            return self._of_one(names[0])
        lead, at = [leads], [self.begin]
        which, value = [np.full(size, -1, dtype=np.int64)], [np.zeros(size, dtype=np.int64)]
        for n, name in enumerate(names):
            changed = self.tallies[name].changes
            lead.append(changed[0])
            at.append(changed[1])
            which.append(np.full(changed.shape[1], n, dtype=np.int64))
            value.append(changed[2])
        for moment in dates:
            there = np.flatnonzero((self.begin < moment) & (moment <= self.as_of))
            lead.append(there)
            at.append(np.full(len(there), moment, dtype=np.int64))
            which.append(np.full(len(there), -1, dtype=np.int64))
            value.append(np.zeros(len(there), dtype=np.int64))
        all_leads, all_at = np.concatenate(lead), np.concatenate(at)
        order = np.lexsort((all_at, all_leads))
        all_leads, all_at = all_leads[order], all_at[order]
        all_which, all_values = np.concatenate(which)[order], np.concatenate(value)[order]
        first_of_lead = np.concatenate([[True], all_leads[1:] != all_leads[:-1]]) if size else np.zeros(0, dtype=bool)
        numbers = np.arange(len(order), dtype=np.int64)
        columns: dict[str, pl.Series] = {}
        last = np.concatenate([first_of_lead[1:] | (all_at[1:] != all_at[:-1]), [True]]) if size else first_of_lead
        for n, name in enumerate(names):
            run = self.tallies[name]
            told = np.where((all_which == n) | first_of_lead, numbers, 0)
            codes = np.where(all_which == n, all_values, run.empty)[np.maximum.accumulate(told)] if size else all_values
            columns[f"tally.{name}"] = run.decode(codes[last])
        lead_of, at_of = all_leads[last], all_at[last]
        firsts = np.searchsorted(lead_of, np.arange(size + 1, dtype=np.int64))
        return firsts, lead_of, at_of, Table(len(lead_of), columns, self.leads, lead_of)

    def _of_one(self, name: str) -> tuple[Integers, Integers, Integers, Table]:
        run, size = self.tallies[name], len(self.begin)
        changed_lead, changed_at, changed_value = run.changes
        total = size + len(changed_lead)
        firsts = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(np.bincount(changed_lead, minlength=size) + 1, out=firsts[1:])
        places = np.arange(len(changed_lead), dtype=np.int64) + changed_lead + 1
        lead, at = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
        value = np.empty(total, dtype=np.int64)
        lead[firsts[:-1]], at[firsts[:-1]] = np.arange(size, dtype=np.int64), self.begin
        value[firsts[:-1]] = run.empty
        lead[places], at[places], value[places] = changed_lead, changed_at, changed_value
        return firsts, lead, at, Table(total, {f"tally.{name}": run.decode(value)}, self.leads, lead)


def run_standing(model: ColumnModel, rule: StandingColumns, lines: Timelines, scored: NDArray[np.bool_]) -> StandingRun:
    """One rule over time. Raises `ScoringError` where points of a lead that is scored are beyond the limit."""
    prepared = rule.prepared
    starts, ends = prepared.rule.starts, prepared.rule.ends
    dates = tuple(moment for moment in (starts, ends) if moment is not None)
    if not prepared.tallies and not dates:
        size = len(lines.begin)
        amount, outcome = _values(model, rule, lines.leads, scored, np.ones(size, dtype=np.bool_))
        nothing = np.zeros(0, dtype=np.int64)
        return StandingRun(Steps(amount, nothing, nothing, nothing), amount, outcome, amount)
    firsts, lead, at, table = lines.rows(prepared.tallies, dates)
    inside = np.ones(len(at), dtype=np.bool_)
    if starts is not None:
        inside &= at >= starts
    if ends is not None:
        inside &= at < ends
    amount, outcome = _values(model, rule, table, scored[lead], inside)
    last = firsts[1:] - 1
    steps = steps_of(firsts, lead, at, amount)
    undated = steps.initial
    if dates:
        everywhere = np.ones(len(at), dtype=np.bool_)
        undated = _values(model, rule, table, np.zeros(len(at), dtype=np.bool_), everywhere)[0][firsts[:-1]]
    return StandingRun(steps, amount[last], outcome[last], undated)


def steps_of(firsts: Integers, lead: Integers, at: Integers, value: Integers) -> Steps:
    """The rows at which a value differs from the one before it."""
    moved = np.zeros(len(value), dtype=np.bool_)
    moved[1:] = value[1:] != value[:-1]
    moved[firsts[:-1]] = False
    return Steps(value[firsts[:-1]], lead[moved], at[moved], value[moved])


def _values(
    model: ColumnModel, rule: StandingColumns, table: Table, scored: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> tuple[Integers, Verdicts]:
    verdict = np.full(table.height, TRUE, dtype=np.uint8) if rule.when is None else rule.when(table)
    verdict = np.where(inside, verdict, FALSE).astype(np.uint8)
    amount = np.zeros(table.height, dtype=np.int64)
    outcome = verdict
    for wanted, formula in ((TRUE, rule.points), (FALSE, rule.otherwise)):
        rows = (verdict == wanted) & inside
        if formula is None or not rows.any():
            continue
        found = formula(table)
        _refuse_beyond(model, rule, found, rows & scored)
        amount = np.where(rows & (found.state != MISSING), found.micropoints, amount)
        outcome = np.where(rows & (found.state == MISSING), UNKNOWN, outcome).astype(np.uint8)
    return amount, outcome


def _refuse_beyond(model: ColumnModel, rule: StandingColumns, found: Amounts, rows: NDArray[np.bool_]) -> None:
    if (rows & (found.state == BEYOND)).any():
        score = model.prepared.numbering.scores[rule.prepared.score]
        raise ScoringError(
            f'Rule "{rule.prepared.rule.name}" of score "{score.name}": '
            "points are beyond the limit of 9,000,000,000,000 points"
        )
