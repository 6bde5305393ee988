"""One lead's history against a prepared model: marks for the fold, and when profile parts and gates change.

One walk forward in time over events and *bounds*: ends of windows, dates of rules, ends of gates. It can stop at any
instant and go on from there, with further events or to see what time alone brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TypeAlias

from rules_engine.matching.between import Between, beyond_points
from rules_engine.matching.calendar import moment_at
from rules_engine.matching.candidates import Candidates, Counting, candidates
from rules_engine.matching.conditions import Verdict, null_paths
from rules_engine.matching.history import Row
from rules_engine.matching.keys import key_of
from rules_engine.matching.prepared import EventIndex, Prepared, PreparedItem
from rules_engine.matching.walk import SlotKey, Walk, new_walk
from rules_engine.scoring.amounts import AmountError
from rules_engine.scoring.plan import FAR, NONE

Reached: TypeAlias = dict[str, tuple[float, ...]]  # by tally: the thresholds that an event took it across

_FEW = 2  # for so many events it is quicker to ask the lead each time than to note what is left to ask of it
_ROOM = 4  # a rolling limit has room for so many counted instants at first


def lead_scope(prepared: Prepared, lead: dict[str, object], account: dict[str, object]) -> dict[str, object]:
    """The names that every condition may use."""
    return {"lead": lead, "account": account, "constants": prepared.constants}


def begin_walk(prepared: Prepared, scope: dict[str, object], begin: int) -> Walk:
    """The walk just before the first event, with the standing rules and gates that hold then."""
    walk = new_walk(prepared, begin)
    Between(prepared, walk, scope).start()
    return walk


class Walker(Between):
    """Takes a walk further, event by event; used by one thread."""

    __slots__ = ("grown", "known", "marks", "regrown")

    def __init__(self, prepared: Prepared, walk: Walk, scope: dict[str, object], *, shares: bool = False) -> None:
        super().__init__(prepared, walk, scope, shares=shares)
        self.known: dict[Candidates, Candidates] = {}  # what is left of candidates for this lead
        self.marks: list[int] = []  # five numbers each: instant, item, nominal, slot, event
        self.grown = False  # whether there are new limit slots
        self.regrown = False  # whether old ones need more room than they were given at first

    def run(self, events: Sequence[Row], until: int) -> None:
        """Walks through `events`, which are in order and none of them later, up to and with `until`; called once.

        Most of the time of scoring is spent here, so what every event needs stands in the loop itself.
        """
        walk, prepared, scope, stirred = self.walk, self.prepared, self.scope, self.stirred
        by_type, gap, visits = prepared.by_type, prepared.visit_gap, prepared.dynamic_visits
        has_event_gates = prepared.has_event_gates
        learns = len(events) > _FEW
        may_rest = self.shares and not visits and not has_event_gates  # whether an idle event changes next to nothing
        types, fired, slot_of = walk.types, walk.fired, self._slot
        add = self.marks.extend
        number, now, due, owns = walk.events, NONE, False, False
        self.next_bound = self._find_next_bound(walk.at) if walk.bound == NONE else walk.bound
        for event in events:
            at, kind, _, attributes, _ = event
            if at != now:
                if due or stirred or (has_event_gates and now != NONE):
                    self._instant(now, due)
                while self.next_bound < at:
                    self._pass(self.next_bound)
                now = at
                due = self.next_bound == at
                if due:
                    self._let_go(now)
            index = by_type[kind]
            types[index.number] += 1
            if at - walk.last_event > gap:
                walk.visit_start = at
            walk.last_event = at
            key = index.plain_values(attributes)
            found = index.remembered.get(key)
            if found is None or found.reads_event:
                scope["event"] = self._attributes(event) if index.reads_more else attributes
                if found is None:
                    found = candidates(prepared, index, key, scope)
            if not owns and not (may_rest and found.is_idle):
                self.own()
                owns, fired = True, walk.fired
            if visits:
                self._move_end_of_visit(now + gap + 1)
            if learns and found.asks_lead:
                found = self.known.get(found) or self._of_lead(found)
            reached = self._count(index, found.tallies, now) if found.tallies else None
            if found.tallies_read:
                self._read_tallies(found.tallies_read, now)
            if index.turns_gates:
                self._turn_gates(index, now)
            for i, nominal, is_limited, item, asks, _ in found.usual if reached is None else found.items:
                if asks is None:
                    fired[i] += 1
                else:
                    nominal = self._ask(item, asks, reached, now)
                if nominal is not None:
                    add((now, i, nominal, slot_of(item, now) if is_limited else -1, number))
            for i in index.resets:
                add((now, i, 0, -1, number))
            number += 1
        walk.events = number
        if due or stirred or (has_event_gates and now != NONE):
            self._instant(now, due)
        while self.next_bound <= until:
            self._pass(self.next_bound)
        walk.at, walk.bound = until, self.next_bound

    # --- one event --------------------------------------------------------------------------------------------------

    def _attributes(self, event: Row) -> dict[str, object]:
        """The attributes of an event with what else conditions may read of it."""
        zone = self.prepared.calendar.zone
        at, kind, _, attributes, _ = event
        return attributes | {"type": kind, "at": moment_at(at, zone)}

    def _of_lead(self, found: Candidates) -> Candidates:
        left = self.known[found] = found.of_lead(self.scope)
        return left

    def _move_end_of_visit(self, ends: int) -> None:
        for t in self.prepared.dynamic_visits:
            self.walk.ends[t] = ends
        if ends < self.next_bound:
            self.next_bound = ends

    def _read_tallies(self, positions: Sequence[int], now: int) -> None:
        tallies = self.prepared.tallies
        self.scope["tally"] = {tallies[t].tally.name: self._tally_value(t, now) for t in positions}

    def _turn_gates(self, index: EventIndex, now: int) -> None:
        self.own_rest()
        gate_until = self.walk.gate_until
        for gate in index.gates_started:
            if gate.when is None or gate.when(self.scope) is True:
                until = FAR if gate.gate.hold is None else now + gate.gate.hold
                gate_until[gate.index] = max(gate_until[gate.index], until)
                if until < self.next_bound:
                    self.next_bound = until
        for gate in index.gates_ended:  # an event that also starts the gate does not come after itself
            gate_until[gate.index] = NONE

    # --- tallies ----------------------------------------------------------------------------------------------------

    def _count(self, index: EventIndex, countings: tuple[Counting, ...], now: int) -> Reached | None:
        """Counts the event in its tallies; gives the thresholds of `reaches` that it crossed, if any."""
        reached: Reached | None = None
        walk, scope, owned = self.walk, self.scope, self.owned
        for t, prepared, asks, of, wanted, nearly, falls, is_dynamic in countings:
            for ask in asks:
                if ask(scope) is not True:
                    break
            else:
                tally = walk.tallies[t] if owned is None else self._tally(t)
                if wanted is not None and tally.most() < nearly:
                    wanted = None  # too far from the first of them
                before = None if wanted is None else tally.value(now, walk)
                if tally.first is None:
                    tally.first = now
                tally.last = now
                value = True if of is None else of(scope)
                if value is None:
                    continue
                tally.add(now, value)
                if falls:
                    if tally.low > tally.high:
                        self._find_cell(t)
                    most = tally.most()
                    if most >= tally.high:  # else it has not come to anything new
                        self.stirred.append(t)
                        if most == inf:
                            tally.let_go(now, walk)
                            self._expect_end(t)
                elif is_dynamic:
                    self.stirred.append(t)
                    if walk.ends[t] == FAR:  # else something falls out before it
                        self._expect_end(t)
                if wanted is not None:
                    after = tally.value(now, walk)
                    if after != before and (crossed := _crossed(wanted, before, after)):
                        reached = {prepared.tally.name: crossed} | (reached or {})
        if reached is not None:
            self.own_rest()
            # counted whatever the condition says: a rule that is reached and false has not fired
            for item in index.reaching:
                if item.reaches is not None and item.threshold in reached.get(item.reaches, ()):
                    walk.reached[item.index] += 1
        return reached

    # --- rules and penalties ----------------------------------------------------------------------------------------

    def _ask(self, item: PreparedItem, asks: tuple[Verdict, ...], reached: Reached | None, now: int) -> int | None:
        """What the mark of a rule or penalty is worth, None where it leaves none; counts how the rule did."""
        if item.reaches is not None and (reached is None or item.threshold not in reached.get(item.reaches, ())):
            return None
        if (item.starts is not None and now < item.starts) or (item.ends is not None and now >= item.ends):
            return None
        scope = self.scope
        is_known = True
        for ask in asks:
            verdict = ask(scope)
            if verdict is False:
                return None
            if verdict is not True:
                is_known = False
        if not is_known:
            self._unknown(item.index, null_paths(item.when_paths, scope))
            return None
        nominal = item.fixed
        if nominal is None and not item.is_set and item.points is not None:
            try:
                nominal = item.points(scope)
            except AmountError as error:
                s = self.prepared.numbering.item_score[item.index]
                raise beyond_points(self.prepared, s, item.item.name, error) from error
            if nominal is None:
                self._unknown(item.index, null_paths(item.points_paths, scope))
                return None
        self.walk.fired[item.index] += 1
        return nominal or 0 if nominal or item.is_set or item.is_penalty else None

    def _unknown(self, i: int, missing: tuple[str, ...]) -> None:
        self.own_rest()
        walk = self.walk
        walk.unknown[i] += 1
        walk.missing[i] = walk.missing.get(i, frozenset()).union(missing)

    # --- slots of limits --------------------------------------------------------------------------------------------

    def _slot(self, item: PreparedItem, now: int) -> int:
        """The slot in which the limit of an item counts the event."""
        walk, ring = self.walk, item.ring
        if self.shares_slots:
            self.shares_slots = False
            walk.own_slots()
        key = item.index if item.one_slot else self._slot_key(item, now)
        slot = walk.slots.get(key)
        if slot is None:
            slot = walk.slots[key] = len(walk.slot_items)
            walk.slot_items.append(item.index)
            walk.slot_uses.append(1)
            walk.slot_room.append(ring if ring < _ROOM else _ROOM)
            self.grown = True
        elif ring:
            walk.slot_uses[slot] = uses = walk.slot_uses[slot] + 1
            room = walk.slot_room[slot]
            if room < ring and uses > room:
                walk.slot_room[slot] = min(ring, 2 * room)
                self.regrown = True
        return slot

    def _slot_key(self, item: PreparedItem, now: int) -> SlotKey:
        per, window = item.per, None
        if per == "visit":
            window = self.walk.visit_start
        elif per is not None:
            window = self.prepared.calendar.window(now, per)[0]
        return item.index, None if item.each is None else key_of(item.each(self.scope)), window


def _crossed(thresholds: Sequence[float], before: object, after: object) -> tuple[float, ...]:
    return tuple(n for n in thresholds if _below(before, n) and not _below(after, n))


def _below(value: object, threshold: float) -> bool:
    return value is None or (isinstance(value, (int, float)) and value < threshold)
