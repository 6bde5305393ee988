"""A lead at an instant: where its walk and its fold stand, and how they go on."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.matching.between import Between, ScoringError, profile_of
from rules_engine.matching.history import Row
from rules_engine.matching.match import Walker, begin_walk
from rules_engine.matching.prepared import Prepared
from rules_engine.matching.tallies import RunningTally, running_tally
from rules_engine.matching.walk import Walk
from rules_engine.records import dataclass
from rules_engine.scoring.codes import AWARD, DAY, DECAY, INACTIVITY, LIMIT, RETURNS
from rules_engine.scoring.kernel import CHANGE, NOTHING, Kernel, PlainStand, Stand
from rules_engine.scoring.plan import FAR, NONE
from rules_engine.scoring.state import State

YEAR = 365 * DAY
HORIZON = 10 * YEAR  # how far a forecast looks
LAST_INSTANT = 253_402_300_799_999_999  # the end of the year 9999
LARGE = 2.0**60  # micropoints: what is far below `FAR`, rounding included
FIRST_LOOK = 16 * DAY  # a search for the next change looks so far first, then twice as far, and so on


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept of a ledger: what the entries of each item changed in all, and the tallies of stages."""

    effects: list[int]
    stages: list[RunningTally]


_NOT_YET: tuple[None, Sequence[int], Sequence[int]] = (None, (), ())


class Run:
    """A lead up to and with `walk.at`, and what the last stretch added: ledger, band moves (as the kernel writes
    them) and changes of caps and profile parts. Not changed once it is made, as far as anybody can tell.

    A stretch in which nothing happened but decay is folded when somebody asks, or the next stretch needs it.
    `is_quiet`: neither did anything fall out of a window in it, so that the run before will do as well.
    """

    __slots__ = (
        "_begun",
        "_ledger",
        "_moves",
        "_stand",
        "before",
        "changes",
        "is_quiet",
        "kernel",
        "since",
        "sums",
        "walk",
    )

    def __init__(
        self,
        kernel: Kernel,
        walk: Walk,
        before: Sums,
        since: int,
        begun: Stand,
        folded: tuple[Stand | None, Sequence[int], Sequence[int]] = _NOT_YET,
        changes: list[int] = NOTHING,
        *,
        is_quiet: bool = False,
    ) -> None:
        self.kernel = kernel
        self.walk = walk
        self.before = before  # over the ledger before this stretch
        self.since = since  # when this stretch began
        self._begun = begun  # from where it is folded, if it is not yet
        self._stand, self._ledger, self._moves = folded
        self.changes = changes  # of caps and profile parts
        self.is_quiet = is_quiet
        self.sums: Sums | None = None  # with this stretch; see `sums_of`

    @property
    def ledger(self) -> Sequence[int]:
        """What the stretch added, eight numbers for each entry."""
        if self._stand is None:
            self._fold()
        return self._ledger

    @property
    def moves(self) -> Sequence[int]:
        """The band moves of the stretch, five numbers each."""
        if self._stand is None:
            self._fold()
        return self._moves

    def _fold(self) -> Stand:
        """Folds the stretch; should two threads do it at a time, they find the same."""
        begun, is_own = self._begun, False
        if begun.at < self.since:  # what was written up to there is of stretches that are over
            begun, is_own = self.kernel.bring(begun, self.since)[0], True
        stand, self._ledger, self._moves = self.kernel.bring(begun, self.walk.at, spent=is_own)
        self._stand = stand
        return stand

    @property
    def stand(self) -> Stand:
        """The fold at `walk.at`."""
        return self._stand or self._fold()

    @property
    def state(self) -> State:
        """The columns of the fold at `walk.at`, to be read."""
        return self.stand.state

    @property
    def is_folded(self) -> bool:
        """Whether somebody has asked for what decay did."""
        return self._stand is not None

    def begin(self) -> Stand:
        """A stand from which nothing but decay has happened up to `walk.at`."""
        return self._stand or self._begun


