"""Conditions and points over tables: the three outcomes as small integers, and micropoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.distinct import Indexes
from rules_engine.batch.columns.table import SMALL, Compiler, Program, Table
from rules_engine.batch.series import bits_of
from rules_engine.feel.ast import Or
from rules_engine.feel.checking import reads
from rules_engine.matching.conditions import conjuncts
from rules_engine.matching.keys import key_of
from rules_engine.model.types import Condition, FixedPoints, Formula, FormulaPoints, Points, StepPoints
from rules_engine.records import dataclass

FALSE, TRUE, UNKNOWN = 0, 1, 2
Number = TypeVar("Number", bound=np.generic)
Verdicts: TypeAlias = NDArray[np.uint8]

KNOWN, MISSING, BEYOND = 0, 1, 2  # what became of an amount
POINTS_BEYOND = "points are beyond the limit of 9,000,000,000,000 points"

_LIMIT = 9e18


@dataclass(frozen=True, slots=True)
class Amounts:
    """Micropoints of each row, and whether they are known, missing, or beyond the limit of points (then 0)."""

    micropoints: NDArray[np.int64]
    state: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Few:
    """Outcomes on the smallest table that decides them, and which of them each row has (None: its own)."""

    outcomes: Verdicts
    take: Indexes | None

    def rows(self) -> Verdicts:
        """One outcome a row."""
        return self.of_rows(self.outcomes)

    def true(self) -> NDArray[np.bool_]:
        """Whether it is true, for each row."""
        return self.of_rows(self.outcomes == TRUE)

    def of_rows(self, values: NDArray[Number]) -> NDArray[Number]:
        """Of something that each outcome has, one a row."""
        if self.take is None:
            return values
        return np.full(len(self.take), values[0]) if len(values) == 1 else values.take(self.take, mode="clip")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition compiled for tables; called, it gives the outcome of each row.

    `parts` are conditions that must all be true: the lines of `all`, the sides of `and`; else the condition alone.
    """

    few: Callable[[Table], Few]
    all_of: tuple[Verdict, ...] = ()

    @property
    def parts(self) -> tuple[Verdict, ...]:
        return self.all_of or (self,)

    def __call__(self, table: Table) -> Verdicts:
        return self.few(table).rows()


@dataclass(frozen=True, slots=True)
class Amount:
    """Points compiled for tables: amounts on the smallest table, and which of them each row has (None: its own)."""

    few: Callable[[Table], tuple[Amounts, Indexes | None]]

    def __call__(self, table: Table) -> Amounts:
        """One amount a row."""
        found, take = self.few(table)
        if take is None:
            return found
        return Amounts(found.micropoints.take(take, mode="clip"), found.state.take(take, mode="clip"))


def compile_verdict(compiler: Compiler, condition: Condition, sales_ready: int) -> Verdict:
    """The outcome of a condition for each row, as `matching.conditions` has it for one scope.

    `and`, and `or` between sides that read different things, are taken apart, so that each side runs on the smallest
    table that decides it.
    """
    if isinstance(condition, Formula):
        parts = conjuncts(condition)
        if len(parts) == 1:
            sides = _disjuncts(condition)
            if len({side.reads for side in sides}) > 1:
                return _any_of([compile_verdict(compiler, side, sales_ready) for side in sides], negated=False)
            return _of_formula(compiler, compiler.program(condition, sales_ready))
        return _all_of([compile_verdict(compiler, part, sales_ready) for part in parts])
    inner = [compile_verdict(compiler, part, sales_ready) for part in condition.parts]
    if condition.kind == "all":
        return _all_of(inner)
    return _any_of(inner, negated=condition.kind == "none")


def _disjuncts(formula: Formula) -> list[Formula]:
    """The sides of `or`."""
    if not isinstance(formula.tree, Or):
        return [formula]
    sides = (formula.tree.left, formula.tree.right)
    return [part for side in sides for part in _disjuncts(replace(formula, tree=side, reads=reads(side)))]


def _of_formula(compiler: Compiler, program: Program) -> Verdict:
    def few(table: Table) -> Few:
        (outcomes,), take = compiler.used(program, table, _verdicts)
        return Few(outcomes, take)

    return Verdict(few)


def _verdicts(values: pl.Series) -> tuple[Verdicts]:
    if values.dtype == pl.Boolean:
        array = values.rechunk().to_arrow()
        valid, truths = array.buffers()
        outcomes = bits_of(truths, array)  # to ask Polars for numbers costs more than all the rest
        if array.null_count:
            outcomes = np.where(bits_of(valid, array), outcomes, np.uint8(UNKNOWN))
        return (outcomes,)
    others = [TRUE if v is True else FALSE if v is False else UNKNOWN for v in values.to_list()]
    return (np.array(others, dtype=np.uint8),)


def _all_of(parts: list[Verdict]) -> Verdict:
    def both(one: Verdicts, other: Verdicts) -> Verdicts:
        return np.where((one == FALSE) | (other == FALSE), FALSE, np.maximum(one, other)).astype(np.uint8)

    return Verdict(lambda table: _joined(table, parts, both, TRUE), tuple(one for part in parts for one in part.parts))


