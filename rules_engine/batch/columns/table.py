"""Rows on which expressions are evaluated, and the smallest table that decides an expression.

event.path in constants.sales_pages      once for each distinct path
lead.country = "US"                      once for each lead
20 * event.watched / event.length        for each event
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.code_pass import dense
from rules_engine.batch.columns.constants import with_constants
from rules_engine.feel.ast import NumberLiteral
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import substitute
from rules_engine.feel.columns import ColumnProgram, compile_columns, evaluate_together
from rules_engine.feel.types import Typed
from rules_engine.model.types import Formula
from rules_engine.scoring.amounts import MICRO

Number = TypeVar("Number", bound=np.generic)
Indexes: TypeAlias = NDArray[np.int64] | NDArray[np.int32]
Codes: TypeAlias = NDArray[np.uint32] | NDArray[np.int64]

_CODED = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)  # columns whose distinct values are few as a rule


class Table:
    """Columns by the paths of expressions (`lead.title`, `event.path`), made when first read.

    `parent` is the table of leads that `row_of_parent` points into; its columns are read through it.
    """

    def __init__(
        self,
        height: int,
        columns: Mapping[str, pl.Series | Callable[[], pl.Series]],
        parent: Table | None = None,
        row_of_parent: Indexes | None = None,
    ) -> None:
        self.height = height
        self.parent = parent
        self.row_of_parent = row_of_parent
        self._columns = dict(columns)
        self._coded: dict[tuple[str, ...], tuple[Indexes, Table] | None] = {}
        self._values: dict[int, pl.Series] = {}
        self.kept: dict[str, pl.Series] = {}  # parts of expressions that were computed, by their texts

    @cached_property
    def nowhere(self) -> Indexes:
        """What every row takes of a table of one row."""
        return np.zeros(self.height, dtype=np.int64)

    def add(self, path: str, column: pl.Series | Callable[[], pl.Series]) -> None:
        """A column that became known later."""
        self._columns[path] = column

    def owns(self, path: str) -> bool:
        """Whether a path is this table's own, and not its parent's."""
        return path in self._columns and not (self.parent is not None and self.parent.owns(path))

    def column(self, path: str) -> pl.Series:
        """The values of a path; KeyError where neither this table nor its parent has it."""
        found = self._columns.get(path)
        if found is None:
            if self.parent is None or self.row_of_parent is None:
                raise KeyError(path)
            found = self.parent.column(path).gather(self.row_of_parent)
        elif not isinstance(found, pl.Series):
            found = found()
        self._columns[path] = found
        return found

    def known(self, program: Program) -> pl.Series | None:
        """The values of a program that were computed together with others."""
        return self._values.get(id(program))

    def remember(self, program: Program, values: pl.Series) -> None:
        """Keeps the values of a program until they are asked for. Programs live as long as their model."""
        self._values[id(program)] = values

    def coded(self, paths: tuple[str, ...]) -> tuple[Indexes, Table] | None:
        """The distinct combinations of text and truth columns: which one each row has, and a table of them.

        None where a column is of another type or nearly every row is different.
        """
        if paths not in self._coded:
            columns = [self.column(path) for path in paths]
            codable = all(column.dtype.base_type() in _CODED for column in columns) and not _differ(columns)
            found = _combinations(columns, paths) if codable else None
            self._coded[paths] = None if found is None or found[1].height * 2 > self.height else found
        return self._coded[paths]


SMALL = 4096  # rows of a table on which formulas are evaluated together
_SAMPLE = 4096


def _differ(columns: list[pl.Series]) -> bool:
    """Whether nearly every row has a value of its own, judged by the first ones: to number them would be no use."""
    return any(len(column) > 2 * _SAMPLE and column.head(_SAMPLE).n_unique() > 0.9 * _SAMPLE for column in columns)


def _combinations(columns: list[pl.Series], paths: tuple[str, ...]) -> tuple[Indexes, Table]:
    codes: Codes | Indexes
    codes, total = _codes(columns[0])
    for column in columns[1:]:
        more, count = _codes(column)
        if total * count > 2**62:  # numbers of combinations must stay exact
            first, codes = _dense(codes, total)
            total = len(first)
        codes = codes.astype(np.int64) * count + more
        total *= count
    first, of_row = _dense(codes, total)
    return of_row, Table(len(first), {path: column[first] for path, column in zip(paths, columns, strict=True)})


def _codes(column: pl.Series) -> tuple[Codes, int]:
    """A small number for each distinct value, null included; and how many numbers there are."""
    if isinstance(column.dtype, pl.Enum):
        numbers, none = column.to_physical(), len(column.dtype.categories)
    elif column.dtype == pl.Categorical:  # categories are numbered already, over all columns of the process
        numbers = column.to_physical()
        most = numbers.max()
        none = int(most) + 1 if isinstance(most, int) else 0
    elif column.dtype == pl.Boolean:
        numbers, none = column.cast(pl.UInt8), 2
    else:
        encoded = column.to_arrow().dictionary_encode()
        numbers, none = pl.Series(pl.from_arrow(encoded.indices)), len(encoded.dictionary)
    numbers = numbers.cast(pl.UInt32)
    return (numbers.fill_null(none) if numbers.null_count() else numbers).to_numpy(), none + 1


def _dense(codes: Codes | Indexes, total: int) -> tuple[Indexes, Indexes]:
    """A row that has each distinct code, and the place of each row's code among them."""
    if total <= max(4 * len(codes), 1024):
        small = codes.astype(np.uint32, copy=False).view()
        small.flags.writeable = False  # for the compiled pass, arrays that can be written are of another type
        found: tuple[Indexes, Indexes] = dense(small, total)
        return found
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    return first, place