def begin_run(prepared: Prepared, scope: dict[str, object], begin: int) -> Run:
    """A lead just before its first event, at `begin`."""
    walk = begin_walk(prepared, scope, begin)
    stand = prepared.kernel.begin(profile_of(prepared, walk), walk.caps, begin)
    stages = [running_tally("count", stage.window) for stage in prepared.stages]
    sums = Sums([0] * len(prepared.numbering.items), stages)
    return Run(prepared.kernel, walk, sums, begin, stand, (stand, [], []))


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
    kernel = prepared.kernel
    walk = run.walk if in_place else run.walk.copy()
    walker = Walker(prepared, walk, scope, shares=not in_place)
    walker.run(events, until)
    if changed and fields is not None:
        walker.change_fields(changed, fields, until)
    marks, changes, stand, is_own = walker.marks, walker.changes, run.begin(), in_place
    sums, since = run.sums or sums_of(prepared, run), run.walk.at
    if not (marks or changes or changed or in_place) and stand.soon() > until:
        return Run(kernel, walk, sums, since, stand, is_quiet=walker.shares and not events)
    if not in_place and stand.at < since:  # what decay did there is of a stretch that is over
        stand, is_own = kernel.bring(stand, since)[0], True
    rooms, regrown = walk.slot_room if walker.grown or walker.regrown else NOTHING, walker.regrown
    found = kernel.bring(stand, until, marks, changes, rooms, regrown=regrown, again=bool(changed), spent=is_own)
    if isinstance(found[0], PlainStand):  # compiled code only goes on where all fits
        _refuse_beyond(prepared, found[0].state)
    return Run(kernel, walk, sums, since, found[0], found, changes)


def _refuse_beyond(prepared: Prepared, state: State) -> None:
    """Raises `ScoringError` where a score passes, or has passed, what is counted: `FAR` stands for no bound there."""
    plan = prepared.plan
    most = max(map(abs, state.s_activity)) + max(map(abs, state.s_profile))
    weight = 1.0
    for s in plan.combined_score:  # no chain of weights comes to more than the product over all
        weight *= 1.0 + sum(map(abs, plan.part_weight[plan.s_parts[s] : plan.s_parts[s + 1]]))
    if most * weight < LARGE and max(state.s_peak) < FAR:  # as nearly always: each look asks
        return
    values = [a + p for a, p in zip(state.s_activity, state.s_profile, strict=True)]
    bounds = list(zip(plan.s_min, [None if high == FAR else high for high in plan.s_max], strict=True))
    for s in (*range(len(values)), *plan.combined_score):  # combined ones after what they are made of
        if parts := range(plan.s_parts[s], plan.s_parts[s + 1]):
            values[s] = sum([round(plan.part_weight[n] * values[plan.part_score[n]]) for n in parts])
        low, high = bounds[s]
        values[s] = max(values[s] if high is None else min(values[s], high), low)
    for s, value in enumerate(values):
        if not -FAR < value < FAR or not state.s_activity[s] < FAR or not state.s_peak[s] < FAR:
            name = prepared.numbering.scores[s].name
            raise ScoringError(f'Score "{name}": points add up to more than can be counted exactly')


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
            if kind in (DECAY, INACTIVITY):
                continue
            effects[index] += effective
            if stages and kind == AWARD and not (effective == 0 and ledger[n + 6] == LIMIT):
                for tally, stage in zip(stages, prepared.stages, strict=True):
                    if index in stage.items:
                        tally.mark(ledger[n])
                        tally.add(ledger[n], True)
        run.sums = Sums(effects, stages)
    return run.sums


def look_ahead(prepared: Prepared, run: Run, scope: dict[str, object], until: int) -> Run:
    """The same lead at `until` if nothing happens; only what is new is in its ledger and moves."""
    return go_on(prepared, run, scope, (), min(until, LAST_INSTANT))


def next_change(prepared: Prepared, run: Run, scope: dict[str, object], valued: list[bool], until: int) -> int | None:
    """The first instant after the run, up to and with `until`, at which a band of a valued score changes, a gate ends
    or begins, by time alone.

    Looks further and further ahead, so that it costs little where the change is near, and stops where nothing is left
    that could change.
    """
    at = run.walk.at
    end = min(until, LAST_INSTANT)
    step = FIRST_LOOK
    while at < end and (end - at <= step or _may_change(prepared, run)):
        at = min(at + step, end)
        step *= 2
        run = look_ahead(prepared, run, scope, at)
        found = [run.moves[n] for n in range(0, len(run.moves), 5) if valued[run.moves[n + 1]]]
        changes = run.changes
        found += [changes[n] for n in range(0, len(changes), CHANGE) if changes[n + 3] != NONE]
        if found:
            return min(found)
    return None


def _may_change(prepared: Prepared, run: Run) -> bool:
    """Whether time alone may still move a band or a gate: something can fall, or be given back, or a window ends."""
    if Between(prepared, run.walk, {}).has_bounds():
        return True
    state, heap = run.stand.taken_apart()
    if any(pending[1] == RETURNS for pending in heap):
        return True
    return any(on and prepared.plan.b_until[b] > -FAR for b, on in enumerate(state.b_on))
