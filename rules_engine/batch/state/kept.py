"""What is kept of a lead from one run to the next: its state, and what it shows while it rests.

While nothing happens to a lead but what its fold does by itself, it is read off together with others, from where its
fold stands, `rests` and the values of its tallies. `rests` is whole numbers: the first instant at which the walk may
change, which gates hold, and of each tally its first and last event and the first instant at which it may change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.coding import native_column
from rules_engine.batch.fold.stands import StandForm, Stands
from rules_engine.batch.state.file import tally_column
from rules_engine.engine import Engine, LeadState
from rules_engine.matching.stored import from_stored, to_stored
from rules_engine.model.types import Model
from rules_engine.records import dataclass
from rules_engine.result.fold_cells import FoldCells
from rules_engine.scoring.plan import NONE

_OF_TALLY = 3  # numbers
_NUMBERS = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class Kept:
    """A lead to whom something has happened. `stand` is None where it is not to be read off with others."""

    state: bytes
    stand: bytes | None
    rests: bytes
    tallies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rests:
    """What stays as it is of L leads while they rest, gates and tallies in the model's order."""

    until: NDArray[np.int64]
    gates: NDArray[np.bool_]  # [L, gates]
    first: NDArray[np.int64]  # [L, tallies]
    last: NDArray[np.int64]
    tallies_until: NDArray[np.int64]


def rests_of(model: Model, rests: pl.Series) -> Rests:
    """What the column `rests` tells."""
    gates, tallies = len(model.gates), len(model.tallies)
    numbers = np.frombuffer(b"".join(rests.to_list()), _NUMBERS)
    numbers = numbers.reshape(len(rests), 1 + gates + _OF_TALLY * tallies)
    own = numbers[:, 1 + gates :].reshape(len(rests), tallies, _OF_TALLY)
    return Rests(numbers[:, 0], numbers[:, 1 : 1 + gates] != 0, own[:, :, 0], own[:, :, 1], own[:, :, 2])


def stands_of(stands: pl.Series) -> Stands:
    """What the column `stand` tells."""
    sizes = stands.bin.size().cast(pl.Int64).to_numpy() // 8
    numbers = np.frombuffer(b"".join(stands.to_list()), _NUMBERS)
    return Stands(numbers, np.concatenate([[0], np.cumsum(sizes)]))


def values_of(told: pl.Series) -> pl.Series:
    """The values of a tally, as columns have them, from a column of JSON."""
    distinct = told.unique()
    values = native_column([from_stored(json.loads(text)) for text in distinct.to_list()])
    places = told.replace_strict(distinct, pl.int_range(len(distinct), eager=True), return_dtype=pl.UInt32)
    return values.gather(places)


class Keeping:
    """Makes what is kept of the leads of a model."""

    def __init__(self, engine: Engine) -> None:
        self._form = StandForm(engine.prepared.plan, FoldCells(engine.prepared.plan))

    def of(self, state: LeadState, before: bytes | None = None) -> Kept | None:
        """What is kept of a state that `advance` gave, None before the first event. `before`: bytes of an earlier
        state, from which this one was made."""
        found = state.resting()
        if found is None:
            return None
        stand = self._form.numbers(found.fold)
        numbers: list[int] = [NONE if stand is None else found.until, *found.gates]
        numbers += chain.from_iterable(
            (NONE if one.first is None else one.first, NONE if one.last is None else one.last, one.until)
            for one in found.tallies
        )
        return Kept(
            state.to_bytes() if before is None or not state.adds_nothing else before,
            None if stand is None else stand.astype(_NUMBERS).tobytes(),
            np.array(numbers, _NUMBERS).tobytes(),
            tuple(json.dumps(to_stored(one.value)) for one in found.tallies),
        )


def frame_of(model: Model, kept: Mapping[str, Kept | None]) -> pl.DataFrame:
    """What is kept of leads as columns of the file of states."""
    found = list(kept.values())
    columns = {
        "lead_id": pl.Series(list(kept), dtype=pl.String),
        "state": pl.Series([None if one is None else one.state for one in found], dtype=pl.Binary),
        "stand": pl.Series([None if one is None else one.stand for one in found], dtype=pl.Binary),
        "rests": pl.Series([None if one is None else one.rests for one in found], dtype=pl.Binary),
    }
    for n, name in enumerate(model.tallies):
        values = [None if one is None else one.tallies[n] for one in found]
        columns[tally_column(name)] = pl.Series(values, dtype=pl.String)
    return pl.DataFrame(columns)
