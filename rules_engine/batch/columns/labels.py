"""Labels of many leads, and the table that labels, segments and automations read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.coding import feel_values
from rules_engine.batch.columns.conditions import TRUE, Verdict, compile_verdict
from rules_engine.batch.columns.distinct import Indexes
from rules_engine.batch.columns.scope import moments, of_results
from rules_engine.batch.columns.table import Combinations, Compiler, Program, Table
from rules_engine.batch.fold.frames import chosen
from rules_engine.batch.series import series_of
from rules_engine.matching.conditions import formulas_of, paths_of
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import Label, Model
from rules_engine.records import dataclass

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
FEW = 1000  # different texts of a label that are numbered


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """A label: a formula, or choices in order. `reads` are the paths of its expressions."""

    label: Label
    formula: Program | None
    choices: tuple[tuple[str, Verdict | None], ...]
    reads: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OutputColumns:
    """What is evaluated when everything about a lead is known. `compiler` takes further expressions of that kind;
    `distinct` is what is known from one bucket of leads to the next."""

    model: Model
    compiler: Compiler
    labels: tuple[LabelColumns, ...]
    distinct: Combinations


def prepare_outputs(prepared: Prepared) -> OutputColumns:
    """Compiles a model's labels for tables."""
    model = prepared.model
    compiler = Compiler(of_results(model), prepared.functions, prepared.constants)
    ready = model.sales_ready
    labels = tuple(
        LabelColumns(
            label,
            compiler.program(label.formula, ready) if label.formula is not None else None,
            tuple(
                (choice.name, compile_verdict(compiler, choice.when, ready) if choice.when is not None else None)
                for choice in label.choices
            ),
            paths_of([label.formula] if label.formula else [f for c in label.choices for f in formulas_of(c.when)]),
        )
        for label in model.labels.values()
    )
    return OutputColumns(model, compiler, labels, {})


@dataclass(frozen=True, slots=True)
class Known:
    """Columns of leads at their as-of times, by name: readings in points, bands (`Enum`) and the last increase, null
    without a value; the gates that hold; tallies with their first and last event. Tallies and the last increase are
    made when asked for. Instants are microseconds UTC or NONE."""

    as_of: Integers
    readings: dict[str, pl.Series]
    bands: dict[str, pl.Series]
    last_increase: Mapping[str, Callable[[], Integers]]
    gates: dict[str, NDArray[np.bool_]]
    tallies: Mapping[str, Callable[[], pl.Series]]
    first: dict[str, Integers]
    last: dict[str, Integers]


def results_table(outputs: OutputColumns, leads: Table, known: Known) -> Table:
    """The names that labels may use, as columns; labels are added as they become known."""
    zone, height = outputs.model.timezone, len(known.as_of)
    one_moment = height > 0 and bool((known.as_of == known.as_of[0]).all())
    same = {"now": moments(known.as_of[:1], zone)} if one_moment else {}
    columns: dict[str, pl.Series | Callable[[], pl.Series]] = {}
    if not same:
        columns["now"] = partial(moments, known.as_of, zone)
    columns |= {f"score.{name}": column for name, column in known.readings.items()}
    columns |= {f"band.{name}": column for name, column in known.bands.items()}
    columns |= {f"gate.{name}": series_of(column) for name, column in known.gates.items()}
    columns |= {f"tally.{name}": column for name, column in known.tallies.items()}
    columns |= {f"first.{name}": partial(moments, at, zone) for name, at in known.first.items()}
    columns |= {f"last.{name}": partial(moments, at, zone) for name, at in known.last.items()}
    columns |= {f"last_increase.{name}": partial(_moments_of, find, zone) for name, find in known.last_increase.items()}
    return Table(height, columns, leads, same=same, distinct=outputs.distinct)


def _moments_of(instants: Callable[[], Integers], timezone: str) -> pl.Series:
    return moments(instants(), timezone)


def add_labels(outputs: OutputColumns, table: Table, scored: Booleans) -> dict[str, pl.Series]:
    """The values of all labels as text, in file order; null where not `scored`. Each is a column of the table from
    then on. Texts of which there are few are `Enum`s."""
    found: dict[str, pl.Series] = {}
    for label in outputs.labels:
        name = label.label.name
        if label.formula is None:
            names, number = _choice(label, table)
            table.add(f"label.{name}", partial(chosen, names, number))
            found[name] = chosen(names, number, scored)
        else:
            values, take = outputs.compiler.few(label.formula, table)
            table.add(f"label.{name}", values if take is None else partial(values.gather, series_of(take)))
            found[name] = _texts(values, take, scored)
    return found


def _choice(label: LabelColumns, table: Table) -> tuple[list[str | None], Integers]:
    """The names of choices, None last, and the number of the first whose condition is true."""
    names = [name for name, _ in label.choices]
    choice = np.full(table.height, len(names), dtype=np.int64)
    for n, (_, when) in enumerate(label.choices):
        open_rows = choice == len(names)
        if not open_rows.any():
            break
        holds = np.ones(table.height, dtype=np.bool_) if when is None else when(table) == TRUE
        choice[open_rows & holds] = n
    return [*names, None], choice


def _texts(values: pl.Series, take: Indexes | None, scored: Booleans) -> pl.Series:
    """Values as text, each row's own or that of a smaller table; null where not `scored`."""
    text = as_text(values)
    different = text.drop_nulls().unique()
    if len(different) > FEW:
        return (text if take is None else text.gather(series_of(take))).set(series_of(~scored), None)
    names = different.to_list()
    numbers = pl.int_range(len(names), eager=True)
    number = text.replace_strict(different, numbers, default=len(names), return_dtype=pl.Int64).to_numpy()
    number = number if take is None else number.take(take, mode="clip")
    # the names that occur, in an order that does not depend on where they came from
    occurs = np.bincount(number[scored], minlength=len(names) + 1).tolist()
    order = sorted(names[n] for n in range(len(names)) if occurs[n])
    place = {name: n for n, name in enumerate(order)}
    place_of = np.array([place.get(name, len(order)) for name in (*names, None)], dtype=np.int64)
    return chosen([*order, None], place_of[number], scored)


def as_text(column: pl.Series) -> pl.Series:
    """The values of an expression as text: truth in small letters, everything else as FEEL writes it."""
    if column.dtype == pl.String:
        return column
    if column.dtype == pl.Boolean:
        return column.cast(pl.String)
    values = feel_values(column)
    if column.dtype == pl.Float64:  # no negative zero; Polars leaves it, since it does not add nothing
        values = [None if value is None else value + 0.0 for value in column.to_list()]
    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
