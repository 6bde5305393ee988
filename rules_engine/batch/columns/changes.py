"""What changes between the events of leads: profile parts by standing rules, caps by gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import change_pass
from rules_engine.batch.columns.gates import GateRun
from rules_engine.batch.columns.prepare import ColumnModel
from rules_engine.batch.columns.standing import NOTHING, StandingRun
from rules_engine.batch.fold.run import largest_amount, refuse_beyond
from rules_engine.machine.lead_driver import LARGEST
from rules_engine.machine.reach import reach_of
from rules_engine.records import dataclass

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Changes:
    """What holds at the beginning, and the kernel's columns of changes after it."""

    begin: Integers
    profile: Integers
    caps: Integers
    first: Integers
    # at, score, profile, cap, up, down
    columns: tuple[NDArray[Any], ...]


def all_changes(model: ColumnModel, begin: Integers, standing: Sequence[StandingRun], gates: GateRun) -> Changes:
    """Gates come before rules, each in file order, where they change at one instant."""
    prepared, size = model.prepared, len(begin)
    scores = len(prepared.numbering.scores)
    parts = np.zeros((scores, size), dtype=np.int64)
    for rule, run in zip(model.standing, standing, strict=True):
        parts[rule.prepared.score] += run.steps.initial
    profile = np.ascontiguousarray(parts.T)
    holds = np.zeros((size, len(prepared.gates)), dtype=np.bool_)
    for g, steps in enumerate(gates.steps):
        holds[:, g] = steps.initial == 1
    gate_first = np.cumsum([0, *(len(gate.caps) for gate in prepared.gates)])
    gate_score = np.array([s for gate in prepared.gates for s, _ in gate.caps], dtype=np.int64)
    gate_cap = np.array([cap for gate in prepared.gates for _, cap in gate.caps], dtype=np.int64)
    streams = [(-1 - g, steps) for g, steps in enumerate(gates.steps)]
    streams += [(r, run.steps) for r, run in enumerate(standing)]
    streams = [(number, steps) for number, steps in streams if len(steps.at)]
    first = np.zeros(size + 1, dtype=np.int64)
    sizes = [len(steps.at) for _, steps in streams]
    most = [1 if number >= 0 else len(prepared.gates[-1 - number].caps) for number, _ in streams]  # changes of a row
    kinds = (np.int64, np.int32, np.int64, np.int64, np.int64, np.int64)
    columns = [np.empty(int(np.dot(most, sizes)), dtype=kind) for kind in kinds]
    change_pass.changes(
        np.cumsum([0, *sizes]),
        np.array([number for number, _ in streams], dtype=np.int64),
        np.concatenate([NOTHING, *(steps.lead for _, steps in streams)]),
        np.concatenate([NOTHING, *(steps.at for _, steps in streams)]),
        np.concatenate([NOTHING, *(steps.before for _, steps in streams)]),
        np.concatenate([NOTHING, *(steps.value for _, steps in streams)]),
        np.array([rule.prepared.score for rule in model.standing], dtype=np.int64),
        profile,
        holds,
        gate_first,
        gate_score,
        gate_cap,
        np.empty(len(streams), dtype=np.int64),
        np.empty((scores, change_pass.NOTED), dtype=np.int64),
        np.empty(len(prepared.gates), dtype=np.bool_),
        first,
        *columns,
    )
    caps = np.empty((size, scores), dtype=np.int64)
    change_pass.caps_of(holds, gate_first, gate_score, gate_cap, caps)
    made = int(first[-1])
    return Changes(begin, profile, caps, first, tuple(column[:made] for column in columns))


def countable(
    model: ColumnModel, standing: Sequence[StandingRun], scored: NDArray[np.bool_]
) -> tuple[StandingRun, ...]:
    """The standing rules, where the amounts of all of a lead fit into 64 bits together; else raises `FoldError`.

    Of leads that are not scored nothing is reckoned, so what is too large for them becomes nothing.
    """
    found = tuple(standing)
    each = (max(map(largest_amount, (run.steps.initial, run.undated, run.steps.value))) for run in found)
    _, growth = reach_of(model.prepared.plan)
    if sum(each) * growth <= LARGEST:
        return found  # a coarse bound, which hardly ever calls for a count
    found = tuple(_of_scored(run, scored) for run in found)
    most = np.zeros(len(scored))
    for run in found:
        own = np.maximum(np.abs(run.steps.initial.astype(np.float64)), np.abs(run.undated.astype(np.float64)))
        np.maximum.at(own, run.steps.lead, np.abs(run.steps.value.astype(np.float64)))
        most += own
    refuse_beyond(most)
    return found


def _of_scored(run: StandingRun, scored: NDArray[np.bool_]) -> StandingRun:
    steps, of_row = run.steps, scored[run.steps.lead]
    kept = replace(
        steps,
        initial=np.where(scored, steps.initial, 0),
        before=np.where(of_row, steps.before, 0),
        value=np.where(of_row, steps.value, 0),
    )
    return replace(run, steps=kept, undated=np.where(scored, run.undated, 0))
