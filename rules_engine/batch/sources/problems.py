"""Counts what reading finds wrong, writes rejected rows, and in strict mode stops at the first problem.

One `Log` goes through a whole read. Readers tell it problems a column at a time, between `begin` and `end` of a file;
strict mode raises at `end` with the problem of the lowest row, so the answer does not depend on the order of checks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TypeAlias

import polars as pl

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.far import listed
from rules_engine.batch.sources.rejects import RejectsFile
from rules_engine.batch.sources.table import ITEM, ROW, Loaded
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.records import dataclass

Place: TypeAlias = tuple[str, str]
_ID, _LEAD = "#id", "#lead"  # whose row it is, as the readers of people and events say it


@dataclass(slots=True)
class Counts:
    """What was read and what was not. Nothing is dropped without being counted here.

    `rows`: rows per block (events of exploded lists each count). `rejected`: rows by (block, reason).
    `left_out`: rows that a `where:` or an outcome without a name leaves out, or that are not read, since where they
    stand in a file all are later than the as-of time. `ignored_events`: events by undeclared type. `missing`: values
    read as missing by (block.field, reason). `first`: for each of those, an example; `hints`: what may be wrong there.
    """

    rows: Counter[str] = field(default_factory=Counter)
    rejected: Counter[Place] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    ignored_events: Counter[str] = field(default_factory=Counter)
    missing: Counter[Place] = field(default_factory=Counter)
    first: dict[Place, str] = field(default_factory=dict)
    hints: dict[Place, str] = field(default_factory=dict)

    @property
    def rejected_rows(self) -> int:
        return self.rejected.total()

    def as_dict(self) -> dict[str, object]:
        """Plain data for reports: nested by block or field, then reason."""
        return {
            "rows": dict(self.rows),
            "rejected": _nested(self.rejected),
            "left_out": dict(self.left_out),
            "ignored_events": dict(self.ignored_events),
            "missing": _nested(self.missing),
        }


def _nested(counter: Counter[Place]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (where, reason), count in counter.items():
        nested.setdefault(where, {})[reason] = count
    return nested


@dataclass(frozen=True, slots=True)
class _Problem:
    row: int
    column: str
    finding: Diagnostic


@dataclass(slots=True)
class Watch:
    """Collects what is wrong with rows of one lead, and of accounts, of which one may be its own.

    `row_of` gives the row of a lead by its id, once the leads are known: events name their leads so.
    """

    lead_id: str
    row_of: Callable[[str], int | None] | None = None
    told: list[str] = field(default_factory=list)
    of_accounts: dict[str, list[str]] = field(default_factory=dict)

    def places(self, block: str, frame: pl.DataFrame) -> list[int]:
        """Which rows of a frame are looked at."""
        if _of_accounts(block):
            return list(range(frame.height)) if _ID in frame.columns else []
        if _LEAD in frame.columns:
            row = None if self.row_of is None else self.row_of(self.lead_id)
            return [] if row is None else (frame[_LEAD] == row).arg_true().to_list()
        return (frame[_ID] == self.lead_id).arg_true().to_list() if _ID in frame.columns else []

    def tell(self, block: str, frame: pl.DataFrame, place: int, line: str) -> None:
        """Keeps what is wrong with one of them."""
        own = self.told
        if _of_accounts(block):
            own = self.of_accounts.setdefault(frame[_ID][place], [])
        own.append(line)

    def lines(self, account_id: str | None) -> tuple[str, ...]:
        """What is wrong with the data of the lead and of its account."""
        return (*self.told, *self.of_accounts.get(account_id or "", ()))


def whole_files(block: str) -> str:
    """Where files are counted that `where:` leaves out unopened."""
    return f"{block} (whole files, by the names of their folders)"


def _of_accounts(block: str) -> bool:
    """Whether rows or values are those of accounts: `accounts`, `accounts 2`, `account.employees`."""
    return re.match(r"accounts?\b", block) is not None


class Log:
    """Takes problems, gives `counts`, the rejects file and, in strict mode, a `DataError`."""

    def __init__(self, strict: bool, rejects: RejectsFile, of_lead: str | None = None) -> None:
        self.counts = Counts()
        self.findings: list[Diagnostic] = []  # warnings
        self.given: set[str] = set()  # fields and attributes for which some file has a column: "lead.country"
        self.columns: dict[str, dict[str, None]] = {}  # the names of columns of all files, by block
        self.watch = None if of_lead is None else Watch(of_lead)
        self._strict = strict
        self._rejects = rejects
        self._worst: _Problem | None = None

    def begin(self, block: str, loaded: Loaded) -> None:
        self._worst = None
        self.counts.rows[block] += loaded.frame.height + len(loaded.bad) + loaded.unread.total()
        for kind, count in loaded.unread.items():
            if kind is None:
                self.counts.left_out[block] += count
            else:
                self.counts.ignored_events[kind] += count
        for bad in loaded.bad:
            self.counts.rejected[block, bad.reason] += 1
            self.counts.first.setdefault((block, bad.reason), _example(loaded.file, bad.row, None))
            if bad.hint:
                self.counts.hints.setdefault((block, bad.reason), bad.hint)
            self._rejects.write(loaded.file, bad.row, "", bad.reason, bad.message, bad.text)
            self._note(bad.row, "", say.bad_row(loaded.file, bad))

    def end(self, loaded: Loaded) -> None:
        if self._strict and self._worst is not None:
            worst = self._worst
            raise DataError(worst.finding, file=loaded.file, row=worst.row, column=worst.column or None)

    def reject(
        self, block: str, loaded: Loaded, frame: pl.DataFrame, wrong: pl.Series, reason: str, column: str,
        values: pl.Series | None = None, hint: str = "",
    ) -> pl.DataFrame:  # fmt: skip
        """Counts and writes the rows of `frame` where `wrong`; gives the others."""
        if not wrong.any():
            return frame
        bad = frame.filter(wrong)
        order = bad.select(pl.arg_sort_by(ROW, *(name for name in (ITEM,) if name in bad.columns))).to_series()
        bad = bad[order]
        rows = bad[ROW].to_list()
        shown = [None] * len(rows) if values is None else listed(values.filter(wrong)[order])
        self.counts.rejected[block, reason] += len(rows)
        if hint:
            self.counts.hints.setdefault((block, reason), hint)
        self.counts.first.setdefault((block, reason), _example(loaded.file, rows[0], shown[0]))
        items: Sequence[int | None] = bad[ITEM].to_list() if ITEM in bad.columns else [None] * len(rows)
        if self._rejects.wanted:
            before = None
            for row, item, value, text in zip(rows, items, shown, loaded.raw(rows), strict=True):
                message = say.row_message(reason, column, value, item)
                # A row of which many items are rejected is written out once.
                self._rejects.write(loaded.file, row, column, reason, message, "" if row == before else text)
                before = row
        if self.watch is not None:
            for place in self.watch.places(block, bad):
                told = say.row_message(reason, column, shown[place], items[place])
                self.watch.tell(block, bad, place, f"{loaded.file}, row {rows[place]}: {told}; the row was rejected")
        self._note(rows[0], column, say.rejected(loaded.file, rows[0], reason, column, shown[0], items[0], hint))
        return frame.filter(~wrong)

    def missing(
        self,
        place: str,
        loaded: Loaded,
        frame: pl.DataFrame,
        wrong: pl.Series,
        reason: str,
        column: str,
        values: pl.Series,
    ) -> None:
        """Counts values of rows read as missing; `place` is "lead.country" or "page_view.path"."""
        own = frame.filter(wrong)
        bad = own[ROW]
        first = bad.arg_min()
        assert first is not None  # `wrong` is somewhere true
        row, value = bad[first], listed(values.filter(wrong).slice(first, 1))[0]
        self.counts.missing[place, reason] += int(wrong.sum())
        self.counts.first.setdefault((place, reason), _example(loaded.file, row, value))
        if self.watch is not None:
            for at in self.watch.places(place, own):
                shown = say.shown(listed(values.filter(wrong).slice(at, 1))[0])
                told = f'{loaded.file}, row {bad[at]}, column "{column}": {reason} for {place}: {shown}'
                self.watch.tell(place, own, at, f"{told}; read as missing")
        self._note(row, column, say.misfit(loaded.file, row, place, reason, column, value))

    def _note(self, row: int, column: str, finding: Diagnostic) -> None:
        if self._strict and (self._worst is None or row < self._worst.row):
            self._worst = _Problem(row, column, finding)


def _example(file: str, row: int, value: object) -> str:
    return f"{file}, row {row}" + (f": {say.shown(value)}" if value is not None else "")
