"""One lead's history against a prepared model: marks for the fold, and when profile parts and gates change.

One walk forward in time over events and *bounds*: ends of windows, dates of rules, ends of gates. It can stop at any
instant and go on from there, with further events or to see what time alone brings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from rules_engine.matching.calendar import to_datetime
from rules_engine.matching.conditions import null_paths
from rules_engine.matching.fields import to_feel
from rules_engine.matching.history import Event
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
from rules_engine.matching.tallies import RunningTally
from rules_engine.matching.walk import SlotKey, StandingValue, Walk, new_walk
from rules_engine.scoring.amounts import AmountError
from rules_engine.scoring.fold import BY_GATE, BY_NOTHING, BY_STANDING, CAUSE
from rules_engine.scoring.plan import FAR, NONE, Inputs

_NOTHING_REACHED: dict[str, tuple[float, ...]] = {}
_NO_STEPS: dict[int, tuple[int, int]] = {}
_ROOM = 4  # a rolling limit has room for so many counted instants at first


class ScoringError(ValueError):
    """Points of a rule came out beyond ±9·10^12; names the score, the rule and the event."""


def lead_scope(prepared: Prepared, lead: dict[str, object], account: dict[str, object]) -> dict[str, object]:
    """The names that every condition may use."""
    return {"lead": lead, "account": account, "constants": prepared.constants}


def begin_walk(prepared: Prepared, scope: dict[str, object], begin: int) -> Walk:
    """The walk just before the first event, with the standing rules and gates that hold then."""
    walk = new_walk(prepared, begin)
    Walker(prepared, walk, scope).start()
    return walk


def profile_of(prepared: Prepared, walk: Walk) -> list[int]:
    """What the standing rules of each score add up to."""
    parts = [0] * len(prepared.numbering.scores)
    for rule, value in zip(prepared.standing, walk.standing, strict=True):
        parts[rule.score] += value.amount
    return parts


def standing_value(prepared: Prepared, rule: PreparedStanding, scope: dict[str, object], now: int) -> StandingValue:
    """What a standing rule adds at `now`; the tallies it reads are in the scope. Raises `ScoringError`."""
    starts, ends = rule.rule.starts, rule.rule.ends
    if (starts is not None and now < starts) or (ends is not None and now >= ends):
        return StandingValue(0, False, ())
    verdict = True if rule.when is None else rule.when(scope)
    if verdict is not True and verdict is not False:
        return StandingValue(0, None, null_paths(rule.paths, scope))
    points = rule.points if verdict else rule.otherwise
    if points is None:
        return StandingValue(0, False, ())
    try:
        amount = points(scope)
    except AmountError as error:
        score = prepared.numbering.scores[rule.score]
        raise ScoringError(f'Rule "{rule.rule.name}" of score "{score.name}": {error}') from error
    if amount is None:
        return StandingValue(0, None, null_paths(rule.paths, scope))
    return StandingValue(amount, verdict, ())


class Walker:
    """Takes a walk further. It changes `walk`, but for the tallies that it shares with another; used by one thread."""

    def __init__(self, prepared: Prepared, walk: Walk, scope: dict[str, object], *, shares: bool = False) -> None:
        self.prepared = prepared
        self.walk = walk
        self.scope = scope
        self.owned = [not shares] * len(walk.tallies)
        self.once: dict[int, object] = {}
        self.marks = Inputs([], [], [], [], [], [0], [], [], [], [], [], [])
        self.stirred: list[int] = []  # tallies that may have changed at the current instant
        self.next_bound = FAR
        self.profile: list[int] | None = None  # what standing rules add up to, once something has changed it
        self.grown = False  # whether there are slots, or rooms of slots, that the state does not have yet

    def start(self) -> None:
        """What holds before the first event."""
        prepared, walk = self.prepared, self.walk
        for t in prepared.dynamic:
            walk.seen[t] = self._tally_value(t, walk.begin)
        walk.standing = [self._standing_value(rule, walk.begin) for rule in prepared.standing]
        for gate in prepared.gates:
            if not gate.gate.is_event_gate:
                walk.gate_holds[gate.index] = self._state_gate_holds(gate)
        self._lower_caps()

    def run(self, events: Sequence[Event], until: int) -> Inputs:
        """Walks through `events`, which are in order and none of them later, up to and with `until`."""
        walk, by_type, event_at = self.walk, self.prepared.by_type, self._event
        has_event_gates = self.prepared.has_event_gates
        number, count = 0, len(events)
        self.next_bound = self._find_next_bound(walk.at)
        while True:
            now = events[number].at if number < count else FAR
            if self.next_bound < now:
                now = self.next_bound
            if now > until:
                break
            due = self.next_bound == now
            if due:  # before the events of the instant let go of what no longer counts
                self.stirred.extend(t for t in self.prepared.dynamic if walk.ends[t] <= now)
            while number < count:
                event = events[number]
                if event.at != now:
                    break
                event_at(event, now, by_type[event.type])
                number += 1
            if due or self.stirred or has_event_gates:
                self._instant(now, due)
                if due:
                    self._renew_ends(now)
                    self.next_bound = self._find_next_bound(now)
        walk.at = until
        return self.marks

    # --- bounds -----------------------------------------------------------------------------------------------------

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

    def _renew_ends(self, now: int) -> None:
        walk = self.walk
        for t in self.prepared.dynamic:
            if walk.ends[t] <= now:
                tally = walk.tallies[t]
                end = None if tally.window.per == "visit" else tally.next_end()
                walk.ends[t] = FAR if end is None else end

    def _bound(self, at: int) -> None:
        if at < self.next_bound:
            self.next_bound = at

    # --- events -----------------------------------------------------------------------------------------------------

    def _tally_value(self, t: int, now: int) -> object:
        walk = self.walk
        return self._own(t).value(now, walk.visit_start, walk.last_event)

    def _own(self, t: int) -> RunningTally:
        tally = self.walk.tallies[t]
        if not self.owned[t]:
            walk = self.walk
            tally = walk.tallies[t] = tally.current(walk.at, walk.visit_start, walk.last_event)
            self.owned[t] = True
        return tally

    def _event(self, event: Event, now: int, index: EventIndex) -> None:
        walk, prepared = self.walk, self.prepared
        number = walk.events
        walk.events = number + 1
        if now - walk.last_event > prepared.visit_gap:
            walk.visit_start = now
        walk.last_event = now
        walk.types[index.number] += 1
        if prepared.dynamic_visits:
            ends = now + prepared.visit_gap + 1
            for t in prepared.dynamic_visits:
                walk.ends[t] = ends
            self._bound(ends)
        key = index.plain_values(event.attributes)
        found = index.remembered.get(key)
        if found is None or found.reads_event:
            values = event.attributes | {"type": event.type}
            if index.reads_at:
                values["at"] = to_feel(to_datetime(now, prepared.calendar.zone))
            self.scope["event"] = values
            if found is None:
                found = candidates(prepared, index, key, self.scope)
        reached = self._count_tallies(index, found.tallies, now) if found.tallies else _NOTHING_REACHED
        if reached:  # counted whatever the condition says: a rule that is reached and false has not fired
            for item in index.items:
                if item.reaches is not None and item.threshold in reached.get(item.reaches, ()):
                    walk.reached[item.index] += 1
        if found.tallies_read:
            self._read_tallies(found.tallies_read, now)
        if index.gates_started or index.gates_ended:
            self._turn_gates(index, now)
        fired = walk.fired
        for item, decided, settled in found.items:
            if settled:
                fired[item.index] += 1
                if item.fixed or item.is_penalty:
                    slot = -1 if item.limit is None else self._slot(item, now)
                    self._mark(now, item.index, item.fixed or 0, slot, number)
            elif item.reaches is None or item.threshold in reached.get(item.reaches, ()):
                self._try_item(item, decided, number, now)
        for k in index.clocks:
            self._mark(now, len(prepared.numbering.items) + k, 0, -1, number)

    def _turn_gates(self, index: EventIndex, now: int) -> None:
        gate_until = self.walk.gate_until
        for gate in index.gates_started:
            if gate.when is None or gate.when(self.scope) is True:
                until = FAR if gate.gate.hold is None else now + gate.gate.hold
                gate_until[gate.index] = max(gate_until[gate.index], until)
                if until != FAR:
                    self._bound(until)
        for gate in index.gates_ended:  # an event that also starts the gate does not come after itself
            gate_until[gate.index] = NONE

    def _read_tallies(self, positions: Sequence[int], now: int) -> None:
        tallies = self.prepared.tallies
        self.scope["tally"] = {tallies[t].tally.name: self._tally_value(t, now) for t in positions}

    def _see_tallies(self, positions: Sequence[int]) -> None:
        """The same after the events of an instant, for tallies that are looked at whenever they may have changed."""
        tallies, seen = self.prepared.tallies, self.walk.seen
        self.scope["tally"] = {tallies[t].tally.name: seen[t] for t in positions}

    def _count_tallies(
        self, index: EventIndex, tallies: tuple[tuple[PreparedTally, bool], ...], now: int
    ) -> dict[str, tuple[float, ...]]:
        """Counts the event in its tallies; gives the thresholds of `reaches` that it crossed."""
        reached = _NOTHING_REACHED
        for prepared, decided in tallies:
            if not decided and prepared.when is not None and prepared.when(self.scope) is not True:
                continue
            wanted = index.thresholds.get(prepared.tally.name) if index.thresholds else None
            if wanted is None:
                self._add(prepared, now)
                continue
            before = self._tally_value(prepared.index, now)
            self._add(prepared, now)
            after = self._tally_value(prepared.index, now)
            crossed = tuple(n for n in wanted if _below(before, n) and not _below(after, n))
            if crossed:
                reached = reached | {prepared.tally.name: crossed}
        return reached

    def _add(self, prepared: PreparedTally, now: int) -> None:
        t = prepared.index
        tally = self._own(t)
        if tally.first is None:
            tally.first = now
        tally.last = now
        value = True if prepared.of is None else prepared.of(self.scope)
        if value is None:
            return
        tally.add(now, value)
        if prepared.is_dynamic:
            self.stirred.append(t)
            ends = prepared.window.ends(now)
            if ends is not None and ends < self.walk.ends[t]:
                self.walk.ends[t] = ends
                if ends < self.next_bound:
                    self.next_bound = ends

    def _try_item(self, item: PreparedItem, decided: bool, number: int, now: int) -> None:
        if (item.starts is not None and now < item.starts) or (item.ends is not None and now >= item.ends):
            return
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
                self._unknown(item.index, null_paths(item.when_paths, self.scope))
                return
        nominal: int | None = item.fixed
        if nominal is None and not item.is_set and item.points is not None:
            nominal = self._nominal(item)
            if nominal is None:
                self._unknown(item.index, null_paths(item.points_paths, self.scope))
                return
        self.walk.fired[item.index] += 1
        if nominal or item.is_set or item.is_penalty:
            slot = -1 if item.limit is None else self._slot(item, now)
            self._mark(now, item.index, nominal or 0, slot, number)

    def _unknown(self, i: int, missing: tuple[str, ...]) -> None:
        walk = self.walk
        walk.unknown[i] += 1
        walk.missing[i] = walk.missing.get(i, frozenset()).union(missing)

    def _nominal(self, item: PreparedItem) -> int | None:
        if item.points is None:
            return None
        try:
            return item.points(self.scope)
        except AmountError as error:
            score = self.prepared.numbering.scores[self.prepared.numbering.item_score[item.index]]
            raise ScoringError(f'Rule "{item.item.name}" of score "{score.name}": {error}') from error

    def _slot(self, item: PreparedItem, now: int) -> int:
        limit, walk = item.limit, self.walk
        if limit is None:
            return -1
        window: int | None = None
        if limit.per == "visit":
            window = walk.visit_start
        elif limit.per is not None:
            window = self.prepared.calendar.window(now, limit.per)[0]
        if item.each is not None:
            key: SlotKey = (item.index, key_of(item.each(self.scope)), window)
        elif window is not None:
            key = (item.index, None, window)
        else:
            key = item.index
        slot = walk.slots.get(key)
        if slot is None:
            slot = walk.slots[key] = len(walk.slot_items)
            walk.slot_items.append(item.index)
            walk.slot_uses.append(1)
            walk.slot_room.append(min(item.ring, _ROOM))
            self.grown = True
            return slot
        uses = walk.slot_uses[slot] = walk.slot_uses[slot] + 1
        room = walk.slot_room[slot]
        if room < item.ring and uses > room:
            walk.slot_room[slot] = min(item.ring, 2 * room)
            self.grown = True
        return slot

    def _mark(self, now: int, item: int, nominal: int, slot: int, number: int) -> None:
        marks = self.marks
        marks.m_at.append(now)
        marks.m_item.append(item)
        marks.m_nominal.append(nominal)
        marks.m_slot.append(slot)
        marks.m_event.append(number)

    # --- what holds between events ----------------------------------------------------------------------------------

    def _standing_value(self, rule: PreparedStanding, now: int) -> StandingValue:
        if rule.tally_positions:
            self._see_tallies(rule.tally_positions)
        return standing_value(self.prepared, rule, self.scope, now)

    def _state_gate_holds(self, gate: PreparedGate) -> bool:
        if gate.tally_positions:
            self._see_tallies(gate.tally_positions)
        return gate.when is not None and gate.when(self.scope) is True

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

    def _instant(self, now: int, due: bool) -> None:
        """After all events of an instant: state gates, event gates and standing rules anew, and what changed by it."""
        prepared = self.prepared
        moved = self._moved_tallies(now) if self.stirred else ()
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

    def _change(self, now: int, turned: Sequence[PreparedGate], steps: Mapping[int, tuple[int, int]]) -> None:
        """Notes for the fold that caps and profile parts have new values from `now` on, and by what."""
        walk, marks = self.walk, self.marks
        scores = len(walk.caps)
        up, down = [BY_NOTHING] * scores, [BY_NOTHING] * scores
        capped: set[int] = set()
        for gate in turned:
            for s, _ in gate.caps:
                capped.add(s)
                (down if walk.gate_holds[gate.index] else up)[s] = BY_GATE * CAUSE + gate.index
        if capped:
            self._lower_caps()
        for s, (rise, fall) in steps.items():
            up[s] = rise or up[s]
            down[s] = fall or down[s]
        profile = self.profile or []
        for s in sorted(capped | steps.keys()):
            marks.h_at.append(now)
            marks.h_score.append(s)
            marks.h_profile.append(profile[s] if s in steps else NONE)
            marks.h_cap.append(walk.caps[s] if s in capped else NONE)
            marks.h_up.append(up[s])
            marks.h_down.append(down[s])

    def _moved_tallies(self, now: int) -> list[int]:
        """The tallies of standing rules and state gates that have another value than when last looked at."""
        moved, seen = [], self.walk.seen
        for t in self.stirred:
            value = self._tally_value(t, now)
            if value != seen[t]:
                seen[t] = value
                moved.append(t)
        self.stirred.clear()
        return moved

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
                walk.gate_holds[gate.index] = holds
                turned.append(gate)
        return turned

    def _steps_of(self, rules: Sequence[PreparedStanding], now: int) -> dict[int, tuple[int, int]]:
        """Per score whose profile part the rules change: the causes of a rise and of a fall."""
        steps: dict[int, tuple[int, int]] = {}
        standing = self.walk.standing
        for rule in rules:
            value = self._standing_value(rule, now)
            step = value.amount - standing[rule.index].amount
            if step:
                if self.profile is None:
                    self.profile = profile_of(self.prepared, self.walk)
                self.profile[rule.score] += step
                rise, fall = steps.get(rule.score, (BY_NOTHING, BY_NOTHING))
                cause = BY_STANDING * CAUSE + rule.index
                steps[rule.score] = (cause, fall) if step > 0 else (rise, cause)
            standing[rule.index] = value
        return steps

    def change_fields(self, changed: frozenset[tuple[str, ...]], now: int) -> None:
        """Fields have new values in the scope: the standing rules and state gates that read them, anew at `now`."""
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


def _below(value: object, threshold: float) -> bool:
    return value is None or (isinstance(value, (int, float)) and value < threshold)
