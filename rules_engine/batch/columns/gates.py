"""Gates of many leads: how each goes over time, and which hold at the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import change_pass
from rules_engine.batch.columns.prepare import ColumnModel
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.standing import Steps, Timelines
from rules_engine.batch.columns.table import Table
from rules_engine.matching.prepared import PreparedGate
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR, NONE

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GateRun:
    """Which gates hold at the as-of time, and until when (NONE where that is open); how each goes, 1 where it holds."""

    holds: NDArray[np.bool_]  # [leads, gates]
    until: Integers
    steps: tuple[Steps, ...]


def run_gates(model: ColumnModel, tables: Sequence[Table], slots: Slots, lines: Timelines) -> GateRun:
    """All gates, in file order."""
    size, gates = len(lines.begin), model.prepared.gates
    holds = np.zeros((size, len(gates)), dtype=np.bool_)
    until = np.full((size, len(gates)), NONE, dtype=np.int64)
    steps: dict[int, Steps] = {}
    for gate, when in model.state_gates:
        initial = when.few(lines.beginning(gate.tallies)).true().astype(np.int64)
        rows = lines.rows(gate.tallies, ())
        later = when.few(rows.table).true().astype(np.int64)
        steps[gate.index] = rows.steps(initial, later)
        holds[:, gate.index] = rows.last(initial, later) == 1
    for gate in gates:
        if gate.gate.is_event_gate:
            turns, ends = _of_events(model, gate, tables, slots, lines.as_of)
            steps[gate.index] = Steps(np.zeros(size, dtype=np.int64), turns[0], turns[1], 1 - turns[2], turns[2])
            holds[:, gate.index] = ends != NONE
            if gate.gate.hold is not None:
                until[:, gate.index] = ends
    return GateRun(holds, until, tuple(steps[gate.index] for gate in gates))


def _of_events(
    model: ColumnModel, gate: PreparedGate, tables: Sequence[Table], slots: Slots, as_of: Integers
) -> tuple[Integers, Integers]:
    """When a gate turns that events start and end, and until when it holds at the end."""
    parts, does = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.uint8)]
    for k, kind in enumerate(model.types):
        every = slots.of_type(k).slots
        done = np.zeros(len(every), dtype=np.uint8)
        for started, when in kind.gates:
            if started.index == gate.index and len(every):
                done |= change_pass.STARTS if when is None else when.few(tables[k]).true().view(np.uint8)
        if any(ended.index == gate.index for ended in kind.index.gates_ended):
            done |= change_pass.STOPS
        some = np.flatnonzero(done)
        parts.append(every[some])
        does.append(done[some])
    own = np.concatenate(parts)
    order = np.argsort(own, kind="stable")
    turns = np.empty((3, 2 * len(own)), dtype=np.int64)
    ends = np.full(len(as_of), NONE, dtype=np.int64)
    hold = FAR if gate.gate.hold is None else gate.gate.hold
    made = change_pass.event_gate(
        slots.first, slots.at, own[order], np.concatenate(does)[order], hold, as_of, *turns, ends
    )
    return turns[:, :made], ends
