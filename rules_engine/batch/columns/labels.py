"""Labels of many leads, and the table that labels, segments and automations read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.conditions import TRUE, Verdict, compile_verdict
from rules_engine.batch.columns.scope import moments, of_results
from rules_engine.batch.columns.table import Compiler, Program, Table
from rules_engine.matching.conditions import formulas_of, paths_of
from rules_engine.matching.prepare import Prepared
from rules_engine.model.types import Label, Model

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """A label: a formula, or choices in order. `reads` are the paths of its expressions."""

    label: Label
    formula: Program | None
    choices: tuple[tuple[str, Verdict | None], ...]
    reads: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OutputColumns:
    """What is evaluated when everything about a lead is known. `compiler` takes further expressions of that kind."""

    model: Model
    compiler: Compiler
    labels: tuple[LabelColumns, ...]


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
    return OutputColumns(model, compiler, labels)


@dataclass(frozen=True, slots=True)
class Known:
    """Columns of leads at their as-of times, by name: readings in points and bands (`Enum`), null without a value; the
    last increase, the gates that hold, tallies with their first and last event. Bands and tallies are made when asked
    for. Instants are microseconds UTC or NONE."""

    as_of: Integers
    readings: dict[str, pl.Series]
    bands: Mapping[str, Callable[[], pl.Series]]
    last_increase: dict[str, Integers]
    gates: dict[str, NDArray[np.bool_]]
    tallies: Mapping[str, Callable[[], pl.Series]]
    first: dict[str, Integers]
    last: dict[str, Integers]


def results_table(model: Model, leads: Table, known: Known) -> Table:
    """The names that labels may use, as columns; labels are added as they become known."""
    zone = model.timezone
    columns: dict[str, pl.Series | Callable[[], pl.Series]] = {"now": partial(moments, known.as_of, zone)}
    columns |= {f"score.{name}": column for name, column in known.readings.items()}
    columns |= {f"band.{name}": column for name, column in known.bands.items()}
    columns |= {f"gate.{name}": pl.Series(column) for name, column in known.gates.items()}
    columns |= {f"tally.{name}": column for name, column in known.tallies.items()}
    columns |= {f"first.{name}": partial(moments, at, zone) for name, at in known.first.items()}
    columns |= {f"last.{name}": partial(moments, at, zone) for name, at in known.last.items()}
    columns |= {f"last_increase.{name}": partial(moments, at, zone) for name, at in known.last_increase.items()}
    height = len(known.as_of)
    return Table(height, columns, leads, np.arange(height, dtype=np.int64))


def add_labels(outputs: OutputColumns, table: Table) -> dict[str, pl.Series]:
    """The values of all labels, in file order; each is a column of the table from then on."""
    found: dict[str, pl.Series] = {}
    for label in outputs.labels:
        name = label.label.name
        if label.formula is not None:
            found[name] = outputs.compiler.values(label.formula, table)
            table.add(f"label.{name}", found[name])
        else:
            found[name], codes = _chosen(label, table)
            table.add(f"label.{name}", codes)
    return found


def _chosen(label: LabelColumns, table: Table) -> tuple[pl.Series, pl.Series]:
    """The first choice whose condition is true, as text and as `Enum`."""
    names = [name for name, _ in label.choices]
    choice = np.full(table.height, len(names), dtype=np.int64)
    for n, (_, when) in enumerate(label.choices):
        open_rows = choice == len(names)
        if not open_rows.any():
            break
        holds = np.ones(table.height, dtype=np.bool_) if when is None else when(table) == TRUE
        choice[open_rows & holds] = n
    text, code = pl.String(), pl.Enum(list(dict.fromkeys(names)))
    return pl.Series([*names, None], dtype=text).gather(choice), pl.Series([*names, None], dtype=code).gather(choice)
