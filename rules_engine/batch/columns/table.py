"""Rows on which expressions are evaluated, and the smallest table that decides an expression.

event.path in constants.sales_pages      once for each distinct path
lead.country = "US"                      once for each lead
20 * event.watched / event.length        for each event
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.constants import with_constants
from rules_engine.batch.columns.distinct import Distinct, Indexes, distinct
from rules_engine.batch.series import chosen, series_of
from rules_engine.batch.sources.coded import NumberedTexts
from rules_engine.feel.ast import NumberLiteral
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import substitute
from rules_engine.feel.columns import ColumnProgram, compile_columns, evaluate_together
from rules_engine.feel.errors import FeelError
from rules_engine.feel.types import Typed
from rules_engine.model.extensions import PluginError
from rules_engine.model.types import Formula
from rules_engine.records import dataclass
from rules_engine.scoring.amounts import MICRO

Number = TypeVar("Number", bound=np.generic)
Found = TypeVar("Found")
Arrays: TypeAlias = tuple[NDArray[Any], ...]


class Table:
    """Columns by the paths of expressions (`lead.title`, `event.path`), made when first read.

    `parent` is the table of leads that `row_of_parent` points into (None: row by row); its columns are read through it.
    `same` has a value for each path that is the same in every row, and `one` is a table of these. `taken` are columns
    of longer tables, and `rows` the rows of these that this one has. `distinct` are the combinations that tables of the
    same kind had before this one, and what is known of them.
    """

    def __init__(
        self,
        height: int,
        columns: Mapping[str, pl.Series | Callable[[], pl.Series]],
        parent: Table | None = None,
        row_of_parent: Indexes | None = None,
        *,
        same: Mapping[str, pl.Series] | None = None,
        one: Table | None = None,
        taken: Mapping[str, pl.Series | NumberedTexts] | None = None,
        rows: Indexes | None = None,
        distinct: Combinations | None = None,
    ) -> None:
        self.height = height
        self.parent = parent
        self.row_of_parent = row_of_parent
        self.same = same or {}
        self._one = one
        self._taken = taken or {}
        self._rows = rows
        self._columns = dict(columns)
        self._distinct: Combinations = {} if distinct is None else distinct
        self._coded: dict[tuple[str, ...], tuple[Indexes, Table] | None] = {}
        self._given: dict[str, tuple[Indexes, Table]] = {}
        self._found: dict[object, Any] = {}
        self.kept: dict[str, pl.Series] = {}  # parts of expressions that were computed, by their texts

    @cached_property
    def nowhere(self) -> Indexes:
        """What every row takes of a table of one row."""
        return np.zeros(self.height, dtype=np.int32)

    @cached_property
    def one(self) -> Table:
        """A table of one row with what is the same in every row."""
        return self._one or Table(1, self.same)

    def add(self, path: str, column: pl.Series | Callable[[], pl.Series]) -> None:
        """A column that became known later."""
        self._columns[path] = column

    def owns(self, path: str) -> bool:
        """Whether a path is this table's own, and not its parent's."""
        own = path in self._columns or path in self._taken or path in self.same
        return own and not (self.parent is not None and self.parent.owns(path))

    def column(self, path: str) -> pl.Series:
        """The values of a path; KeyError where neither this table nor its parent has it."""
        found = self._columns.get(path)
        if found is None and path in self._taken:
            assert self._rows is not None
            own = self._taken[path]
            found = chosen(own, self._rows) if isinstance(own, pl.Series) else own.gather(series_of(self._rows))
        elif found is None:
            found = self._of_others(path)
        elif not isinstance(found, pl.Series):
            found = found()
        self._columns[path] = found
        return found

    def _of_others(self, path: str) -> pl.Series:
        if path in self.same:
            return self.same[path].new_from_index(0, self.height)
        if self.parent is None:
            raise KeyError(path)
        found = self.parent.column(path)
        return found if self.row_of_parent is None else chosen(found, self.row_of_parent)

    def once(self, key: object, find: Callable[[], Found]) -> Found:
        """What was found before under a key, else what `find` gives. Threads may find the same twice."""
        if key not in self._found:
            self._found[key] = find()
        found: Found = self._found[key]
        return found

    def known(self, program: Program) -> pl.Series | None:
        """The values of a program that were computed together with others, or for an earlier table."""
        found: pl.Series | None = self._found.get(id(program))
        return found

    def remember(self, program: Program, values: pl.Series) -> None:
        """Keeps the values of a program. Programs live as long as their model, and it longer than tables."""
        self._found[id(program)] = values

    def code(self, path: str, of_row: Indexes, values: Table) -> None:
        """Makes known that a column has few values: which of them each row has, and a table of them."""
        self._given[path] = self._coded[path,] = of_row, values

    def coded(self, paths: tuple[str, ...]) -> tuple[Indexes, Table] | None:
        """The distinct combinations of text and truth columns: which one each row has, and a table of them.

        None where a column is of another type or nearly every row is different.
        """
        if paths not in self._coded:
            self._coded[paths] = self._code(paths)
        return self._coded[paths]

    def coded_alone(self, paths: tuple[str, ...]) -> tuple[Indexes, Table] | None:
        """The same with no combination that only earlier tables had; None where there was none."""
        given = self._given.pop(paths[0], None) if len(paths) == 1 else None
        if given is not None:
            rows, of_row = np.unique(given[0], return_inverse=True)
            few = Table(len(rows), {paths[0]: chosen(given[1].column(paths[0]), rows)})
            self._coded[paths] = of_row.astype(np.int32), few
            return self._coded[paths]
        if self._distinct.pop(paths, None) is None:
            return None
        self._coded[paths] = self._code(paths)
        self._distinct.pop(paths, None)
        return self._coded[paths]

    def _code(self, paths: tuple[str, ...]) -> tuple[Indexes, Table] | None:
        before, table = self._distinct.get(paths, (None, None))
        if all(path in self._taken for path in paths):
            coded = distinct([self._taken[path] for path in paths], before, self._rows)
        else:
            coded = distinct([self.column(path) for path in paths], before)
        if coded is None:
            return None
        of_row, found = coded
        if table is None or found is not before:
            table = Table(len(found.codes), dict(zip(paths, found.columns, strict=True)))
            self._distinct[paths] = found, table
        return of_row, table


Combinations: TypeAlias = dict[tuple[str, ...], tuple[Distinct, Table]]  # by paths; threads may share them

SMALL = 4096  # rows of a table on which formulas are evaluated together
OF_VALUES = (FeelError, PluginError, pl.exceptions.PolarsError)
"""What an expression raises for some values and not for others: limits, plugins' functions, forms over columns."""


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
        return found if take is None else found.take(take, mode="clip")

    def values(self, program: Program, table: Table) -> pl.Series:
        """The formula's values, one a row."""
        found, take = self.few(program, table)
        return found if take is None else chosen(found, take)

    def few(self, program: Program, table: Table) -> tuple[pl.Series, Indexes | None]:
        """The formula's values on the smallest table, and which of them each row has (None: its own)."""
        if not _of_parent(program, table):
            return self._on_smallest(program, table, lambda small: self._evaluated(program, small))
        assert table.parent is not None
        if table.row_of_parent is None:
            return self.few(program, table.parent)
        return self.values(program, table.parent), table.row_of_parent

    def used(self, program: Program, table: Table, use: Callable[[pl.Series], Arrays]) -> tuple[Arrays, Indexes | None]:
        """`use` of the formula's values on the smallest table, and which of them each row has (None: its own).

        `use` is a function that lives as long as the compiler: what it gives is kept with the table.
        """
        if not _of_parent(program, table):
            return self._on_smallest(
                program,
                table,
                lambda small: small.once((id(program), use), lambda: use(self._evaluated(program, small))),
            )
        assert table.parent is not None
        found, take = self.used(program, table.parent, use)
        if table.row_of_parent is None:
            return found, take
        return found if take is None else tuple(array.take(take, mode="clip") for array in found), table.row_of_parent

    def _on_smallest(
        self, program: Program, table: Table, find: Callable[[Table], Found]
    ) -> tuple[Found, Indexes | None]:
        """What is found on the smallest table that decides a formula, and the row of it that each row has."""
        if all(path in table.same for path in program.reads):
            return find(table.one), table.nowhere
        coded = table.coded(program.reads) if table.height > 256 else None
        if coded is None:
            return find(table), None
        try:
            return find(coded[1]), coded[0]
        except OF_VALUES:  # it may be for a combination that only an earlier table had
            coded = table.coded_alone(program.reads)
            if coded is None:
                raise
            return find(coded[1]), coded[0]

    def _evaluated(self, program: Program, table: Table) -> pl.Series:
        """The values of a formula, and on a small table with them those of all others that read the same.

        There a call of Polars costs more than what it computes, and who asks for one will ask for the others.
        """
        known = table.known(program)
        if known is not None:
            return known
        others = self._reading.get(program.reads, []) if program.reads and table.height <= SMALL else []
        others = [one for one in others if one is not program and one.columns.is_direct and table.known(one) is None]
        wanted = [program, *others]
        frame = pl.DataFrame([table.column(path).alias(path) for path in program.reads] or {"#": [0]})
        found = evaluate_together(
            [one.columns for one in wanted],
            frame,
            {path: path for path in program.reads},
            {"constants": self.constants},
            table.kept if program.reads else None,  # what reads nothing has one value for all rows
        )
        for one, values in zip(wanted, found, strict=True):
            table.remember(one, values)
        return found[0]


def _of_parent(program: Program, table: Table) -> bool:
    """Whether a formula is decided by the leads that the rows belong to."""
    reads = program.reads
    return table.parent is not None and len(reads) > 0 and not any(table.owns(path) for path in reads)


def _reads(columns: ColumnProgram) -> tuple[str, ...]:
    return tuple(sorted(path for path in columns.reads if not path.startswith("constants.")))
