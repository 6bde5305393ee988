"""One run of the fold over a matched history, and what can be read off its state."""

from __future__ import annotations

from dataclasses import dataclass

from rules_engine.matching.match import Matched
from rules_engine.matching.prepare import Prepared
from rules_engine.scoring import fold as kernel
from rules_engine.scoring.state import Pending, State, copy_state, initial_state

YEAR = 365 * kernel.DAY
HORIZON = 10 * YEAR  # how far a forecast looks
LAST_INSTANT = 253_402_300_799_999_999  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Run:
    """The fold up to an as-of time: its state there, the ledger and the band moves (as the kernel writes them)."""

    state: State
    heap: list[Pending]
    ledger: list[int]
    moves: list[int]
    next_mark: int
    next_change: int


def run_fold(prepared: Prepared, matched: Matched, as_of: int) -> Run:
    """Folds a matched history up to and with `as_of`."""
    plan = prepared.plan
    state = initial_state(plan, matched.inputs, matched.profile, matched.caps, matched.begin)
    heap: list[Pending] = []
    ledger: list[int] = []
    moves: list[int] = []
    kernel.begin(plan, state, matched.begin)
    next_mark, next_change = kernel.fold(plan, state, matched.inputs, heap, ledger, moves, 0, 0, as_of)
    kernel.close(plan, state, ledger, moves, as_of)
    return Run(state, heap, ledger, moves, next_mark, next_change)


def look_ahead(prepared: Prepared, matched: Matched, run: Run, as_of: int) -> Run:
    """The same fold from `as_of` on to the forecast's horizon if nothing happens; only what is new is in it."""
    state, heap = copy_state(run.state), list(run.heap)
    ledger: list[int] = []
    moves: list[int] = []
    until = min(as_of + HORIZON, LAST_INSTANT)
    next_mark, next_change = kernel.fold(
        prepared.plan, state, matched.inputs, heap, ledger, moves, run.next_mark, run.next_change, until
    )
    kernel.close(prepared.plan, state, ledger, moves, until)
    return Run(state, heap, ledger, moves, next_mark, next_change)
