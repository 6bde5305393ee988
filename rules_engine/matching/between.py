"""What holds between events: standing rules, gates and caps, and the instants at which time alone may change them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from rules_engine.matching.conditions import null_paths
from rules_engine.matching.cuts import cell_of
from rules_engine.matching.prepared import Prepared, PreparedGate, PreparedStanding, StandingValue
from rules_engine.matching.tallies import RunningTally
from rules_engine.matching.walk import Walk
from rules_engine.scoring.amounts import AmountError
from rules_engine.scoring.codes import BY_GATE, BY_NOTHING, BY_STANDING, CAUSE
from rules_engine.scoring.plan import FAR, NONE

_NO_STEPS: dict[int, tuple[int, int]] = {}
_BY_NOTHING = (BY_NOTHING, BY_NOTHING)


class ScoringError(ValueError):
    """Points of a rule came out beyond ±9·10^12; names the score, the rule and the event. Or those of a lead add up to
    more than is counted: beyond ±4.6·10^12 points, of many leads where they may pass half of that on the way. Or those
    of an account are beyond ±9·10^12."""


def beyond_points(prepared: Prepared, s: int, rule: str, problem: object) -> ScoringError:
    """What is wrong with the points of a rule or penalty of score number s."""
    return ScoringError(f'Rule "{rule}" of score "{prepared.numbering.scores[s].name}": {problem}')


def of_lead(error: ScoringError, lead_id: str) -> ScoringError:
    """The same, of many leads: with the one that has it."""
    return ScoringError(f"Lead {lead_id}: {error}")


def profile_of(prepared: Prepared, walk: Walk) -> list[int]:
    """What the standing rules of each score add up to."""
    parts = [0] * len(prepared.numbering.scores)
    for rule, value in zip(prepared.standing, walk.standing, strict=True):
        parts[rule.score] += value.amount
    return parts


def standing_value(prepared: Prepared, rule: PreparedStanding, scope: dict[str, object], now: int) -> StandingValue:
    """What a standing rule adds at `now`; the tallies it reads are in the scope. Raises `ScoringError`."""
    if rule.has_dates:
        starts, ends = rule.rule.starts, rule.rule.ends
        if (starts is not None and now < starts) or (ends is not None and now >= ends):
            return StandingValue(0, False, ())
    verdict = True if rule.when is None else rule.when(scope)
    if verdict is not True and verdict is not False:
        return StandingValue(0, None, null_paths(rule.paths, scope))
    known = rule.if_true if verdict else rule.if_false
    if known is not None:
        return known
    try:
        amount = (rule.points if verdict else rule.otherwise)(scope)
    except AmountError as error:
        raise beyond_points(prepared, rule.score, rule.rule.name, error) from error
    if amount is None:
        return StandingValue(0, None, null_paths(rule.paths, scope))
    return StandingValue(amount, verdict, ())


class Between:
    """The part of a `Walker` that follows what holds between events.

    It changes `walk`; what the walk shares with another is copied first, see `own`.
    """

    __slots__ = (
        "changes",
        "next_bound",
        "owned",
        "prepared",
        "profile",
        "scope",
        "seen",
        "shares",
        "shares_rest",
        "shares_slots",
        "stirred",
        "walk",
    )

    def __init__(self, prepared: Prepared, walk: Walk, scope: dict[str, object], *, shares: bool = False) -> None:
        self.prepared = prepared
        self.walk = walk
        self.scope = scope
        self.shares = self.shares_rest = self.shares_slots = shares  # with the walk it was copied from, see `own`
        self.owned: list[bool] | None = None  # per tally whether it is this walk's own; None where all are
        self.changes: list[int] = []  # of caps and profile parts, six numbers each: see `Inputs`
        self.stirred: list[int] = []  # tallies that may have changed at the current instant
        self.seen: dict[str, object] | None = None  # `walk.seen` by the names of the tallies, once looked at
        self.next_bound = FAR
        self.profile: list[int] | None = None  # what standing rules add up to, once something has changed it

    def start(self) -> None:
        """What holds before the first event."""
        prepared, walk = self.prepared, self.walk
        for t in prepared.dynamic:
            walk.seen[t] = self._tally_value(t, walk.begin)
        self._show_tallies()
        walk.standing = [standing_value(prepared, rule, self.scope, walk.begin) for rule in prepared.standing]
        for gate in prepared.gates:
            if not gate.gate.is_event_gate:
                walk.gate_holds[gate.index] = self._state_gate_holds(gate)
        if True in walk.gate_holds:
            self._lower_caps()

    def own(self) -> None:
        """Makes the walk independent of the one it was copied from, before what most events change is changed."""
        if self.shares:
            self.shares = False
            self.owned = [False] * len(self.walk.tallies)
            self.walk.own()

    def own_rest(self) -> None:
        """The same for outcomes but firing, gates and standing rules."""
        if self.shares_rest:
            self.shares_rest = False
            self.walk.own_rest()

    # --- tallies ----------------------------------------------------------------------------------------------------

    def _tally(self, t: int) -> RunningTally:
        """A tally that may be changed."""
        walk = self.walk
        if self.owned is not None and not self.owned[t]:
            self.owned[t] = True
            walk.tallies[t] = walk.tallies[t].current(walk.at, walk)
        return walk.tallies[t]

    def _tally_value(self, t: int, now: int) -> object:
        return self._tally(t).value(now, self.walk)

    def _show_tallies(self) -> None:
        """Lets conditions read the tallies as they were last looked at between events."""
        if self.seen is None:
            prepared, seen = self.prepared, self.walk.seen
            self.seen = {prepared.tallies[t].tally.name: seen[t] for t in prepared.dynamic}
        self.scope["tally"] = self.seen

    # --- time alone -------------------------------------------------------------------------------------------------

    def _find_next_bound(self, now: int) -> int:
        """The first instant after `now` at which something may change by itself."""
        prepared, walk = self.prepared, self.walk
        bound = FAR
        for t in prepared.dynamic:
            if now < walk.ends[t] < bound:
                bound = walk.ends[t]
        if prepared.dates:
            at = bisect_right(prepared.dates, now)
            if at < len(prepared.dates) and prepared.dates[at] < bound:
                bound = prepared.dates[at]
        if prepared.has_event_gates:
            for until in walk.gate_until:
                if now < until < bound:
                    bound = until
        return bound

    def has_bounds(self) -> bool:
        """Whether anything that the walk looks at may still change by itself."""
        return self._find_next_bound(self.walk.at) < FAR

    def _let_go(self, now: int) -> None:
        """At a bound, before the events of the instant: tallies that something falls out of are looked at again."""
        self.own()
        ends = self.walk.ends
        for t in self.prepared.dynamic:
            if ends[t] <= now:
                self._tally(t)
                self.stirred.append(t)

    def _pass(self, now: int) -> None:
        """A bound at which there is no event."""
        self._let_go(now)
        self._instant(now, True)

    def _renew(self, now: int) -> None:
        """After a bound: what the walk waits for next."""
        prepared, ends = self.prepared, self.walk.ends
        bound = FAR
        for t in prepared.dynamic:
            if ends[t] <= now:
                self._wait_for(t)
            if ends[t] < bound:
                bound = ends[t]
        if prepared.dates or prepared.has_event_gates:
            bound = self._find_next_bound(now)
        self.next_bound = bound

    def _wait_for(self, t: int) -> None:
        """Notes when the tally may next change, by time alone, in a way that matters."""
        walk, prepared = self.walk, self.prepared.tallies[t]
        tally = walk.tallies[t]
        end = None
        if prepared.falls and prepared.cuts is not None:
            left = tally.spared(prepared.cuts)
            end = tally.next_end(left) if left is not None else None
        elif prepared.window.per != "visit":
            end = tally.next_end()
        walk.ends[t] = FAR if end is None else end

    def _expect_end(self, t: int) -> None:
        """Waits for the tally anew."""
        self._wait_for(t)
        if self.walk.ends[t] < self.next_bound:
            self.next_bound = self.walk.ends[t]

    def _instant(self, now: int, due: bool) -> None:
        """After all events of an instant: what changed by it of gates and standing rules."""
        prepared, walk = self.prepared, self.walk
        moved: Sequence[int] = ()
        if self.stirred:
            tallies, seen = walk.tallies, walk.seen
            for t in self.stirred:
                tally = tallies[t]
                value: Any = tally.value(now, walk)
                if value != seen[t]:
                    crosses = (not tally.is_number or not tally.low <= value < tally.high) and self._crosses(t, value)
                    seen[t] = value
                    if self.seen is not None:
                        self.seen[prepared.tallies[t].tally.name] = value
                    if crosses:
                        moved = [*moved, t]
            self.stirred.clear()
        if moved or prepared.turning or (due and prepared.dates):
            self._turn(now, moved, due)
        if due:
            self._renew(now)

    def _find_cell(self, t: int) -> None:
        """Notes between which values what reads the tally stays as it is."""
        cuts, value, tally = self.prepared.tallies[t].cuts, self.walk.seen[t], self.walk.tallies[t]
        if cuts is not None and isinstance(value, float):
            tally.low, tally.high = cell_of(cuts, value)

    def _crosses(self, t: int, value: Any) -> bool:
        """Whether standing rules or state gates may be others now that the tally has another value."""
        prepared, tally = self.prepared.tallies[t], self.walk.tallies[t]
        if prepared.cuts is not None and tally.is_number:
            if tally.low > tally.high:
                self._find_cell(t)
                if tally.low <= value < tally.high:
                    return False
            tally.low, tally.high = cell_of(prepared.cuts, value)
        if prepared.falls:
            self._expect_end(t)
        return True

    def _turn(self, now: int, moved: Sequence[int], due: bool) -> None:
        """State gates, event gates and standing rules anew, where one of the tallies has `moved` or a date has come."""
        prepared = self.prepared
        turned = self._turned_gates(now, moved) if prepared.turning else ()
        rules: Sequence[PreparedStanding] = ()
        if moved or (due and prepared.dates):
            if len(moved) == 1 and not prepared.dates:
                rules = prepared.tallies[moved[0]].standing
            else:
                rules = [
                    rule
                    for rule in prepared.changing
                    if rule.has_dates or any(t in rule.tally_positions for t in moved)
                ]
        steps = self._steps_of(rules, now) if rules else _NO_STEPS
        if turned or steps:
            self._change(now, turned, steps)

    # --- standing rules ---------------------------------------------------------------------------------------------

    def _steps_of(self, rules: Sequence[PreparedStanding], now: int) -> dict[int, tuple[int, int]]:
        """Per score whose profile part the rules change: the causes of a rise and of a fall."""
        steps: dict[int, tuple[int, int]] = {}
        self.own_rest()
        standing = self.walk.standing
        self._show_tallies()
        for rule in rules:
            value = standing_value(self.prepared, rule, self.scope, now)
            before = standing[rule.index]
            if value is before:
                continue
            step = value.amount - before.amount
            if step:
                if self.profile is None:
                    self.profile = profile_of(self.prepared, self.walk)
                self.profile[rule.score] += step
                rise, fall = steps.get(rule.score, _BY_NOTHING)
                cause = BY_STANDING * CAUSE + rule.index
                steps[rule.score] = (cause, fall) if step > 0 else (rise, cause)
            standing[rule.index] = value
        return steps

    def change_fields(self, changed: frozenset[tuple[str, ...]], scope: Mapping[str, object], now: int) -> None:
        """Fields have new values, as in `scope`: the standing rules and state gates that read them, anew at `now`."""
        self.own_rest()
        self.scope = dict(scope)
        turned = []
        for gate in self.prepared.gates:
            if not gate.gate.is_event_gate and gate.paths & changed:
                holds = self._state_gate_holds(gate)
                if holds != self.walk.gate_holds[gate.index]:
                    self.walk.gate_holds[gate.index] = holds
                    turned.append(gate)
        steps = self._steps_of([rule for rule in self.prepared.standing if rule.paths & changed], now)
        if turned or steps:
            self._change(now, turned, steps)

    # --- gates and caps ---------------------------------------------------------------------------------------------

    def _state_gate_holds(self, gate: PreparedGate) -> bool:
        self._show_tallies()
        return gate.when is not None and gate.when(self.scope) is True

    def _turned_gates(self, now: int, tallies: Sequence[int]) -> list[PreparedGate]:
        """The gates that begin or end to hold at `now`."""
        turned, walk = [], self.walk
        for gate in self.prepared.turning:
            if gate.gate.is_event_gate:
                holds = walk.gate_until[gate.index] > now
            elif tallies and any(t in gate.tally_positions for t in tallies):
                holds = self._state_gate_holds(gate)
            else:
                continue
            if holds != walk.gate_holds[gate.index]:
                self.own_rest()
                walk.gate_holds[gate.index] = holds
                turned.append(gate)
        return turned

    def _lower_caps(self) -> None:
        """The lowest cap per score of the gates that hold; of equal ones the first in file order."""
        walk = self.walk
        walk.caps = caps = [FAR] * len(walk.caps)
        walk.capped_by = by = [-1] * len(caps)
        for gate in self.prepared.gates:
            if walk.gate_holds[gate.index]:
                for s, cap in gate.caps:
                    if cap < caps[s]:
                        caps[s] = cap
                        by[s] = gate.index

    def _change(self, now: int, turned: Sequence[PreparedGate], steps: Mapping[int, tuple[int, int]]) -> None:
        """Notes for the fold that caps and profile parts have new values from `now` on, and by what."""
        walk = self.walk
        capped: dict[int, tuple[int, int]] = {}  # per score: the gates behind a rise and a fall
        for gate in turned:
            cause = BY_GATE * CAUSE + gate.index
            for s, _ in gate.caps:
                rise, fall = capped.get(s, _BY_NOTHING)
                capped[s] = (rise, cause) if walk.gate_holds[gate.index] else (cause, fall)
        if capped:
            self._lower_caps()
        profile = self.profile or []
        for s in sorted(capped.keys() | steps.keys()) if capped else sorted(steps):
            rise, fall = steps.get(s, _BY_NOTHING)
            gate_rise, gate_fall = capped.get(s, _BY_NOTHING)
            part = profile[s] if s in steps else NONE
            cap = walk.caps[s] if s in capped else NONE
            self.changes += (now, s, part, cap, rise or gate_rise, fall or gate_fall)
