"""What a lead shows as long as it rests: no event comes, and nothing in its walk changes by itself.

Its fold goes on, with decay, inactivity and parts of penalties; gates, caps, profile parts and tallies stay. So many
resting leads can be read off together, without their walks (`batch.state.together`).
"""

from __future__ import annotations

from array import array

from rules_engine.matching.prepared import Prepared
from rules_engine.matching.tallies import RunningTally
from rules_engine.matching.walk import Walk
from rules_engine.records import dataclass
from rules_engine.result.fold_cells import FoldCells
from rules_engine.result.run import Run, sums_of
from rules_engine.scoring.plan import FAR


@dataclass(frozen=True, slots=True)
class RestingTally:
    """A tally: its value, the first and last event, and the first instant at which the value may be another."""

    value: object
    first: int | None
    last: int | None
    until: int


@dataclass(frozen=True, slots=True)
class Resting:
    """A lead whose walk does not change before `until`: its fold (see `fold_cells`), the gates that hold, and its
    tallies in file order."""

    until: int
    fold: array[int]
    gates: tuple[bool, ...]
    tallies: tuple[RestingTally, ...]


def resting_of(prepared: Prepared, cells: FoldCells, run: Run) -> Resting:
    """What the lead shows from the run's instant on."""
    walk = run.walk
    names = [one.tally.name for one in prepared.tallies] + [one.tally.name for one in prepared.stages]
    found = dict(zip(names, (*walk.tallies, *sums_of(prepared, run).stages), strict=True))
    return Resting(
        walk.bound,
        cells.of(run.stand),
        tuple(walk.gate_holds),
        tuple(_resting_tally(found[name], walk) for name in prepared.model.tallies),
    )


def _resting_tally(tally: RunningTally, walk: Walk) -> RestingTally:
    if tally.head < len(tally.held_at):
        tally = tally.current(walk.at, walk)
    until = FAR
    if tally.head < len(tally.held_at):
        if tally.window.per == "visit":
            until = walk.last_event + tally.window.visit_gap + 1
        elif (end := tally.window.ends(tally.held_at[tally.head])) is not None:
            until = end
    return RestingTally(tally.value(walk.at, walk), tally.first, tally.last, until)
