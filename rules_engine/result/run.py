"""A lead at an instant: where its walk and its fold stand, and how they go on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from rules_engine.matching.between import NO_MARKS, Between, profile_of
from rules_engine.matching.history import Row
from rules_engine.matching.match import Walker, begin_walk
from rules_engine.matching.prepare import Prepared
from rules_engine.matching.tallies import RunningTally, running_tally
from rules_engine.matching.walk import Walk
from rules_engine.records import dataclass
from rules_engine.scoring import fold as kernel
from rules_engine.scoring.plan import FAR, NONE, Inputs, Plan
from rules_engine.scoring.state import Pending, State, copy_state

YEAR = 365 * kernel.DAY
HORIZON = 10 * YEAR  # how far a forecast looks
LAST_INSTANT = 253_402_300_799_999_999  # the end of the year 9999
FIRST_LOOK = 16 * kernel.DAY  # a search for the next change looks so far first, then twice as far, and so on


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept of a ledger: what the entries of each item changed in all, and the tallies of stages."""

    effects: list[int]
    stages: list[RunningTally]


class Stand(NamedTuple):
    """Where a fold stands, brought to date up to and with `at`; not changed once it is one."""

    state: State
    heap: list[Pending]
    at: int


class Run:
    """A lead up to and with `walk.at`, and what the last stretch added: ledger, band moves (as the kernel writes
    them) and changes of caps and profile parts. Not changed once it is made, as far as anybody can tell.

    A stretch in which nothing happened but decay is folded when somebody asks, or the next stretch needs it.
    """

    __slots__ = ("_from", "_stand", "before", "inputs", "ledger", "moves", "plan", "since", "sums", "walk")
    ledger: list[int]
    moves: list[int]

    def __init__(self, plan: Plan, walk: Walk, inputs: Inputs, before: Sums, since: int, begun: Stand) -> None:
        self.plan = plan
        self.walk = walk
        self.inputs = inputs
        self.before = before  # over the ledger before this stretch
        self.sums: Sums | None = None  # with this stretch; see `sums_of`
        self.since = since
        self._from = begun
        self._stand: Stand | None = None

    @classmethod
    def folded(
        cls, plan: Plan, walk: Walk, inputs: Inputs, before: Sums, stand: Stand, ledger: list[int], moves: list[int]
    ) -> Run:
        """A run whose stretch has been folded."""
        made = cls(plan, walk, inputs, before, stand.at, stand)
        made._stand, made.ledger, made.moves = stand, ledger, moves
        return made

    def __getattr__(self, name: str) -> list[int]:
        if name not in ("ledger", "moves"):
            raise AttributeError(f"a Run has no {name}")
        self._fold()
        return object.__getattribute__(self, name)  # type: ignore[no-any-return]

    def _fold(self) -> Stand:
        """Folds the stretch; should two threads do it at a time, they find the same."""
        state, heap = self._brought_to(self.since)
        ledger: list[int] = []
        moves: list[int] = []
        _bring(self.plan, state, NO_MARKS, heap, ledger, moves, self.walk.at)
        self.ledger, self.moves = ledger, moves
        self._stand = Stand(state, heap, self.walk.at)
        return self._stand

    def _brought_to(self, at: int) -> tuple[State, list[Pending]]:
        """A fold of its own, closed at an instant. What that writes is of stretches that are over."""
        state, heap = copy_state(self._from.state), self._from.heap.copy()
        if self._from.at < at:
            _bring(self.plan, state, NO_MARKS, heap, [], [], at)
        return state, heap

    @property
    def state(self) -> State:
        """The fold at `walk.at`."""
        return (self._stand or self._fold()).state

    @property
    def heap(self) -> list[Pending]:
        """What is pending at `walk.at`."""
        return (self._stand or self._fold()).heap

    @property
    def is_folded(self) -> bool:
        """Whether somebody has asked for what decay did."""
        return self._stand is not None

    def begin(self) -> Stand:
        """A stand from which nothing but decay has happened up to `walk.at`."""
        return self._stand or self._from

    def copies(self) -> tuple[State, list[Pending]]:
        """The fold at `walk.at`, to go on with."""
        stand = self._stand
        return self._brought_to(self.walk.at) if stand is None else (copy_state(stand.state), stand.heap.copy())


