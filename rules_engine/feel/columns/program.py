"""An expression compiled for tables: what it reads, which parts are native, and its values for a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import polars as pl

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import check_types
from rules_engine.feel.columns.forms import Form, Step
from rules_engine.feel.columns.inputs import ColumnTypeError, Leaf, column_name, normalised
from rules_engine.feel.columns.lift import ROW, Lift, certain_type, dtype_of
from rules_engine.feel.columns.native import native_forms
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.functions import all_functions
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.syntax.print import print_expression
from rules_engine.feel.syntax.walk import walk
from rules_engine.feel.types import POISON, Type, Typed
from rules_engine.feel.values import DateTime, to_feel
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class ColumnProgram:
    """`compile_columns` makes it. `whole` is the lift of the entire expression; `form` is None where that is used."""

    whole: Lift
    form: Form | None

    @property
    def reads(self) -> frozenset[str]:
        """The paths that `evaluate` wants columns or values for: `lead.title`, `now`."""
        return frozenset(map(column_name, self.whole.reading.leaves))

    @property
    def how(self) -> Literal["native", "mixed", "lifted"]:
        """Polars alone, Polars over lifted parts, or the interpreter over distinct values."""
        if self.form is None:
            return "lifted"
        return "mixed" if self._lifts else "native"

    @property
    def lifted(self) -> tuple[str, ...]:
        """The texts of the parts that the interpreter evaluates."""
        return tuple(print_expression(lift.node) for lift in self._lifts)

    @property
    def _lifts(self) -> tuple[Lift, ...]:
        if self.form is None:
            return (self.whole,)
        return tuple(step for step in self.form.steps if isinstance(step, Lift))

    @property
    def dtype(self) -> pl.DataType:
        """Of the results: String, Float64, Boolean, or lists of them; Object for columns of other FEEL values."""
        return dtype_of(self.whole.kind)

    def evaluate(
        self, frame: pl.DataFrame, columns: Mapping[str, str], same: Mapping[str, object] | None = None
    ) -> pl.Series:
        """One value for each row, that of the interpreter for the row.

        `columns` names the column of each path that is read; `same` holds the names that are the same in every row
        (`{"now": ..., "constants": {...}}`). `ColumnTypeError` where a path has neither, or a column of another type;
        `FeelLimitError` where the interpreter raises it for a row.
        """
        return evaluate_together([self], frame, columns, same)[0]

    @property
    def is_direct(self) -> bool:
        """Whether its values are one Polars expression over what it reads: these can be had together."""
        return self.form is not None and not self.form.steps

    def _in_steps(
        self,
        work: pl.DataFrame,
        everywhere: Mapping[str, object],
        fixed: Mapping[Leaf, object],
        kept: dict[str, pl.Series],
    ) -> pl.Series:
        def column(step: Lift | Step) -> pl.Series:
            if isinstance(step, Step) and not step.anywhere:
                return _column(step, work, everywhere, fixed)
            if step.name not in kept:
                kept[step.name] = _column(step, work, everywhere, fixed)
            return kept[step.name]

        form = self.form
        if form is not None:
            try:
                for step in form.steps:
                    work = work.hstack([column(step).alias(step.name)])
                return work.select(form.expr.cast(self.dtype).alias("value")).to_series()
            except FeelLimitError:
                pass  # the interpreter may never come to that part: the whole expression tells
        return column(self.whole).alias("value")


def evaluate_together(
    programs: Sequence[ColumnProgram],
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    same: Mapping[str, object] | None = None,
    kept: dict[str, pl.Series] | None = None,
) -> list[pl.Series]:
    """What `evaluate` gives for each of some programs made for the same names, with fewer passes over the frame.

    `kept` are parts that were computed before for the same rows; those that are computed now are added.
    """
    leaves = {leaf: kind for program in programs for leaf, kind in program.whole.reading.leaves.items()}
    everywhere: dict[str, object] = {}
    if not all(program.is_direct for program in programs) or any(column_name(leaf) not in columns for leaf in leaves):
        everywhere = {name: to_feel(value) for name, value in (same or {}).items()}
    work, fixed = _working_frame(leaves, frame, columns, everywhere)
    parts = {} if kept is None else kept
    direct = [
        program.form.expr.cast(program.dtype).alias(str(n))
        for n, program in enumerate(programs)
        if program.form is not None and program.is_direct
    ]
    found = work.select(direct) if direct else work
    return [
        found[str(n)].alias("value") if program.is_direct else program._in_steps(work, everywhere, fixed, parts)
        for n, program in enumerate(programs)
    ]


def _working_frame(
    leaves: Mapping[Leaf, Type], frame: pl.DataFrame, columns: Mapping[str, str], same: Mapping[str, object]
) -> tuple[pl.DataFrame, dict[Leaf, object]]:
    """What expressions read as FEEL sees it, and the leaves that are the same in every row."""
    inputs = [pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias(ROW)]
    literals: list[pl.Expr] = []
    fixed: dict[Leaf, object] = {}
    for leaf, kind in leaves.items():
        path = column_name(leaf)
        if path in columns:
            name = columns[path]
            if name not in frame.columns:
                raise ColumnTypeError(f"there is no column {name!r} for {path}")
            inputs.append(normalised(frame.get_column(name), kind, path).alias(path))
        elif leaf[0] in same:
            fixed[leaf] = _value_at(same, leaf)
            literals.append(_literal(fixed[leaf], kind).alias(path))
        else:
            raise ColumnTypeError(f"{path} has no column, and no value that is the same in every row")
    work = pl.DataFrame(inputs)
    return work.with_columns(literals) if literals else work, fixed


def _column(
    step: Lift | Step, work: pl.DataFrame, same: Mapping[str, object], fixed: Mapping[Leaf, object]
) -> pl.Series:
    if isinstance(step, Lift):
        return step.evaluate(work, same, fixed)
    added, name = work.with_columns(step.expr.alias(step.name)), step.name
    if step.finite:
        added = added.select(pl.when(pl.col(name).is_finite()).then(pl.col(name)))
    return added.get_column(name)


def _value_at(same: Mapping[str, object], leaf: Leaf) -> object:
    value: Any = same
    for name in leaf:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _literal(value: object, kind: Type) -> pl.Expr:
    """A value of every row as a column; of what is no text, number, boolean or zoned moment, native forms ask only
    whether it is null."""
    dtype = dtype_of(kind)
    if dtype in (pl.String, pl.Float64, pl.Boolean):
        return pl.lit(value, dtype)
    if isinstance(value, DateTime) and value.offset is not None:
        unit = 1_000 if value.instant % 1_000 == 0 else 1
        return pl.lit(value.instant // unit, pl.Int64).cast(pl.Datetime("us" if unit > 1 else "ns", "UTC"))
    return pl.lit(None if value is None else True, pl.Boolean)


def compile_columns(
    expression: str | ast.Expression, types: Mapping[str, Typed], functions: Registry | None = None
) -> ColumnProgram:
    """The expression over columns. `types` are the names around it, as `feel.check` takes them.

    An expression in which the checker finds errors is evaluated too, as the interpreter does, with results as objects.
    """
    node = parse(expression) if isinstance(expression, str) else expression
    registry = functions or all_functions()
    found = check_types(node, types, registry)
    forms = native_forms(types, registry)
    if not found.ok or not _encodable(node):
        return ColumnProgram(forms.lift(node, POISON), None)
    whole = forms.lift(node, certain_type(node, found.typed.type))
    form = forms.native(node) if whole.reading.leaves else None
    form = None if form is None else forms.finished(form)
    if form is not None and (form.kind in ("null", "other") or dtype_of(whole.kind) == pl.Object):
        form = None
    return ColumnProgram(whole, form)


def _encodable(node: ast.Expression) -> bool:
    """Whether a table can hold the texts of an expression: half a surrogate pair (`"\\uD83D"`) is no UTF-8."""
    texts = (part.value for part in walk(node) if isinstance(part, ast.StringLiteral))
    return not any("\ud800" <= character <= "\udfff" for text in texts for character in text)
