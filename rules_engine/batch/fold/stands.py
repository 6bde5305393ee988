"""Where the folds of many leads stand, so that they go on together: one run of whole numbers per lead.

A stand is told by what differs from the state of a lead to whom nothing has happened: how many numbers do, for each its
place and its value (of doubles the bits); then nine numbers for each thing that is pending, as `fold_cells` has them.
Limit slots are left out, since nothing but an event asks for them.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from rules_engine.machine.layout import lay_out
from rules_engine.machine.lead_driver import LARGEST
from rules_engine.machine.reach import reach_of
from rules_engine.records import dataclass
from rules_engine.result.fold_cells import FoldCells
from rules_engine.scoring.plan import Plan

if TYPE_CHECKING:
    from rules_engine.batch.fold.marks import Ints


@dataclass(frozen=True, slots=True)
class Stands:
    """The stands of L leads, lead after lead; that of lead n is `numbers[first[n] : first[n + 1]]`."""

    numbers: Ints
    first: Ints  # [L + 1]


class StandForm:
    """Tells the stands of a model."""

    def __init__(self, plan: Plan, cells: FoldCells) -> None:
        layout = lay_out(plan, 1, 1)
        self._cells = cells
        self._blank = np.frombuffer(layout.template + array("q", layout.real_template.tobytes()), np.int64)
        self._most, self._factor = reach_of(plan)

    def numbers(self, cells: array[int]) -> Ints | None:
        """The stand that `FoldCells.of` gives as an array; None where its points may add up to more than compiled code
        counts."""
        if not (self._most + self._cells.amount(cells)) * self._factor < LARGEST:
            return None
        every = np.frombuffer(cells, np.int64)
        fixed = every[: len(self._blank)]
        differ = np.flatnonzero(fixed != self._blank)
        found = np.empty(1 + 2 * len(differ), np.int64)
        found[0] = len(differ)
        found[1::2] = differ
        found[2::2] = fixed[differ]
        return np.concatenate([found, every[self._cells.pending_at(cells) :]])
