"""Gates of many leads: how each goes over time, and which hold at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns import passes
from rules_engine.batch.columns.conditions import TRUE
from rules_engine.batch.columns.flat import Flat
from rules_engine.batch.columns.prepare import ColumnModel
from rules_engine.batch.columns.slots import Slots
from rules_engine.batch.columns.standing import NOTHING, Steps, Timelines, steps_of
from rules_engine.batch.columns.table import Table
from rules_engine.matching.prepare import PreparedGate
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
        if gate.tallies:
            firsts, lead, at, table = lines.rows(gate.tallies, ())
            on = when(table) == TRUE
            steps[gate.index] = steps_of(firsts, lead, at, on.astype(np.int64))
            holds[:, gate.index] = on[firsts[1:] - 1]
        else:
            on = when(lines.leads) == TRUE
            steps[gate.index] = Steps(on.astype(np.int64), NOTHING, NOTHING, NOTHING)
            holds[:, gate.index] = on
    for gate in gates:
        if gate.gate.is_event_gate:
            rows, ends = _of_events(model, gate, tables, slots, lines.as_of)
            steps[gate.index] = Steps(np.zeros(size, dtype=np.int64), rows[0], rows[1], rows[2])
            holds[:, gate.index] = ends != NONE
            if gate.gate.hold is not None:
                until[:, gate.index] = ends
    return GateRun(holds, until, tuple(steps[gate.index] for gate in gates))


def _of_events(
    model: ColumnModel, gate: PreparedGate, tables: Sequence[Table], slots: Slots, as_of: Integers
) -> tuple[Integers, Integers]:
    """When a gate turns that events start and end, and until when it holds at the end."""
    starts = np.full(len(model.types), passes.NEVER, dtype=np.int64)
    stops = np.zeros(len(model.types), dtype=np.bool_)
    hits = Flat(np.bool_)
    for k, kind in enumerate(model.types):
        for started, when in kind.gates:
            if started.index == gate.index:
                starts[k] = passes.ALWAYS if when is None else hits.add(when(tables[k]) == TRUE)
        stops[k] = any(ended.index == gate.index for ended in kind.index.gates_ended)
    found: tuple[Integers, Integers] = passes.event_gate(
        slots.first,
        slots.at,
        slots.kind,
        slots.row,
        slots.of_types(frozenset(np.flatnonzero((starts != passes.NEVER) | stops).tolist())),
        starts,
        stops,
        hits.array(),
        FAR if gate.gate.hold is None else gate.gate.hold,
        as_of,
    )
    return found