@dataclass(frozen=True, slots=True)
class Program:
    """A formula over tables. `reads` are its paths without those of constants."""

    formula: Formula
    columns: ColumnProgram
    reads: tuple[str, ...]


@dataclass(slots=True)
class Compiler:
    """Compiles formulas for one set of names; `constants` are the same in every row."""

    names: Mapping[str, Typed]
    functions: Registry
    constants: Mapping[str, object]
    _made: dict[tuple[int, int], Program] = field(default_factory=dict)
    _reading: dict[tuple[str, ...], list[Program]] = field(default_factory=dict)

    def program(self, formula: Formula, sales_ready: int) -> Program:
        """`sales_ready` in micropoints is that of the score the formula stands in."""
        key = (id(formula), sales_ready)
        if key not in self._made:
            tree = formula.tree
            if ("sales_ready",) in formula.reads:
                tree = substitute(tree, {"sales_ready": NumberLiteral(sales_ready / MICRO)})
            tree = with_constants(tree, self.constants)
            columns = compile_columns(tree, self.names, self.functions)
            made = self._made[key] = Program(formula, columns, _reads(columns))
            self._reading.setdefault(made.reads, []).append(made)
        return self._made[key]

    def run(self, program: Program, table: Table, use: Callable[[pl.Series], NDArray[Number]]) -> NDArray[Number]:
        """`use` of the formula's values, one number a row. It is asked for the rows of the smallest table only."""
        values, take = self.few(program, table)
        found = use(values)
        return found if take is None else found[take]

    def values(self, program: Program, table: Table) -> pl.Series:
        """The formula's values, one a row."""
        found, take = self.few(program, table)
        return found if take is None else found.gather(take)

    def few(self, program: Program, table: Table) -> tuple[pl.Series, Indexes | None]:
        """The formula's values on the smallest table, and which of them each row has (None: its own)."""
        if not program.reads:
            return self._evaluate(program, table), table.nowhere
        if table.parent is not None and not any(table.owns(path) for path in program.reads):
            return self.values(program, table.parent), table.row_of_parent
        coded = table.coded(program.reads) if table.height > 256 else None
        small, take = (table, None) if coded is None else (coded[1], coded[0])
        found = small.known(program)
        return self._evaluate(program, small) if found is None else found, take

    def _evaluate(self, program: Program, table: Table) -> pl.Series:
        """The values of a formula, and on a small table with them those of all others that read the same.

        There a call of Polars costs more than what it computes, and who asks for one will ask for the others.
        """
        others = self._reading.get(program.reads, []) if program.reads and table.height <= SMALL else []
        others = [one for one in others if one is not program and one.columns.is_direct and table.known(one) is None]
        wanted = [program, *others]
        frame = pl.DataFrame({path: table.column(path) for path in program.reads} or {"#": [0]})
        found = evaluate_together(
            [one.columns for one in wanted],
            frame,
            {path: path for path in program.reads},
            {"constants": self.constants},
            table.kept if program.reads else None,  # what reads nothing has one value for all rows
        )
        for one, values in zip(others, found[1:], strict=True):
            table.remember(one, values)
        return found[0]


def _reads(columns: ColumnProgram) -> tuple[str, ...]:
    return tuple(sorted(path for path in columns.reads if not path.startswith("constants.")))
