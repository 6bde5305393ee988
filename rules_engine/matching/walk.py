"""Where the walk through a lead's events stands: everything that matching must remember of the past.

Plain data, so that it can be copied, stored and gone on with. What a `Walk` shares with another is never changed
in place before it is copied.
"""

from __future__ import annotations

from typing import TypeAlias

from rules_engine.matching.prepared import Prepared, StandingValue
from rules_engine.matching.tallies import RunningTally, running_tally
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR, NONE

SlotKey: TypeAlias = int | tuple[int, object, int | None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the walk knows at an instant, in the words of the model."""

    tally_first: dict[str, int | None]
    tally_last: dict[str, int | None]
    gates: tuple[tuple[int, int | None], ...]  # gates that hold, and until when


@dataclass(slots=True)
class Walk:
    """Columns by event type, item (an event rule or penalty), tally, stage tally, gate, standing rule and score."""

    begin: int  # just before the first event
    at: int  # everything up to and with this instant has been walked through
    visit_start: int
    last_event: int
    events: int  # how many have been counted: the number of the next
    types: list[int]  # per event type: how many
    fired: list[int]  # per item: how often it fired, was unknown, was triggered by a `reaches`
    unknown: list[int]
    reached: list[int]
    missing: dict[int, frozenset[str]]  # per item that was ever unknown: the paths that were null
    tallies: list[RunningTally]
    ends: list[int]  # per tally: when it may next change by time alone, FAR for never
    bound: int  # before this nothing that the walk looks at changes by time alone; NONE where it is not known
    seen: list[object]  # per tally that standing rules and gates read: its value when last looked at
    gate_until: list[int]
    gate_holds: list[bool]
    standing: list[StandingValue]
    caps: list[int]  # per score: the lowest cap and the gate it is of (-1 for none); replaced, never changed
    capped_by: list[int]
    slots: dict[SlotKey, int]  # (item, value, window) of a limit -> its slot
    slot_items: list[int]
    slot_uses: list[int]  # how many events asked, where the limit is a rolling one; else 1
    slot_room: list[int]  # how many counted instants of a rolling limit there is room for

    def copy(self) -> Walk:
        """One that can go on without changing this one: it shares all but the counts of types until it owns them."""
        return Walk(
            self.begin,
            self.at,
            self.visit_start,
            self.last_event,
            self.events,
            self.types.copy(),
            self.fired,
            self.unknown,
            self.reached,
            self.missing,
            self.tallies,
            self.ends,
            self.bound,
            self.seen,
            self.gate_until,
            self.gate_holds,
            self.standing,
            self.caps,
            self.capped_by,
            self.slots,
            self.slot_items,
            self.slot_uses,
            self.slot_room,
        )

    def own(self) -> None:
        """Copies what most events change of what it shares with the walk it was copied from; of tallies the list, not
        the tallies themselves."""
        self.fired = self.fired.copy()
        self.tallies = self.tallies.copy()
        self.ends = self.ends.copy()
        self.seen = self.seen.copy()

    def own_rest(self) -> None:
        """Copies what few events change; what is only ever replaced as a whole stays shared."""
        self.unknown = self.unknown.copy()
        self.reached = self.reached.copy()
        self.missing = self.missing.copy()
        self.gate_until = self.gate_until.copy()
        self.gate_holds = self.gate_holds.copy()
        self.standing = self.standing.copy()

    def own_slots(self) -> None:
        """Copies the slots of limits."""
        self.slots = self.slots.copy()
        self.slot_items = self.slot_items.copy()
        self.slot_uses = self.slot_uses.copy()
        self.slot_room = self.slot_room.copy()

    def not_fired(self, prepared: Prepared) -> list[int]:
        """Per item: how many events of its types it was false for."""
        asked = self.reached.copy()
        for index in prepared.by_type.values():
            times = self.types[index.number]
            if times:
                for item in index.items:
                    if item.reaches is None:
                        asked[item.index] += times
        return [a - f - u for a, f, u in zip(asked, self.fired, self.unknown, strict=True)]

    def gates(self, prepared: Prepared) -> tuple[tuple[int, int | None], ...]:
        """The gates that hold, and until when."""
        if True not in self.gate_holds:
            return ()
        return tuple(
            (
                gate.index,
                self.gate_until[gate.index] if gate.gate.is_event_gate and gate.gate.hold is not None else None,
            )
            for gate in prepared.gates
            if self.gate_holds[gate.index]
        )

    def snapshot(self, prepared: Prepared) -> Snapshot:
        """The gates that hold, and when tallies first and last had an event."""
        first, last = {}, {}
        for prepared_tally, tally in zip(prepared.tallies, self.tallies, strict=True):
            name = prepared_tally.tally.name
            first[name], last[name] = tally.first, tally.last
        return Snapshot(first, last, self.gates(prepared))


def new_walk(prepared: Prepared, begin: int) -> Walk:
    """Before the first event, with nothing looked at yet."""
    items, scores, gates = len(prepared.numbering.items), len(prepared.numbering.scores), len(prepared.gates)
    return Walk(
        begin=begin,
        at=begin,
        visit_start=0,
        last_event=NONE,
        events=0,
        types=[0] * len(prepared.by_type),
        fired=[0] * items,
        unknown=[0] * items,
        reached=[0] * items,
        missing={},
        tallies=[running_tally(tally.tally.measure, tally.window) for tally in prepared.tallies],
        ends=[FAR] * len(prepared.tallies),
        bound=NONE,
        seen=[None] * len(prepared.tallies),
        gate_until=[NONE] * gates,
        gate_holds=[False] * gates,
        standing=[],
        caps=[FAR] * scores,
        capped_by=[-1] * scores,
        slots={},
        slot_items=[],
        slot_uses=[],
        slot_room=[],
    )
