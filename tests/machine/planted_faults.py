"""Marks that nothing should make: the fold must end where they lead out of a column. Run by `test_checked`.

Collected only when named, since code that checks nothing reads and writes beside the columns here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rules_engine.batch.fold.run import fold_leads
from rules_engine.machine.checked import BoundsError, is_checked
from rules_engine.machine.one_lead import CompiledKernel
from rules_engine.scoring.plan import FAR
from tests.batch.fold.matched import marks_of
from tests.batch.fold.test_run import AS_OF, BEGIN, DAY, MODEL, lead_of
from tests.differential.running import load

assert is_checked()

ENGINE = load(MODEL)
PLAN = ENGINE._prepared.plan
AT, ITEM, NOMINAL, SLOT, EVENT = range(5)

# item and limit slot of a mark of the first two rules, the second of which has a limit, and where it leads
FAULTS = [
    pytest.param(len(PLAN.i_score) + 1, -1, "plan.k_after", id="a clock too high"),
    pytest.param(-1, -1, "score_of_item", id="a negative item"),
    pytest.param(1, 50, "inputs.slot_ring|state.slot_count", id="a slot too high"),
    pytest.param(1, 2**31 - 1, "inputs.slot_ring|state.slot_count", id="a slot far too high"),
]


@pytest.mark.parametrize(("item", "slot", "place"), FAULTS)
@pytest.mark.parametrize("threads", [1, 2])
def test_in_the_fold_of_many_leads(item: int, slot: int, place: str, threads: int) -> None:
    marks = marks_of([lead_of(ENGINE, 20, n) for n in range(4)], 1)
    items, slots = np.array(marks.m_item), np.array(marks.m_slot)
    items[30], slots[30] = item, slot
    planted = replace(marks, m_item=items, m_slot=slots)
    assert fold_leads(PLAN, marks, AS_OF, ledger=True, moves=True, threads=threads).reading.shape == (4, 1)
    with pytest.raises(BoundsError, match=rf"the compiled fold_range: \w+, line \d+: ({place})\[.*leaves its column"):
        fold_leads(PLAN, planted, AS_OF, ledger=True, moves=True, threads=threads)


@pytest.mark.parametrize(("item", "slot", "place"), FAULTS)
def test_in_the_fold_of_one_lead(item: int, slot: int, place: str) -> None:
    kernel = CompiledKernel(PLAN)
    begun = kernel.begin([0], [FAR], BEGIN)
    mark = [BEGIN + DAY, 1, 3_000_000, 0, 0]
    good, _, _ = kernel.bring(begun, AS_OF, mark, rooms=[2])
    mark[ITEM], mark[SLOT] = item, slot
    with pytest.raises(BoundsError, match=rf"the compiled bring_lead: \w+, line \d+: ({place})\[.*leaves its column"):
        kernel.bring(begun, AS_OF, mark, rooms=[2])
    mark[ITEM], mark[SLOT] = 1, 0
    again, _, _ = kernel.bring(begun, AS_OF, mark, rooms=[2])
    assert again.state.s_activity == good.state.s_activity


def test_marks_of_the_next_lead_are_beyond_those_of_a_lead() -> None:
    """A column of marks is as long as the lead has marks, though the array goes on."""
    marks = marks_of([lead_of(ENGINE, 5, n) for n in range(2)], 1)
    slots = np.array(marks.m_slot)
    slots[np.flatnonzero(slots >= 0)[0]] = int(np.diff(marks.r_first)[0])
    with pytest.raises(BoundsError, match="leaves its column"):
        fold_leads(PLAN, replace(marks, m_slot=slots), AS_OF, ledger=False, moves=False, threads=1)
