"""What standing rules and state gates can tell apart of the values of a tally.

    tally.opens >= 20               two classes: 0 to 19, and 20 or more
    tally.opens > lead.employees    each value is a class of its own

Within a class nothing can happen, so the moments at which a tally changes within one need not be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns.conditions import compile_amount, compile_verdict
from rules_engine.batch.columns.table import Compiler, Table
from rules_engine.batch.series import series_of
from rules_engine.feel.errors import FeelLimitError
from rules_engine.matching.conditions import conjuncts, formulas_of, formulas_of_points, tallies_read
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import Condition, Points
from rules_engine.records import dataclass

Integers = NDArray[np.int64]
Test: TypeAlias = Callable[[Table], NDArray[Any]]  # a number per row; rows with equal numbers are not told apart

LEAST = 1024  # values that are looked at in any case, so that one look is enough as a rule


@dataclass(slots=True)
class Classes:
    """The tests of a tally that counts, each of which reads nothing else that differs from row to row."""

    path: str
    tests: tuple[Test, ...]
    _known: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def up_to(self, most: int) -> Integers:
        """The class of each value from 0 to `most`, or beyond."""
        if len(self._known) <= most:
            # threads share it: what is known is only ever replaced by more
            self._known = self._look(max(LEAST, 1 << (most + 1).bit_length()))
        return self._known

    def _look(self, count: int) -> Integers:
        values = np.arange(count, dtype=np.int64)
        table = Table(count, {self.path: series_of(values.astype(np.float64))})
        classes = np.zeros(count, dtype=np.int64)
        try:
            for test in self.tests:
                _, found = np.unique(test(table), return_inverse=True)
                _, classes = np.unique(classes * count + found, return_inverse=True)
        except FeelLimitError:  # of a value that may never come; where it does, it is met again
            return values
        return classes.astype(np.int64)


def classes_of(prepared: Prepared, compiler: Compiler) -> Mapping[str, Classes]:
    """By name, of the tallies that count and that standing rules and state gates read only by themselves."""
    tests: dict[str, list[Test]] = {name: [] for name in prepared.dynamic_tallies if _counts(prepared, name)}
    scores = prepared.numbering.scores
    for rule in prepared.standing:
        ready = scores[rule.score].sales_ready
        _note_condition(tests, compiler, rule.rule.when, ready)
        for points in (rule.rule.points, rule.rule.otherwise):
            if points is not None:
                _note_points(tests, compiler, points, ready)
    for gate in prepared.gates:
        if not gate.gate.is_event_gate:
            _note_condition(tests, compiler, gate.gate.when, prepared.model.sales_ready)
    return {name: Classes(f"tally.{name}", tuple(found)) for name, found in tests.items()}


def _counts(prepared: Prepared, name: str) -> bool:
    return prepared.model.tallies[name].measure in ("count", "distinct")


def _note_condition(
    tests: dict[str, list[Test]], compiler: Compiler, condition: Condition | None, sales_ready: int
) -> None:
    for whole in formulas_of(condition):
        for part in conjuncts(whole):
            verdict = compile_verdict(compiler, part, sales_ready)
            _note(tests, formulas_of(part)[0].reads, verdict)


def _note_points(tests: dict[str, list[Test]], compiler: Compiler, points: Points, sales_ready: int) -> None:
    amount = compile_amount(compiler, points, sales_ready)
    for formula in formulas_of_points(points):
        _note(tests, formula.reads, lambda table: amount(table).micropoints)
        _note(tests, formula.reads, lambda table: amount(table).state)


def _note(tests: dict[str, list[Test]], reads: frozenset[tuple[str, ...]], test: Test) -> None:
    """Takes a test of one tally; of tallies that are read together with others each value matters."""
    names = tallies_read(reads)
    alone = all(path[0] in ("tally", "constants", "sales_ready") for path in reads)
    for name in names:
        if len(names) > 1 or not alone:
            tests.pop(name, None)
        elif name in tests:
            tests[name].append(test)