def _bring(
    plan: Plan, state: State, inputs: Inputs, heap: list[Pending], ledger: list[int], moves: list[int], until: int
) -> None:
    kernel.fold(plan, state, inputs, heap, ledger, moves, 0, 0, until)
    kernel.close(plan, state, ledger, moves, until)


def _rests(plan: Plan, stand: Stand, until: int) -> bool:
    """Whether time alone does nothing up to and with `until` but let scores decay."""
    if stand.heap and stand.heap[0][0] <= until:
        return False
    asleep = stand.state.k_asleep
    for k, at in enumerate(stand.state.k_next):  # noqa: SIM110 - asked at every advance
        if at <= until and not asleep[k]:
            return False
    return True


def state_before(prepared: Prepared, profile: list[int], caps: list[int], begin: int) -> State:
    """The fold just before the first event: `initial_state`, made of what is the same for all leads."""
    state, scores = copy_state(prepared.blank), len(caps)
    state.s_profile, state.s_cap = profile, caps.copy()
    state.s_checked, state.s_known, state.origin = [begin] * scores, [begin] * scores, [begin]
    return state


def begin_run(prepared: Prepared, scope: dict[str, object], begin: int) -> Run:
    """A lead just before its first event, at `begin`."""
    walk = begin_walk(prepared, scope, begin)
    state = state_before(prepared, profile_of(prepared, walk), walk.caps, begin)
    kernel.begin(prepared.plan, state, begin)
    stages = [running_tally("count", stage.window) for stage in prepared.stages]
    sums = Sums([0] * len(prepared.numbering.items), stages)
    return Run.folded(prepared.plan, walk, NO_MARKS, sums, Stand(state, [], begin), [], [])


def go_on(
    prepared: Prepared,
    run: Run,
    scope: dict[str, object],
    events: Sequence[Row],
    until: int,
    *,
    changed: frozenset[tuple[str, ...]] = frozenset(),
    fields: dict[str, object] | None = None,
    in_place: bool = False,
) -> Run:
    """The run after further `events` (in order, after `run.walk.at`) up to and with `until`.

    `changed` names fields that have new values at `until`; the scope with these is `fields`. The given run stays as it
    is unless `in_place`, which is for a lead that has just begun. Raises `ScoringError`.
    """
    plan = prepared.plan
    walk = run.walk if in_place else run.walk.copy()
    rooms = [] if in_place else walk.slot_room
    walker = Walker(prepared, walk, scope, shares=not in_place)
    inputs = walker.run(events, until)
    if changed and fields is not None:
        walker.change_fields(changed, fields, until)
        inputs = walker.marks
    elif not inputs.m_at and not inputs.h_at and not in_place and _rests(plan, begun := run.begin(), until):
        return Run(plan, walk, inputs, sums_of(prepared, run), run.walk.at, begun)
    state, heap = (run.state, run.heap) if in_place else run.copies()
    if changed:
        _open_again(state, until)
    if len(walk.slot_room) > len(rooms) or walker.regrown:
        _grow_slots(walk, state, rooms, regrown=walker.regrown)
    if inputs is not NO_MARKS:
        inputs.slot_ring = walk.slot_ring
    ledger: list[int] = []
    moves: list[int] = []
    _bring(plan, state, inputs, heap, ledger, moves, until)
    return Run.folded(plan, walk, inputs, sums_of(prepared, run), Stand(state, heap, until), ledger, moves)


