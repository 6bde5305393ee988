"""One lead's history against a prepared model: marks for the fold, and when profile parts and gates change.

One walk forward in time over events and *boundaries* (window ends, dates of rules, ends of gates). What happens after
the as-of time if no further event comes is part of the result, for the forecast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush

from rules_engine.matching.calendar import to_datetime
from rules_engine.matching.conditions import null_paths
from rules_engine.matching.fields import to_feel
from rules_engine.matching.history import Event, History
from rules_engine.matching.keys import key_of
from rules_engine.matching.prepare import (
    EventIndex,
    Prepared,
    PreparedGate,
    PreparedItem,
    PreparedStanding,
    PreparedTally,
    candidates,
)
from rules_engine.matching.tallies import RunningTally, Window
from rules_engine.scoring.amounts import AmountError
from rules_engine.scoring.fold import BY_GATE, BY_NOTHING, BY_STANDING, CAUSE
from rules_engine.scoring.plan import FAR, NONE, Inputs


class ScoringError(ValueError):
    """Points of a rule came out beyond ±9·10^12; names the score, the rule and the event."""


@dataclass(slots=True)
class ItemCount:
    """How often an event rule or penalty fired, was false, was unknown; and what was null when it was unknown.

    `reached` counts how often a `reaches` rule was triggered; others are triggered by every event of their types.
    """

    fired: int = 0
    not_fired: int = 0
    unknown: int = 0
    reached: int = 0
    missing: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class StandingValue:
    """What a standing rule adds at the as-of time. `verdict` None is unknown."""

    amount: int
    verdict: bool | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the walk knew at the as-of time."""

    tallies: dict[str, object]
    tally_first: dict[str, int | None]
    tally_last: dict[str, int | None]
    gates: tuple[tuple[int, int | None], ...]  # gates that hold, and until when
    standing: tuple[StandingValue, ...]
    capped_by: tuple[int, ...]  # per score: the gate of the lowest cap, -1 for none


@dataclass(frozen=True, slots=True)
class Matched:
    """What the fold needs, and what the result says about rules."""

    begin: int
    profile: list[int]
    caps: list[int]
    inputs: Inputs
    counts: tuple[ItemCount, ...]
    snapshot: Snapshot


def match(prepared: Prepared, history: History, as_of: int) -> Matched:
    """Matches a lead's history. Raises `ScoringError` where computed points are beyond the limit."""
    return _Walk(prepared, history, as_of).run()


