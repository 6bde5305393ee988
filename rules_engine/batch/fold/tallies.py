"""What is counted from ledger entries: tallies of stages, and what each rule changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rules_engine.batch.fold.folded import LedgerColumns
from rules_engine.matching.prepared import Prepared
from rules_engine.matching.tallies import Window
from rules_engine.model.types import EventRule, Tally
from rules_engine.scoring.codes import AWARD, DECAY, INACTIVITY, LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rules_engine.batch.fold.marks import Ints


def stage_tallies(prepared: Prepared, ledger: LedgerColumns, as_of: Ints) -> dict[str, NDArray[np.float64]]:
    """The tallies of stages by name, one number per lead: `result.labels.stage_tally` of each."""
    wanted = {name: tally for name, tally in prepared.model.tallies.items() if tally.stage}
    if not wanted:
        return {}
    leads = len(ledger.first) - 1
    lead = np.repeat(np.arange(leads), np.diff(ledger.first))
    counted = (ledger.kind == AWARD) & ~((ledger.effective == 0) & (ledger.reason == LIMIT))
    moments, which = np.unique(as_of, return_inverse=True)
    found = {}
    for name, tally in wanted.items():
        window = _window(prepared, tally)
        begins = np.array([window.begins(int(now), 0, 0) for now in moments], dtype=np.int64)[which]
        staged = np.array(
            [isinstance(item, EventRule) and item.stage == tally.stage for item in prepared.numbering.items], dtype=bool
        )
        own = np.flatnonzero(counted & (begins[lead] <= ledger.at) & (ledger.at <= as_of[lead]))
        own = own[staged[ledger.index[own]]]
        found[name] = np.bincount(lead[own], minlength=leads).astype(np.float64)
    return found


def _window(prepared: Prepared, tally: Tally) -> Window:
    return Window(tally.within, tally.per, prepared.model.visit_gap, prepared.calendar)


def effects(ledger: LedgerColumns, items: int) -> Ints:
    """[L, items]: by how many micropoints the entries of each event rule and penalty changed its score."""
    leads = len(ledger.first) - 1
    lead = np.repeat(np.arange(leads), np.diff(ledger.first))
    own = np.flatnonzero((ledger.kind != DECAY) & (ledger.kind != INACTIVITY))
    found = np.zeros(leads * items, dtype=np.int64)
    np.add.at(found, lead[own] * items + ledger.index[own], ledger.effective[own])
    return found.reshape(leads, items)