def _any_of(parts: list[Verdict], *, negated: bool) -> Verdict:
    turned = np.array([TRUE, FALSE, UNKNOWN] if negated else [FALSE, TRUE, UNKNOWN], dtype=np.uint8)

    def either(one: Verdicts, other: Verdicts) -> Verdicts:
        return np.where((one == TRUE) | (other == TRUE), TRUE, np.maximum(one, other)).astype(np.uint8)

    def few(table: Table) -> Few:
        found = _joined(table, parts, either, FALSE)
        return Few(turned[found.outcomes], found.take)

    return Verdict(few)


def _joined(table: Table, parts: list[Verdict], join: Callable[[Verdicts, Verdicts], Verdicts], of_none: int) -> Few:
    """Outcomes put together where they stand: on the small table if it is the same for both, else row by row."""
    if not parts:
        return Few(np.array([of_none], dtype=np.uint8), table.nowhere)
    found = parts[0].few(table)
    for part in parts[1:]:
        other = part.few(table)
        if found.take is other.take:
            found = Few(join(found.outcomes, other.outcomes), found.take)
        else:
            found = Few(join(found.rows(), other.rows()), None)
    return found


def compile_amount(compiler: Compiler, points: Points, sales_ready: int) -> Amount:
    """Nominal micropoints of each row."""
    if isinstance(points, FixedPoints):
        fixed = Amounts(np.array([points.amount], dtype=np.int64), np.array([KNOWN], dtype=np.uint8))
        return Amount(lambda table: (fixed, table.nowhere))
    formula = points.formula if isinstance(points, FormulaPoints) else points.of
    program = compiler.program(formula, sales_ready)
    convert: Callable[[pl.Series], Amounts]
    if isinstance(points, FormulaPoints):
        convert = _micropoints
    elif isinstance(points, StepPoints):
        convert = _steps(points)
    else:
        table_of = {key_of(value): amount for value, amount in points.values}
        missing, otherwise = points.missing, points.otherwise or 0
        convert = _values(table_of, missing, otherwise)

    def arrays(values: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        found = convert(values)
        return found.micropoints, found.state

    def few(table: Table) -> tuple[Amounts, Indexes | None]:
        (micropoints, state), take = compiler.used(program, table, arrays)
        return Amounts(micropoints, state), take

    return Amount(few)


def numbers_of(values: pl.Series) -> NDArray[np.float64]:
    """Doubles, with NaN where there is no number."""
    if values.dtype == pl.Float64:
        return values.to_numpy()  # nulls as NaN
    return np.array(
        [float(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else np.nan for v in values.to_list()],
        dtype=np.float64,
    )


def to_micropoints(points: NDArray[np.float64]) -> Amounts:
    """`scoring.amounts.to_micropoints` of each number; NaN is missing."""
    with np.errstate(over="ignore"):  # what is beyond all numbers is beyond the limit
        scaled = points * 1e6
    missing = np.isnan(points)
    beyond = ~missing & ~((scaled >= -_LIMIT) & (scaled <= _LIMIT))
    usable = np.where(missing | beyond, 0.0, scaled)
    state = np.where(missing, MISSING, np.where(beyond, BEYOND, KNOWN)).astype(np.uint8)
    return Amounts(np.rint(usable).astype(np.int64), state)


def _micropoints(values: pl.Series) -> Amounts:
    return to_micropoints(numbers_of(values))


def _steps(points: StepPoints) -> Callable[[pl.Series], Amounts]:
    bounds = np.array(points.bounds, dtype=np.float64)
    amounts = np.array([points.otherwise or 0, *points.amounts], dtype=np.int64)
    missing = points.missing

    def convert(values: pl.Series) -> Amounts:
        numbers = numbers_of(values)
        none = np.isnan(numbers)
        found = amounts[np.searchsorted(bounds, np.where(none, -np.inf, numbers), side="right")]
        return _with_missing(found, none, missing)

    return convert


def _values(
    amounts: dict[tuple[str, object], int], missing: int | None, otherwise: int
) -> Callable[[pl.Series], Amounts]:
    def convert(values: pl.Series) -> Amounts:
        none = values.is_null().to_numpy()
        if len(values) > SMALL and values.dtype in (pl.String, pl.Boolean, pl.Float64):
            distinct = values.unique()
            worth = [amounts.get(key_of(value), otherwise) for value in distinct.to_list()]
            found = values.replace_strict(distinct, pl.Series(worth, dtype=pl.Int64), return_dtype=pl.Int64).to_numpy()
        else:
            found = np.array([amounts.get(key_of(v), otherwise) for v in values.to_list()], dtype=np.int64)
        return _with_missing(found, none, missing)

    return convert


def _with_missing(found: NDArray[np.int64], none: NDArray[np.bool_], missing: int | None) -> Amounts:
    micropoints = np.where(none, missing or 0, found)
    state = np.where(none & (missing is None), MISSING, KNOWN).astype(np.uint8)
    return Amounts(micropoints.astype(np.int64), state)