class _Walk:
    """The state of one walk; used once."""

    def __init__(self, prepared: Prepared, history: History, as_of: int) -> None:
        self.prepared = prepared
        self.history = history
        self.as_of = as_of
        model = prepared.model
        self.scope: dict[str, object] = {
            "lead": history.lead,
            "account": history.account,
            "constants": prepared.constants,
        }
        self.tallies = {
            tally.tally.name: RunningTally(
                tally.tally.measure,
                Window(tally.tally.within, tally.tally.per, model.visit_gap, prepared.calendar),
            )
            for tally in prepared.tallies
        }
        self.visit_start = 0
        self.last_event = NONE
        self.counts = tuple(ItemCount() for _ in prepared.numbering.items)
        self.types_seen: dict[str, int] = {}
        self.once: dict[int, object] = {}
        self.marks = Inputs([], [], [], [], [], [0], [], [], [], [], [], [])
        self.slots: dict[tuple[object, ...], int] = {}
        self.slot_candidates: list[int] = []
        self.slot_items: list[int] = []
        self.bounds: list[tuple[int, str]] = []  # when something may change by itself, and the tally it is, if one
        self.stirred: set[str] = set()  # tallies that may have changed at the current instant
        self.gate_until = [NONE] * len(prepared.gates)
        self.gate_holds = [False] * len(prepared.gates)
        self.standing: list[StandingValue] = []
        self.seen: dict[str, object] = {}
        self.caps: list[int] = [FAR] * len(prepared.numbering.scores)
        self.capped_by: list[int] = [-1] * len(prepared.numbering.scores)
        self.visit_tallies = tuple(
            tally.tally.name
            for tally in prepared.tallies
            if tally.tally.per == "visit" and tally.tally.name in prepared.dynamic_tallies
        )

    def run(self) -> Matched:
        events = self.history.events
        begin = events[0].at - 1 if events else self.as_of
        self.seen = {name: self._tally_value(name, begin) for name in self.prepared.dynamic_tallies}
        for rule in self.prepared.standing:
            self.bounds.extend((at, "") for at in (rule.rule.starts, rule.rule.ends) if at is not None and at > begin)
            self.standing.append(self._standing_value(rule, begin))
        self.bounds.append((max(self.as_of, begin), ""))
        self.bounds.sort()
        for gate in self.prepared.gates:
            if not gate.gate.is_event_gate:
                self.gate_holds[gate.index] = self._state_gate_holds(gate.index, begin)
        self._lower_caps()
        profile, caps = self._profile(), list(self.caps)
        snapshot: Snapshot | None = None
        at_event = 0
        while at_event < len(events) or self.bounds:
            now = events[at_event].at if at_event < len(events) else FAR
            if self.bounds and self.bounds[0][0] < now:
                now = self.bounds[0][0]
            while at_event < len(events) and events[at_event].at == now:
                index = self.prepared.by_type[events[at_event].type]
                self._visit(now)
                self._event(events[at_event], at_event, index)
                at_event += 1
            while self.bounds and self.bounds[0][0] == now:
                self.stirred.add(heappop(self.bounds)[1])
            if self.stirred or self.prepared.has_event_gates:
                self._instant(now)
            if now == self.as_of:
                snapshot = self._snapshot()
        if snapshot is None:  # the as-of time is always a boundary
            raise AssertionError("the walk missed the as-of time")
        self._close_slots()
        self._count_not_fired()
        return Matched(begin, profile, caps, self.marks, self.counts, snapshot)

    # --- events -----------------------------------------------------------------------------------------------------

    def _visit(self, now: int) -> None:
        gap = self.prepared.model.visit_gap
        if self.last_event == NONE or now - self.last_event > gap:
            self.visit_start = now
        self.last_event = now
        for name in self.visit_tallies:
            heappush(self.bounds, (now + gap + 1, name))

    def _tally_value(self, name: str, now: int) -> object:
        return self.tallies[name].value(now, self.visit_start, self.last_event)

    def _event(self, event: Event, number: int, index: EventIndex) -> None:
        scope, now = self.scope, event.at
        values = event.attributes | {"type": event.type}
        if index.reads_at:
            values["at"] = to_feel(to_datetime(now, self.prepared.calendar.zone))
        scope["event"] = values
        possible = candidates(index, values, scope)
        reached = self._count_tallies(index, possible.tallies, now)
        if index.tallies_read:
            scope["tally"] = {name: self._tally_value(name, now) for name in index.tallies_read}
        for gate in index.gates_started:
            if gate.when is None or gate.when(scope) is True:
                until = FAR if gate.gate.hold is None else now + gate.gate.hold
                self.gate_until[gate.index] = max(self.gate_until[gate.index], until)
                if until != FAR:
                    heappush(self.bounds, (until, ""))
        for gate in index.gates_ended:  # an event that also starts the gate does not come after itself
            self.gate_until[gate.index] = NONE
        self.types_seen[event.type] = self.types_seen.get(event.type, 0) + 1
        for item, decided in possible.items:
            if item.reaches is None:
                self._try_item(item, decided, number, now)
            elif item.threshold in reached.get(item.reaches, ()):
                self.counts[item.index].reached += 1
                self._try_item(item, decided, number, now)
        for k in index.clocks:
            self._mark(now, len(self.prepared.numbering.items) + k, 0, -1, number)

    def _count_tallies(
        self, index: EventIndex, tallies: tuple[tuple[PreparedTally, bool], ...], now: int
    ) -> dict[str, tuple[float, ...]]:
        """Counts the event in its tallies; gives the thresholds of `reaches` that it crossed."""
        reached: dict[str, tuple[float, ...]] = {}
        for prepared, decided in tallies:
            name = prepared.tally.name
            if not decided and prepared.when is not None and prepared.when(self.scope) is not True:
                continue
            wanted = index.thresholds.get(name)
            before = self._tally_value(name, now) if wanted else None
            self._add(prepared, now)
            if wanted:
                after = self._tally_value(name, now)
                reached[name] = tuple(n for n in wanted if _below(before, n) and not _below(after, n))
        return reached

    def _add(self, prepared: PreparedTally, now: int) -> None:
        tally = self.tallies[prepared.tally.name]
        tally.mark(now)
        value = True if prepared.of is None else prepared.of(self.scope)
        if value is None:
            return
        tally.add(now, value)
        name = prepared.tally.name
        if name in self.prepared.dynamic_tallies:
            self.stirred.add(name)
            ends = tally.window.ends(now)
            if ends is not None:
                heappush(self.bounds, (ends, name))

    def _try_item(self, item: PreparedItem, decided: bool, number: int, now: int) -> None:
        if (item.starts is not None and now < item.starts) or (item.ends is not None and now >= item.ends):
            return
        count = self.counts[item.index]
        if not decided and item.when is not None:
            if item.when_of_lead:
                if item.index not in self.once:
                    self.once[item.index] = item.when(self.scope)
                verdict = self.once[item.index]
            else:
                verdict = item.when(self.scope)
            if verdict is False:
                return
            if verdict is not True:
                count.unknown += 1
                count.missing.update(null_paths(item.when_paths, self.scope))
                return
        nominal: int | None = item.fixed
        if nominal is None and not item.is_set and item.points is not None:
            nominal = self._nominal(item)
            if nominal is None:
                count.unknown += 1
                count.missing.update(null_paths(item.points_paths, self.scope))
                return
        count.fired += 1
        if nominal or item.is_set or item.is_penalty:
            self._mark(now, item.index, nominal or 0, self._slot(item, now), number)

    def _nominal(self, item: PreparedItem) -> int | None:
        if item.points is None:
            return None
        try:
            return item.points(self.scope)
        except AmountError as error:
            score = self.prepared.numbering.scores[self.prepared.numbering.item_score[item.index]]
            raise ScoringError(f'Rule "{item.item.name}" of score "{score.name}": {error}') from error

    def _slot(self, item: PreparedItem, now: int) -> int:
        limit = item.limit
        if limit is None:
            return -1
        window: int | None = None
        if limit.per == "visit":
            window = self.visit_start
        elif limit.per is not None:
            window = self.prepared.calendar.window(now, limit.per)[0]
        each = key_of(item.each(self.scope)) if item.each is not None else None
        key = (item.index, each, window)
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = len(self.slots)
            self.slot_candidates.append(0)
            self.slot_items.append(item.index)
        self.slot_candidates[slot] += 1
        return slot

    def _mark(self, now: int, item: int, nominal: int, slot: int, number: int) -> None:
        marks = self.marks
        marks.m_at.append(now)
        marks.m_item.append(item)
        marks.m_nominal.append(nominal)
        marks.m_slot.append(slot)
        marks.m_event.append(number)

    def _close_slots(self) -> None:
        """Room for the counted instants of rolling limits: never more than the limit or the marks of the slot."""
        plan, total = self.prepared.plan, 0
        for slot, i in enumerate(self.slot_items):
            if plan.i_within[i] > 0 and not plan.i_highest[i]:
                total += min(plan.i_times[i], self.slot_candidates[slot])
            self.marks.slot_ring.append(total)

    def _count_not_fired(self) -> None:
        for name, times in self.types_seen.items():
            for item in self.prepared.by_type[name].items:
                if item.reaches is None:
                    self.counts[item.index].not_fired += times
        for item_count in self.counts:
            item_count.not_fired += item_count.reached - item_count.fired - item_count.unknown

    # --- what holds between events ----------------------------------------------------------------------------------

    def _dynamic_scope(self, now: int, names: frozenset[str]) -> None:
        self.scope["tally"] = {name: self._tally_value(name, now) for name in names}

    def _standing_value(self, rule: PreparedStanding, now: int) -> StandingValue:
        starts, ends = rule.rule.starts, rule.rule.ends
        if (starts is not None and now < starts) or (ends is not None and now >= ends):
            return StandingValue(0, False, ())
        self._dynamic_scope(now, rule.tallies)
        verdict = True if rule.when is None else rule.when(self.scope)
        if verdict is not True and verdict is not False:
            return StandingValue(0, None, null_paths(rule.paths, self.scope))
        points = rule.points if verdict else rule.otherwise
        if points is None:
            return StandingValue(0, False, ())
        try:
            amount = points(self.scope)
        except AmountError as error:
            score = self.prepared.numbering.scores[rule.score]
            raise ScoringError(f'Rule "{rule.rule.name}" of score "{score.name}": {error}') from error
        if amount is None:
            return StandingValue(0, None, null_paths(rule.paths, self.scope))
        return StandingValue(amount, verdict, ())

    def _state_gate_holds(self, g: int, now: int) -> bool:
        gate = self.prepared.gates[g]
        self._dynamic_scope(now, gate.tallies)
        return gate.when is not None and gate.when(self.scope) is True

    def _profile(self) -> list[int]:
        parts = [0] * len(self.prepared.numbering.scores)
        for rule, value in zip(self.prepared.standing, self.standing, strict=True):
            parts[rule.score] += value.amount
        return parts

    def _lower_caps(self) -> None:
        """The lowest cap per score of the gates that hold; of equal ones the first in file order."""
        self.caps = [FAR] * len(self.caps)
        self.capped_by = [-1] * len(self.caps)
        for gate in self.prepared.gates:
            if self.gate_holds[gate.index]:
                for s, cap in gate.caps:
                    if cap < self.caps[s]:
                        self.caps[s] = cap
                        self.capped_by[s] = gate.index

    def _instant(self, now: int) -> None:
        """After all events of an instant: state gates, event gates and standing rules anew, and what changed by it."""
        bound = "" in self.stirred
        tallies = self._moved_tallies(now)
        turned = self._turned_gates(now, tallies)
        steps = self._standing_steps(now, tallies) if tallies or bound else {}
        if not turned and not steps:
            return
        scores = len(self.caps)
        up, down = [BY_NOTHING] * scores, [BY_NOTHING] * scores
        capped: set[int] = set()
        for gate in turned:
            for s, _ in gate.caps:
                capped.add(s)
                (down if self.gate_holds[gate.index] else up)[s] = BY_GATE * CAUSE + gate.index
        if capped:
            self._lower_caps()
        for s, (rise, fall) in steps.items():
            up[s] = rise or up[s]
            down[s] = fall or down[s]
        profile = self._profile() if steps else []
        for s in sorted(capped | steps.keys()):
            marks = self.marks
            marks.h_at.append(now)
            marks.h_score.append(s)
            marks.h_profile.append(profile[s] if s in steps else NONE)
            marks.h_cap.append(self.caps[s] if s in capped else NONE)
            marks.h_up.append(up[s])
            marks.h_down.append(down[s])

    def _moved_tallies(self, now: int) -> frozenset[str]:
        """The tallies of standing rules and state gates that have another value than when last looked at."""
        moved = []
        for name in self.stirred:
            if name in self.seen:
                value = self._tally_value(name, now)
                if value != self.seen[name]:
                    self.seen[name] = value
                    moved.append(name)
        self.stirred.clear()
        return frozenset(moved)

    def _turned_gates(self, now: int, tallies: frozenset[str]) -> list[PreparedGate]:
        """The gates that begin or end to hold at `now`."""
        turned = []
        for gate in self.prepared.gates:
            if gate.gate.is_event_gate:
                holds = self.gate_until[gate.index] > now
            elif gate.tallies & tallies:
                holds = self._state_gate_holds(gate.index, now)
            else:
                continue
            if holds != self.gate_holds[gate.index]:
                self.gate_holds[gate.index] = holds
                turned.append(gate)
        return turned

    def _standing_steps(self, now: int, tallies: frozenset[str]) -> dict[int, tuple[int, int]]:
        """Per score whose profile part changes: the causes of a rise and of a fall."""
        steps: dict[int, tuple[int, int]] = {}
        for rule in self.prepared.changing:
            if not (rule.has_dates or rule.tallies & tallies):
                continue
            value = self._standing_value(rule, now)
            step = value.amount - self.standing[rule.index].amount
            self.standing[rule.index] = value
            if step:
                rise, fall = steps.get(rule.score, (BY_NOTHING, BY_NOTHING))
                cause = BY_STANDING * CAUSE + rule.index
                steps[rule.score] = (cause, fall) if step > 0 else (rise, cause)
        return steps

    def _snapshot(self) -> Snapshot:
        gates = tuple(
            (
                gate.index,
                self.gate_until[gate.index] if gate.gate.is_event_gate and gate.gate.hold is not None else None,
            )
            for gate in self.prepared.gates
            if self.gate_holds[gate.index]
        )
        return Snapshot(
            tallies={name: self._tally_value(name, self.as_of) for name in self.tallies},
            tally_first={name: tally.first for name, tally in self.tallies.items()},
            tally_last={name: tally.last for name, tally in self.tallies.items()},
            gates=gates,
            standing=tuple(self.standing),
            capped_by=tuple(self.capped_by),
        )


def _below(value: object, threshold: float) -> bool:
    return value is None or (isinstance(value, (int, float)) and value < threshold)
