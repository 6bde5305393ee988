"""A part of an expression run by the interpreter, once for each distinct combination of what it reads.

    has word(lead.title, ["vp", "chief"])      a million leads, some thousand titles: some thousand evaluations

So whatever has no native form still means exactly what it means for one lead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from rules_engine.feel import ast, types
from rules_engine.feel.columns.inputs import Leaf, Reading, column_name, feel_values
from rules_engine.feel.interpret.scope import Run
from rules_engine.feel.syntax.walk import walk
from rules_engine.feel.types import ListOf, Type, plain
from rules_engine.records import dataclass

ROW = "##row"
"""The column of a working frame that counts its rows."""

_DTYPES: dict[Type, pl.DataType] = {
    types.STRING: pl.String(),
    types.NUMBER: pl.Float64(),
    types.BOOLEAN: pl.Boolean(),
}
_CLASSES: dict[Type, type] = {types.STRING: str, types.NUMBER: float, types.BOOLEAN: bool}


@dataclass(frozen=True, slots=True)
class Lift:
    """`name` is the column of the working frame that the results go to; `kind` the static type of the results."""

    name: str
    node: ast.Expression
    reading: Reading
    kind: Type
    run: Run

    def evaluate(self, work: pl.DataFrame, same: Mapping[str, object], fixed: Mapping[Leaf, object]) -> pl.Series:
        """The results for the rows of a working frame. `same` is the scope, and `fixed` the leaves, of every row."""
        names = [column_name(leaf) for leaf in self.reading.leaves if leaf not in fixed]
        if not names:
            return self._of_rows(work.select(ROW).head(1), same, fixed).gather([0] * work.height)
        if work.height <= _FEW and all(work.schema[name] in _DTYPES.values() for name in names):
            return self._of_few(work, names, same, fixed)
        if any(work.schema[name] == pl.Object for name in names) or _mostly_distinct(work.select(names)):
            return self._of_rows(work, same, fixed)  # no table can tell whether objects are equal
        groups = work.select(ROW, *names).group_by(names).agg(ROW)
        rows = groups[ROW]
        of_row = np.empty(work.height, dtype=np.uint32)
        of_row[rows.explode().to_numpy()] = np.repeat(np.arange(len(rows), dtype=np.uint32), rows.list.len().to_numpy())
        return self._of_rows(groups, same, fixed).gather(of_row)

    def _of_few(
        self, work: pl.DataFrame, names: list[str], same: Mapping[str, object], fixed: Mapping[Leaf, object]
    ) -> pl.Series:
        """The same where Python has grouped the rows before Polars has begun."""
        keys = list(zip(*(work[name].to_list() for name in names), strict=True))
        scope, run = _scope_maker(self.reading, same), self.run
        found: dict[tuple[object, ...], object] = {}
        for key, row in zip(keys, self._rows(work, fixed), strict=True):
            if key not in found:
                found[key] = run(scope(row))
        return series_of([found[key] for key in keys], self.kind)

    def _of_rows(self, frame: pl.DataFrame, same: Mapping[str, object], fixed: Mapping[Leaf, object]) -> pl.Series:
        scope, run = _scope_maker(self.reading, same), self.run
        return series_of([run(scope(row)) for row in self._rows(frame, fixed)], self.kind)

    def _rows(self, frame: pl.DataFrame, fixed: Mapping[Leaf, object]) -> list[tuple[object, ...]]:
        """The values of the leaves, row by row."""
        columns = [
            [fixed[leaf]] * frame.height if leaf in fixed else feel_values(frame[column_name(leaf)], kind)
            for leaf, kind in self.reading.leaves.items()
        ]
        return list(zip(*columns, strict=True)) if columns else [()] * frame.height


def _scope_maker(reading: Reading, same: Mapping[str, object]) -> Callable[[tuple[object, ...]], dict[str, object]]:
    """The leaves of a row → its scope. Contexts are made new for each row: a result may hold one."""
    leaves, contexts = tuple(reading.leaves), reading.contexts
    if len(contexts) == 1 and all(leaf[:-1] == contexts[0] for leaf in leaves):  # the usual case, made faster
        (root,), names = contexts[0], [leaf[-1] for leaf in leaves]
        return lambda row: {**same, root: dict(zip(names, row, strict=True))}

    def make(row: tuple[object, ...]) -> dict[str, object]:
        scope: dict[str, object] = dict(same)
        made: dict[Leaf, dict[str, object]] = {(): scope}
        for context in contexts:
            made[context] = made[context[:-1]][context[-1]] = {}
        for leaf, value in zip(leaves, row, strict=True):
            made[leaf[:-1]][leaf[-1]] = value
        return scope

    return make


_FEW = 1_000  # rows for which the interpreter is done before they would be grouped
_SAMPLE = 10_000


def _mostly_distinct(columns: pl.DataFrame) -> bool:
    """Whether grouping would cost more than it saves, judged by the first rows."""
    sample = columns.head(_SAMPLE)
    return sample.height == _SAMPLE and sample.n_unique() > _SAMPLE * 0.7


def certain_type(node: ast.Expression, found: Type) -> Type:
    """The type that the checker found, or ANY where a filter's position may be null: `xs[n]` is then a list, `[]`."""
    return types.ANY if any(_is_open_filter(part) for part in walk(node)) else found


def _is_open_filter(node: ast.Node) -> bool:
    if not isinstance(node, ast.Filter):
        return False
    position = node.condition.operand if isinstance(node.condition, ast.Negate) else node.condition
    return not isinstance(position, ast.NumberLiteral | _CONDITIONS)


_CONDITIONS = ast.Comparison | ast.And | ast.Or | ast.Between | ast.In | ast.Quantified | ast.InstanceOf


def dtype_of(kind: Type) -> pl.DataType:
    """Texts, numbers, booleans and lists of them have columns of their own; FEEL's other values come as objects."""
    known = plain(kind)
    if isinstance(known, ListOf):
        item = dtype_of(known.item)
        return pl.Object() if item == pl.Object else pl.List(item)
    return _DTYPES.get(known, pl.Object())


def series_of(values: list[object], kind: Type) -> pl.Series:
    """Results as a column. A value of another type than the checker found is a bug, and said so."""
    dtype, wanted = dtype_of(kind), plain(kind)
    if dtype == pl.Object or set(map(type, values)) <= {type(None), _CLASSES.get(wanted)}:
        return pl.Series(values, dtype=dtype)
    for value in values:
        if not _is_of(value, wanted):
            raise TypeError(f"the checker found {kind}, and the interpreter gave {value!r}")
    return pl.Series(values, dtype=dtype)


def _is_of(value: object, kind: Type) -> bool:
    if value is None:
        return True
    if isinstance(kind, ListOf):
        return isinstance(value, list) and all(_is_of(item, kind.item) for item in value)
    return isinstance(value, _CLASSES[kind])
