"""The names that expressions over tables may read, with their types, and the columns behind them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.series import series_of
from rules_engine.feel import types
from rules_engine.feel.types import ContextOf, Entry, Type, Typed
from rules_engine.model.types import Field, Model
from rules_engine.scoring.plan import NONE


def of_leads(model: Model) -> dict[str, Typed]:
    """`lead.* account.* constants.*`."""
    return {
        "lead": _context("lead", _fields(model.lead_fields.values())),
        "account": _context("account", _fields(model.account_fields.values())),
        "constants": _context("constants", ((n, _type_of(v), v is None) for n, v in model.constants.items())),
    }


def between_events(model: Model) -> dict[str, Typed]:
    """What standing rules and state gates read: fields and tallies."""
    return {**of_leads(model), "tally": _context("tally", _tallies(model, stages=False))}


def at_events(model: Model, event: str) -> dict[str, Typed]:
    """What is read at events of one type. Attributes that only other types have are null there, and in scope."""
    fields: dict[str, Field] = {}
    for other in model.events.values():
        fields.update(other.attributes)
    fields.update(model.events[event].attributes)
    entries = [
        *_fields(fields.values()),
        ("at", types.ZONED_DATE_AND_TIME, False),
        ("type", types.Enumeration(tuple(model.events)), False),
    ]
    return {**between_events(model), "event": _context("event", entries)}


def of_results(model: Model) -> dict[str, Typed]:
    """What labels, segments and automations read: everything but events."""
    scores = model.scores
    moment = types.ZONED_DATE_AND_TIME
    orders = {name: tuple(level.name for level in score.bands) for name, score in scores.items() if score.bands}
    counting = [name for name, tally in model.tallies.items() if tally.stage is None]
    return {
        **of_leads(model),
        "tally": _context("tally", _tallies(model, stages=True)),
        "score": _context("score", ((name, types.NUMBER, True) for name in scores)),
        "band": _context("band", ((name, types.Band(name, order), True) for name, order in orders.items())),
        "gate": _context("gate", ((name, types.BOOLEAN, False) for name in model.gates)),
        "label": _context("label", ((name, label_type(model, name), True) for name in model.labels)),
        "last": _context("last", ((name, moment, True) for name in counting)),
        "first": _context("first", ((name, moment, True) for name in counting)),
        "last_increase": _context("last_increase", ((name, moment, True) for name in scores)),
        "now": Typed(moment, nullable=False),
    }


def label_type(model: Model, name: str) -> Type:
    """The type of a label's values."""
    label = model.labels[name]
    if label.formula is not None:
        return types.plain(label.formula.type)
    return types.Enumeration(tuple(choice.name for choice in label.choices))


def tally_type(model: Model, name: str) -> Type:
    """The type of a tally's values."""
    tally = model.tallies[name]
    if tally.measure in ("count", "sum", "distinct") or tally.of is None:
        return types.NUMBER
    return types.plain(tally.of.type)


def moments(instants: NDArray[np.int64], timezone: str) -> pl.Series:
    """Microseconds UTC as moments in a time zone; NONE is null."""
    column = series_of(instants.copy())
    none = column == NONE
    return (column.set(none, None) if none.any() else column).cast(pl.Datetime("us", timezone))


def _tallies(model: Model, *, stages: bool) -> Iterable[tuple[str, Type, bool]]:
    return (
        (name, tally_type(model, name), tally.measure not in ("count", "sum", "distinct"))
        for name, tally in model.tallies.items()
        if stages or tally.stage is None
    )


def _fields(fields: Iterable[Field]) -> Iterable[tuple[str, Type, bool]]:
    return ((field.name, field.type, True) for field in fields)


def _type_of(value: object) -> Type:
    """The type of a constant: a literal, or a list of literals."""
    if value is None:
        return types.NULL
    if isinstance(value, bool):
        return types.BOOLEAN
    if isinstance(value, str):
        return types.STRING
    if isinstance(value, (int, float)):
        return types.NUMBER
    if isinstance(value, list):
        kinds = {_type_of(item) for item in value}
        return types.ListOf(kinds.pop() if len(kinds) == 1 else types.ANY)
    return types.ANY


def _context(label: str, entries: Iterable[tuple[str, Type, bool]]) -> Typed:
    return Typed(ContextOf(tuple(Entry(*entry) for entry in entries), label), nullable=False)