def _open_again(state: State, t: int) -> None:
    """Lets an instant that was judged be judged once more, since something is new at it."""
    for s, checked in enumerate(state.s_checked):
        if checked == t:
            state.s_checked[s] = t - 1


def _grow_slots(walk: Walk, state: State, before: list[int], *, regrown: bool) -> None:
    """Room for new limit slots and, where some have `regrown`, for more counted instants of old ones.

    A slot whose room grows was not full and has never wrapped around, so its instants lie in order from its start.
    """
    after, starts = walk.slot_room, walk.slot_ring
    nothing = [0] * (len(after) - len(state.slot_count))
    state.slot_count += nothing
    state.slot_last += nothing
    state.slot_best += nothing
    if regrown:
        walk.slot_ring = list(accumulate(after, initial=0))
        known = state.ring
        ring: list[int] = []
        for slot, room in enumerate(after):
            had = before[slot] if slot < len(before) else 0
            ring.extend(known[starts[slot] : starts[slot] + had] if had else ())
            ring.extend([0] * (room - had))
        state.ring = ring
    else:
        walk.slot_ring = ends = starts.copy()
        for room in after[len(before) :]:
            ends.append(ends[-1] + room)
        state.ring += [0] * (ends[-1] - len(state.ring))


def sums_of(prepared: Prepared, run: Run) -> Sums:
    """The sums over a lead's whole ledger. Computed once; should two threads do it at a time, they find the same."""
    if run.sums is None and (not run.is_folded or not run.ledger):  # decay alone changes none of them
        run.sums = run.before
    if run.sums is None:
        effects, ledger = run.before.effects.copy(), run.ledger
        walk = run.walk
        stages = [tally.current(walk.at, walk) for tally in run.before.stages]
        for n in range(0, len(ledger), 8):
            kind, index, effective = ledger[n + 2], ledger[n + 3], ledger[n + 5]
            if kind in (kernel.DECAY, kernel.INACTIVITY):
                continue
            effects[index] += effective
            if stages and kind == kernel.AWARD and not (effective == 0 and ledger[n + 6] == kernel.LIMIT):
                for tally, stage in zip(stages, prepared.stages, strict=True):
                    if index in stage.items:
                        tally.mark(ledger[n])
                        tally.add(ledger[n], True)
        run.sums = Sums(effects, stages)
    return run.sums


def look_ahead(prepared: Prepared, run: Run, scope: dict[str, object], until: int) -> Run:
    """The same lead at `until` if nothing happens; only what is new is in its ledger and moves."""
    return go_on(prepared, run, scope, (), min(until, LAST_INSTANT))


def next_change(prepared: Prepared, run: Run, scope: dict[str, object], valued: list[bool]) -> int | None:
    """The first instant after the run at which a band of a valued score changes, a gate ends or begins, by time alone.

    Looks further and further ahead, so that it costs little where the change is near, and stops where nothing is left
    that could change. None within the next ten years.
    """
    begun = at = run.walk.at
    end = min(begun + HORIZON, LAST_INSTANT)
    step = FIRST_LOOK
    while at < end and _may_change(prepared, run):
        at = min(at + step, end)
        step *= 2
        run = look_ahead(prepared, run, scope, at)
        found = [run.moves[n] for n in range(0, len(run.moves), 5) if valued[run.moves[n + 1]]]
        found += [t for t, cap in zip(run.inputs.h_at, run.inputs.h_cap, strict=True) if cap != NONE]
        if found:
            return min(found)
    return None


def _may_change(prepared: Prepared, run: Run) -> bool:
    """Whether time alone may still move a band or a gate: something can fall, or be given back, or a window ends."""
    plan, state, walk = prepared.plan, run.state, run.walk
    if Between(prepared, walk, {}).has_bounds():
        return True
    if any(pending[1] == kernel.RETURNS for pending in run.heap):
        return True
    return any(on and plan.b_until[b] > -FAR for b, on in enumerate(state.b_on))
