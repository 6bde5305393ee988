"""How one lead's fold is run: begun, brought forward, looked at, and taken apart to be stored.

A `Kernel` is made once per model. The one here runs `fold` as it is, over the plain lists of a `State`; that of
`rules_engine.machine.one_lead` runs it compiled. Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol, TypeAlias

from rules_engine.scoring.fold import begin, close, fold
from rules_engine.scoring.plan import FAR, NONE, Inputs, Plan
from rules_engine.scoring.state import Pending, State, copy_state, initial_state

# What a stretch of a lead's history is worth, as one list each: five numbers for each mark (at, item, nominal, slot,
# event) and six for each change (at, score, profile, cap, up, down); see `Inputs`.
Marks: TypeAlias = list[int]
Changes: TypeAlias = list[int]
NOTHING: list[int] = []  # no marks, or no changes; never changed
MARK, CHANGE = 5, 6


class Stand(Protocol):
    """Where a fold stands, brought to date up to and with `at`; not changed once it is one."""

    @property
    def at(self) -> int: ...

    @property
    def state(self) -> State:
        """Its columns, to be read and not to be changed."""
        ...

    def soon(self) -> int:
        """The next instant at which something happens by itself, besides decay; FAR for never."""
        ...

    def taken_apart(self) -> tuple[State, list[Pending]]:
        """The plain state and what is pending, which the caller may change."""
        ...


class Kernel(Protocol):
    """Runs the folds of a model. Used by several threads at once."""

    def begin(self, profile: list[int], caps: list[int], at: int) -> Stand:
        """Just before the first event, with the profile parts and caps that hold then."""
        ...

    def bring(
        self,
        stand: Stand,
        until: int,
        marks: Marks = NOTHING,
        changes: Changes = NOTHING,
        rooms: list[int] = NOTHING,
        *,
        regrown: bool = False,
        again: bool = False,
        spent: bool = False,
    ) -> tuple[Stand, Sequence[int], Sequence[int]]:
        """The stand at `until`, with the ledger and the moves of the stretch, as `fold.fold` writes them.

        `rooms` says for each limit slot how many counted instants there is room for, where there are more slots than
        before, or where old ones have `regrown`. `again`: what happens at the stand's own instant happens, though that
        was judged. `spent`: the given stand is not used any more.
        """
        ...


def inputs_of(marks: Marks, changes: Changes, starts: list[int]) -> Inputs:
    """Marks and changes as columns; `starts` says where the room of each limit slot begins, and where the last ends."""
    return Inputs(
        marks[0::5],
        marks[1::5],
        marks[2::5],
        marks[3::5],
        marks[4::5],
        starts,
        changes[0::6],
        changes[1::6],
        changes[2::6],
        changes[3::6],
        changes[4::6],
        changes[5::6],
    )


class PlainStand:
    """A fold over the lists of a `State`."""

    __slots__ = ("at", "heap", "starts", "state")

    def __init__(self, state: State, heap: list[Pending], starts: list[int], at: int) -> None:
        self.state = state
        self.heap = heap
        self.starts = starts  # of the room of each limit slot in the ring, and where the last ends; never changed
        self.at = at

    def soon(self) -> int:
        state, heap = self.state, self.heap
        at = heap[0][0] if heap else FAR
        for k, rings in enumerate(state.k_next):
            if rings < at and not state.k_asleep[k]:
                at = rings
        return at

    def taken_apart(self) -> tuple[State, list[Pending]]:
        return copy_state(self.state), self.heap.copy()


class PlainKernel:
    """Runs `fold` as it is."""

    __slots__ = ("blank", "plan")

    def __init__(self, plan: Plan) -> None:
        scores = len(plan.s_start)
        self.plan = plan
        # of a lead to whom nothing has happened, but for its profile parts, caps and beginning
        self.blank = initial_state(plan, inputs_of([], [], [0]), [0] * scores, [FAR] * scores, NONE)

    def state_before(self, profile: list[int], caps: list[int], at: int) -> State:
        """`initial_state`, made of what is the same for all leads."""
        state, scores = copy_state(self.blank), len(caps)
        state.s_profile, state.s_cap = profile.copy(), caps.copy()
        state.s_checked, state.s_known, state.origin = [at] * scores, [at] * scores, [at]
        return state

    def begin(self, profile: list[int], caps: list[int], at: int) -> PlainStand:
        state = self.state_before(profile, caps, at)
        begin(self.plan, state, at)
        return PlainStand(state, [], [0], at)

    def bring(
        self,
        stand: Stand,
        until: int,
        marks: Marks = NOTHING,
        changes: Changes = NOTHING,
        rooms: list[int] = NOTHING,
        *,
        regrown: bool = False,
        again: bool = False,
        spent: bool = False,
    ) -> tuple[PlainStand, list[int], list[int]]:
        assert isinstance(stand, PlainStand)
        plan, state, heap, starts = self.plan, stand.state, stand.heap, stand.starts
        if not spent:
            state, heap = copy_state(state), heap.copy()
        if again:
            _open_again(state, until)
        if rooms:
            starts = _grow(state, starts, rooms, regrown=regrown)
        ledger: list[int] = []
        moves: list[int] = []
        fold(plan, state, inputs_of(marks, changes, starts), heap, ledger, moves, 0, 0, until)
        close(plan, state, ledger, moves, until)
        return PlainStand(state, heap, starts, until), ledger, moves


def _open_again(state: State, t: int) -> None:
    """Lets an instant that was judged be judged once more, since something is new at it."""
    for s, checked in enumerate(state.s_checked):
        if checked == t:
            state.s_checked[s] = t - 1


def _grow(state: State, starts: list[int], rooms: Sequence[int], *, regrown: bool) -> list[int]:
    """Room for new limit slots, and for more counted instants of old ones; gives where each begins in the ring then.

    A slot whose room grows was not full and has never wrapped around, so its instants lie in order from its start.
    """
    before = len(starts) - 1
    nothing = [0] * (len(rooms) - before)
    state.slot_count += nothing
    state.slot_last += nothing
    state.slot_best += nothing
    if not regrown:
        after = starts[:-1] + list(accumulate(rooms[before:], initial=starts[-1]))
        state.ring += [0] * (after[-1] - starts[-1])
        return after
    ring: list[int] = []
    for slot, room in enumerate(rooms):
        had = starts[slot + 1] - starts[slot] if slot < before else 0
        ring.extend(state.ring[starts[slot] : starts[slot] + had] if had else ())
        ring.extend([0] * (room - had))
    state.ring = ring
    return list(accumulate(rooms, initial=0))
